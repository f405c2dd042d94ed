"""python -m pytest tests/data/formats/test_starter.py"""

from pathlib import Path

import pytest

from data.formats import FormatError
from data.formats.starter import digest_starter, find_part, name_entry, read_starter, read_templates
from data.records import Entry, Place

TEXT = """
[[entry]]
id = "hello"
intent = "greets"
[entry.zh]
questions = ["你好", "您好"]
reply = "你好呀"
[entry.en]
questions = ["hello"]
reply = "hi"

[[entry]]
id = "bye"
[entry.en]
questions = ["bye"]
reply = "see you"
"""


def test_an_entry_for_each_language_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "talk.toml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "notes.md").write_text("not read", encoding="utf-8")
    assert list(read_starter(tmp_path)) == [
        Entry("hello.zh", "zh", ("你好", "您好"), "你好呀", Place("starter/talk.toml", 1)),
        Entry("hello.en", "en", ("hello",), "hi", Place("starter/talk.toml", 1)),
        Entry("bye.en", "en", ("bye",), "see you", Place("starter/talk.toml", 2)),
    ]


def test_the_folder_is_the_part_and_the_name_is_put_in(tmp_path: Path) -> None:
    text = TEXT.replace('"你好呀"', '"你好，我是{name}"').replace('["hello"]', '["hello {name}"]')
    (tmp_path / "courtesy").mkdir()
    (tmp_path / "courtesy" / "talk.toml").write_text(text, encoding="utf-8")
    chinese, english, _ = read_starter(tmp_path)
    assert chinese.place == Place("starter/courtesy/talk.toml", 1)
    assert (chinese.reply, english.questions) == ("你好，我是看聊", ("hello Kanliao",))
    written = next(read_templates(tmp_path))
    assert written.reply == "你好，我是{name}"
    assert name_entry(written, "小诊").reply == "你好，我是小诊"
    owned = Entry("faq-1", "zh", ("{name}",), "{name}", Place("faq.csv", 1))
    assert name_entry(owned, "小诊") == owned


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("starter/courtesy/persona.toml", "courtesy"),
        ("starter/daily_life/a.toml", "daily_life"),
        ("starter/persona.toml", None),
        ("starter/other/a.toml", None),
        ("courtesy", None),
        ("faq.csv", None),
    ],
)
def test_the_part_is_told_from_the_place(file: str, part: str | None) -> None:
    assert find_part(file) == part


def test_the_digest_follows_names_and_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    digests = {digest_starter(tmp_path)}
    path.write_text(TEXT, encoding="utf-8")
    digests.add(digest_starter(tmp_path))
    path.write_text(TEXT.replace("hi", "你好"), encoding="utf-8")
    digests.add(digest_starter(tmp_path))
    path.rename(tmp_path / "b.toml")
    digests.add(digest_starter(tmp_path))
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[entry", "no TOML"),
        ("[[entry]]\n[entry.zh]\nquestions=['你好']\nreply='hi'", "has no id"),
        ("[[entry]]\nid='a'\n[entry.zh]\nquestions=[]\nreply='你好'", "a.zh needs questions"),
        ("[[entry]]\nid='a'\n[entry.en]\nquestions=['hi']\nreply=' '", "a.en: the reply is empty"),
        (TEXT + TEXT, "hello.zh is taken"),
    ],
)
def test_a_broken_text_is_named(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "talk.toml").write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=why):
        list(read_starter(tmp_path))
