"""From a message to a reply: sources propose, the ranker scores, the rules choose.

Nothing is stored here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from bot import messages
from bot.buttons import answer_button
from bot.choosing import choose
from bot.components import Filter, Judge, Loading, Ranker, Source
from bot.judging import Judgement, apply_judgement, list_judged, withhold_answers
from bot.picture_reference import choose_picture
from bot.rules import Rules
from bot.types import Candidate, Context, Message, Reply, Turn, Verdict
from data.records import Language
from data.text.clean import clean
from data.text.language import language_of

Note = Callable[[str, Mapping[str, Any]], bool]
"""Writes one event of a conversation to the journal; false where it could not."""
Pictures = Callable[[str, str], bytes]
"""The bytes of a conversation's picture by its file name; blocks, and raises OSError if it is not there."""

_ANSWERS = ("answer", "late")


@dataclass
class _Trace:
    """What happened while one message was answered: milliseconds per stage, the sources that missed their deadline, and the
    generators that failed."""

    conversation: str
    timings: dict[str, float] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


class Answerer:
    """Makes a reply of a message and the turns before it.

    Args:
        sources: Run side by side for every message.
        ranker: Makes the scores of all sources comparable.
        note: Writes failures and dropped texts to the journal.
        rules: The thresholds.
        filter: Checks messages and generated texts, if given.
        generators: Run only when no candidate of the sources reaches the answer threshold.
        pictures: Reads a picture of the conversation.
        unknown: Returns the owner's text for a question that nothing answers, or None for the text of the bot.
        judge: Is asked which of the nearest candidates answers a message, if given.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        ranker: Ranker,
        note: Note,
        rules: Rules,
        filter: Filter | None = None,
        generators: Sequence[Source] = (),
        pictures: Pictures | None = None,
        unknown: Callable[[Language], str | None] = lambda language: None,
        judge: Judge | None = None,
    ) -> None:
        self._sources = sources
        self._ranker = ranker
        self._note = note
        self.rules = rules
        self._filter = filter
        self._generators = generators
        self._pictures = pictures
        self._unknown = unknown
        self._judge = judge

    async def answer(
        self,
        message: Message,
        language: Language,
        turns: Sequence[Turn] = (),
        conversation: str = "",
        skip: Container[str] = (),
    ) -> Reply:
        """Return the reply to a message.

        Args:
            message: What the person sent.
            language: The language to reply in where the text does not tell one.
            turns: The turns before the message, in order.
            conversation: The id of the conversation; failures are noted under it and pictures are read from it.
            skip: The names of generators that are left out.
        """
        began = time.perf_counter()
        text = clean(message.text)
        if turns:
            language = turns[-1].reply.language
        # After a button the conversation goes on in its language, whichever the stored question is in.
        if message.entry is None:
            language = language_of(text, language)
        if refusal := self._refuse(text, message, language):
            return refusal
        if message.entry is not None:
            context = Context(Message(text, entry=message.entry), language, tuple(turns))
            reply = await answer_button(message.entry, context, self._sources, partial(self.note_failure, conversation))
            return replace(reply, timings={"total": _measure_milliseconds(began)})
        trace = _Trace(conversation)
        verdict = self._check_message(text, language, trace)
        if verdict is not None and (care := messages.CARE.get(verdict.kind or "")):
            trace.timings["total"] = _measure_milliseconds(began)
            return Reply(care[language], "care", language, timings=trace.timings, verdict=verdict)
        context = self._build_context(Message(text, message.picture), language, turns, conversation)
        reply = await self._choose(context, verdict, skip, trace)
        trace.timings["total"] = _measure_milliseconds(began)
        reply = self._explain_unknown(replace(reply, timings=trace.timings), trace)
        if not text and reply.kind not in _ANSWERS:
            return Reply(messages.PICTURE_KEPT[language], "refused", language, timings=trace.timings)
        if verdict is None:
            return reply
        return replace(_calm(reply, turns), verdict=verdict)

    def passes_filter(self, source: str, text: str, language: Language, conversation: str) -> bool:
        """Return whether a generated text may be shown.

        One that may not is noted in the journal.
        """
        verdict = self._filter.judge(text, language) if self._filter else None
        if verdict is None or verdict.kind is None:
            return True
        self._note(conversation, {"kind": "dropped", "source": source, "text": text, "verdict": asdict(verdict)})
        return False

    def note_failure(self, conversation: str, source: str, error: str) -> None:
        """Note in the journal that a source failed, and why."""
        self._note(conversation, {"kind": "failure", "source": source, "error": error})

    def _refuse(self, text: str, message: Message, language: Language) -> Reply | None:
        if not text and not message.picture:
            return Reply(messages.EMPTY[language], "refused", language)
        most = self.rules.max_answered_chars
        if len(text) > most:
            return Reply(messages.TOO_LONG[language].format(given=len(text), most=most), "refused", language)
        return None

    def _check_message(self, text: str, language: Language, trace: _Trace) -> Verdict | None:
        if self._filter is None:
            return None
        began = time.perf_counter()
        verdict = self._filter.judge(text, language)
        trace.timings["filter"] = _measure_milliseconds(began)
        return verdict if verdict.kind else None

    def _build_context(self, message: Message, language: Language, turns: Sequence[Turn], conversation: str) -> Context:
        picture = choose_picture(message, language, turns)
        look = None
        if picture and conversation and self._pictures:
            look = partial(self._pictures, conversation, picture)
        return Context(message, language, tuple(turns), picture, look)

    async def _choose(self, context: Context, verdict: Verdict | None, skip: Container[str], trace: _Trace) -> Reply:
        """Return the reply that the rules, the judge and, where nothing else answers, the generators make of the message."""
        candidates = await self._propose_all(self._sources, context, trace)
        ranked = self._rank(context, candidates, trace)
        reply = choose(ranked, context, self.rules)
        judgement = None if verdict is not None else await self._ask_judge(reply, context, trace)
        if judgement is not None and judgement.place is not None:
            return apply_judgement(reply, judgement)
        if judgement is not None and reply.kind == "answer":
            return choose(ranked, context, withhold_answers(self.rules))
        ranked = await self._add_generated_replies(candidates, ranked, context, verdict, skip, trace)
        return choose(ranked, context, self.rules)

    async def _ask_judge(self, reply: Reply, context: Context, trace: _Trace) -> Judgement | None:
        """Return what the judge says of the nearest candidates; None if it is not asked, fails or is late."""
        judge = self._judge
        if judge is None or not (places := list_judged(reply.candidates, reply, context, judge.reviews)):
            return None
        began = time.perf_counter()
        try:
            nearest = [reply.candidates[place] for place in places]
            named = await asyncio.wait_for(judge.choose(context, nearest), judge.deadline)
            return Judgement(judge.model, None if named is None else places[named])
        except Exception as error:
            # The reply is what it would be without a judge.
            self.note_failure(trace.conversation, judge.name, f"{type(error).__name__}: {error}")
            return None
        finally:
            trace.timings[judge.name] = _measure_milliseconds(began)

    async def _add_generated_replies(
        self,
        candidates: Sequence[Candidate],
        ranked: tuple[Candidate, ...],
        context: Context,
        verdict: Verdict | None,
        skip: Container[str],
        trace: _Trace,
    ) -> tuple[Candidate, ...]:
        """Return the ranked candidates, with those of the generators where these are needed."""
        generators = [generator for generator in self._generators if generator.name not in skip]
        is_answered = any(map(self.rules.is_sure, ranked))
        # Nothing is generated for an offensive message; what the owner stored for it is still given.
        if verdict is not None or not context.message.text or not generators or is_answered:
            return ranked
        generated = await self._propose_all(generators, replace(context, found=ranked), trace)
        fit = [
            candidate
            for candidate in generated
            if self.passes_filter(candidate.source, candidate.text, context.language, trace.conversation)
        ]
        return self._rank(context, [*candidates, *fit], trace)

    async def _propose_all(self, sources: Sequence[Source], context: Context, trace: _Trace) -> list[Candidate]:
        """Return the candidates of the sources, which run side by side."""
        proposals = await asyncio.gather(*(self._propose(source, context, trace) for source in sources))
        return [candidate for proposal in proposals for candidate in proposal]

    async def _propose(self, source: Source, context: Context, trace: _Trace) -> Sequence[Candidate]:
        """Return the candidates of one source.

        There are none if it fails or is late, which is noted.
        """
        began = time.perf_counter()
        try:
            if isinstance(source, Loading):
                await source.load(context)
                began = time.perf_counter()
            # A source may give up by itself with a TimeoutError; to the person that is the same.
            return await asyncio.wait_for(source.propose(context), source.deadline)
        except TimeoutError:
            trace.late.append(source.name)
            self.note_failure(trace.conversation, source.name, f"gave nothing within its {source.deadline:g} s")
        except Exception as error:
            self.note_failure(trace.conversation, source.name, f"{type(error).__name__}: {error}")
            if source in self._generators:
                trace.failed.append(source.name)
        finally:
            trace.timings[source.name] = _measure_milliseconds(began)
        return ()

    def _rank(self, context: Context, candidates: Sequence[Candidate], trace: _Trace) -> tuple[Candidate, ...]:
        began = time.perf_counter()
        ranked = sorted(self._ranker.rank(context, candidates), key=lambda candidate: -candidate.score)
        # The ranker may run twice for one message; its times add up.
        trace.timings["ranker"] = round(trace.timings.get("ranker", 0.0) + _measure_milliseconds(began), 3)
        return tuple(ranked)

    def _explain_unknown(self, reply: Reply, trace: _Trace) -> Reply:
        """Replace the text of a reply that answers nothing.

        It says that a source was late, or what the owner wants said.
        """
        if trace.late and reply.kind in ("unknown", "offer") and reply.chosen is None:
            # A source that missed its deadline may know the answer. What was found to be near stays offered.
            return replace(reply, text=messages.LATE[reply.language], kind="late")
        if trace.failed and reply.kind == "unknown":
            return explain_failure(reply)
        if reply.kind == "unknown":
            return replace(reply, text=self._unknown(reply.language) or reply.text)
        return reply


def explain_failure(reply: Reply) -> Reply:
    """Return a reply that answers nothing with the sentence that a larger model failed; any other as it is."""
    if reply.kind != "unknown":
        return reply
    return replace(reply, text=messages.MODEL_FAILED[reply.language], kind="late")


def remove_offers(reply: Reply) -> Reply:
    """Return the reply without its chosen candidate and its suggestions."""
    return replace(reply, chosen=None, shown_candidates=(), suggestions=())


def _calm(reply: Reply, turns: Sequence[Turn]) -> Reply:
    """Return the reply to an offensive message: a stored answer as it is, else a calm sentence, another one each turn."""
    if reply.kind in _ANSWERS:
        return reply
    sentences = messages.CALM[reply.language]
    number = turns[-1].number + 1 if turns else 0
    return replace(remove_offers(reply), text=sentences[number % len(sentences)], kind="calm")


def _measure_milliseconds(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)
