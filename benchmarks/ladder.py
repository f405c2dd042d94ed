"""Retrieval, re-ranking, generation, and all together, on held-out dialogues.

    KANLIAO_CORPORA=... python -m benchmarks.ladder [--test 3000] [--dev 3000] [--model seq2seq]

What AliMe measured (Qiu et al. 2017): retrieval < retrieval + re-rank < hybrid. Stored are the training exchanges of LCCC and
XDailyDialog; asked are held-out dialogues, one exchange of each. Every system gives one reply; the primary measure, named before
the first run, is chrF against what the person replied, the mean over replies, with paired bootstrap intervals against each of the
hybrid's parts. Weights are learned on dev dialogues. Replies are kept under data/files/runs/ladder for benchmarks.pairwise, which
has them read without the names of the systems.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from bot.build import load_calibration
from bot.ranker.features import FEATURES, extract_features
from bot.sources.generator import generate_replies
from bot.types import Candidate, Context, Evidence, Message, Reply, Turn
from data import paths
from data.atomic_file import write_atomic
from data.corpora.split import Part
from data.metrics.bootstrap import compare_pairs
from data.metrics.chrf import sentence_chrf
from data.records import Entry, Place
from data.word_vectors import WordVectors
from generation import training_data
from generation.evaluate import compute_metrics
from generation.examples import Exchange
from generation.infer import Generator
from retrieval.calibration import Calibration, fit
from retrieval.dense_index import DenseIndex
from retrieval.hybrid import Hybrid
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder
from retrieval.vectors import LocalVectorIndex

SEED = 17
STARTER = Path(__file__).parent.parent / "data" / "starter"
WEIGHED = (*FEATURES, "like_stored", "like_written")
"""What the rankers here weigh: what bot.ranker weighs, and how alike, in chrF, a candidate is to the others that are stored and
to the others that were written. What has most in common with all that could be said is the best guess at what will be (Kumar and
Byrne 2004, Minimum Bayes-Risk Decoding); the bot's own ranker does without, for people do not find such replies more fitting."""
HYBRID = "hybrid, ranked"
PARTS = ("retrieval", "retrieval, re-ranked", "written", "written, ranked")
"""What the hybrid has to beat."""
_RUN = "run.json"
_AGAIN = "Run python -m benchmarks.ladder."
_FOUND = 6
_CHUNK = 5_000
_WORST = -30.0


class ReadingError(ValueError):
    """Replies, items, a key or judgements that do not fit: what is wrong, what to do."""


@dataclass(frozen=True)
class Trial:
    """An exchange with its candidates, their features, and their chrF.

    chrF compares a candidate with the person's reply.
    """

    exchange: Exchange
    candidates: tuple[Candidate, ...]
    features: tuple[Mapping[str, float], ...]
    chrf: tuple[float, ...]


def sample_exchanges(name: str, part: Part, most: int) -> list[Exchange]:
    """Sample one exchange of each dialogue of the part, always the same.

    most is the largest number.
    """
    draw = random.Random(SEED)
    first: dict[str, list[Exchange]] = {}
    for one in training_data.load_held_out(name, part):
        # Exchanges of one dialogue follow each other and share their beginning or go on from it.
        if len(one.context) == 1:
            last = first.setdefault(f"{len(first)}", [])
        last.append(one)
    chosen = [draw.choice(own) for own in first.values()]
    return draw.sample(chosen, min(most, len(chosen)))


def build_index(found: Sequence[Exchange]) -> Hybrid:
    """Build an index of exchanges, searched as the bot searches.

    The message is the phrasing, what was answered the reply.
    """
    model = SentenceEncoder(paths.artifacts_dir() / ENCODER)
    index = Hybrid(load_calibration(), DenseIndex(model, LocalVectorIndex(model.width), LocalVectorIndex(model.width)))
    entries = [
        Entry(str(number), one.language, (one.context[-1],), one.reply, Place("training", number))
        for number, one in enumerate(found)
    ]
    for first in tqdm(range(0, len(entries), _CHUNK), desc="storing", unit="chunk"):
        index = index.update(entries[first : first + _CHUNK])
    return index


def try_exchange(one: Exchange, index: Hybrid, generator: Generator) -> Trial:
    """Return the candidates for an exchange, with the features for a ranker."""
    message = one.context[-1]
    hits = index.search(message, one.language, _FOUND)
    found = [Candidate(hit.entry.reply, "retrieved", hit.probability) for hit in hits]
    written = generate_replies(generator, one.context, one.language, one.style)
    made = [Candidate(each.text, "written", math.exp(each.log_prob)) for each in written]
    candidates = found + made
    if not candidates:
        return Trial(one, (), (), ())
    likely = generator.log_probs(one.context, [each.text for each in candidates], one.language, one.style)
    context = Context(Message(message), one.language, _build_turns(one))
    features = []
    for each, log_prob in zip(candidates, likely, strict=True):
        evidence = Evidence(features=generator.compute_features(message, each.text, log_prob, one.language, one.style))
        own = extract_features(context, replace(each, source="written", evidence=evidence))
        own["written"] = float(each.source == "written")
        own["match"] = extract_features(context, each)["match"] if each.source == "retrieved" else 0.0
        features.append(own | measure_agreement(each, candidates))
    return Trial(
        one, tuple(candidates), tuple(features), tuple(sentence_chrf(each.text, one.reply) for each in candidates)
    )


def measure_agreement(one: Candidate, candidates: Sequence[Candidate]) -> dict[str, float]:
    """Return the mean chrF, as a share, of a candidate with others of each kind.

    It is 0 where there are no others.
    """
    others: dict[str, list[float]] = {"like_stored": [], "like_written": []}
    for other in candidates:
        if other is not one:
            kind = "like_written" if other.source == "written" else "like_stored"
            others[kind].append(sentence_chrf(one.text, other.text) / 100)
    return {kind: sum(found) / len(found) if found else 0.0 for kind, found in others.items()}


def fit_ranker(known: Sequence[Trial], only: str | None = None) -> Calibration:
    """Fit weights whose probability is the expected chrF of a candidate.

    They are fitted on the candidates of one source, or on all.
    """
    rows, labels, often = [], [], []
    for one in known:
        for candidate, features, score in zip(one.candidates, one.features, one.chrf, strict=True):
            if only is None or candidate.source == only:
                row = [features[name] for name in WEIGHED]
                # A share in [0, 1] is learned as that much of a right example and the rest of a wrong one.
                for label, weight in ((True, score / 100), (False, 1 - score / 100)):
                    rows.append(row)
                    labels.append(label)
                    often.append(weight)
    weights, bias = fit(WEIGHED, np.asarray(rows), np.asarray(labels), importance=np.asarray(often))
    return Calibration(WEIGHED, weights, bias, 0.0, 0.0)


Choice = Callable[[Trial], str]


def _best(one: Trial, score: Callable[[int], float], source: str | None = None) -> str:
    numbers = [n for n, each in enumerate(one.candidates) if source is None or each.source == source]
    return one.candidates[max(numbers, key=score)].text if numbers else ""


def build_systems(known: Sequence[Trial], pool: Sequence[Exchange]) -> dict[str, Choice]:
    """Return the systems that choose a reply, by name."""
    within, over, made = fit_ranker(known, "retrieved"), fit_ranker(known), fit_ranker(known, "written")
    draw = random.Random(SEED)

    def fuse_ranks(one: Trial) -> Callable[[int], float]:
        lists = [[n for n, each in enumerate(one.candidates) if each.source == s] for s in ("retrieved", "written")]
        by_model = sorted(range(len(one.candidates)), key=lambda n: -one.features[n]["log_prob"])
        return lambda n: sum(1 / (60 + places.index(n)) for places in (*lists, by_model) if n in places)

    def alime(one: Trial, floor: float) -> str:
        def likely(n: int) -> float:
            return one.features[n]["log_prob"]

        numbers = [n for n, each in enumerate(one.candidates) if each.source == "retrieved"]
        best = max((likely(n) for n in numbers), default=_WORST)
        return _best(one, likely, "retrieved" if best > floor else "written")

    floors = np.linspace(-2.0, 3.0, 21)
    floor = max(floors, key=lambda each: sum(sentence_chrf(alime(one, each), one.exchange.reply) for one in known))
    return {
        "chance: a reply of the training": lambda one: draw.choice(pool).reply,
        "retrieval": lambda one: _best(one, lambda n: one.candidates[n].score, "retrieved"),
        "retrieval, re-ranked": lambda one: _best(one, lambda n: within.probability(one.features[n]), "retrieved"),
        "written": lambda one: _best(one, lambda n: one.candidates[n].score, "written"),
        "written, ranked": lambda one: _best(one, lambda n: made.probability(one.features[n]), "written"),
        "fixed rule: stored above the floor": lambda one: (
            _best(one, lambda n: one.candidates[n].score, "retrieved")
            if max((c.score for c in one.candidates if c.source == "retrieved"), default=0.0)
            >= load_calibration().answer_threshold
            else _best(one, lambda n: one.candidates[n].score, "written")
        ),
        "RRF": lambda one: _best(one, fuse_ranks(one)),
        f"AliMe's rule, mean log-probability above {floor - 3:.2f}": lambda one: alime(one, float(floor)),
        HYBRID: lambda one: _best(one, lambda n: over.probability(one.features[n])),
        "the best there was (not a system)": lambda one: _best(one, lambda n: one.chrf[n]),
    }


def find_folder() -> Path:
    """Return the folder of the replies of the last run."""
    return paths.runs_dir() / "ladder"


def read_run(source: Path) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
    """Read the lines of each set of a run, and its description.

    Raises:
        ReadingError: The run is not complete.
    """
    try:
        run = json.loads((source / _RUN).read_text(encoding="utf-8"))
        sets = {}
        for name, digest in run["replies"].items():
            text = (source / f"{name}.jsonl").read_text(encoding="utf-8")
            if hashlib.sha256(text.encode()).hexdigest() != digest:
                raise ReadingError(f"{source / name}.jsonl is not of the run that {_RUN} beside it tells of. {_AGAIN}")
            sets[name] = [json.loads(line) for line in text.splitlines()]
    except (OSError, KeyError, json.JSONDecodeError) as error:
        raise ReadingError(f"no whole run of the ladder lies in {source} ({error}). {_AGAIN}") from error
    return sets, run


def main() -> None:
    """Print a table for each set, and the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test", type=int, default=3000, help="exchanges of each set, at most one of a dialogue")
    parser.add_argument("--dev", type=int, default=3000)
    parser.add_argument("--model", default="seq2seq")
    given = parser.parse_args()
    generator = Generator(paths.artifacts_dir() / given.model)
    pool = [one for one in training_data.load_examples(STARTER) if len(one.reply) > 1]
    print(f"{generator.version}; {len(pool)} stored exchanges; seed {SEED}; {given.dev} dev exchanges of each set")
    print(f"primary measure, named before the run: mean chrF; {HYBRID} must be above {'; '.join(PARTS)}")
    index = build_index(pool)
    vectors = WordVectors(paths.artifacts_dir() / "words").of
    parts: dict[str, dict[str, list[Trial]]] = {}
    for name in training_data.SETS:
        sizes: dict[Part, int] = {"dev": given.dev, "test": given.test}
        for part, most in sizes.items():
            chosen = sample_exchanges(name, part, most)
            bar = tqdm(chosen, desc=f"{name} {part}")
            parts.setdefault(name, {})[part] = [try_exchange(one, index, generator) for one in bar]
    kept_in = find_folder()
    kept_in.mkdir(parents=True, exist_ok=True)
    run: dict[str, Any] = {
        "generator": generator.version,
        "part": "test",
        "seed": SEED,
        "dev": given.dev,
        "replies": {},
    }
    for name, own in parts.items():
        digest = hashlib.sha256(repr([asdict(one.exchange) for one in own["test"]]).encode()).hexdigest()[:12]
        print(f"\n{name}: {len(own['test'])} test exchanges, sha256 {digest}")
        print(
            f"{'':52} {'chrF':>6} {'BLEU':>6} {'dist-2':>7} {'people':>7} {'avg':>6} {'len':>5}  "
            f"chrF minus {'; minus '.join(PARTS)}; 95 %"
        )
        replies = {
            label: [choose(one) for one in own["test"]] for label, choose in build_systems(own["dev"], pool).items()
        }
        wanted = [one.exchange for one in own["test"]]
        values = {
            label: [sentence_chrf(text, one.reply) for text, one in zip(said, wanted, strict=True)]
            for label, said in replies.items()
        }
        for label, said in replies.items():
            found = compute_metrics(said, wanted, vectors)
            shown = f"{label:52} {np.mean(values[label]):6.2f} {found['BLEU']:6.2f} {found['distinct-2']:7.3f} "
            shown += f"{found['distinct-2 of people']:7.3f} {found['embedding average']:6.3f} {found['length']:5.1f}"
            for other in PARTS:
                apart = compare_pairs(values[label], values[other])
                shown += f"  {apart.mean:+.2f} [{apart.low:+.2f}, {apart.high:+.2f}]"
            print(shown, flush=True)
        beaten = [other for other in PARTS if compare_pairs(values[HYBRID], values[other]).low > 0]
        print(f"{HYBRID} is shown to be above: {'; '.join(beaten) or 'nothing'}")
        print(
            "weights of the ranker:", {k: round(v, 2) for k, v in fit_ranker(own["dev"]).to_dict()["features"].items()}
        )
        lines = [
            {
                "context": one.context,
                "language": one.language,
                "human": one.reply,
                **{label: replies[label][n] for label in replies},
            }
            for n, one in enumerate(wanted)
        ]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        write_atomic(kept_in / f"{name}.jsonl", text)
        run["replies"][name] = hashlib.sha256(text.encode()).hexdigest()
    write_atomic(kept_in / _RUN, json.dumps(run, indent=1) + "\n")


def _build_turns(one: Exchange) -> tuple[Turn, ...]:
    """Return what the bot said before, as turns.

    Of three turns of context that is the one in the middle.
    """
    said = one.context[:-1]
    if not said:
        return ()
    before = said[0] if len(said) > 1 else ""
    return (Turn(0, Message(before), Reply(said[-1], "answer", one.language), 0.0),)


if __name__ == "__main__":
    main()
