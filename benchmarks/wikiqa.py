"""WikiQA's test, ranked by every matching model, BM25, chance and published ones.

    KANLIAO_CORPORA=... python -m benchmarks.wikiqa [--models dssm cdssm arc1 drmm] [--seeds 0 1 2]

Each model is trained on the official training part and stopped by dev; the mean over the seeds stands beside the published
value (MatchZoo 1.0, the repository's table for WikiQA), and the paired bootstrap compares the first seed with BM25, question
by question. DRMM and ARC-I begin with the shipped word vectors. Below, the first seed of each and BM25 together: by RRF, and
by weights learned on dev. Last what serves, with the artifacts and weights that ship.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import mean

from data.corpora import wikiqa
from data.metrics.bootstrap import compare_pairs
from retrieval import served_ranker
from retrieval.evaluate import evaluate, evaluate_chance
from retrieval.examples import build_selection_examples
from retrieval.fusion import FusedScorer
from retrieval.models import NAMES
from retrieval.scorer import BM25Scorer, Scorer
from retrieval.train import WIKIQA_PLANS, train_model

PUBLISHED = {"bm25": 0.575, "dssm": 0.5647, "cdssm": 0.5593, "arc1": 0.5870, "drmm": 0.6195}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    given = parser.parse_args()
    dev, test = wikiqa.read_usable("dev"), wikiqa.read_usable("test")
    examples = list(build_selection_examples(wikiqa.read_usable("train")))
    collection = [text for part in ("train", "dev") for one in wikiqa.read(part) for text in one.candidates]
    baseline = BM25Scorer(collection)
    by_bm25 = evaluate(baseline, test)
    print(f"{len(test)} test questions, {len(examples)} training examples, seeds {given.seeds}", flush=True)
    print(f"{'':8} {'MAP':>6} {'published':>9} {'each seed':>22}  MAP minus BM25, 95 %", flush=True)
    print(f"{'chance':8} {evaluate_chance(test).mean('MAP'):6.3f}")
    print(f"{'bm25':8} {by_bm25.mean('MAP'):6.3f} {PUBLISHED['bm25']:9.3f}", flush=True)
    firsts: list[Scorer] = [baseline]
    for name in given.models:
        reports = []
        for seed in given.seeds:
            plan, size = WIKIQA_PLANS[name]
            with tempfile.TemporaryDirectory() as folder:
                made = train_model(
                    name, "huang", examples, dev, replace(plan, seed=seed), size, baseline.compute_weight, Path(folder)
                )
            reports.append(evaluate(made.scorer, test))
            if len(reports) == 1:
                firsts.append(made.scorer)
        each = [report.mean("MAP") for report in reports]
        apart = compare_pairs(reports[0].values["MAP"], by_bm25.values["MAP"])
        shown = " ".join(f"{value:.3f}" for value in each)
        beside = f"{apart.mean:+.3f} [{apart.low:+.3f}, {apart.high:+.3f}]"
        print(f"{name:8} {mean(each):6.3f} {PUBLISHED[name]:9.3f} {shown:>22}  {beside}", flush=True)
    learned = FusedScorer.fit(firsts, dev)
    for fused in (FusedScorer(firsts), learned, served_ranker.open_served_ranker(collection)):
        report = evaluate(fused, test)
        apart = compare_pairs(report.values["MAP"], by_bm25.values["MAP"])
        beside = f"{apart.mean:+.3f} [{apart.low:+.3f}, {apart.high:+.3f}]"
        print(f"{fused.name:14} {report.mean('MAP'):.3f}   {beside}")
    print(f"weights, learned on {len(dev)} dev questions: {learned.describe()}")


if __name__ == "__main__":
    main()
