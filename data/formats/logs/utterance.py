"""Parse the utterances of a log and combine them to turns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from data.formats.columns import normalize_name
from data.formats.logs.speakers import BOT
from data.records import LoggedCandidate, LoggedDialog, LoggedTurn, Place

_LIKED = dict.fromkeys(
    "true 1 goodwithcomment like liked up thumbsup thumbup up positive good helpful upvote upvoted yes + "
    "👍 赞 有用 好评 满意 是".split(),
    True,
)
_DISLIKED = dict.fromkeys(
    "false -1 0 dislike disliked down thumbsdown thumbdown negative bad unhelpful nothelpful "
    "badwithcomment downvote downvoted no - 👎 踩 没有用 没用 差评 不满意 否".split(),
    False,
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
_MAX_KEY = 40

_FIELDS = {
    **dict.fromkeys("source engine 来源".split(), "source"),
    **dict.fromkeys("kind outcome 类型".split(), "kind"),
    **dict.fromkeys("latency latencyms durationms elapsedms 耗时 延迟".split(), "latency"),
    **dict.fromkeys(
        "liked feedback rating like thumbs thumb mark userfeedback feedbackrating satisfaction userrating "
        "stars 反馈 评价 评分 用户反馈 用户评价 满意度 星级 点赞".split(),
        "liked",
    ),
    **dict.fromkeys("reason comment feedbackcomment feedbackcontent remark 原因 理由 反馈内容".split(), "reason"),
    **dict.fromkeys(
        "references reference expected groundtruth label labels gold 参考 参考答案 标准答案".split(), "references"
    ),
    **dict.fromkeys("candidates labelcandidates 候选".split(), "candidates"),
    **dict.fromkeys("answers humananswers".split(), "answers"),
    **dict.fromkeys("entry entryid 条目".split(), "entry"),
    **dict.fromkeys(
        """time timestamp createdat created date datetime createtime sentat sendtime msgtime messagetime
        timestampms datetimeutc createddate
        时间 日期 创建时间 发送时间 时间戳 消息时间 提问时间""".split(),
        "time",
    ),
    **dict.fromkeys("unsafe safety 安全".split(), "unsafe"),
}


@dataclass(slots=True)
class LogUtterance:
    """An utterance of USER or BOT; facts are further fields of a LoggedTurn."""

    speaker: str
    text: str
    row: int
    time: float | None = None
    facts: dict[str, Any] | None = None


def parse_time(given: object) -> float | None:
    """Return seconds since 1970 of a number (s or ms) or a date, UTC if it has no zone; None for anything else.

    >>> parse_time("1700000000000"), parse_time("2023-11-14T22:13:20Z"), parse_time("2023/11/14 22:13:20"), parse_time("soon")
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
    """Return True for a like, False for a dislike, else None; four of five stars are a like, two a dislike.

    >>> parse_rating("👍"), parse_rating("差评"), parse_rating(5), parse_rating("3"), parse_rating(None)
    (True, False, True, None, None)
    """
    if given is None or isinstance(given, bool):
        return given
    if isinstance(given, (dict, list, tuple)):
        return None
    text = str(given).strip().lower()
    if text in _MARKS:
        return _MARKS[text]
    if (joined := text.replace("_", "").replace("-", "").replace(" ", "").strip(":")) in _MARKS and joined:
        return _MARKS[joined]
    try:
        stars = float(text)
    except ValueError:
        return None
    return True if 4 <= stars <= 5 else False if stars in (-1, 0, 2) else None


@lru_cache(maxsize=65_536)
def _find_field(key: str) -> str | None:
    return _FIELDS.get(key) or _FIELDS.get(normalize_name(key))


def parse_facts(value: Mapping[str, Any], passed_over: frozenset[str] = frozenset()) -> dict[str, Any] | None:
    """Return the fields of a LoggedTurn from the keys of an object or the columns of a row, under any known name.

    Keys in passed_over are not looked at.
    """
    found: dict[str, Any] = {}
    for key, given in value.items():
        if key in passed_over:
            continue
        field = _find_field(key) if len(key) < _MAX_KEY else None
        if field is None or given is None or given == "":
            continue
        if field == "liked":
            rating = parse_rating(given)
            found[field] = rating if rating is not None else found.get(field)
            if isinstance(stars := _number(given), float) and not isinstance(given, bool):
                found["stars"] = stars
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
        number = float(given if type(given) in (float, int) else str(given))  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < 1e12 else None


def _texts(given: object) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,)
    if isinstance(given, (list, tuple)):
        texts = (text.get("answer", text.get("text")) if isinstance(text, dict) else text for text in given)
        return tuple(text for text in texts if isinstance(text, str) and text)
    return ()


def _candidates(given: object) -> tuple[LoggedCandidate, ...]:
    made: list[LoggedCandidate] = []
    for candidate in given if isinstance(given, (list, tuple)) else ():
        if isinstance(candidate, str):
            made.append(LoggedCandidate(candidate))
        elif isinstance(candidate, dict) and isinstance(candidate.get("text"), str):
            label, score = candidate.get("label"), candidate.get("score")
            made.append(
                LoggedCandidate(
                    candidate["text"],
                    float(score) if isinstance(score, (int, float)) else None,
                    int(label) if label in (0, 1) else None,
                    candidate.get("entry"),
                    candidate.get("question"),
                )
            )
    return tuple(made)


def build_dialog(id: str, said: Iterable[LogUtterance], place: Place) -> LoggedDialog | None:
    """Combine utterances to a conversation; None if there are none.

    All utterances of a person up to the next reply are one message, and all up to the next message one reply. A reply before
    any message answers an empty one; a message that nothing follows has no reply.
    """
    turns: list[LoggedTurn] = []
    messages: list[LogUtterance] = []
    replies: list[LogUtterance] = []
    disordered, last = 0, None
    for utterance in said:
        time = utterance.time
        if time is not None:
            if last is not None and time < last:
                disordered += 1
            last = time
        if utterance.speaker == BOT:
            replies.append(utterance)
            continue
        if replies:
            turns.append(_build_turn(len(turns), messages, replies))
            messages, replies = [], []
        messages.append(utterance)
    if messages or replies:
        turns.append(_build_turn(len(turns), messages, replies))
    return LoggedDialog(id, tuple(turns), place, disordered) if turns else None


def _build_turn(number: int, messages: list[LogUtterance], replies: list[LogUtterance]) -> LoggedTurn:
    first = messages[0] if messages else replies[0]
    known: dict[str, Any] = {}
    for utterances in (messages, replies):
        for utterance in utterances:
            if utterance.facts:
                known.update(utterance.facts)
    known.pop("time", None)
    known.pop("stars", None)
    if "latency" not in known and messages and replies:
        spent = (replies[0].time - messages[-1].time) * 1000 if replies[0].time and messages[-1].time else None
        if spent is not None and spent >= 0:
            known["latency"] = spent
    reply = _join_texts(replies) if replies else None
    return LoggedTurn(number, _join_texts(messages), reply, first.row, first.time, **known)


def _join_texts(utterances: list[LogUtterance]) -> str:
    if len(utterances) == 1:
        return utterances[0].text
    return "\n".join([utterance.text for utterance in utterances])
