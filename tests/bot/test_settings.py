"""python -m pytest tests/bot/test_settings.py"""

from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError

USER, ADMINISTRATOR = "芝麻开门 sesame", "管理员的 password"


def test_nothing_set_is_a_private_bot_on_this_machine() -> None:
    settings = Settings.from_env({})
    assert (settings.host, settings.port, settings.store, settings.password) == ("127.0.0.1", 7860, None, None)
    assert settings.is_local


def test_values_are_read() -> None:
    settings = Settings.from_env(
        {
            "KANLIAO_HOME": "/tmp/看聊",
            "KANLIAO_PORT": "7861",
            "KANLIAO_STORE": "redis://127.0.0.1:6379/0",
            "KANLIAO_IDLE_DAYS": "30",
        }
    )
    assert settings.home == Path("/tmp/看聊")
    assert (settings.port, settings.store, settings.idle_days) == (7861, "redis://127.0.0.1:6379/0", 30.0)


@pytest.mark.parametrize(
    ("given", "on"),
    [
        ("all", {"courtesy", "persona", "application", "daily_life", "course"}),
        ("none", set()),
        (" Courtesy, daily-life ,", {"courtesy", "daily_life"}),
        ("course", {"course"}),
    ],
)
def test_parts_of_the_starter_are_named(given: str, on: set[str]) -> None:
    choices = Settings.from_env({"KANLIAO_STARTER": given}).choices
    assert {name.partition(".")[2] for name, value in choices.items() if value == "on"} == on
    assert len(choices) == 5


@pytest.mark.parametrize("given", ["jokes", "courtesy;course", "all,course", ","])
def test_an_unknown_part_is_refused(given: str) -> None:
    with pytest.raises(SettingsError, match=r"KANLIAO_STARTER is .*expected all, none, or some of courtesy,"):
        Settings.from_env({"KANLIAO_STARTER": given})


def test_the_owners_words_are_read_and_blank_ones_are_not_there() -> None:
    given = {
        "KANLIAO_STARTER": "",
        "KANLIAO_NAME": " 小诊\n助手 ",
        "KANLIAO_GREETING_ZH": "您好，这里是口腔诊所。",
        "KANLIAO_GREETING_EN": " \u3000 ",
        "KANLIAO_UNKNOWN_EN": "Please call 555-0101.",
    }
    assert Settings.from_env(given).choices == {
        "name": "小诊 助手",
        "greeting.zh": "您好，这里是口腔诊所。",
        "unknown.en": "Please call 555-0101.",
    }


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_is_local(host: str) -> None:
    assert Settings.from_env({"KANLIAO_HOST": host}).is_local


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_an_open_door_needs_two_passwords(host: str) -> None:
    if not host:
        assert Settings.from_env({"KANLIAO_HOST": host}).is_local
        return
    with pytest.raises(SettingsError, match="KANLIAO_PASSWORD and KANLIAO_ADMIN_PASSWORD are not set"):
        Settings.from_env({"KANLIAO_HOST": host})
    with pytest.raises(SettingsError, match="KANLIAO_ADMIN_PASSWORD is not set"):
        Settings.from_env({"KANLIAO_HOST": host, "KANLIAO_PASSWORD": USER})
    with pytest.raises(SettingsError, match="the same"):
        Settings.from_env({"KANLIAO_HOST": host, "KANLIAO_PASSWORD": USER, "KANLIAO_ADMIN_PASSWORD": USER})
    both = {"KANLIAO_PASSWORD": USER, "KANLIAO_ADMIN_PASSWORD": ADMINISTRATOR}
    assert not Settings.from_env({"KANLIAO_HOST": host, **both}).is_local


@pytest.mark.parametrize("name", ["KANLIAO_PASSWORD", "KANLIAO_ADMIN_PASSWORD"])
@pytest.mark.parametrize(
    ("password", "why"),
    [
        (" ", "is blank"),
        ("\u3000\t\n ", "is blank"),
        ("xyzzy", "has 5 characters"),
        ("七个字的短密码", "has 7 characters"),
        ("long enough\n", "begins or ends with a blank"),
        (" 前面有一个空格的", "begins or ends with a blank"),
    ],
)
def test_a_password_that_is_none_is_refused_and_not_repeated(name: str, password: str, why: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} {why}.*at least 8") as refused:
        Settings.from_env({name: password})
    assert not password.strip() or password.strip() not in str(refused.value)


def test_a_password_may_be_of_any_script_and_have_blanks_inside() -> None:
    assert Settings.from_env({"KANLIAO_PASSWORD": "四个 词语 连成 一句"}).password == "四个 词语 连成 一句"
    assert Settings.from_env({"KANLIAO_PASSWORD": ""}).password is None


def test_only_named_proxies_are_believed() -> None:
    assert Settings.from_env({}).proxies == ()
    assert Settings.from_env({"KANLIAO_PROXIES": "127.0.0.1, 10.0.0.0/8,::1"}).proxies == (
        "127.0.0.1",
        "10.0.0.0/8",
        "::1",
    )
    for wrong in ("proxy.example", "*", "10.0.0.1/8", "127.0.0.1;::1"):
        with pytest.raises(SettingsError, match=r"KANLIAO_PROXIES names .* expected the addresses"):
            Settings.from_env({"KANLIAO_PROXIES": wrong})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KANLIAO_PORT", "七八六零"),
        ("KANLIAO_PORT", "70000"),
        ("KANLIAO_PORT", "7860.5"),
        ("KANLIAO_IDLE_DAYS", "-1"),
        ("KANLIAO_FLOOR", "1.5"),
        ("KANLIAO_FLOOR", "nan"),
        ("KANLIAO_MARGIN", "some"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is '{value}'; expected"):
        Settings.from_env({name: value})


def test_a_bad_store_address_is_refused_without_repeating_it() -> None:
    with pytest.raises(SettingsError, match="KANLIAO_STORE is not an address of Redis") as refused:
        Settings.from_env({"KANLIAO_STORE": "http://user:geheim@host"})
    assert "geheim" not in str(refused.value)


REMOTE = {"KANLIAO_REMOTE": "http://127.0.0.1:8091/v1", "KANLIAO_REMOTE_MODEL": "小模型"}


def test_no_other_model_is_asked_unless_an_address_is_given() -> None:
    assert Settings.from_env({"KANLIAO_REMOTE_MODEL": "m", "KANLIAO_REMOTE_KEY": "k"}).remote is None
    settings = Settings.from_env({**REMOTE, "KANLIAO_REMOTE_KEY": "geheim", "KANLIAO_REMOTE_DEADLINE": "2.5"})
    assert (settings.remote, settings.remote_model) == ("http://127.0.0.1:8091/v1", "小模型")
    assert (settings.remote_key, settings.remote_deadline) == ("geheim", 2.5)
    assert "geheim" not in repr(settings)
    assert Settings.from_env(REMOTE).remote_deadline == 10


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1:8091",
        "file:///etc/passwd",
        "http://",
        "http://me:geheim@host/v1",
        "http://h/v1?key=geheim",
        "http://h:geheim",
    ],
)
def test_an_address_that_is_no_endpoint_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(SettingsError, match="KANLIAO_REMOTE is not an address of an endpoint") as refused:
        Settings.from_env({**REMOTE, "KANLIAO_REMOTE": address})
    assert "geheim" not in str(refused.value)


def test_an_endpoint_needs_the_name_of_a_model_and_a_key_that_can_be_sent() -> None:
    with pytest.raises(SettingsError, match="KANLIAO_REMOTE_MODEL is not; expected the name"):
        Settings.from_env({"KANLIAO_REMOTE": "https://example.org/v1"})
    for key in ("geheim\nX-Other: 1", "ge heim", "密geheim"):
        with pytest.raises(SettingsError, match="KANLIAO_REMOTE_KEY holds characters that cannot be sent") as refused:
            Settings.from_env({**REMOTE, "KANLIAO_REMOTE_KEY": key})
        assert "geheim" not in str(refused.value)
    with pytest.raises(SettingsError, match="KANLIAO_REMOTE_DEADLINE is 'soon'"):
        Settings.from_env({**REMOTE, "KANLIAO_REMOTE_DEADLINE": "soon"})


def test_the_filter_is_on_unless_it_is_switched_off() -> None:
    assert Settings.from_env({}).safety
    assert Settings.from_env({"KANLIAO_SAFETY": "on"}).safety
    assert not Settings.from_env({"KANLIAO_SAFETY": " OFF "}).safety
    with pytest.raises(SettingsError, match="KANLIAO_SAFETY is '关'; expected on or off"):
        Settings.from_env({"KANLIAO_SAFETY": "关"})


def test_nothing_is_written_unless_a_generator_is_named() -> None:
    assert Settings.from_env({}).writer is None
    assert not Settings.from_env({}).commercial
    settings = Settings.from_env({"KANLIAO_WRITER": "models/生成", "KANLIAO_COMMERCIAL": "1"})
    assert settings.writer == Path("models/生成")
    assert settings.writes
    for given, writes in (("off", False), ("", False), ("on", True)):
        one = Settings.from_env({"KANLIAO_WRITER": given})
        assert (one.writes, one.writer) == (writes, None)
    assert not Settings.from_env({}).writes
    assert settings.commercial
    with pytest.raises(SettingsError, match="KANLIAO_COMMERCIAL is 'yes please'; expected on or off"):
        Settings.from_env({"KANLIAO_COMMERCIAL": "yes please"})
