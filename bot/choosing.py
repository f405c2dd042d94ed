"""From ranked candidates to a reply: an answer, an offer, a question back, or that it is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot import messages
from bot.passage_choice import quote_passage
from bot.quoting import offer_quote
from bot.rules import Rules
from bot.types import Candidate, Context, Evidence, Reply, Suggestion
from data.formats.starter import FOLDER, find_part
from data.records import Language
from data.text.language import language_of
from retrieval.contrast.difference import Difference, find_choice, find_difference
from retrieval.contrast.topic import is_bare_topic, list_topic_matches

# Of candidates that are nearly equally likely, each has at least this share of the best one's probability.
_NEARLY = 0.6
# Where an entry may be meant, a courtesy has to be as sure as this: beside the point it is worse than none.
_COURTEOUS = 0.85
# An entry less probable than this share of the courtesy's probability is not meant beside it.
_FAR = 0.2
# Beside such an entry a courtesy has to be as probable as this.
_KIND = 0.6
# The name of the source of replies about the picture, and that of the tool that knows the time.
_SEEN, _CLOCK = "seen", "date_time"
# With less, a message that came with a picture is hardly about it.
_MAY_BE_SEEN = 0.2


def choose(ranked: Sequence[Candidate], context: Context, rules: Rules) -> Reply:
    """Return the reply that the rules make of the candidates.

    Args:
        ranked: Every candidate, the most probable first.
        context: The message that they may answer.
        rules: The thresholds.
    """
    passages = tuple(candidate for candidate in ranked if candidate.evidence.quotation is not None)
    if not passages:
        return _choose_entry(tuple(ranked), context, rules)
    if passages[0].score >= rules.passage_offer_threshold:
        # What the bot brings along has something to fear then.
        rules = replace(rules, shipped_threshold=rules.answer_threshold)
    stored = tuple(candidate for candidate in ranked if candidate.evidence.quotation is None)
    return quote_passage(_choose_entry(stored, context, rules), passages, rules)


def _choose_entry(candidates: tuple[Candidate, ...], context: Context, rules: Rules) -> Reply:
    language = context.language
    offered = list_offers(candidates, rules.offer_threshold)[: rules.max_suggestions]
    close = _list_close(candidates, offered, context, rules)
    best = _find_best(candidates, rules)
    if best is not None and _is_topic_alone(candidates[best], context):
        best = None
    shown = _find_offered_entry(candidates, best, offered, context, rules)
    if shown is not None:
        best = shown
    elif best is not None and _is_contested(candidates, best, offered, close, rules):
        best = None
    if best is not None:
        text = _add_time(candidates, best, language, rules)
        return Reply(text, "answer", language, candidates, chosen=best, shown_candidates=(best,))
    if _is_clear_courtesy(candidates, offered, rules):
        # Nothing else is near, and a kind word that was not asked for does no harm.
        return Reply(candidates[0].text, "answer", language, candidates, chosen=0, shown_candidates=(0,))
    if not offered and (seen := _find_picture_reply(candidates, context)) is not None:
        text = candidates[seen].text
        return Reply(text, "answer", language, candidates, chosen=seen, shown_candidates=(seen,))
    if not offered:
        return Reply(messages.UNKNOWN[language], "unknown", language, candidates)
    reply = Reply("", "offer", language, candidates, suggestions=tuple(suggest(candidates[place]) for place in offered))
    first, questions = candidates[offered[0]], [candidates[place].evidence.question or "" for place in close]
    differences = [find_difference(context.message.text, question) for question in questions]
    named = [difference for difference in differences if difference is not None]
    one_or_more = messages.DID_YOU_MEAN if len(offered) == 1 else messages.DID_YOU_MEAN_ONE_OF
    mean = one_or_more[language].format(question=first.evidence.question)
    if len(named) == len(close):
        return replace(reply, text=messages.join(language, _say_difference(named, language), mean))
    if len(close) > 1 and sum(candidates[place].score for place in close) >= rules.likely:
        return replace(reply, text=_ask(questions, language), kind="ask")
    if first.score >= rules.likely:
        text = hedge(first, language, is_first=True)
        return replace(
            reply, text=text, chosen=offered[0], shown_candidates=(offered[0],), suggestions=reply.suggestions[1:]
        )  # fmt: skip
    return replace(reply, text=messages.join(language, messages.NOT_SURE[language], mean))


def list_offers(candidates: Sequence[Candidate], offer_threshold: float) -> list[int]:
    """List the candidates that may be offered as buttons, by index, best first.

    They are stored entries of different replies. What the bot brings along is offered only where no entry of the owner's is,
    and small talk never: nobody means it without saying it.
    """
    found: dict[str, int] = {}
    for place, candidate in enumerate(candidates):
        evidence = candidate.evidence
        is_stored = evidence.entry and evidence.question and not is_courtesy(evidence)
        if is_stored and candidate.score >= offer_threshold:
            found.setdefault(candidate.text, place)
    own = [place for place in found.values() if not is_shipped(candidates[place].evidence)]
    return own or list(found.values())


def is_shipped(evidence: Evidence) -> bool:
    """Return whether a candidate is an entry that the bot brings along, and none of the owner's."""
    return (evidence.file or "").startswith(f"{FOLDER}/")


def is_courtesy(evidence: Evidence) -> bool:
    """Return whether a candidate is small talk that the bot brings along: greetings, thanks, what it says of itself."""
    return find_part(evidence.file or "") in ("courtesy", "persona")


def suggest(candidate: Candidate) -> Suggestion:
    """Return the button that offers a stored entry."""
    return Suggestion(candidate.evidence.entry or "", candidate.evidence.question or "")


def hedge(candidate: Candidate, language: Language, is_first: bool) -> str:
    """Return the text of a candidate below the threshold, with the sentence that it is a guess and what it answers."""
    question, quotation = candidate.evidence.question, candidate.evidence.quotation
    if quotation is not None:
        return offer_quote(quotation, language)
    if question is None:
        return messages.PERHAPS[language].format(text=candidate.text)
    form = messages.NEAREST if is_first else messages.ALSO_NEAR
    return form[language].format(question=question, text=candidate.text)


def _find_picture_reply(candidates: Sequence[Candidate], context: Context) -> int | None:
    """Return the best reply about a picture that came with the message, by index."""
    if context.message.picture is None:
        return None
    return next((place for place, candidate in enumerate(candidates) if candidate.source == _SEEN), None)


def _find_offered_entry(
    candidates: Sequence[Candidate], best: int | None, offered: Sequence[int], context: Context, rules: Rules
) -> int | None:
    """Return the reply about a picture that came with the message, where it is what the person waits for.

    So it is where a greeting is all that answers the words; and where nothing answers them, no stored question is likely, and
    the message may be about the picture.
    """
    seen = _find_picture_reply(candidates, context)
    if seen is None or best is not None:
        is_greeting = best is not None and find_part(candidates[best].evidence.file or "") == "courtesy"
        return seen if is_greeting else None
    is_near = bool(offered) and candidates[offered[0]].score >= rules.likely
    return seen if candidates[seen].score >= _MAY_BE_SEEN and not is_near else None


def _add_time(candidates: Sequence[Candidate], best: int, language: Language, rules: Rules) -> str:
    """Return the text of the best candidate, with the time behind it where the picture's clock or the time may be meant."""
    text = candidates[best].text
    if candidates[best].source == _SEEN:
        for candidate in candidates:
            if candidate.evidence.tool == _CLOCK and candidate.score >= rules.answer_threshold:
                now = candidate.text.partition("\n")[0]
                return f"{text}\n{messages.fill(messages.TIME_INSTEAD[language], text=now)}"
    return text


def _is_topic_alone(candidate: Candidate, context: Context) -> bool:
    """Return whether the message only names a topic about which the candidate's question asks something particular."""
    question = candidate.evidence.question
    return question is not None and is_bare_topic(context.message.text, question)


def _is_clear_courtesy(candidates: Sequence[Candidate], offered: Sequence[int], rules: Rules) -> bool:
    """Return whether the best candidate is a likely courtesy, and any entry that might be meant far less likely."""
    if not candidates or not is_courtesy(candidates[0].evidence):
        return False
    is_alone = all(candidates[place].score < _FAR * candidates[0].score for place in offered)
    return is_alone and candidates[0].score >= (_KIND if offered else rules.likely)


def _find_best(candidates: Sequence[Candidate], rules: Rules) -> int | None:
    """Return the candidate that reaches the answer threshold, by index.

    Where an entry of the owner's is nearly as likely as one that the bot brings along, it is the owner's.
    """
    if not candidates or candidates[0].score < _threshold(candidates, rules):
        return None
    if is_shipped(candidates[0].evidence):
        least = max(_threshold(candidates, rules), candidates[0].score - rules.ambiguity_margin)
        for place, candidate in enumerate(candidates):
            if candidate.score >= least and candidate.evidence.entry and not is_shipped(candidate.evidence):
                return place
    return 0


def _threshold(candidates: Sequence[Candidate], rules: Rules) -> float:
    """Return what the best candidate has to reach: less among what the bot brings along, which has no look-alikes to fear."""
    alone = all(is_shipped(candidate.evidence) for candidate in candidates if candidate.evidence.entry)
    is_ours = bool(candidates[0].evidence.entry) and alone
    return min(rules.shipped_threshold, rules.answer_threshold) if is_ours else rules.answer_threshold


def _is_contested(
    candidates: Sequence[Candidate], best: int, offered: Sequence[int], close: Sequence[int], rules: Rules
) -> bool:
    """Return whether another stored entry may have been meant as well as the best candidate."""
    if best in close[:1]:
        return len(close) > 1
    # The owner's entry that is nearly as likely is offered, rather than answered with what the bot brings along.
    near = [place for place in offered if candidates[best].score - candidates[place].score < rules.ambiguity_margin]
    if is_courtesy(candidates[best].evidence) and offered and candidates[best].score < _COURTEOUS:
        return True
    return is_shipped(candidates[best].evidence) and bool(near)


def _list_close(candidates: Sequence[Candidate], offered: Sequence[int], context: Context, rules: Rules) -> list[int]:
    """List the best offer and those that are nearly as likely, or as much named by a message that asks nothing, by index."""
    if not offered:
        return []
    language = context.language
    named = list_topic_matches(context.message.text, [candidates[place].evidence.question or "" for place in offered])
    if 0 in named and len(named) > 1:
        return [offered[place] for place in named]
    first = candidates[offered[0]]

    def is_close(place: int) -> bool:
        other = candidates[place]
        # The same entry in the other language is no second meaning.
        if _is_in(first, language) and not _is_in(other, language):
            return False
        return first.score - other.score < rules.ambiguity_margin and other.score >= _NEARLY * first.score

    return [offered[0], *filter(is_close, offered[1:])]


def _is_in(candidate: Candidate, language: Language) -> bool:
    return language_of(candidate.evidence.question or "", language) == language


def _say_difference(found: Sequence[Difference], language: Language) -> str:
    known = dict.fromkeys(_quote(difference.known, difference, language) for difference in found)
    return messages.fill(
        messages.KNOWN_INSTEAD[language],
        known=(" and " if language == "en" else "、").join(known),
        asked=_quote(found[0].asked, found[0], language),
    )


def _quote(text: str, difference: Difference, language: Language) -> str:
    # An English side can be any kind of word: I know this for “red”.
    return f"“{text}”" if language == "en" and difference.kind == "side" else text


def _ask(questions: Sequence[str], language: Language) -> str:
    choice = find_choice(questions)
    if choice is None:
        return messages.ASK[language]
    *others, last = choice
    return messages.fill(
        messages.ASK_WHICH[language], others=(", " if language == "en" else "、").join(others), last=last
    )
