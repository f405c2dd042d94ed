"""Read the exports of chat applications whose messages form a tree: ChatGPT, Open WebUI and its feedback, OASST.

Of a tree the branch that was shown last is read, from its last message up to its first. Other branches are versions that
the person replaced or paged away from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from data.formats.logs.content import read_content
from data.formats.logs.conversation import Conversation
from data.formats.logs.message import find_speaker, read_message
from data.formats.logs.speakers import BOT, USER
from data.formats.logs.utterance import LogUtterance, parse_facts, parse_time
from data.records import Place

_MAX_CHILDREN = 10_000


def is_chatgpt(value: Mapping[str, Any]) -> bool:
    """Return whether the object is a conversation of ChatGPT's conversations.json."""
    nodes = value.get("mapping")
    return isinstance(nodes, dict) and all(
        isinstance(node, dict) and ("message" in node or "parent" in node) for node in list(nodes.values())[:5]
    )


def read_chatgpt(value: Mapping[str, Any], place: Place) -> Iterator[Conversation]:
    """Yield the conversation along its current branch."""
    nodes: dict[str, Any] = value["mapping"]
    said: list[LogUtterance] = []
    for node in walk_branch(nodes, value.get("current_node"), "parent", "children"):
        message = node.get("message")
        if isinstance(message, dict) and (found := _read_chatgpt_message(message, place.row)) is not None:
            said.append(found)
    yield Conversation(str(value.get("conversation_id") or value.get("id") or ""), said, place)


def _read_chatgpt_message(message: dict[str, Any], row: int) -> LogUtterance | None:
    metadata = message.get("metadata")
    if isinstance(metadata, dict) and metadata.get("is_visually_hidden_from_conversation") is True:
        return None
    speaker = find_speaker(message)
    if speaker is None or (message.get("recipient") not in (None, "all")):
        return None  # what a model writes to a tool is not said to the person
    text, picture = read_content(message.get("content"))
    if text is None or (not text and not picture):
        return None
    return LogUtterance(
        speaker, text, row, parse_time(message.get("create_time")), {"picture": True} if picture else None
    )


def walk_branch(nodes: Mapping[str, Any], last: object, parent: str, children: str) -> list[dict[str, Any]]:
    """Return the nodes from the first to the last along the parents; without a last node, along the newest children."""
    if not isinstance(last, str) or last not in nodes:
        last = _find_last(nodes, parent, children)
    branch: list[dict[str, Any]] = []
    seen: set[str] = set()
    while isinstance(last, str) and last not in seen and isinstance(node := nodes.get(last), dict):
        seen.add(last)
        branch.append(node)
        last = node.get(parent)
    branch.reverse()
    return branch


def _find_last(nodes: Mapping[str, Any], parent: str, children: str) -> str | None:
    at = next((id for id, node in nodes.items() if isinstance(node, dict) and node.get(parent) not in nodes), None)
    seen: set[str] = set()
    while at is not None and at not in seen:
        seen.add(at)
        below = nodes[at].get(children)
        following = (
            [id for id in below[-_MAX_CHILDREN:] if id in nodes and isinstance(nodes[id], dict)]
            if isinstance(below, list)
            else []
        )
        if not following:
            return at
        at = following[-1]
    return at


def find_openwebui_chat(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the chat of an Open WebUI export: {"chat": {"history": {"messages": {...}, "currentId"}}}; None if it is none."""
    for chat in (value.get("chat"), value):
        history = chat.get("history") if isinstance(chat, dict) else None
        if isinstance(chat, dict) and isinstance(history, dict) and isinstance(history.get("messages"), dict):
            return chat
    return None


def is_openwebui(value: Mapping[str, Any]) -> bool:
    """Return whether the object is a chat of Open WebUI."""
    return find_openwebui_chat(value) is not None


def read_openwebui(value: Mapping[str, Any], place: Place) -> Iterator[Conversation]:
    """Yield the conversation along its current branch, with the ratings of its replies."""
    chat = find_openwebui_chat(value) or {}
    history = chat["history"]
    nodes = history["messages"]
    said = [
        message
        for node in walk_branch(nodes, history.get("currentId"), "parentId", "childrenIds")
        if (message := read_message(node, place.row)) is not None
    ]
    yield Conversation(str(value.get("id") or chat.get("id") or ""), said, place)


def is_openwebui_feedback(value: Mapping[str, Any]) -> bool:
    """Return whether the object is a feedback of Open WebUI: a rating with a snapshot of its chat, or without one."""
    return isinstance(value.get("snapshot"), dict) or (
        isinstance(value.get("data"), dict) and "rating" in value["data"] and isinstance(value.get("meta"), dict)
    )


def read_openwebui_feedback(value: Mapping[str, Any], place: Place) -> Iterator[Conversation]:
    """Yield the conversation up to the reply that was rated; nothing where the feedback has no snapshot."""
    snapshot = value.get("snapshot")
    inner = snapshot.get("chat") if isinstance(snapshot, dict) else None
    chat = find_openwebui_chat(inner) if isinstance(inner, dict) else None
    given = value.get("meta")
    meta: dict[str, Any] = given if isinstance(given, dict) else {}
    if chat is None:
        return
    nodes = chat["history"]["messages"]
    rated = meta.get("message_id")
    last = rated if rated in nodes else chat["history"].get("currentId")
    said = [
        message
        for node in walk_branch(nodes, last, "parentId", "childrenIds")
        if (message := read_message({key: part for key, part in node.items() if key != "annotation"}, place.row))
        is not None
    ]
    facts = parse_facts(value["data"]) if isinstance(value.get("data"), dict) else None
    yield Conversation(str(value.get("id") or meta.get("chat_id") or ""), said, place, facts or {})


def is_oasst(value: Mapping[str, Any]) -> bool:
    """Return whether the object is a tree of OASST: {"prompt": {"text", "role", "replies": [...]}}."""
    prompt = value.get("prompt")
    return isinstance(prompt, dict) and isinstance(prompt.get("replies"), list) and isinstance(prompt.get("text"), str)


def read_oasst(value: Mapping[str, Any], place: Place) -> Iterator[Conversation]:
    """Yield the conversation along the first, best ranked, replies."""
    said: list[LogUtterance] = []
    node: Any = value["prompt"]
    while isinstance(node, dict) and isinstance(node.get("text"), str) and len(said) < _MAX_CHILDREN:
        side = USER if node.get("role") in ("prompter", "user") else BOT
        said.append(LogUtterance(side, node["text"], place.row, parse_time(node.get("created_date"))))
        replies = node.get("replies")
        node = (
            min((reply for reply in replies if isinstance(reply, dict)), key=_rank, default=None)
            if isinstance(replies, list)
            else None
        )
    yield Conversation(str(value.get("message_tree_id") or ""), said, place)


def _rank(reply: Mapping[str, Any]) -> int:
    rank = reply.get("rank")
    return rank if isinstance(rank, int) else 0
