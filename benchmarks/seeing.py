"""Measure the latency of answering and captioning a picture, beside eager torch.

    python -m benchmarks.seeing [--threads 1 2] [--runs 40]

The picture is a drawn JPEG of 1024 x 768, another one each run, so that no cache helps; all work from its bytes on is counted:
decoding, resizing, encoding, answering. "second" is another question about the same picture, whose features are cached. The
comparison is the same architecture in eager torch, untrained (time does not depend on weights), given the same decoded picture
and the same ids. Encoder: multiplications per picture, multiplications per second, and their share of the rate of a matrix
product with as many threads. Values are medians; compare ratios on a machine that others use too. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

QUESTIONS = ("what colour is it?", "有几个人？")
_SIZE = (1024, 768)
_WARM = 5


def main() -> None:
    """Run one process for each number of threads, since BLAS reads it at its start."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seeing")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--runs", type=int, default=40)
    given = parser.parse_args()
    if len(given.threads) > 1:
        for threads in given.threads:
            environment = os.environ | {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
            command = [sys.executable, "-m", "benchmarks.seeing", "--threads", str(threads), "--runs", str(given.runs)]
            subprocess.run(command, env=environment, check=True)
        return
    _measure(given.threads[0], given.runs)


def draw_picture(number: int) -> bytes:
    """Return a JPEG of 1024 x 768 with shapes and noise, drawn by number."""
    chance = np.random.default_rng(number)
    drawn = Image.fromarray(chance.integers(0, 60, (_SIZE[1], _SIZE[0], 3), dtype=np.uint8))
    pen = ImageDraw.Draw(drawn)
    for _ in range(12):
        x, y = chance.integers(0, _SIZE[0] - 300), chance.integers(0, _SIZE[1] - 200)
        pen.ellipse((int(x), int(y), int(x) + 300, int(y) + 200), fill=tuple(chance.integers(0, 255, 3).tolist()))
    made = io.BytesIO()
    drawn.save(made, "JPEG", quality=90)
    return made.getvalue()


def _measure_median(work: Callable[[int], Any], runs: int) -> float:
    """Return the median milliseconds of work(number)."""
    spent = []
    for number in range(_WARM + runs):
        began = time.perf_counter()
        work(number)
        spent.append(time.perf_counter() - began)
    return float(np.median(spent[_WARM:])) * 1000


def _measure(threads: int, runs: int) -> None:
    import torch

    from benchmarks.encoders import count_multiplications
    from data import artifact, paths
    from vqa.answer.infer import Answerer
    from vqa.answer.net import AnswerNet
    from vqa.caption.infer import Captioner
    from vqa.encoder.config import Config
    from vqa.encoder.infer import Encoder
    from vqa.encoder.net import ClassifyingNet, Net

    torch.set_num_threads(threads)
    folder = paths.artifacts_dir()
    encoder, captioner = Encoder(folder / "encoder", threads), Captioner(folder / "captioner", threads)
    answerer = Answerer(folder / "answerer", threads)
    pictures = [draw_picture(number) for number in range(_WARM + runs)]
    known = encoder.encode(pictures[0])

    def first(number: int) -> None:
        answerer.answer(encoder.encode(pictures[number]), QUESTIONS[0], "en")

    whole = _measure_median(first, runs)
    arrays = [encoder.codec.encode([one]) for one in pictures]
    alone = Encoder(folder / "encoder", threads, cache_size=0)
    encoding = _measure_median(lambda number: alone.encode(pictures[number]), runs)
    decoding = _measure_median(lambda number: encoder.codec.encode([pictures[number]]), runs)
    second = _measure_median(
        lambda number: answerer.answer(known, QUESTIONS[number % 2], "zh" if number % 2 else "en"), runs
    )
    writing = _measure_median(lambda number: captioner.caption(known, "zh" if number % 2 else "en"), runs)
    net = Net(Config.from_dict(artifact.open(folder / "encoder").manifest.config))
    eager, asking = ClassifyingNet(net).eval(), AnswerNet(answerer.config).eval()
    ids = torch.tensor([answerer.featurizer.token_ids(QUESTIONS[0], "en")])
    ngrams = torch.from_numpy(answerer.featurizer.encode_ngrams([(QUESTIONS[0], "en")], answerer.config.ngrams))

    @torch.no_grad()
    def theirs(number: int) -> None:
        map, pooled, classes = eager(torch.from_numpy(arrays[number]))
        asking(ids, map, pooled, torch.zeros(1, dtype=torch.int64), classes, ngrams)

    eager_time = _measure_median(theirs, runs)
    ours = whole - decoding
    print(f"{threads} threads, {runs} pictures of {_SIZE[0]} x {_SIZE[1]}, medians in ms")
    print(f"  picture to first answer {whole:8.1f}   (decoding and squashing {decoding:.1f})")
    print(f"  second question         {second:8.2f}")
    print(f"  a caption, beam 5       {writing:8.1f}   once the picture is encoded")
    print(f"  without decoding: ours  {ours:8.1f}   eager torch {eager_time:.1f}, {eager_time / ours:.2f} times ours")
    count = count_multiplications(net, encoder.codec.size)
    reached, peak = 2 * count / (encoding - decoding) / 1e6, _measure_peak()
    print(
        f"  encoder {2 * count / 1e9:.2f} GFLOP a picture, {reached:.1f} GFLOP/s; matrices reach {peak:.1f}: {reached / peak:.0%}"
    )


def _measure_peak(size: int = 1024) -> float:
    """Return the GFLOP/s of a product of two float32 matrices, the best of ten."""
    one = np.random.default_rng(0).normal(size=(size, size)).astype(np.float32)
    best = np.inf
    for _ in range(10):
        began = time.perf_counter()
        one @ one
        best = min(best, time.perf_counter() - began)
    return float(2 * size**3 / best / 1e9)


if __name__ == "__main__":
    main()
