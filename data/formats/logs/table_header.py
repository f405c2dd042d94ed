"""Find what the columns of a log hold, by their names in either language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from data.formats.columns import normalize_name
from data.formats.errors import FormatError
from data.formats.logs.pairs import find_pair_keys
from data.formats.logs.speakers import BOT, USER
from data.formats.logs.utterance import parse_facts, parse_time

_CONVERSATION = (
    "conversationid", "conversation", "sessionid", "session", "dialogid", "dialogueid", "dialog", "dialogue",
    "chatid", "threadid", "thread",
    "ticketid", "senderid", "channelid", "roomid", "conversationname", "chat", "会话id", "会话编号", "会话", "对话id",
    "对话编号", "对话", "会话名称", "对话名称",
    "工单编号", "咨询id", "sid", "cid",
)  # fmt: skip
_SPEAKER = (
    "speaker", "role", "sendertype", "authortype", "speakertype", "usertype", "from", "sender", "author",
    "sendername", "authorname", "speakername",
    "fromname", "who", "name", "nickname", "username", "actor", "participant", "direction", "说话人", "角色",
    "发言人", "发送者", "发送人", "发送方", "说话者",
    "发言者", "身份", "讲话人", "昵称", "姓名",
)  # fmt: skip
_TEXT = (
    "text", "content", "message", "utterance", "value", "body", "msg", "messagetext", "messagecontent", "transcript",
    "内容", "文本", "消息", "文字", "消息内容",
    "发言", "发言内容", "聊天内容", "话语", "句子",
)  # fmt: skip
_SIDES = {
    **dict.fromkeys("isbot frombot isassistant isai isagent 是否机器人".split(), (BOT, USER)),
    **dict.fromkeys("isuser fromuser ishuman isvisitor fromcustomer 是否用户".split(), (USER, BOT)),
}
_YES, _NO = frozenset("true 1 yes y t 是".split()), frozenset("false 0 no n f 否".split())
_APPROVALS = {
    **dict.fromkeys(("用户赞同", "赞同", "点赞数", "赞同数", "likes", "upvotes"), True),
    **dict.fromkeys(("用户反对", "反对", "点踩数", "反对数", "dislikes", "downvotes"), False),
}
_OBJECTS = frozenset(
    """
    data messages conversation conversations events history inputs outputs request response chat dialog dialogue turns
    transcript prompt
    chatmessages requestbody responsebody 对话详情 对话 对话内容 聊天记录 消息 消息列表 会话内容
    """.split()
)
_BATTLE = ({"responsea", "responseb"}, {"conversationa", "conversationb"}, {"chosen", "rejected"})


def find_column(names: Sequence[str], known: Sequence[str]) -> int | None:
    """Return the first column that has one of the names, the earlier of these before the later."""
    return next((names.index(name) for name in known if name in names), None)


class Header:
    """The columns of a log, by the names in the first row.

    Attributes:
        names: The normalized names.
        kind: "utterances" (a row for each), "pairs" (a question and an answer in each row) or "objects" (JSON in a cell).
    """

    def __init__(self, cells: Sequence[str]) -> None:
        """Find the columns.

        Raises:
            FormatError: No column holds what was said.
        """
        self.titles = [cell.strip() for cell in cells]
        self.names = [normalize_name(cell) for cell in cells]
        self.id = find_column(self.names, _CONVERSATION)
        self.speaker = find_column(self.names, _SPEAKER)
        self.side = find_column(self.names, tuple(_SIDES))
        self.text = find_column(self.names, _TEXT)
        pair = find_pair_keys(dict.fromkeys(self.names))
        self.question = self.names.index(pair[0]) if pair else None
        self.reply = self.names.index(pair[1]) if pair else None
        has_speaker = self.speaker is not None or self.side is not None
        named = set(self.names)
        if any(battle <= named for battle in _BATTLE):
            self.kind = "objects"
        elif has_speaker and self.text is not None and (pair is None or self.text == self.question):
            self.kind = "utterances"
        elif pair is not None and "data" not in named:
            self.kind = "pairs"
        elif not _OBJECTS.isdisjoint(named) and len(cells) > 1:
            self.kind = "objects"
        else:
            shown = " | ".join(cell.strip()[:30] for cell in cells[:8])
            raise FormatError(
                f"The first row ({shown!r}) does not name the columns of a log; expected a header with conversation, speaker and "
                "text (or 会话, 说话人 and 内容), perhaps time and feedback; one with question and answer "
                "(or 问题 and 答案); or one "
                "with a column of JSON messages."
            )
        self._used = {
            self.id,
            *((self.question, self.reply) if self.kind == "pairs" else (self.speaker, self.side, self.text)),
        }

    def read_cell(self, cells: Sequence[str], at: int | None) -> str:
        """Return the cell of a column; empty where the row is too short."""
        return cells[at] if at is not None and at < len(cells) else ""

    def find_id(self, cells: Sequence[str]) -> str:
        """Return the conversation that a row names; a name alone may come twice, so the person is added."""
        id = self.read_cell(cells, self.id)
        if id and self.id is not None and self.names[self.id] in ("conversationname", "会话名称", "对话名称"):
            person = find_column(self.names, ("enduser", "user", "userid", "用户", "用户id"))
            return f"{id} {self.read_cell(cells, person)}".strip()
        return id

    def find_speaker(self, cells: Sequence[str]) -> str:
        """Return who speaks in a row."""
        if self.side is not None:
            given = self.read_cell(cells, self.side).strip().lower()
            yes, no = _SIDES[self.names[self.side]]
            if given in _YES or given in _NO:
                return yes if given in _YES else no
        return self.read_cell(cells, self.speaker)

    def read_facts(self, cells: Sequence[str]) -> dict[str, Any] | None:
        """Return what else the row has of a turn, with the time as "time"."""
        beside = {
            self.names[at]: cell
            for at, cell in enumerate(cells)
            if at < len(self.names) and at not in self._used and cell
        }
        facts = parse_facts(beside)
        return {**(facts or {}), **_read_approvals(beside)} or None

    def to_object(self, cells: Sequence[str]) -> dict[str, str]:
        """Return the row as an object, with the names as they stand in the header."""
        return {title: cell for title, cell in zip(self.titles, cells, strict=False) if title and cell}


def _read_approvals(beside: Mapping[str, str]) -> dict[str, Any]:
    """Return what the numbers of approvals and disapprovals say of a reply."""
    votes = {
        liked: beside.get(name, "").strip() not in ("", "0") for name, liked in _APPROVALS.items() if name in beside
    }
    if not votes or votes.get(True, False) == votes.get(False, False):
        return {}
    return {"liked": votes.get(True, False)}


def parse_row_time(facts: dict[str, Any] | None) -> float | None:
    """Remove the time from the facts of a row, and return it."""
    return parse_time(facts.pop("time", None)) if facts else None
