"""What the owner may set, read once from the environment at the door."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bot.choice_names import GREETING, NAME, UNKNOWN, switch_name
from bot.data_folder import default_home
from data.formats.starter import PARTS
from data.text.clean import clean

SHORTEST_PASSWORD = 8
"""Characters."""


class SettingsError(ValueError):
    """A setting that cannot be used: which, what it was given, what is expected."""


@dataclass(frozen=True)
class Settings:
    """The settings of one running bot. docs/settings.md says what each variable is for.

    home is the folder of everything the bot writes. store is a redis://, rediss:// or unix:// address, or None for SQLite.
    idle_days is how long a conversation in Redis may rest before it is removed, or None for ever. floor and margin replace
    the measured ones of the calibration, as probabilities. vectors is the address of Milvus or the path of its file, or None for
    files of our own. remote is the address of an OpenAI-compatible endpoint, or None for no such; remote_model and remote_key go
    with it, and remote_deadline is how many seconds it may take. safety is whether messages and written replies are read for
    distress and offence. writes is whether a generator writes where nothing stored fits, writer the folder of one that shall
    instead of the shipped one. commercial is whether models that learned from non-commercial data are refused. proxies are the
    addresses and networks of the reverse proxies whose word on who is asking (X-Forwarded-For) is taken; nobody else's is.
    choices are the parts of the starter corpus that speak and the owner's own words, by their names in bot.choice_names;
    they count before what is stored in the knowledge.
    """

    home: Path = field(default_factory=default_home)
    host: str = "127.0.0.1"
    port: int = 7860
    store: str | None = None
    idle_days: float | None = None
    password: str | None = None
    admin_password: str | None = None
    dictionary: Path | None = None
    floor: float | None = None
    margin: float | None = None
    vectors: str | None = None
    remote: str | None = None
    remote_model: str | None = None
    remote_key: str | None = field(default=None, repr=False)
    remote_deadline: float = 10.0
    safety: bool = True
    writes: bool = False
    writer: Path | None = None
    commercial: bool = False
    proxies: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """The settings that the KANLIAO_* variables give. Raises SettingsError for a value that cannot be used."""
        given = os.environ if environment is None else environment
        settings = cls(
            home=Path(given.get("KANLIAO_HOME") or default_home()),
            host=given.get("KANLIAO_HOST") or cls.host,
            port=int(_number(given, "KANLIAO_PORT", cls.port, 1, 65535, whole=True) or cls.port),
            store=_store(given),
            idle_days=_number(given, "KANLIAO_IDLE_DAYS", None, 1 / 24, 36500),
            password=_password(given, "KANLIAO_PASSWORD"),
            admin_password=_password(given, "KANLIAO_ADMIN_PASSWORD"),
            dictionary=Path(given["KANLIAO_DICTIONARY"]) if given.get("KANLIAO_DICTIONARY") else None,
            floor=_number(given, "KANLIAO_FLOOR", None, 0, 1),
            margin=_number(given, "KANLIAO_MARGIN", None, 0, 1),
            vectors=_vectors(given),
            remote=_remote(given),
            remote_model=(given.get("KANLIAO_REMOTE_MODEL") or "").strip() or None,
            remote_key=_remote_key(given),
            remote_deadline=_number(given, "KANLIAO_REMOTE_DEADLINE", None, 0.1, 600) or cls.remote_deadline,
            safety=_switch(given, "KANLIAO_SAFETY", cls.safety),
            writes=(given.get("KANLIAO_WRITER") or "").strip().lower() not in ("", "off", "0"),
            writer=_writer(given),
            commercial=_switch(given, "KANLIAO_COMMERCIAL", cls.commercial),
            proxies=_proxies(given),
            choices={**_parts(given), **_words(given)},
        )
        settings.refuse_open_door()
        return settings

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the page."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def refuse_open_door(self) -> None:
        """Raise SettingsError if other machines could reach the page without a password."""
        if self.local:
            return
        missing = [
            name
            for name, value in (("KANLIAO_PASSWORD", self.password), ("KANLIAO_ADMIN_PASSWORD", self.admin_password))
            if not value
        ]
        if missing:
            raise SettingsError(
                f"KANLIAO_HOST is {self.host}, which other machines can reach, but {' and '.join(missing)} "
                f"{'is' if len(missing) == 1 else 'are'} not set. Set a password for chatting and one for the administrator, "
                "or use KANLIAO_HOST=127.0.0.1."
            )
        if self.password == self.admin_password:
            raise SettingsError(
                "KANLIAO_PASSWORD and KANLIAO_ADMIN_PASSWORD are the same: everyone who may chat could change the "
                "knowledge. Set two different passwords."
            )


def _number(
    given: Mapping[str, str], name: str, otherwise: float | None, least: float, most: float, whole: bool = False
) -> float | None:
    text = (given.get(name) or "").strip()
    if not text:
        return otherwise
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        kind = "a whole number" if whole else "a number"
        raise SettingsError(
            f"{name} is {text!r}; expected {kind} from {least:g} to {most:g}. Correct it or leave it unset."
        )
    return number


def _switch(given: Mapping[str, str], name: str, otherwise: bool) -> bool:
    text = (given.get(name) or "").strip().lower()
    if text not in ("", "on", "1", "off", "0"):
        raise SettingsError(f"{name} is {text!r}; expected on or off. Correct it or leave it unset.")
    return text in ("on", "1") if text else otherwise


def _password(given: Mapping[str, str], name: str) -> str | None:
    password = given.get(name) or None
    # The password itself is not repeated: what is printed may be kept.
    if password is not None and not password.strip():
        raise SettingsError(
            f"{name} is blank; expected a password of at least {SHORTEST_PASSWORD} characters. Choose one or leave it unset."
        )
    if password is not None and password != password.strip():
        raise SettingsError(
            f"{name} begins or ends with a blank or a line break, which nobody sees and nobody types. Take it away; the password "
            f"may have blanks inside and needs at least {SHORTEST_PASSWORD} characters."
        )
    if password is not None and len(password) < SHORTEST_PASSWORD:
        raise SettingsError(
            f"{name} has {len(password)} {'character' if len(password) == 1 else 'characters'}; expected at least "
            f"{SHORTEST_PASSWORD}, for short ones are guessed. Choose a longer one, such as four words in a row."
        )
    return password


def _proxies(given: Mapping[str, str]) -> tuple[str, ...]:
    named = tuple(part.strip() for part in (given.get("KANLIAO_PROXIES") or "").split(",") if part.strip())
    for one in named:
        try:
            ipaddress.ip_network(one)
        except ValueError as error:
            raise SettingsError(
                f"KANLIAO_PROXIES names {one!r}, which is no address ({error}); expected the addresses or networks of your "
                "reverse proxies, such as 127.0.0.1 or 10.0.0.0/8, with commas between them. Leave it unset if there is none."
            ) from error
    return named


def _parts(given: Mapping[str, str]) -> dict[str, str]:
    """The switches of the parts of the starter corpus: of all of them, or of none where nothing is set."""
    text = (given.get("KANLIAO_STARTER") or "").strip().lower()
    if not text:
        return {}
    named = {part.strip().replace("-", "_") for part in text.split(",") if part.strip()}
    wanted = set(PARTS) if named == {"all"} else set() if named == {"none"} else named
    if not named or not wanted <= set(PARTS):
        raise SettingsError(
            f"KANLIAO_STARTER is {text!r}; expected all, none, or some of {','.join(PARTS)} with commas between them. Correct "
            "it or leave it unset."
        )
    return {switch_name(part): "on" if part in wanted else "off" for part in PARTS}


def _words(given: Mapping[str, str]) -> dict[str, str]:
    """The owner's own words that are not blank."""
    variables = {
        NAME: "KANLIAO_NAME",
        GREETING["zh"]: "KANLIAO_GREETING_ZH",
        GREETING["en"]: "KANLIAO_GREETING_EN",
        UNKNOWN["zh"]: "KANLIAO_UNKNOWN_ZH",
        UNKNOWN["en"]: "KANLIAO_UNKNOWN_EN",
    }
    texts = {name: clean(given.get(variable) or "") for name, variable in variables.items()}
    texts[NAME] = " ".join(texts[NAME].split())
    return {name: text for name, text in texts.items() if text}


def _writer(given: Mapping[str, str]) -> Path | None:
    named = (given.get("KANLIAO_WRITER") or "").strip()
    return None if named.lower() in ("", "on", "1", "off", "0") else Path(named)


def _store(given: Mapping[str, str]) -> str | None:
    address = (given.get("KANLIAO_STORE") or "").strip()
    if not address:
        return None
    if urlsplit(address).scheme not in ("redis", "rediss", "unix"):
        # The address may hold a password, so it is not repeated here.
        raise SettingsError(
            "KANLIAO_STORE is not an address of Redis: expected redis://HOST:PORT/0, rediss://... (TLS) or unix://PATH. "
            "Leave it unset to keep conversations in SQLite."
        )
    return address


def _vectors(given: Mapping[str, str]) -> str | None:
    address = (given.get("KANLIAO_VECTORS") or "").strip()
    if not address:
        return None
    found = urlsplit(address)
    if not (found.scheme in ("http", "https") and found.hostname) and (found.scheme or not address.endswith(".db")):
        # The address may hold a password, so it is not repeated here.
        raise SettingsError(
            "KANLIAO_VECTORS is no address of Milvus: expected http://HOST:19530, https://USER:PASSWORD@HOST:PORT, or the path "
            "of a file that ends in .db, for Milvus inside this process. Leave it unset to keep vectors in files of our own."
        )
    return address


def _remote(given: Mapping[str, str]) -> str | None:
    address = (given.get("KANLIAO_REMOTE") or "").strip()
    if not address:
        return None
    try:
        found = urlsplit(address)
        usable = found.scheme in ("http", "https") and found.hostname and found.port != 0
    except ValueError:
        usable = False
    if not usable or found.username is not None or found.query or found.fragment:
        # The address may hold a password, so it is not repeated here.
        raise SettingsError(
            "KANLIAO_REMOTE is no address of an endpoint: expected http://HOST:PORT/v1 or https://HOST/v1, without a password or "
            "a query; a key belongs in KANLIAO_REMOTE_KEY. Leave it unset to ask no other model."
        )
    if not (given.get("KANLIAO_REMOTE_MODEL") or "").strip():
        raise SettingsError(
            "KANLIAO_REMOTE is set, but KANLIAO_REMOTE_MODEL is not; expected the name of a model of that endpoint. Its list is "
            "at the same address with /models after it."
        )
    return address


def _remote_key(given: Mapping[str, str]) -> str | None:
    key = (given.get("KANLIAO_REMOTE_KEY") or "").strip()
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise SettingsError(
            "KANLIAO_REMOTE_KEY holds characters that cannot be sent; expected visible ASCII without spaces. Copy the key again."
        )
    return key or None
