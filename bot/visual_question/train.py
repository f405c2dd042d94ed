"""Training what tells visual questions from other talk: questions about photos and dialogues in, artifact out.

python -m bot.visual_question.train     corpora found through KANLIAO_CORPORA; about three minutes. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from bot.visual_question.codec import Codec
from bot.visual_question.config import Config
from bot.visual_question.infer import Learned
from data import artifact, paths
from data.artifact import Artifact, Manifest, Score
from data.corpora import crosswoz, kdconv, wikiqa, xpersona
from data.corpora import response_selection as talk
from data.corpora.split import Part, normalize
from data.formats.starter import read_starter
from data.logistic_regression import WEIGHTS
from data.paths import CorpusError
from data.records import LANGUAGES, Dialog, Language
from data.training import logistic_regression
from vqa.answer import corpora, lexicon

NAME = "visual-question"
BUCKETS = 1 << 16
MOST = 4_000
"""The most questions of one set in one language that are learned from."""
TALK = 8_000
"""How many lines of each set of dialogues are learned from; and how many of dev and of test are measured by."""
TASKS = 3_000
"""How many lines of the dialogues about hotels, films and people."""
STARTER, WRITTEN = 2, 5
"""How often a phrasing of the starter corpus, and a line of written.tsv, counts."""
STRICT, LOOSE = 0.005, 0.02
"""The share of the lines of dev dialogues that may be taken for questions about a picture."""
_STARTER = Path(__file__).parents[2] / "data" / "starter"
_WRITTEN = Path(__file__).with_name("written.tsv")

GOLDEN: tuple[tuple[str, Language], ...] = (
    ("几个人", "zh"), ("這隻狗是什麼顏色的？", "zh"), ("怎么退款", "zh"), ("", "zh"), ("What is he holding?", "en"),
    ("is it raining", "en"), ("how do I get a refund", "en"), ("看 LSTM", "en"),
)  # fmt: skip
"""Messages whose probabilities an artifact keeps beside its weights."""


@dataclass(frozen=True)
class Sets:
    """Messages of a part: by language and by the name of their set, those about a picture and those about anything else."""

    asked: Mapping[Language, Mapping[str, Sequence[str]]]
    other: Mapping[Language, Mapping[str, Sequence[str]]]


def read(part: Part, apart: Iterable[str] = (), seed: int = 3) -> Sets:
    """The messages of a part, each once; none that is the same as one of apart but for case and punctuation. Raises CorpusError.

    Questions are parted by photo and talk by dialogue. Only train has the lines written for it, the starter corpus, and the sets
    that are not parted.
    """
    draw, held = random.Random(seed), {normalize(text) for text in apart}

    def some(texts: Iterable[str], most: int) -> list[str]:
        left = sorted({text for text in texts if normalize(text) not in held and text.strip()})
        return draw.sample(left, min(most, len(left)))

    asked: dict[Language, dict[str, Sequence[str]]] = {language: {} for language in LANGUAGES}
    other: dict[Language, dict[str, Sequence[str]]] = {language: {} for language in LANGUAGES}
    for name, found in corpora.SETS.items():
        questions = getattr(found(), part)
        for language in LANGUAGES:
            if texts := some((one.question for one in questions if one.language == language), MOST):
                asked[language][name] = texts
    for name in talk.SETS:
        other["en" if name.endswith("en") else "zh"][name] = some(_lines(talk.load_dialogs(name, part)), TALK)
    if part == "train":
        other["zh"]["kdconv, crosswoz"] = some(_lines([*kdconv.read(), *crosswoz.read()]), TASKS)
        other["en"]["xpersona"] = some(_lines(xpersona.read("en")), TASKS)
        other["en"]["wikiqa"] = some((one.context[-1] for one in wikiqa.read_usable("train")), TASKS)
        for language in LANGUAGES:
            phrasings = [text for one in read_starter(_STARTER) if one.language == language for text in one.questions]
            other[language]["starter"] = some(phrasings, len(phrasings)) * STARTER
            for kind, side in (("yes", asked), ("no", other)):
                lines = [text for label, its, text in _written() if (label, its) == (kind, language)]
                side[language]["written"] = some(lines, len(lines)) * WRITTEN
    return Sets(asked, other)


def _lines(dialogs: Iterable[Dialog]) -> list[str]:
    return [utterance.text for one in dialogs for utterance in one.utterances]


def _written() -> list[list[str]]:
    with _WRITTEN.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def all_of(side: Mapping[Language, Mapping[str, Sequence[str]]]) -> list[tuple[str, Language]]:
    """All messages of one side with their languages."""
    return [(text, language) for language, sets in side.items() for texts in sets.values() for text in texts]


def _texts(given: Sets) -> list[str]:
    return [text for side in (given.asked, given.other) for text, _ in all_of(side)]


def learn(given: Sets, watched: Sets, buckets: int = BUCKETS) -> Learned:
    """The weights that part the two sides of given; of the talk in watched, no more than STRICT and LOOSE pass the thresholds."""
    codec = Codec(buckets)
    asked, other = all_of(given.asked), all_of(given.other)
    rows = [
        codec.ids(codec.units(text, language))
        for text, language in tqdm([*asked, *other], desc="units", mininterval=1.0, disable=len(other) < 1000)
    ]
    model = logistic_regression.fit(rows, [True] * len(asked) + [False] * len(other), buckets)
    config = Config(buckets, model.bias, dict.fromkeys(LANGUAGES, 0.5), dict.fromkeys(LANGUAGES, 0.5))
    learned = Learned(config, model)
    spoken = {language: _probabilities(learned, watched.other[language], language) for language in LANGUAGES}
    strict, loose = (
        {language: round(float(np.quantile(spoken[language], 1 - share)), 6) for language in LANGUAGES}
        for share in (STRICT, LOOSE)
    )
    return Learned(replace(config, strict=strict, loose=loose), model)


def _probabilities(learned: Learned, sets: Mapping[str, Sequence[str]], language: Language) -> NDArray[np.float64]:
    # Each set counts alike.
    few = min(map(len, sets.values()))
    return np.asarray([learned.probability(text, language) for texts in sets.values() for text in texts[:few]])


def scores(learned: Learned, test: Sets) -> tuple[Score, ...]:
    """What share of the questions of each set is known for one, and what share of the talk is taken for one."""
    found = []
    for language in LANGUAGES:
        for side, sets in (("questions about pictures", test.asked), ("lines of talk", test.other)):
            for name, texts in sets[language].items():
                if not texts:
                    # All were learned from: easy-VQA has a hundred questions in all.
                    continue
                made = np.asarray([learned.probability(text, language) for text in texts])
                plain = float(np.mean([names_a_thing(text, language) for text in texts]))
                for when, at in (("", learned.config.strict), (", right after the picture", learned.config.loose)):
                    found.append(
                        Score(
                            f"{name} test, {language}, {len(texts)} {side} that nothing was learned from",
                            f"share taken for a question about the picture{when}",
                            round(float((made >= at[language]).mean()), 4),
                            LOOSE if when else STRICT,
                            round(plain, 4),
                            "it asks, and names something that photos show; chance is as many as of talk in dev",
                        )
                    )
    return tuple(found)


def names_a_thing(text: str, language: Language) -> bool:
    """The plain rule to measure by: a mark of a question, and a word of the lexicon."""
    return text.rstrip().endswith(("?", "？")) and bool(lexicon.concepts_in(text, language))


def save(learned: Learned, manifest: Manifest, folder: Path) -> Artifact:
    """The reader as an artifact: weights float16 [buckets], messages with their probabilities as golden."""
    golden = {
        "text": np.asarray([text for text, _ in GOLDEN]),
        "language": np.asarray([language for _, language in GOLDEN]),
        "probability": np.asarray([learned.probability(*one) for one in GOLDEN], np.float32),
    }
    described = replace(manifest, config=learned.config.to_dict())
    return artifact.write(folder, described, files={WEIGHTS: learned.model.to_bytes()}, golden=golden)


def train(folder: Path) -> Artifact:
    """Train, choose the thresholds, measure, and write the artifact. Raises CorpusError, OSError."""
    given = read("train")
    known = _texts(given)
    watched = read("dev", known)
    test = read("test", [*known, *_texts(watched)])
    learned = learn(given, watched)
    counts = ", ".join(
        f"{name} {language} {len(texts)}"
        for side in (given.asked, given.other)
        for language, sets in side.items()
        for name, texts in sets.items()
    )
    manifest = Manifest(
        name=NAME,
        version="1",
        trained_on=f"questions about photos (VQA v2, DAQUAR, easy-VQA, those derived from Flickr8k's captions) against LCCC, "
        f"XDailyDialog, KdConv, CrossWOZ, XPersona, WikiQA's questions, the starter corpus; lines written for it ({counts})",
        licence="non-commercial: XDailyDialog is CC BY-NC-SA, Flickr8k's captions and DAQUAR are for research. VQA v2 is CC BY "
        "4.0, LCCC, XPersona and easy-VQA MIT, KdConv and CrossWOZ Apache-2.0; the rest was written for this project",
        limits="Reads one message. What people ask each other in a room as of a photo (where is the bus?) it takes for the photo "
        "while there is one. Chinese questions about photos were learned from derived and written ones alone.",
        non_commercial=True,
        scores=scores(learned, test),
        train="python -m bot.visual_question.train",
    )
    return save(learned, manifest, folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train the reader that ships; the exit status is 0, or 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m bot.visual_question.train", description="Train what tells visual questions from other talk."
    )
    parser.add_argument("--out", type=Path, default=paths.artifacts_dir() / NAME, metavar="FOLDER")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        made = train(given.out)
    except (CorpusError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    for score in made.manifest.scores:
        print(f"{score.set}: {score.metric} {score.value} (chance {score.chance}, plain rule {score.baseline})")
    print(f"written to {made.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
