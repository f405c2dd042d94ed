"""Read a question and its answer from one object: question/answer, prompt/completion, instruction/output, in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from data.formats.logs.content import read_content
from data.formats.logs.conversation import Conversation
from data.formats.logs.message import find_keys, is_message_list, read_messages
from data.formats.logs.requests import unpack_json
from data.formats.logs.speakers import BOT, USER
from data.formats.logs.utterance import LogUtterance, parse_facts, parse_time
from data.records import Place

QUESTION_KEYS = (
    "question", "questions", "q", "query", "prompt", "instruction", "userinput", "userquery", "userquestion",
    "usermessage", "userprompt",
    "userquerytext", "querytext", "inputtext", "ask", "问题", "提问", "用户问题",
    "用户提问", "用户输入", "用户消息", "客户问题", "顾客问题", "问句", "问", "标准问题", "咨询内容", "问题内容",
    "用户咨询", "访客问题", "查询", "message", "text", "input",
    "request", "human", "user", "customer", "用户", "客户",
)  # fmt: skip
"""The normalized names of a question, the most certain first."""

REPLY_KEYS = (
    "answer", "answers", "a", "reply", "response", "completion", "output", "botresponse", "botreply", "botanswer",
    "botmessage", "airesponse",
    "aireply", "aianswer", "aimessage", "modelresponse", "modeloutput", "assistantresponse", "assistantreply", "assistantmessage",
    "agentresponse", "systemresponse", "llmresponse", "outputtext", "generatedtext", "generation", "assistant", "bot",
    "gpt", "chatgpt",
    "ai", "agent", "答案", "回答", "回复", "答复", "答", "机器人回复", "机器人回答", "机器人答复", "助手回复",
    "ai回复", "ai回答", "客服回复", "客服回答", "回复内容",
    "回答内容", "智能回复", "系统回复", "模型回复", "模型回答", "模型输出", "输出",
)  # fmt: skip
"""The normalized names of a reply, the most certain first."""

_IDS = (
    "conversation_id", "conversationId", "conversation", "session_id", "sessionId", "session", "thread_id",
    "threadId", "chat_id", "chatId",
    "dialogue_id", "dialog_id", "会话id", "会话ID", "会话", "对话id", "对话ID",
)  # fmt: skip


def find_pair_keys(names: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the normalized names of the question and of the reply among some names; None where there are not both."""
    question = next((name for name in QUESTION_KEYS if name in names), None)
    reply = next((name for name in REPLY_KEYS if name in names and name != question), None)
    return (question, reply) if question is not None and reply is not None else None


def is_pair(value: Mapping[str, Any]) -> bool:
    """Return whether the object is a question with its answer."""
    keys = find_keys(value)
    texts = {name: key for name, key in keys.items() if value[key] is None or read_text(value[key]) is not None}
    found = find_pair_keys(texts)
    return found is not None and any(value[keys[name]] is not None for name in found)


def read_text(value: Any) -> str | None:
    """Return a text, or the first of several; None for anything else."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return str(value[0])
    if isinstance(value, dict) and isinstance(texts := value.get("text"), list):
        return read_text(texts)  # SQuAD
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def read_pair(value: Mapping[str, Any], place: Place) -> Iterator[Conversation]:
    """Yield the conversation: what was said before, if the object has it, the question and the answer."""
    keys = find_keys(value)
    texts = {
        name: read_text(value[key]) or ""
        for name, key in keys.items()
        if value[key] is None or read_text(value[key]) is not None
    }
    found = find_pair_keys(texts)
    if found is None:
        return
    said = _read_history(value.get("history"), place.row)
    question, reply = texts[found[0]], texts[found[1]]
    if found[0] == "instruction" and texts.get("input", "").strip() and found[1] != "input":
        question = f"{question}\n{texts['input']}"
    used = {keys[name] for name in found} | {keys[name] for name in ("input", "history") if name in keys}
    facts = parse_facts({key: fact for key, fact in value.items() if key not in used}) or {}
    time = parse_time(facts.pop("time", None))
    said.append(LogUtterance(USER, question, place.row, time))
    if reply.strip():
        said.append(LogUtterance(BOT, reply, place.row))
    yield Conversation(find_pair_id(value), said, place, facts)


def find_pair_id(value: Mapping[str, Any]) -> str:
    """Return the id of the conversation that a pair belongs to; empty if it names none."""
    return next((str(value[key]) for key in _IDS if isinstance(value.get(key), (str, int)) and value[key] != ""), "")


def _read_history(given: Any, row: int) -> list[LogUtterance]:
    if not isinstance(given, list):
        return []
    if is_message_list(given) and all(isinstance(one, dict) for one in given):
        return read_messages(given, row)
    said = []
    for pair in given:
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair):
            said += [LogUtterance(USER, pair[0], row), LogUtterance(BOT, pair[1], row)]
    return said


def is_arena(value: Mapping[str, Any]) -> bool:
    """Return whether the object is a battle of two models (lmsys, Chatbot Arena), or has a chosen and a rejected reply."""
    return any(
        first in value and second in value
        for first, second in (
            ("conversation_a", "conversation_b"),
            ("response_a", "response_b"),
            ("chosen", "rejected"),
        )
    )


def read_arena(value: Mapping[str, Any], place: Place) -> Iterator[Conversation]:
    """Yield the two conversations of a battle, with the winner liked and the loser disliked."""
    id = str(
        next(
            (
                value[key]
                for key in ("question_id", "id", "conversation_id", "prompt_id")
                if isinstance(value.get(key), (str, int))
            ),
            place,
        )
    )
    for side, liked in (("a", _find_winner(value, "a")), ("b", _find_winner(value, "b"))):
        source = value.get(f"model_{side}")
        facts: dict[str, Any] = {} if liked is None else {"liked": liked}
        if isinstance(source, str):
            facts["source"] = source
        if f"conversation_{side}" in value:
            messages = value[f"conversation_{side}"]
            said = read_messages(messages, place.row) if isinstance(messages, list) else []
        elif "chosen" in value:
            said = _read_choice(value, "chosen" if side == "a" else "rejected", place.row)
            facts["liked"] = side == "a"
        else:
            said = _zip_turns(value.get("prompt"), value.get(f"response_{side}"), place.row)
        yield Conversation(f"{id}:{side}", said, place, facts)


def _find_winner(value: Mapping[str, Any], side: str) -> bool | None:
    winner = value.get("winner")
    if isinstance(winner, str) and winner in ("model_a", "model_b", "a", "b"):
        return winner.endswith(side)
    votes = [str(value.get(f"winner_model_{name}")) for name in ("a", "b")]
    if sorted(votes) == ["0", "1"]:
        return votes["ab".index(side)] == "1"
    return None


def _read_choice(value: Mapping[str, Any], key: str, row: int) -> list[LogUtterance]:
    given = value[key]
    if isinstance(given, list):
        said = read_messages(given, row)
    else:
        text, _ = read_content(given)
        said = [LogUtterance(BOT, text, row)] if text else []
    if not any(one.speaker == USER or one.speaker in ("human", "user") for one in said):
        asked = value.get("prompt") or value.get("question") or value.get("instruction")
        before = read_messages(asked, row) if isinstance(asked, list) else []
        said = [*(before or ([LogUtterance(USER, asked, row)] if isinstance(asked, str) else [])), *said]
    return said


def _zip_turns(prompts: Any, replies: Any, row: int) -> list[LogUtterance]:

    prompts, replies = unpack_json(prompts), unpack_json(replies)
    asked = prompts if isinstance(prompts, list) else [prompts]
    answered = replies if isinstance(replies, list) else [replies]
    said: list[LogUtterance] = []
    for index, prompt in enumerate(asked):
        if isinstance(prompt, str):
            said.append(LogUtterance(USER, prompt, row))
        if index < len(answered) and isinstance(answered[index], str):
            said.append(LogUtterance(BOT, answered[index], row))
    return said
