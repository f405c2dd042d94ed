"""The training data of the shipped DSSM: dialogues, pairs, the starter corpus.

None of the corpora is marked non-commercial.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from data.corpora import cdial, chatterbot, crosswoz, kdconv, lccc, sentence_pairs, wikiqa, xpersona
from data.corpora.heldout_overlap import HeldoutOverlap
from data.corpora.response_selection import build_instances, load_dialogs
from data.corpora.split import Part, assign_part, join_utterances, normalize
from data.formats.starter import read_starter
from data.records import LANGUAGES, Dialog, Entry, Selection
from data.text.segment import words
from retrieval.bm25 import BM25
from retrieval.examples import Example, build_dialog_examples, build_labelled_examples, build_selection_examples

TRAINED_ON = (
    "the starter corpus (nine phrasings of ten), LCCC-base (training dialogues), CDial-GPT, KdConv, CrossWOZ, XPersona, "
    "ChatterBot's corpus, WikiQA train, SimCLUE, AFQMC and LCQMC dev without what LCQMC's test holds"
)
LICENCE = (
    "made from text written for this project and corpora under MIT, Apache-2.0, BSD-3, CLUE and research terms; none is marked "
    "non-commercial"
)
REPLY_COUNT = 300
"""How many of what the training is stopped by are replies; phrasings follow them."""

_WRONG = 4
_OTHERS = 9


def load_examples(starter: Path) -> list[Example]:
    """Load all training examples, without what a held-out dialogue says.

    Raises:
        CorpusError: A corpus is missing.
        FormatError: The starter corpus is damaged.
    """
    found = drop_copies(_read_dialogs(), [one for part in ("dev", "test") for one in load_dialogs("lccc", part)])
    for selection in build_selection_examples(wikiqa.read("train")):
        found.append(replace(selection, kind="wikiqa"))
    test = list(sentence_pairs.read_lcqmc("test"))
    kept = sentence_pairs.load_clean_training()
    for name, kind in (("lcqmc dev", "lcqmc"), ("simclue pairs", "simclue"), ("afqmc train", "afqmc")):
        found += [replace(one, kind=kind) for one in build_labelled_examples(kept[name].rows)]
    held = {normalize(text) for pair in test for text in (pair.first, pair.second)}
    for triple in build_selection_examples(sentence_pairs.read_simclue_triples()):
        if held.isdisjoint(map(normalize, (*triple.context, triple.right, *triple.wrong))):
            found.append(replace(triple, kind="simclue"))
    return found + list(_build_starter_examples(list(read_starter(starter))))


def drop_copies(found: Iterable[Example], held: Sequence[Dialog]) -> list[Example]:
    """Return the examples that no held-out dialogue contains.

    Args:
        dialogue contains one if it has its reply, or its last turn with its reply.
    """
    copied = HeldoutOverlap(held)
    return [one for one in found if not copied.has_copy(one.context[-1], one.right)]


def is_held_out(question: str) -> bool:
    """Return whether a phrasing of the starter corpus is held out of training.

    One of ten is, by its text.
    """
    return assign_part(question) == "dev"


def load_dev(starter: Path, seed: int = 0) -> list[Selection]:
    """Load what the training is stopped by.

    These are held-out LCCC replies, and held-out phrasings of the starter corpus among the most similar ones of other entries.
    """
    entries = list(read_starter(starter))
    draw = random.Random(seed)
    found = []
    for language in LANGUAGES:
        own = [entry for entry in entries if entry.language == language]
        near = PhrasingIndex(own)
        for entry in own:
            asked = [question for question in entry.questions if is_held_out(question)]
            known = [question for question in entry.questions if not is_held_out(question)]
            for question in asked[:1] if known else []:
                texts = [draw.choice(known), *near.find_rivals(question, entry.id, _OTHERS)]
                right = texts[0]
                draw.shuffle(texts)
                found.append(Selection((question,), tuple(texts), tuple(int(text == right) for text in texts)))
    return load_replies("dev")[:REPLY_COUNT] + draw.sample(found, min(600, len(found)))


def load_replies(part: Part) -> list[Selection]:
    """Load the instances of LCCC's dev or test part, one true reply among ten."""
    return list(build_instances(load_dialogs("lccc", part)))


def _read_dialogs() -> Iterator[Example]:
    yield from build_dialog_examples(
        (one for one in lccc.read() if assign_part(join_utterances(one)) == "train"), "lccc"
    )
    yield from build_dialog_examples(cdial.read(), "lccc")
    yield from build_dialog_examples(kdconv.read(), "kdconv")
    yield from build_dialog_examples(crosswoz.read(), "crosswoz")
    for language in LANGUAGES:
        yield from build_dialog_examples(xpersona.read(language), f"xpersona {language}")
        yield from (
            one
            for one in build_dialog_examples(chatterbot.read([language]), f"chatterbot {language}")
            if one.right and one.context[-1]
        )


def _build_starter_examples(entries: Sequence[Entry]) -> Iterator[Example]:
    """Yield phrasings with another one of their entry, and with the reply.

    The most similar ones of other entries stand beside them as wrong ones.
    """
    for language in LANGUAGES:
        own = [entry for entry in entries if entry.language == language]
        near = PhrasingIndex(own)
        replies = {entry.id: entry.reply for entry in own}
        for entry in own:
            known = [question for question in entry.questions if not is_held_out(question)]
            for place, question in enumerate(known):
                rivals = near.find_rivals(question, entry.id, _WRONG)
                wrong = tuple(replies[near.owner[text]] for text in rivals)
                yield Example((question,), entry.reply, wrong, f"starter replies {language}")
                if len(known) > 1:
                    # Each phrasing meets two others, so that all of an entry's are held together.
                    for step in (1, 2):
                        right = known[(place + step) % len(known)]
                        if right != question:
                            yield Example((question,), right, tuple(rivals), f"starter {language}")


class PhrasingIndex:
    """The phrasings of one language, searched by their words.

    It finds what a question is most easily taken for.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        known = [(question, entry.id) for entry in entries for question in entry.questions if not is_held_out(question)]
        self.texts = [question for question, _ in known]
        self.owner = dict(known)
        self._index = BM25().with_added([words(text) for text in self.texts])

    def find_similar(self, question: str, count: int) -> list[tuple[str, str]]:
        """Return the most similar phrasings, each with the id of its entry.

        At most count; the question itself is left out.
        """
        texts = (self.texts[number] for number, _ in self._index.search(words(question), count + 1))
        return [(text, self.owner[text]) for text in texts if text != question][:count]

    def find_rivals(self, question: str, id: str, count: int) -> list[str]:
        """Return the most similar phrasings of other entries, one for each entry."""
        kept: dict[str, str] = {}
        for number, _ in self._index.search(words(question), 40):
            owner = self.owner[self.texts[number]]
            if owner != id:
                kept.setdefault(owner, self.texts[number])
        return list(kept.values())[:count]
