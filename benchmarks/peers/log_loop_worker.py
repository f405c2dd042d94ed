"""A log evaluated as ParlAI does it: a plain loop over turns, all in memory.

    python -m benchmarks.peers.log_loop_worker LOG

Written here as a yardstick, after parlai/core/metrics.py (canonicalize_answer, F1Metric, BleuMetric, InterDistinctMetric) and
parlai/scripts/eval_wordstat.py; it prints one line of JSON.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from itertools import pairwise

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = re.compile(r"[!\"#$%&()*+,\-./:;<=>?@\[\]\\^`{|}~_']")


def normalize(text: str) -> list[str]:
    """Return ParlAI's canonicalize_answer as tokens; each Chinese character is one."""
    text = _ARTICLES.sub(" ", _PUNCTUATION.sub(" ", text.lower()))
    return re.sub(r"([\u4e00-\u9fff])", r" \1 ", text).split()


def compute_f1(given: list[str], wanted: list[str]) -> float:
    """ParlAI's F1Metric."""
    same = sum((Counter(given) & Counter(wanted)).values())
    return 2 * same / (len(given) + len(wanted)) if same else 0.0


def compute_bleu(given: list[str], wanted: list[str]) -> float:
    """Return a sentence's BLEU-4, smoothed as ParlAI asks NLTK to (add-one)."""
    logs = 0.0
    for order in range(1, 5):
        one = Counter(zip(*(given[place:] for place in range(order)), strict=False))
        other = Counter(zip(*(wanted[place:] for place in range(order)), strict=False))
        logs += math.log((sum((one & other).values()) + 1) / (sum(one.values()) + 1)) / 4
    return math.exp(logs) * min(1.0, math.exp(1 - len(wanted) / len(given))) if given else 0.0


def main(path: str) -> None:
    """Read the log, count, print."""
    turns = characters = words = 0
    unigrams: Counter[tuple[str, ...]] = Counter()
    bigrams: Counter[tuple[str, ...]] = Counter()
    replies: Counter[str] = Counter()
    scores: list[tuple[float, float]] = []
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - as plain as it comes
        for line in file:
            for message in json.loads(line)["messages"]:
                if message["role"] != "assistant":
                    continue
                turns += 1
                reply = message["content"]
                tokens = normalize(reply)
                characters += len(reply)
                words += len(tokens)
                unigrams.update(zip(tokens, strict=False))
                bigrams.update(pairwise(tokens))
                replies[reply] += 1
                for reference in message.get("references", ()):
                    wanted = normalize(reference)
                    scores.append((compute_f1(tokens, wanted), compute_bleu(tokens, wanted)))
    made = {
        "turns": turns,
        "length": characters / turns,
        "words": words / turns,
        "distinct_1": len(unigrams) / sum(unigrams.values()),
        "distinct_2": len(bigrams) / sum(bigrams.values()),
        "unique_replies": len(replies) / turns,
        "f1": sum(score[0] for score in scores) / len(scores) if scores else None,
        "bleu": sum(score[1] for score in scores) / len(scores) if scores else None,
    }
    print(json.dumps(made))


if __name__ == "__main__":
    main(sys.argv[1])
