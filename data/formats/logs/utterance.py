"""What one speaker says in a log, and how sayings become turns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from data.formats.columns import normalize_name
from data.records import LoggedCandidate, LoggedDialog, LoggedTurn, Place

USER, BOT = "user", "bot"
_SPEAKERS = {
    **dict.fromkeys(
        "user human customer client visitor guest person me 用户 客户 顾客 访客 我 提问者 人".split(), USER
    ),
    **dict.fromkeys(
        "assistant bot gpt chatgpt agent system model ai robot kanliao 机器人 客服 助手 助理 看聊 系统".split(), BOT
    ),
}
_LIKED = dict.fromkeys("true 1 like liked up thumbsup positive good yes + 👍 赞 有用 好评 满意 是".split(), True)
_DISLIKED = dict.fromkeys(
    "false -1 0 dislike disliked down thumbsdown negative bad no - 👎 踩 没有用 没用 差评 不满意 否".split(), False
)
_MARKS: dict[str, bool] = {**_LIKED, **_DISLIKED}
_TIMES = (
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y年%m月%d日 %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
)
_MILLISECONDS = 1e11

_FIELDS = {
    **dict.fromkeys("source engine 来源".split(), "source"),
    **dict.fromkeys("kind outcome 类型".split(), "kind"),
    **dict.fromkeys("latency latencyms durationms elapsedms 耗时 延迟".split(), "latency"),
    **dict.fromkeys("liked feedback rating like thumbs mark 反馈 评价 评分".split(), "liked"),
    **dict.fromkeys("reason comment 原因 理由".split(), "reason"),
    **dict.fromkeys(
        "references reference expected groundtruth label labels gold 参考 参考答案 标准答案".split(), "references"
    ),
    **dict.fromkeys("candidates labelcandidates 候选".split(), "candidates"),
    **dict.fromkeys("answers humananswers".split(), "answers"),
    **dict.fromkeys("entry entryid 条目".split(), "entry"),
    **dict.fromkeys("time timestamp createdat created date datetime 时间 日期".split(), "time"),
    **dict.fromkeys("unsafe safety 安全".split(), "unsafe"),
}


@dataclass(slots=True)
class LogUtterance:
    """One thing said: by USER or BOT, with what else the log says of it, as fields of a LoggedTurn."""

    speaker: str
    text: str
    row: int
    time: float | None = None
    facts: dict[str, Any] | None = None


def parse_speaker(given: object) -> str | None:
    """USER or BOT, or None for a word that says neither.

    >>> parse_speaker("Customer"), parse_speaker("机器人"), parse_speaker("甲")
    ('user', 'bot', None)
    """
    return _SPEAKERS.get(given) or _SPEAKERS.get(str(given).strip().lower()) if isinstance(given, str) else None


def parse_time(given: object) -> float | None:
    """Seconds since 1970 of a number (seconds or milliseconds) or of a date as text, without a zone read as UTC; else None.

    >>> seconds("1700000000000"), seconds("2023-11-14T22:13:20Z"), seconds("2023/11/14 22:13:20"), seconds("soon")
    (1700000000.0, 1700000000.0, 1700000000.0, None)
    """
    if given is None or isinstance(given, bool):
        return None
    if not isinstance(given, (int, float)):
        text = str(given).strip()
        try:
            given = float(text)
        except ValueError:
            return _date(text)
    number = float(given)
    if abs(number) >= _MILLISECONDS:
        number /= 1000
    return number if 0 <= number < 1e11 else None


def _date(text: str) -> float | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        for form in _TIMES:
            try:
                found = datetime.strptime(text, form)
                break
            except ValueError:
                continue
        else:
            return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        return found.timestamp()
    except (OverflowError, OSError, ValueError):
        return None


def parse_rating(given: object) -> bool | None:
    """Whether a mark is a like (True) or a dislike (False); of five stars, four are a like and two a dislike.

    >>> mark("👍"), mark("差评"), mark(5), mark("3"), mark(None)
    (True, False, True, None, None)
    """
    if given is None or isinstance(given, bool):
        return given
    text = str(given).strip().lower()
    if text in _MARKS:
        return _MARKS[text]
    try:
        stars = float(text)
    except ValueError:
        return None
    return True if 4 <= stars <= 5 else False if stars in (-1, 0, 2) else None


def parse_facts(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """The fields of a LoggedTurn that the keys of an object or the columns of a row say, under whatever name."""
    found: dict[str, Any] = {}
    for key, given in value.items():
        field = _FIELDS.get(key) or _FIELDS.get(normalize_name(str(key)))
        if field is None or given is None or given == "":
            continue
        if field == "liked":
            found[field] = parse_rating(given)
        elif field == "time":
            found[field] = parse_time(given)
        elif field == "latency":
            found[field] = _number(given)
        elif field in ("references", "answers", "unsafe"):
            found[field] = _texts(given)
        elif field == "candidates":
            found[field] = _candidates(given)
        else:
            found[field] = str(given)
    return found or None


def _number(given: object) -> float | None:
    try:
        number = float(str(given))
    except ValueError:
        return None
    return number if 0 <= number < 1e12 else None


def _texts(given: object) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,)
    if isinstance(given, (list, tuple)):
        texts = (one.get("answer", one.get("text")) if isinstance(one, dict) else one for one in given)
        return tuple(text for text in texts if isinstance(text, str) and text)
    return ()


def _candidates(given: object) -> tuple[LoggedCandidate, ...]:
    made: list[LoggedCandidate] = []
    for one in given if isinstance(given, (list, tuple)) else ():
        if isinstance(one, str):
            made.append(LoggedCandidate(one))
        elif isinstance(one, dict) and isinstance(one.get("text"), str):
            label, score = one.get("label"), one.get("score")
            made.append(
                LoggedCandidate(
                    one["text"],
                    float(score) if isinstance(score, (int, float)) else None,
                    int(label) if label in (0, 1) else None,
                    one.get("entry"),
                    one.get("question"),
                )
            )
    return tuple(made)


def build_dialog(id: str, said: Iterable[LogUtterance], place: Place) -> LoggedDialog | None:
    """The conversation: what a person says up to the next reply is one message, what comes back up to the next message one reply.

    A reply before any message answers an empty one; a message that nothing follows has no reply. None if nothing was said.
    """
    turns: list[LoggedTurn] = []
    asked: list[LogUtterance] = []
    replied: list[LogUtterance] = []
    disordered, last = 0, None
    for one in said:
        if one.time is not None:
            if last is not None and one.time < last:
                disordered += 1
            last = one.time
        if one.speaker == BOT:
            replied.append(one)
            continue
        if replied:
            turns.append(_turn(len(turns), asked, replied))
            asked, replied = [], []
        asked.append(one)
    if asked or replied:
        turns.append(_turn(len(turns), asked, replied))
    return LoggedDialog(id, tuple(turns), place, disordered) if turns else None


def _turn(number: int, asked: list[LogUtterance], replied: list[LogUtterance]) -> LoggedTurn:
    first = asked[0] if asked else replied[0]
    message = asked[0].text if len(asked) == 1 else "\n".join(one.text for one in asked)
    reply = None
    if replied:
        reply = replied[0].text if len(replied) == 1 else "\n".join(one.text for one in replied)
    known: dict[str, Any] = {}
    for one in (*asked, *replied):
        if one.facts:
            known.update(one.facts)
    known.pop("time", None)
    if "latency" not in known and asked and replied:
        spent = (replied[0].time - asked[-1].time) * 1000 if replied[0].time and asked[-1].time else None
        if spent is not None and spent >= 0:
            known["latency"] = spent
    return LoggedTurn(number, message, reply, first.row, first.time, **known)
