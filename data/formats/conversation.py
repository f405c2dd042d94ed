"""Read the pairs of a conversation: what a person said and what was answered to it, told by the words for who speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from data.formats.errors import RejectedRow, Sentence, reject_row, shorten, validate_pair
from data.formats.reading import Reading
from data.records import Pair, Place
from data.text.clean import fold

Side = Literal["user", "bot", "neither"]

DIALOG_KEYS = (
    "messages", "conversations", "conversation", "dialog", "dialogue", "dialogs", "turns", "utterances", "chat",
    "对话", "会话", "history",
)  # fmt: skip
"""The keys under which conversations are stored."""

_SIDES: dict[str, Side] = {
    **dict.fromkeys(
        """
        user human customer client visitor guest person me prompter buyer question q 用户 客户 顾客 访客 我 提问者
        买家 问 提问 学生 人类 患者 来访者
        """.split(),
        "user",
    ),
    **dict.fromkeys(
        """
        assistant bot gpt chatgpt gpt4 gpt-4 gpt-3.5 gpt-3.5-turbo bard bing claude gemini agent model ai
        robot chatbot kanliao answer a
        assistent 机器人 客服 助手 助理 看聊 卖家 答 回答 智能助手 智能客服 人工客服 老师 医生
        """.split(),
        "bot",
    ),
    **dict.fromkeys(
        "system tool function observation developer function_call tool_call tool_response context 系统 工具 系统提示".split(),
        "neither",
    ),
}
_SPEAKER_KEYS = ("role", "from", "speaker", "author", "sender", "name", "角色", "发言人")
_TEXT_KEYS = ("content", "value", "text", "message", "utterance", "body", "parts", "内容")


def parse_side(word: object) -> Side | None:
    """Return the side of a conversation that a word for a speaker means; None for any other word.

    >>> parse_side("Human"), parse_side("机器人"), parse_side("System"), parse_side("Anna")
    ('user', 'bot', 'neither', None)
    """
    if isinstance(word, Mapping):
        word = word.get("role") or word.get("name") or word.get("type")
    return _SIDES.get(fold(word).strip(" :：<>|")) if isinstance(word, str) else None


def is_turn(value: object) -> bool:
    """Return whether a value is a turn: an object that says who speaks and what."""
    return (
        isinstance(value, Mapping) and _find(value, _SPEAKER_KEYS) is not None and _find(value, _TEXT_KEYS) is not None
    )


def read_turns(turns: Sequence[Any], place: Place, reading: Reading) -> Iterator[Pair | RejectedRow]:
    """Yield a pair for each message and the replies after it; turns of systems and tools are skipped.

    Messages that follow one another are one, and so are replies.
    """
    asked: list[str] = []
    said: list[str] = []
    found = False
    unknown: list[str] = []
    for turn in turns:
        speaker = _find(turn, _SPEAKER_KEYS) if isinstance(turn, Mapping) else None
        side = parse_side(speaker)
        text = read_content(_find(turn, _TEXT_KEYS)) if isinstance(turn, Mapping) else ""
        if side is None:
            unknown.append(str(speaker))
        elif side == "user":
            if said:
                found = True
                yield validate_pair("\n".join(asked), "\n".join(said), place)
                asked, said = [], []
            asked += [text] if text else []
        elif side == "bot" and asked and text:
            said.append(text)
    if unknown:
        names = ", ".join(repr(shorten(name, 20)) for name in dict.fromkeys(unknown[:4]))
        why = Sentence(
            f"who asks and who answers cannot be told from {names}; expected user and assistant (or 用户 and 客服)",
            f"从 {names} 看不出谁在问、谁在答；应写明 user 和 assistant（或「用户」和「客服」）",
        )
        yield reject_row(place, _show(turns), why)
        return
    if said:
        yield validate_pair("\n".join(asked), "\n".join(said), place)
        return
    if asked and found:
        reading.count(
            "a message at the end has no reply and was left out", "结尾的消息没有回复，未取用", str(place.row)
        )
    if not found:
        why = Sentence("no user turn is followed by an assistant turn", "没有用户消息后面跟着回复")
        yield reject_row(place, _show(turns), why)


def read_content(content: object) -> str:
    """Return the text of a turn: a string, or the text parts of a list."""
    if isinstance(content, str):
        return content.strip()
    if isinstance(content, Mapping):
        return read_content(content.get("parts", content.get("text", content.get("content"))))
    if not isinstance(content, list):
        return ""
    texts = []
    for part in content:
        if isinstance(part, str):
            texts.append(part.strip())
        elif isinstance(part, Mapping) and isinstance(part.get("text"), (str, Mapping)):
            texts.append(read_content(part["text"]))
    return "\n".join(text for text in texts if text)


def _find(value: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((value[key] for key in keys if value.get(key) is not None), None)


def _show(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:400]
