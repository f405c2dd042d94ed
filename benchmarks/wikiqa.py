"""WikiQA's test questions, ranked by every matching model beside BM25, chance and what is published.

    KANLIAO_CORPORA=... python -m benchmarks.wikiqa [--models dssm cdssm arc1 drmm] [--seeds 0 1 2]

Each model is trained on the official training part and stopped by dev; the mean over the seeds stands beside the published
value (MatchZoo 1.0, the repository's table for WikiQA), and the paired bootstrap compares the first seed with BM25, question
by question. DRMM and ARC-I begin with the shipped word vectors.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import mean

from data import places
from data.corpora import wikiqa
from data.metrics.bootstrap import paired
from data.training.loop import Plan
from retrieval.evaluate import Report, chance, evaluate
from retrieval.examples import Example, of_selections
from retrieval.models import NAMES
from retrieval.scorer import BM25Scorer
from retrieval.similar import Similar

PUBLISHED = {"bm25": 0.575, "dssm": 0.5647, "cdssm": 0.5593, "arc1": 0.5870, "drmm": 0.6195}


def trained(name: str, seed: int, examples: list[Example], weight: Callable[[str], float], folder: Path) -> Report:
    """The test report of a model trained with a seed."""
    dev, test = wikiqa.usable("dev"), wikiqa.usable("test")
    # Only what is asked for is imported.
    if name == "dssm":
        from retrieval.dssm import config
        from retrieval.dssm import train as dssm

        plan = Plan(150, 1e-3, warmup=10, check_every=10, seed=seed)
        net, _ = dssm.train(examples, dev, config.PUBLISHED, plan, 64, folder)
        return evaluate(dssm.Evaluated(net, dssm.codec_of(config.PUBLISHED)), test)
    if name == "cdssm":
        from retrieval.cdssm import train as cdssm
        from retrieval.cdssm.config import Config as CDSSMConfig

        plan = Plan(100, 1e-3, warmup=10, check_every=10, seed=seed, patience=5)
        net_c, _ = cdssm.train(examples, dev, CDSSMConfig(), plan, 64, folder)
        return evaluate(cdssm.Evaluated(net_c, cdssm.codec_of(CDSSMConfig())), test)
    vectors = Similar(places.artifacts() / "words")
    if name == "arc1":
        from retrieval.arc1 import train as arc1
        from retrieval.arc1.codec import Codec as ARC1Codec
        from retrieval.arc1.config import Config as ARC1Config

        vocab = arc1.vocabulary(examples, also=vectors.words)
        shape = ARC1Config(len(vocab), vectors.size)
        codec = ARC1Codec(vocab, shape.longest)
        plan = Plan(400, 1e-3, warmup=20, check_every=20, seed=seed)
        net_a, _ = arc1.train(examples, dev, codec, shape, vectors.vector, plan, 32, folder)
        return evaluate(arc1.Evaluated(net_a, codec), test)
    from retrieval.drmm import train as drmm
    from retrieval.drmm.codec import Codec as DRMMCodec
    from retrieval.drmm.config import Config as DRMMConfig

    reading = DRMMCodec(DRMMConfig(), vectors.vector, weight)
    plan = Plan(1500, 5e-3, warmup=20, check_every=50, seed=seed, decay=0.0, patience=12)
    net_d, _ = drmm.train(examples, dev, reading, plan, 32, folder)
    return evaluate(drmm.Evaluated(net_d, reading), test)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    given = parser.parse_args()
    test = wikiqa.usable("test")
    examples = list(of_selections(wikiqa.usable("train")))
    collection = [text for part in ("train", "dev") for one in wikiqa.read(part) for text in one.candidates]
    baseline = BM25Scorer(collection)
    by_bm25 = evaluate(baseline, test)
    print(f"{len(test)} test questions, {len(examples)} training examples, seeds {given.seeds}", flush=True)
    print(f"{'':8} {'MAP':>6} {'published':>9} {'each seed':>22}  MAP minus BM25, 95 %", flush=True)
    print(f"{'chance':8} {chance(test).mean('MAP'):6.3f}")
    print(f"{'bm25':8} {by_bm25.mean('MAP'):6.3f} {PUBLISHED['bm25']:9.3f}", flush=True)
    for name in given.models:
        reports = []
        for seed in given.seeds:
            with tempfile.TemporaryDirectory() as folder:
                reports.append(trained(name, seed, examples, baseline.weight, Path(folder)))
        each = [report.mean("MAP") for report in reports]
        apart = paired(reports[0].values["MAP"], by_bm25.values["MAP"])
        shown = " ".join(f"{value:.3f}" for value in each)
        beside = f"{apart.mean:+.3f} [{apart.low:+.3f}, {apart.high:+.3f}]"
        print(f"{name:8} {mean(each):6.3f} {PUBLISHED[name]:9.3f} {shown:>22}  {beside}", flush=True)


if __name__ == "__main__":
    main()
