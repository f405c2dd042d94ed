"""How often the starter corpus answers right, and admits what it does not know.

    python -m benchmarks.starter            both sets, totals
    python -m benchmarks.starter --dev      the development set, with every question that went wrong

dev.jsonl may be looked at and tuned on. test.jsonl is scored in total only: this program prints no line of it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.build import AMBIGUITY_MARGIN, STARTER, load_calibration
from data import paths
from data.formats.starter import read_starter
from data.records import Language
from data.text.segment import words
from retrieval.boosting import BoostedTrees
from retrieval.dense_index import DenseIndex
from retrieval.hybrid import Hybrid
from retrieval.paraphrase.infer import open_judge
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder
from retrieval.text_analysis import AnalysedText
from retrieval.vectors import LocalVectorIndex

FOLDER = Path(__file__).parent / "starter_questions"
# Function words: two questions that share only these share nothing that tells what they are about.
_FUNCTION = frozenset(
    words(
        "a an the is are was be do does did can could will would should i you he she it we they me my your its our their this"
        " that these those of to in on at for from with by and or but not no if so as than then what which who whom how"
        " why when where there here have has had get got any some just about into out up down"
        " 我 你 您 他 她 它 们 的 了 吗 呢 吧 啊 呀 是 不 在 有 和 与 跟 就 都 也 还 又 把 被 给 对 到 从 为 以 会 能 要 想 可以"
        " 什么 怎么 怎样 如何 为什么 哪 哪个 这 那 这个 那个 一 一个 个 很 太 吗 么 啥 谁 几 多少 没 没有 得 地 着 过 说 让 请"
    )
)


@dataclass(frozen=True)
class Question:
    """A question with its entry, or None if it is off topic.

    The entry is named without language.
    """

    question: str
    language: Language
    entry: str | None


@dataclass(frozen=True)
class Outcome:
    """The result of a question.

    The best entry's probability, the runner-up's, and whether the best is the right one.

    by_words says whether the plain baseline, BM25 over the words of the stored phrasings, puts a phrasing of it first.
    """

    asked: Question
    best: float
    second: float
    right: bool
    found: str
    by_words: bool
    shares_a_word: bool


def read_questions(path: Path) -> list[Question]:
    """Read the questions of a JSON lines file (question, language, entry)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Question(**json.loads(line)) for line in lines if line.strip()]


def run_questions(index: Hybrid, questions: Sequence[Question]) -> list[Outcome]:
    """Return the outcome of each question."""
    made = []
    for asked in questions:
        hits = index.search(asked.question, asked.language)
        best = hits[0] if hits else None
        wanted = f"{asked.entry}.{asked.language}"
        rivals = [hit for hit in hits[1:] if best and hit.entry.reply != best.entry.reply]
        terms = AnalysedText.of(asked.question).words
        content = set(terms) - _FUNCTION
        plain = index.index.by_words.search(terms, 1)
        number = index.entries.find_number(wanted)
        stored = index.entries.read_entry(number).questions if number is not None else ()
        made.append(
            Outcome(
                asked,
                best.probability if best else 0.0,
                rivals[0].probability if rivals else 0.0,
                bool(best and best.entry.id == wanted),
                best.entry.id if best else "",
                bool(plain) and index.entries.read_entry(index.entries.find_phrasing_owner(plain[0][0])).id == wanted,
                any(content & set(words(question)) for question in stored),
            )
        )
    return made


def measure_share(flags: Sequence[bool]) -> float:
    """Return the share that is true; 0 of nothing."""
    return sum(flags) / len(flags) if flags else 0.0


def format_table(name: str, made: Sequence[Outcome], rules: BoostedTrees, chance: float) -> list[str]:
    """Return the scores as lines: right, right but unsure, fallback, features."""
    lines = [
        f"{name:18} {'n':>4} {'replied':>8} {'top-1':>7} {'asked':>7} {'unknown':>8} {'BM25':>7} {'chance':>7} {'no word':>8}"
    ]
    groups: list[tuple[str, list[Outcome]]] = [
        ("zh paraphrases", [one for one in made if one.asked.entry and one.asked.language == "zh"]),
        ("en paraphrases", [one for one in made if one.asked.entry and one.asked.language == "en"]),
        ("all paraphrases", [one for one in made if one.asked.entry]),
        ("zh off topic", [one for one in made if not one.asked.entry and one.asked.language == "zh"]),
        ("en off topic", [one for one in made if not one.asked.entry and one.asked.language == "en"]),
        ("all off topic", [one for one in made if not one.asked.entry]),
    ]
    for label, group in groups:
        unknown = [one.best < rules.answer_threshold for one in group]
        unsure = [one.best >= rules.answer_threshold and one.best - one.second < AMBIGUITY_MARGIN for one in group]
        replied = [one.right and not low and not close for one, low, close in zip(group, unknown, unsure, strict=True)]
        about = "off topic" not in label
        right = (
            f"{measure_share(replied):8.1%} {measure_share([one.right for one in group]):7.1%}"
            if about
            else f"{'':8} {'':7}"
        )
        beside = [
            measure_share([one.by_words for one in group]),
            chance,
            measure_share([not one.shares_a_word for one in group]),
        ]
        compared = "{:7.1%} {:7.2%} {:8.1%}".format(*beside) if about else ""
        lines.append(
            f"{label:18} {len(group):4} {right} {measure_share(unsure):7.1%} {measure_share(unknown):8.1%} {compared}"
        )
    return lines


def main() -> None:
    """Print the table of each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dev", action="store_true", help="only the development set, with what went wrong")
    given = parser.parse_args()
    rules = load_calibration()
    entries = list(read_starter(STARTER))
    model, judge = SentenceEncoder(paths.artifacts_dir() / ENCODER), open_judge()
    index = Hybrid(
        rules, DenseIndex(model, LocalVectorIndex(model.width), LocalVectorIndex(model.width)), judge
    ).update(entries)
    print(
        f"{len(entries)} entries, {index.entries.phrasing_count} phrasings; {model.version}, {judge.version}; "
        f"floor {rules.answer_threshold:g}, margin {AMBIGUITY_MARGIN:g}"
    )
    for name in ("dev",) if given.dev else ("dev", "test"):
        path = FOLDER / f"{name}.jsonl"
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        made = run_questions(index, read_questions(path))
        print(f"\n{name}.jsonl sha256 {digest}")
        print("\n".join(format_table(name, made, rules, 2 / len(entries))))
        if given.dev:
            for one in made:
                low, close = one.best < rules.answer_threshold, one.best - one.second < AMBIGUITY_MARGIN
                wrong = low or close or not one.right if one.asked.entry else not low
                if wrong:
                    verdict = "unknown" if low else "asked" if close else "replied"
                    print(
                        f"  {verdict:8} {one.best:.2f} {one.second:.2f} {one.asked.question} | {one.asked.entry} -> {one.found}"
                    )


if __name__ == "__main__":
    main()
