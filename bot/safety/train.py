"""Trains the filter on labelled comments and everyday talk.

Needs the extra `train`.

python -m bot.safety.train     COLDataset, LCCC and the word lists, found through KANLIAO_CORPORA; about a minute
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from bot.safety.chinese import find_abuse
from bot.safety.config import Config
from bot.safety.featurizer import Featurizer
from bot.safety.infer import OffenceClassifier, Safety, words_file
from data import artifact, paths
from data.artifact import Artifact, Manifest, Score
from data.corpora import badwords, coldataset, lccc
from data.corpora.coldataset import Comment
from data.corpora.split import assign_part, join_utterances, normalize
from data.logistic_regression import WEIGHTS, LogisticRegression
from data.metrics.accuracy import accuracy
from data.paths import CorpusError
from data.records import LANGUAGES, Language
from data.training import logistic_regression

NAME = "safety"
BUCKETS = 1 << 17
MAX_NGRAM_LENGTH = 2
TALK = 10_000
"""How many lines of everyday talk are trained on as inoffensive."""
WATCHED = 3_000
"""How many further lines the threshold is chosen on."""
ALARMS = 0.01
"""The share of those lines that may be taken for offence. The promise is 2 %; this leaves room for chance."""

GOLDEN = (
    "你这个傻 逼", "河南人都是骗子", "我是河南人", "今天天气不错", "同性恋权利是什么", "黑人滚出去", "女司机开车真让人无语", "",
    "這個機器人真笨", "用 PyTorch 训练 CNN", "you idiot", "a nice day",
)  # fmt: skip
"""Texts whose probabilities an artifact keeps beside its weights."""


@dataclass(frozen=True)
class Sets:
    """What the filter is trained, chosen and scored on.

    talk and watched are everyday lines, nobody's offence.
    """

    train: tuple[Comment, ...]
    tuning: tuple[Comment, ...]
    test: tuple[Comment, ...]
    talk: tuple[str, ...]
    watched: tuple[str, ...]


def load_sets(seed: int = 4) -> Sets:
    """Load COLDataset: training, choices and test.

    Training is without what the dev part holds; choices are a tenth of it, by digest; test is the dev part.

    Everyday lines are LCCC's: those of its training dialogues to learn from, of its dev dialogues for the threshold.
    Raises CorpusError.
    """
    test = tuple(coldataset.read("dev"))
    held = {normalize(comment.text) for comment in test}
    rest = [comment for comment in coldataset.read("train") if normalize(comment.text) not in held]
    talk: dict[str, set[str]] = {"train": set(), "dev": set(), "test": set()}
    for dialog in lccc.read():
        talk[assign_part(join_utterances(dialog))].update(utterance.text for utterance in dialog.utterances)
    draw = random.Random(seed)
    learned, watched = (
        tuple(draw.sample(sorted(talk[part] - talk["test"]), count))
        for part, count in (("train", TALK), ("dev", WATCHED))
    )
    tuning = tuple(comment for comment in rest if assign_part(comment.text) == "dev")
    return Sets(
        tuple(comment for comment in rest if assign_part(comment.text) != "dev"), tuning, test, learned, watched
    )


def choose_threshold(
    offensive: NDArray[np.bool_], probability: NDArray[np.float64], watched: NDArray[np.float64], alarms: float = ALARMS
) -> float:
    """Return the threshold that labels most comments correctly.

    At most a share `alarms` of the watched lines fires.
    """
    steps = np.round(np.arange(0.5, 0.999, 0.005), 3)
    quiet = [step for step in steps if float((watched >= step).mean()) <= alarms] or [steps[-1]]
    return float(max(quiet, key=lambda step: float(((probability >= step) == offensive).mean())))


def save(
    config: Config, model: LogisticRegression, words: Mapping[Language, list[str]], manifest: Manifest, folder: Path
) -> Artifact:
    """Write the filter as an artifact.

    It holds weights float16 [buckets], a word list per language, golden texts and probabilities.
    """
    files = {WEIGHTS: model.to_bytes()}
    for language in LANGUAGES:
        files[words_file(language)] = ("\n".join(words[language]) + "\n").encode()
    learned = OffenceClassifier(model, Featurizer(words["zh"], config.buckets, config.max_ngram_length))
    made = np.asarray([learned.predict(text) for text in GOLDEN], np.float32)
    golden = {"text": np.asarray(GOLDEN), "probability": made}
    return artifact.write(folder, replace(manifest, config=config.to_dict()), files=files, golden=golden)


def train(given: Sets, folder: Path) -> Artifact:
    """Train the filter, choose its threshold, score it, and write the artifact.

    It is scored on the held-out comments.

    Raises:
        CorpusError, OSError: A corpus is missing, or the artifact cannot be written.
    """
    words = {language: badwords.read(language) for language in LANGUAGES}
    featurizer = Featurizer(words["zh"], BUCKETS, MAX_NGRAM_LENGTH)
    texts = [*(comment.text for comment in given.train), *given.talk]
    labels = [*(comment.offensive for comment in given.train), *(False for _ in given.talk)]
    rows = [featurizer.encode(featurizer.extract_units(text)) for text in tqdm(texts, desc="units", mininterval=1.0)]
    model = logistic_regression.fit(rows, labels, BUCKETS)
    config = Config(BUCKETS, MAX_NGRAM_LENGTH, model.bias, 0.5)
    learned = OffenceClassifier(model, featurizer)
    watched = np.asarray([1.0 if find_abuse(text) else learned.predict(text) for text in given.watched])
    offensive = np.asarray([comment.offensive for comment in given.tuning])
    probability = np.asarray([learned.predict(comment.text) for comment in given.tuning])
    config = replace(config, threshold=choose_threshold(offensive, probability, watched))
    print(
        f"tuning: {len(offensive)} comments, accuracy {((probability >= 0.5) == offensive).mean():.4f} at 0.5, "
        f"{((probability >= config.threshold) == offensive).mean():.4f} at {config.threshold}; of {len(watched)} lines of talk "
        f"{(watched >= 0.5).mean():.2%} and {(watched >= config.threshold).mean():.2%} fire"
    )
    manifest = Manifest(
        name=NAME,
        version="1",
        trained_on=f"COLDataset train without what its dev part holds ({len(given.train)} comments), {len(given.talk)} lines of "
        "LCCC-base's training dialogues as inoffensive; word lists: List of Dirty, Naughty, Obscene, and Otherwise "
        "Bad Words",
        licence="weights from COLDataset (Apache-2.0) and LCCC (MIT); the word lists words.zh.txt and words.en.txt are "
        "(c) 2012-2020 Shutterstock, Inc., CC BY 4.0, unchanged; none is marked non-commercial",
        limits="Learned from comments on race, region and gender whose labels were made half by machine: irony, quotation "
        "and new words escape it, and talk about these groups is taken for offence more often than other talk. English, "
        "distress and the plainest insults are rules. It is a courtesy, not a guard.",
        train="python -m bot.safety.train",
    )
    made = save(config, model, words, manifest, folder)
    filter = Safety(made.folder)
    wanted = [comment.offensive for comment in given.test]
    said = [
        filter.judge(comment.text, "zh").kind == "offensive"
        for comment in tqdm(given.test, desc="test", mininterval=1.0)
    ]
    listed = [bool(featurizer.find_listed(comment.text)) for comment in given.test]
    most = max(wanted.count(True), wanted.count(False)) / len(wanted)
    score = Score(
        f"COLDataset dev, held out: {len(wanted)} comments, {sum(wanted)} offensive", "accuracy",
        round(accuracy(said, wanted), 4), round(most, 4), round(accuracy(listed, wanted), 4), "a word of the Chinese list occurs",
    )  # fmt: skip
    return save(config, model, words, replace(manifest, scores=(score,)), folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train the filter that ships.

    The exit status is 0, or 1 with a sentence on standard error.
    """
    parser = argparse.ArgumentParser(prog="python -m bot.safety.train", description="Train the safety filter.")
    parser.add_argument("--out", type=Path, default=paths.artifacts_dir() / NAME, metavar="FOLDER")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        made = train(load_sets(), given.out)
    except (CorpusError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    for score in made.manifest.scores:
        print(
            f"{score.set}: {score.metric} {score.value} (majority {score.chance}, {score.baseline_is}: {score.baseline})"
        )
    print(f"written to {made.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
