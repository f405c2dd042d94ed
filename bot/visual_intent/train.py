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
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from bot.visual_intent.config import Config
from bot.visual_intent.featurizer import Featurizer, Situation
from bot.visual_intent.infer import RECENT, IntentModel
from data import artifact, paths
from data.artifact import Artifact, ArtifactError, Manifest, Score
from data.corpora import ask, coco_labels, crosswoz, kdconv, wikiqa, xpersona
from data.corpora import response_selection as talk
from data.corpora.split import Part, normalize
from data.formats.starter import read_starter
from data.logistic_regression import WEIGHTS, LogisticRegression
from data.paths import CorpusError
from data.records import LANGUAGES, Dialog, Language
from data.training import logistic_regression
from vqa.answer import corpora, lexicon

NAME = "visual-question"
BUCKETS = 1 << 16
MAX_QUESTIONS = 4_000
"""Training questions of one set in one language."""
MAX_TALK = 8_000
"""Lines of each set of dialogues."""
MAX_RECENT, MAX_RECENT_MEASURED = 2_000, 400
"""Lines of each set in one language right behind a picture: for training, and for dev and test each."""
MAX_TASK_TALK = 3_000
"""Lines of the dialogues about hotels, films and people."""
STARTER_WEIGHT, EXAMPLE_WEIGHT = 2, 5
"""How often a phrasing of the starter corpus, and a line of examples.tsv, counts."""
SHARES: Mapping[Situation, float] = {"later": 0.005, "recent": 0.03}
"""The share of the other dev lines that may be taken for questions about a picture."""
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
    """Read the messages of a part, each once, as they are long after a picture.

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
                side[language]["written"] = _read_examples(kind, language) * EXAMPLE_WEIGHT
    return Sets(visual, other)


def read_recent_sets(part: Part, seed: int = 3) -> Sets:
    """Read the messages of a part as they are right behind a picture.

    They are questions about photos in both languages, against what customers ask. Dialogues are left out: what people ask of
    others there ("how old is he?") is about the picture here. Photos and domains are split; the lines of examples.tsv and the
    starter corpus are in train only.

    Raises:
        CorpusError: A corpus is missing or damaged.
    """
    chance, most = random.Random(seed), MAX_RECENT if part == "train" else MAX_RECENT_MEASURED
    parts = coco_labels.assign_parts()
    visual: dict[Language, dict[str, Sequence[str]]] = {language: {} for language in LANGUAGES}
    other: dict[Language, dict[str, Sequence[str]]] = {language: {} for language in LANGUAGES}
    for language in LANGUAGES:
        questions = coco_labels.read_questions()
        asked = {each.question for each in questions if each.language == language and parts[each.image] == part}
        customers = set(_list_asked(part, language))
        visual[language][coco_labels.NAME] = chance.sample(sorted(asked), min(most, len(asked)))
        other[language]["ask"] = chance.sample(sorted(customers), min(most, len(customers)))
        if part == "train":
            entries = [entry for entry in read_starter(_STARTER) if entry.language == language]
            other[language]["starter"] = sorted({text for entry in entries for text in entry.questions})
            about = _read_examples("yes", language) + _read_examples("after", language)
            visual[language]["written"] = about * EXAMPLE_WEIGHT
            other[language]["written"] = _read_examples("no", language) * EXAMPLE_WEIGHT
    return Sets(visual, other)


def _list_asked(part: Part, language: Language) -> list[str]:
    """List what customers ask, of the domains of a part: three quarters in train, an eighth each in dev and test."""
    held_out = sorted({item.domain for item in ask.read() if ask.is_held_out(item.domain)})
    return [
        text
        for item in ask.read()
        for text in (item.stored[language], *item.same[language], *item.near[language])
        if part == ("train" if item.domain not in held_out else ("dev", "test")[held_out.index(item.domain) % 2])
    ]


def _list_texts(dialogs: Iterable[Dialog]) -> list[str]:
    return [utterance.text for dialog in dialogs for utterance in dialog.utterances]


def _read_examples(kind: str, language: Language) -> list[str]:
    """Read the lines of a kind: about a picture ("yes"), about anything else ("no"), or about it right behind it ("after")."""
    with _EXAMPLES.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return sorted({text for label, its, text in rows if (label, its) == (kind, language)})


def list_messages(side: Mapping[Language, Mapping[str, Sequence[str]]]) -> list[tuple[str, Language]]:
    """List all messages of one side with their languages."""
    return [(text, language) for language, sets in side.items() for texts in sets.values() for text in texts]


def _list_all_texts(sets: Sets) -> list[str]:
    return [text for side in (sets.visual, sets.other) for text, _ in list_messages(side)]


def fit(training: Sets, dev: Sets, recent: IntentModel | None = None, buckets: int = BUCKETS) -> IntentModel:
    """Fit the weights for messages long after a picture, and choose their thresholds on the dev set.

    Args:
        training: What the weights are fitted to.
        dev: Its other lines set the thresholds: the share SHARES of them reaches them.
        recent: A model whose weights for messages right behind a picture are kept; without one they are the same as later.
        buckets: The number of weights.
    """
    later = _fit_one(training, buckets)
    behind = recent.recent if recent else later
    half = dict.fromkeys(LANGUAGES, 0.5)
    model = IntentModel(
        Config(buckets, later.bias, behind.bias, half, recent.config.recent if recent else half), later, behind
    )
    return IntentModel(replace(model.config, later=_find_thresholds(model, dev, "later")), later, behind)


def fit_recent(model: IntentModel, training: Sets, dev: Sets) -> IntentModel:
    """Fit the weights for messages right behind a picture, and choose their thresholds on the dev set.

    They begin at the weights for later messages, which stay, and differ from them as little as the lines allow.

    Args:
        model: The model with the weights for later messages.
        training: What the weights are fitted to.
        dev: Its other lines set the thresholds: the share SHARES of them reaches them.
    """
    recent = _fit_one(training, model.config.buckets, model.later)
    model = IntentModel(replace(model.config, recent_bias=recent.bias), model.later, recent)
    thresholds = _find_thresholds(model, dev, "recent")
    return IntentModel(replace(model.config, recent=thresholds), model.later, recent)


def _fit_one(sets: Sets, buckets: int, prior: LogisticRegression | None = None) -> LogisticRegression:
    featurizer = Featurizer(buckets)
    visual, other = list_messages(sets.visual), list_messages(sets.other)

    @cache
    def hash_line(text: str, language: Language) -> NDArray[np.int64]:
        # Examples stand in training several times.
        return featurizer.hash_features(featurizer.list_features(text, language))

    progress = tqdm([*visual, *other], desc="features", mininterval=1.0, disable=len(other) < 1000)
    rows = [hash_line(*line) for line in progress]
    return logistic_regression.fit(rows, [True] * len(visual) + [False] * len(other), buckets, prior=prior)


def _find_thresholds(model: IntentModel, dev: Sets, situation: Situation) -> dict[Language, float]:
    found: dict[Language, float] = {}
    for language in LANGUAGES:
        sets = dev.other[language]
        # Each set has the same weight.
        few = min(map(len, sets.values()))
        scores = [model.probability(text, language, situation) for texts in sets.values() for text in texts[:few]]
        found[language] = round(float(np.quantile(np.asarray(scores), 1 - SHARES[situation])), 6)
    return found


def evaluate(model: IntentModel, test: Sets, situation: Situation) -> tuple[Score, ...]:
    """Return the scores in a situation on each set.

    They are the recall on questions about pictures, and the false positive rate on anything else.
    """
    thresholds = model.config.recent if situation == "recent" else model.config.later
    when = ", right after the picture" if situation == "recent" else ""
    found = []
    for language in LANGUAGES:
        for side, sets in (("questions about pictures", test.visual), ("other lines", test.other)):
            for name, texts in sets[language].items():
                if not texts:
                    # All were trained on: easy-VQA has a hundred questions in all.
                    continue
                probabilities = np.asarray([model.probability(text, language, situation) for text in texts])
                baseline = float(np.mean([is_question_about_thing(text, language) for text in texts]))
                found.append(
                    Score(
                        f"{name} test, {language}, {len(texts)} {side} that nothing was learned from",
                        f"share taken for a question about the picture{when}",
                        round(float((probabilities >= thresholds[language]).mean()), 4),
                        SHARES[situation],
                        round(baseline, 4),
                        "it asks, and names something that photos show; chance is as many as of other lines in dev",
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

    It has the weights of both situations, float16 [buckets] each, and messages with their probabilities as golden.
    """
    golden = {
        "text": np.asarray([text for text, _ in GOLDEN]),
        "language": np.asarray([language for _, language in GOLDEN]),
        "probability": np.asarray([model.probability(*message) for message in GOLDEN], np.float32),
        "recent": np.asarray([model.probability(*message, "recent") for message in GOLDEN], np.float32),
    }
    described = replace(manifest, config=model.config.to_dict())
    return artifact.write(
        folder, described, files={WEIGHTS: model.later.to_bytes(), RECENT: model.recent.to_bytes()}, golden=golden
    )


def train(folder: Path, shipped: Path | None = None) -> Artifact:
    """Train, choose the thresholds, evaluate, and write the artifact.

    Args:
        folder: Where it is written.
        shipped: An artifact whose weights for later messages are kept, with their scores; only those for messages right behind a
            picture are trained.

    Raises:
        CorpusError: A corpus is missing or damaged.
        ArtifactError: The shipped artifact is damaged.
        OSError: The artifact cannot be written.
    """
    if shipped is None:
        training = read_sets("train")
        known = _list_all_texts(training)
        dev = read_sets("dev", known)
        model = fit(training, dev)
        test = read_sets("test", [*known, *_list_all_texts(dev)])
        scores, counts = evaluate(model, test, "later"), _count_lines(training)
    else:
        manifest = artifact.open(shipped).manifest
        model = IntentModel.open(shipped)
        scores = tuple(score for score in manifest.scores if "right after" not in score.metric)
        counts = manifest.trained_on.partition("lines written for it (")[2].partition(")")[0]
    training = read_recent_sets("train")
    model = fit_recent(model, training, read_recent_sets("dev"))
    scores += evaluate(model, read_recent_sets("test"), "recent")
    return save(model, build_manifest(counts, _count_lines(training), scores), folder)


def build_manifest(later: str, recent: str, scores: tuple[Score, ...]) -> Manifest:
    """Return the description of a classifier, given the counts of the lines that it was trained on."""
    return Manifest(
        name=NAME,
        version="2",
        trained_on=f"questions about photos (VQA v2, DAQUAR, easy-VQA, those derived from Flickr8k's captions) against LCCC, "
        f"XDailyDialog, KdConv, CrossWOZ, XPersona, WikiQA's questions, the starter corpus; lines written for it ({later}). "
        f"For messages right behind a picture also the labels of COCO's photos against customers' questions, both written for "
        f"this project ({recent})",
        licence="non-commercial: XDailyDialog is CC BY-NC-SA, Flickr8k's captions and DAQUAR are for research. VQA v2 is CC BY "
        "4.0, LCCC, XPersona and easy-VQA MIT, KdConv and CrossWOZ Apache-2.0; the rest was written for this project",
        limits="Reads one message, and how long ago the picture was. What people ask each other in a room as of a photo (where "
        "is the bus?) it takes for the photo while there is one.",
        non_commercial=True,
        scores=scores,
        train="python -m bot.visual_intent.train",
    )


def _count_lines(sets: Sets) -> str:
    return ", ".join(
        f"{name} {language} {len(texts)}"
        for side in (sets.visual, sets.other)
        for language, named in side.items()
        for name, texts in named.items()
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Train the classifier that ships.

    Return the exit status: 0, or 1 with a sentence on standard error.
    """
    parser = argparse.ArgumentParser(
        prog="python -m bot.visual_intent.train",
        description="Train the classifier that tells questions about pictures from other talk.",
    )
    parser.add_argument("--out", type=Path, default=paths.artifacts_dir() / NAME, metavar="FOLDER")
    parser.add_argument(
        "--recent",
        action="store_true",
        help="train only the weights for messages right behind a picture; the shipped ones for later messages stay",
    )
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        made = train(given.out, paths.artifacts_dir() / NAME if given.recent else None)
    except (ArtifactError, CorpusError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    for score in made.manifest.scores:
        print(f"{score.set}: {score.metric} {score.value} (chance {score.chance}, plain rule {score.baseline})")
    print(f"written to {made.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
