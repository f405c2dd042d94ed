"""Application settings, read once from environment variables."""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.choice_names import GREETING, NAME, UNKNOWN, switch_name
from bot.data_folder import default_home
from data.formats.starter import PARTS
from data.text.clean import clean

ROLES = ("judge", "review", "answer", "talk")
"""What a larger model may do.

judge: name which of the nearest entries answers a message that the bot is not sure of. review: be asked about the sure ones as
well, and withhold their answer. answer: write from what was found, citing it. talk: write without anything found.
"""
_RESERVED = ("model", "messages", "stream")
SHORTEST_PASSWORD = 8
"""Characters."""


class SettingsError(ValueError):
    """A setting that cannot be used.

    The message names it, what was given and what is expected.
    """


@dataclass(frozen=True)
class Settings:
    """The settings of one running bot.

    docs/settings.md says what each environment variable is for.

    Attributes:
        home: The folder of everything the bot writes.
        host: The address that the page listens on.
        port: The port that the page listens on.
        store: A redis://, rediss:// or unix:// address, or None for SQLite.
        idle_days: After how many days without use a conversation in Redis is removed; None for never.
        password: The password for chatting, or None for none.
        admin_password: The password for changing the knowledge, or None for none.
        dictionary: A file of further words for the segmenter, UTF-8, one a line.
        answer_threshold: Replaces the threshold of the calibration; a probability.
        ambiguity_margin: Replaces the margin of the calibration; a difference of probabilities.
        vectors: The address of Milvus or the path of its file; None for files of our own.
        remote: The address of an OpenAI-compatible endpoint, or None for none.
        remote_model: The name of the model at that endpoint.
        remote_key: The API key of that endpoint.
        remote_deadline: How many seconds that endpoint may take for each further piece of a reply.
        remote_first_wait: How many seconds it may take for the first piece, loading its model included.
        remote_tokens: The most tokens of its replies.
        remote_options: Further fields of every request to it.
        remote_may: What it may do: some of ROLES.
        safety: Whether messages and written replies are checked for distress and offence.
        writes: Whether a generator writes a reply where nothing stored fits.
        writer: The artifact folder of a generator that replaces the shipped one.
        commercial: Whether models trained on non-commercial data are refused.
        proxies: Addresses and networks of the reverse proxies whose X-Forwarded-For header is trusted; no others are.
        choices: The parts of the starter corpus that are on and the owner's texts, by their names in bot.choice_names. They
            take precedence over what is stored in the knowledge.
    """

    home: Path = field(default_factory=default_home)
    host: str = "127.0.0.1"
    port: int = 7860
    store: str | None = None
    idle_days: float | None = None
    password: str | None = None
    admin_password: str | None = None
    dictionary: Path | None = None
    answer_threshold: float | None = None
    ambiguity_margin: float | None = None
    vectors: str | None = None
    remote: str | None = None
    remote_model: str | None = None
    remote_key: str | None = field(default=None, repr=False)
    remote_deadline: float = 10.0
    remote_first_wait: float = 60.0
    remote_tokens: int = 600
    remote_options: Mapping[str, Any] = field(default_factory=dict)
    remote_may: frozenset[str] = frozenset({"answer"})
    safety: bool = True
    writes: bool = False
    writer: Path | None = None
    commercial: bool = False
    proxies: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from the KANLIAO_* variables.

        Raises:
            SettingsError: A value cannot be used.
        """
        environment = os.environ if environment is None else environment
        settings = cls(
            home=Path(environment.get("KANLIAO_HOME") or default_home()),
            host=environment.get("KANLIAO_HOST") or cls.host,
            port=int(_read_number(environment, "KANLIAO_PORT", cls.port, 1, 65535, whole=True) or cls.port),
            store=_read_store(environment),
            idle_days=_read_number(environment, "KANLIAO_IDLE_DAYS", None, 1 / 24, 36500),
            password=_read_password(environment, "KANLIAO_PASSWORD"),
            admin_password=_read_password(environment, "KANLIAO_ADMIN_PASSWORD"),
            dictionary=Path(environment["KANLIAO_DICTIONARY"]) if environment.get("KANLIAO_DICTIONARY") else None,
            answer_threshold=_read_number(environment, "KANLIAO_FLOOR", None, 0, 1),
            ambiguity_margin=_read_number(environment, "KANLIAO_MARGIN", None, 0, 1),
            vectors=_read_vectors(environment),
            remote=_read_remote(environment),
            remote_model=(environment.get("KANLIAO_REMOTE_MODEL") or "").strip() or None,
            remote_key=_read_remote_key(environment),
            remote_deadline=_read_number(environment, "KANLIAO_REMOTE_DEADLINE", None, 0.1, 600) or cls.remote_deadline,
            remote_first_wait=_read_number(environment, "KANLIAO_REMOTE_FIRST_WAIT", None, 0.1, 3600)
            or cls.remote_first_wait,
            remote_tokens=int(
                _read_number(environment, "KANLIAO_REMOTE_TOKENS", None, 16, 32768, whole=True) or cls.remote_tokens
            ),
            remote_options=_read_remote_options(environment),
            remote_may=_read_remote_roles(environment, cls.remote_may),
            safety=_read_switch(environment, "KANLIAO_SAFETY", cls.safety),
            writes=(environment.get("KANLIAO_WRITER") or "").strip().lower() not in ("", "off", "0"),
            writer=_read_writer(environment),
            commercial=_read_switch(environment, "KANLIAO_COMMERCIAL", cls.commercial),
            proxies=_read_proxies(environment),
            choices={**_read_parts(environment), **_read_texts(environment)},
        )
        settings.require_passwords()
        return settings

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the page: the host is a loopback address."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def require_passwords(self) -> None:
        """Raise SettingsError if other machines could reach the page without a password."""
        if self.is_local:
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


def _read_number(
    environment: Mapping[str, str], name: str, otherwise: float | None, least: float, most: float, whole: bool = False
) -> float | None:
    text = (environment.get(name) or "").strip()
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


def _read_switch(environment: Mapping[str, str], name: str, otherwise: bool) -> bool:
    text = (environment.get(name) or "").strip().lower()
    if text not in ("", "on", "1", "off", "0"):
        raise SettingsError(f"{name} is {text!r}; expected on or off. Correct it or leave it unset.")
    return text in ("on", "1") if text else otherwise


def _read_password(environment: Mapping[str, str], name: str) -> str | None:
    password = environment.get(name) or None
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


def _read_proxies(environment: Mapping[str, str]) -> tuple[str, ...]:
    named = tuple(part.strip() for part in (environment.get("KANLIAO_PROXIES") or "").split(",") if part.strip())
    for address in named:
        try:
            ipaddress.ip_network(address)
        except ValueError as error:
            raise SettingsError(
                f"KANLIAO_PROXIES names {address!r}, which is not an address ({error}); expected the addresses or networks of "
                "your reverse proxies, such as 127.0.0.1 or 10.0.0.0/8, with commas between "
                "them. Leave it unset if there is none."
            ) from error
    return named


def _read_parts(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the switches of all parts of the starter corpus.

    There are none where nothing is set.
    """
    text = (environment.get("KANLIAO_STARTER") or "").strip().lower()
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


def _read_texts(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the owner's texts that are not blank."""
    variables = {
        NAME: "KANLIAO_NAME",
        GREETING["zh"]: "KANLIAO_GREETING_ZH",
        GREETING["en"]: "KANLIAO_GREETING_EN",
        UNKNOWN["zh"]: "KANLIAO_UNKNOWN_ZH",
        UNKNOWN["en"]: "KANLIAO_UNKNOWN_EN",
    }
    texts = {name: clean(environment.get(variable) or "") for name, variable in variables.items()}
    texts[NAME] = " ".join(texts[NAME].split())
    return {name: text for name, text in texts.items() if text}


def _read_writer(environment: Mapping[str, str]) -> Path | None:
    named = (environment.get("KANLIAO_WRITER") or "").strip()
    return None if named.lower() in ("", "on", "1", "off", "0") else Path(named)


def _read_store(environment: Mapping[str, str]) -> str | None:
    address = (environment.get("KANLIAO_STORE") or "").strip()
    if not address:
        return None
    if urlsplit(address).scheme not in ("redis", "rediss", "unix"):
        # The address may hold a password, so it is not repeated here.
        raise SettingsError(
            "KANLIAO_STORE is not an address of Redis: expected redis://HOST:PORT/0, rediss://... (TLS) or unix://PATH. "
            "Leave it unset to keep conversations in SQLite."
        )
    return address


def _read_vectors(environment: Mapping[str, str]) -> str | None:
    address = (environment.get("KANLIAO_VECTORS") or "").strip()
    if not address:
        return None
    found = urlsplit(address)
    if not (found.scheme in ("http", "https") and found.hostname) and (found.scheme or not address.endswith(".db")):
        # The address may hold a password, so it is not repeated here.
        raise SettingsError(
            "KANLIAO_VECTORS is not an address of Milvus: expected http://HOST:19530, https://USER:PASSWORD@HOST:PORT, or the "
            "path of a file that ends in .db, for Milvus inside this process. Leave it unset to keep vectors in files of our own."
        )
    return address


def _read_remote(environment: Mapping[str, str]) -> str | None:
    address = (environment.get("KANLIAO_REMOTE") or "").strip()
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
            "KANLIAO_REMOTE is not an address of an endpoint: expected http://HOST:PORT/v1 or https://HOST/v1, without a "
            "password or a query; a key belongs in KANLIAO_REMOTE_KEY. Leave it unset to ask no other model."
        )
    if not (environment.get("KANLIAO_REMOTE_MODEL") or "").strip():
        raise SettingsError(
            "KANLIAO_REMOTE is set, but KANLIAO_REMOTE_MODEL is not; expected the name of a model of that endpoint. Its list is "
            "at the same address with /models after it."
        )
    return address


def _read_remote_key(environment: Mapping[str, str]) -> str | None:
    key = (environment.get("KANLIAO_REMOTE_KEY") or "").strip()
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise SettingsError(
            "KANLIAO_REMOTE_KEY holds characters that cannot be sent; expected visible ASCII without spaces. Copy the key again."
        )
    return key or None


def _read_remote_options(environment: Mapping[str, str]) -> Mapping[str, Any]:
    text = (environment.get("KANLIAO_REMOTE_OPTIONS") or "").strip()
    if not text:
        return {}
    try:
        options = json.loads(text)
    except (ValueError, RecursionError):
        options = None
    if not isinstance(options, dict) or any(name in options for name in _RESERVED):
        raise SettingsError(
            f"KANLIAO_REMOTE_OPTIONS is {text[:80]!r}; expected a JSON object of further fields of a request, without "
            f'{", ".join(_RESERVED)}, such as {{"reasoning_effort": "none"}}. Correct it or leave it unset.'
        )
    return options


def _read_remote_roles(environment: Mapping[str, str], otherwise: frozenset[str]) -> frozenset[str]:
    text = (environment.get("KANLIAO_REMOTE_MAY") or "").strip().lower()
    named = frozenset(part.strip() for part in text.split(",") if part.strip())
    if not named <= set(ROLES) or (text and not named):
        raise SettingsError(
            f"KANLIAO_REMOTE_MAY is {text!r}; expected some of {','.join(ROLES)} with commas between them. Correct it or leave "
            "it unset: it may answer from what was found then."
        )
    return named or otherwise
