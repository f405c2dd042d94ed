"""What a logged turn says of its candidates: which are right, whether scores were deserved, which two are hard to tell apart."""

from __future__ import annotations

from data.records import LoggedCandidate, LoggedTurn

AMBIGUITY_MARGIN = 0.1
"""Two candidates whose scores are nearer than this are ambiguous."""

_MIN_AMBIGUOUS_SCORE = 0.2


def label_candidates(turn: LoggedTurn) -> list[int] | None:
    """Return 1 for each right candidate and 0 for each wrong one, or None where the log does not say.

    The log says so by labels, by references, or by the like of the candidate that was chosen. A choice that was liked is right.
    After a dislike none is known to be right, so all count as wrong: leaving those turns out would make every ranker look right.
    """
    candidates = turn.candidates
    labels = [candidate.label for candidate in candidates]
    if any(label is not None for label in labels):
        return [label or 0 for label in labels]
    if turn.references:
        references = set(turn.references)
        return [int(candidate.text in references) for candidate in candidates]
    if turn.liked is None or turn.chosen is None:
        return None
    chosen_text = candidates[turn.chosen].text
    return [int(turn.liked and candidate.text == chosen_text) for candidate in candidates]


def list_scored_outcomes(turn: LoggedTurn) -> list[tuple[float, int]]:
    """Return (score, 1 if right else 0) of the labelled candidates, else of the chosen one if it was liked or disliked."""
    labelled = [
        (candidate.score, int(candidate.label))
        for candidate in turn.candidates
        if candidate.score is not None and candidate.label is not None
    ]
    if labelled:
        return labelled
    if turn.liked is None or turn.chosen is None:
        return []
    score = turn.candidates[turn.chosen].score
    return [] if score is None else [(score, int(turn.liked))]


def find_confusion(turn: LoggedTurn) -> tuple[LoggedCandidate, LoggedCandidate] | None:
    """Return the candidate that was chosen (else the best) and the right one, if they are of two entries, else None.

    The right one is labelled so, or its text is among the references.
    """
    scored = [candidate for candidate in turn.candidates if candidate.score is not None]
    if turn.chosen is not None:
        chosen = turn.candidates[turn.chosen]
    elif scored:
        chosen = max(scored, key=lambda candidate: candidate.score or 0.0)
    else:
        return None
    right = next(
        (
            candidate
            for candidate in turn.candidates
            if candidate.entry
            and (candidate.label == 1 or (candidate.label is None and candidate.text in turn.references))
        ),
        None,
    )
    if right is None or not chosen.entry or chosen.entry == right.entry or chosen.text == right.text:
        return None
    return chosen, right


def find_ambiguous_pair(turn: LoggedTurn) -> tuple[LoggedCandidate, LoggedCandidate] | None:
    """Return the best two candidates if they are of two entries, have two texts and nearly the same score, else None."""
    ranked = sorted(
        (
            (candidate.score, candidate)
            for candidate in turn.candidates
            if candidate.score is not None and candidate.entry
        ),
        key=lambda pair: -pair[0],
    )
    if not ranked or ranked[0][0] < _MIN_AMBIGUOUS_SCORE:
        return None
    best_score, best = ranked[0]
    for score, candidate in ranked[1:]:
        if candidate.entry != best.entry and candidate.text != best.text:
            return (best, candidate) if best_score - score < AMBIGUITY_MARGIN else None
    return None
