"""Train the visual intent classifier on questions about photos and dialogues.

python -m bot.visual_intent.train     corpora found through KANLIAO_CORPORA; about three minutes. Needs the extra `train`.
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

from bot.visual_intent.config import Config
from bot.visual_intent.featurizer import Featurizer
from bot.visual_intent.infer import IntentModel
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
MAX_QUESTIONS = 4_000
"""Training questions of one set in one language."""
MAX_TALK = 8_000
"""Lines of each set of dialogues, for training, dev and test each."""
MAX_TASK_TALK = 3_000
"""Lines of the dialogues about hotels, films and people."""
STARTER_WEIGHT, EXAMPLE_WEIGHT = 2, 5
"""How often a phrasing of the starter corpus, and a line of examples.tsv, counts."""
STRICT, LOOSE = 0.005, 0.02
"""The share of the lines of dev dialogues that may be taken for questions about a picture."""
_STARTER = Path(__file__).parents[2] / "data" / "starter"
_EXAMPLES = Path(__file__).with_name("examples.tsv")

GOLDEN: tuple[tuple[str, Language], ...] = (
    ("几个人", "zh"), ("這隻狗是什麼顏色的？", "zh"), ("怎么退款", "zh"), ("", "zh"), ("What is he holding?", "en"),
    ("is it raining", "en"), ("how do I get a refund", "en"), ("看 LSTM", "en"),
)  # fmt: skip
"""Messages whose probabilities an artifact keeps beside its weights."""


@dataclass(frozen=True)
class Sets:
    """The messages of a part, by language and by the name of their set.

    Attributes:
        visual: Those about a picture.
        other: Those about anything else.
    """

    visual: Mapping[Language, Mapping[str, Sequence[str]]]
    other: Mapping[Language, Mapping[str, Sequence[str]]]


def read_sets(part: Part, excluded: Iterable[str] = (), seed: int = 3) -> Sets:
    """Read the messages of a part, each once.

    Questions are split by photo and talk by dialogue. The lines of examples.tsv, the starter corpus, and the sets that have no
    split are in train only.

    Args:
        part: The part.
        excluded: Texts of other parts; a message that differs from one only by case and punctuation is left out.
        seed: The seed of the sampling.

    Raises:
        CorpusError: A corpus is missing or damaged.
    """
    chance, known = random.Random(seed), {normalize(text) for text in excluded}

    def sample(texts: Iterable[str], most: int) -> list[str]:
        left = sorted({text for text in texts if normalize(text) not in known and text.strip()})
        return chance.sample(left, min(most, len(left)))

    visual: dict[Language, dict[str, Sequence[str]]] = {language: {} for language in LANGUAGES}
    other: dict[Language, dict[str, Sequence[str]]] = {language: {} for language in LANGUAGES}
    for name, load in corpora.SETS.items():
        questions = getattr(load(), part)
        for language in LANGUAGES:
            texts = (question.question for question in questions if question.language == language)
            if sampled := sample(texts, MAX_QUESTIONS):
                visual[language][name] = sampled
    for name in talk.SETS:
        other["en" if name.endswith("en") else "zh"][name] = sample(
            _list_texts(talk.load_dialogs(name, part)), MAX_TALK
        )
    if part == "train":
        other["zh"]["kdconv, crosswoz"] = sample(_list_texts([*kdconv.read(), *crosswoz.read()]), MAX_TASK_TALK)
        other["en"]["xpersona"] = sample(_list_texts(xpersona.read("en")), MAX_TASK_TALK)
        other["en"]["wikiqa"] = sample((item.context[-1] for item in wikiqa.read_usable("train")), MAX_TASK_TALK)
        for language in LANGUAGES:
            entries = [entry for entry in read_starter(_STARTER) if entry.language == language]
            phrasings = [text for entry in entries for text in entry.questions]
            other[language]["starter"] = sample(phrasings, len(phrasings)) * STARTER_WEIGHT
            for kind, side in (("yes", visual), ("no", other)):
                lines = [text for label, its, text in _read_examples() if (label, its) == (kind, language)]
                side[language]["written"] = sample(lines, len(lines)) * EXAMPLE_WEIGHT
    return Sets(visual, other)


def _list_texts(dialogs: Iterable[Dialog]) -> list[str]:
    return [utterance.text for dialog in dialogs for utterance in dialog.utterances]


def _read_examples() -> list[list[str]]:
    with _EXAMPLES.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def list_messages(side: Mapping[Language, Mapping[str, Sequence[str]]]) -> list[tuple[str, Language]]:
    """List all messages of one side with their languages."""
    return [(text, language) for language, sets in side.items() for texts in sets.values() for text in texts]


def _list_all_texts(sets: Sets) -> list[str]:
    return [text for side in (sets.visual, sets.other) for text, _ in list_messages(side)]


def fit(training: Sets, dev: Sets, buckets: int = BUCKETS) -> IntentModel:
    """Fit the weights, and choose the thresholds on the dev set.

    Args:
        training: What the weights are fitted to.
        dev: Its other talk sets the thresholds: the shares STRICT and LOOSE of it reach them.
        buckets: The number of weights.
    """
    featurizer = Featurizer(buckets)
    visual, other = list_messages(training.visual), list_messages(training.other)
    rows = [
        featurizer.hash_features(featurizer.list_features(text, language))
        for text, language in tqdm([*visual, *other], desc="features", mininterval=1.0, disable=len(other) < 1000)
    ]
    weights = logistic_regression.fit(rows, [True] * len(visual) + [False] * len(other), buckets)
    config = Config(buckets, weights.bias, dict.fromkeys(LANGUAGES, 0.5), dict.fromkeys(LANGUAGES, 0.5))
    model = IntentModel(config, weights)
    talk_scores = {language: _predict(model, dev.other[language], language) for language in LANGUAGES}
    strict, loose = (
        {language: round(float(np.quantile(talk_scores[language], 1 - share)), 6) for language in LANGUAGES}
        for share in (STRICT, LOOSE)
    )
    return IntentModel(replace(config, strict=strict, loose=loose), weights)


def _predict(model: IntentModel, sets: Mapping[str, Sequence[str]], language: Language) -> NDArray[np.float64]:
    # Each set has the same weight.
    few = min(map(len, sets.values()))
    return np.asarray([model.probability(text, language) for texts in sets.values() for text in texts[:few]])


def evaluate(model: IntentModel, test: Sets) -> tuple[Score, ...]:
    """Return the scores on each set.

    They are the recall on questions about pictures, and the false positive rate on talk.
    """
    found = []
    for language in LANGUAGES:
        for side, sets in (("questions about pictures", test.visual), ("lines of talk", test.other)):
            for name, texts in sets[language].items():
                if not texts:
                    # All were trained on: easy-VQA has a hundred questions in all.
                    continue
                probabilities = np.asarray([model.probability(text, language) for text in texts])
                baseline = float(np.mean([is_question_about_thing(text, language) for text in texts]))
                for when, thresholds in (("", model.config.strict), (", right after the picture", model.config.loose)):
                    found.append(
                        Score(
                            f"{name} test, {language}, {len(texts)} {side} that nothing was learned from",
                            f"share taken for a question about the picture{when}",
                            round(float((probabilities >= thresholds[language]).mean()), 4),
                            LOOSE if when else STRICT,
                            round(baseline, 4),
                            "it asks, and names something that photos show; chance is as many as of talk in dev",
                        )
                    )
    return tuple(found)


def is_question_about_thing(text: str, language: Language) -> bool:
    """Return what the baseline says of a text.

    It is true if the text ends with a question mark and has a word of the lexicon.
    """
    return text.rstrip().endswith(("?", "？")) and bool(lexicon.find_concepts(text, language))


def save(model: IntentModel, manifest: Manifest, folder: Path) -> Artifact:
    """Write the classifier as an artifact.

    It has the weights, float16 [buckets], and messages with their probabilities as golden.
    """
    golden = {
        "text": np.asarray([text for text, _ in GOLDEN]),
        "language": np.asarray([language for _, language in GOLDEN]),
        "probability": np.asarray([model.probability(*message) for message in GOLDEN], np.float32),
    }
    described = replace(manifest, config=model.config.to_dict())
    return artifact.write(folder, described, files={WEIGHTS: model.model.to_bytes()}, golden=golden)


def train(folder: Path) -> Artifact:
    """Train, choose the thresholds, evaluate, and write the artifact.

    Raises:
        CorpusError: A corpus is missing or damaged.
        OSError: The artifact cannot be written.
    """
    training = read_sets("train")
    known = _list_all_texts(training)
    dev = read_sets("dev", known)
    test = read_sets("test", [*known, *_list_all_texts(dev)])
    model = fit(training, dev)
    counts = ", ".join(
        f"{name} {language} {len(texts)}"
        for side in (training.visual, training.other)
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
        scores=evaluate(model, test),
        train="python -m bot.visual_intent.train",
    )
    return save(model, manifest, folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train the classifier that ships.

    Return the exit status: 0, or 1 with a sentence on standard error.
    """
    parser = argparse.ArgumentParser(
        prog="python -m bot.visual_intent.train",
        description="Train the classifier that tells questions about pictures from other talk.",
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
