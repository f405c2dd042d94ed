"""python -m pytest tests/data/training/test_loop.py"""

import itertools
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from torch import nn  # noqa: E402

from data.training.loop import TrainingError, compute_rate, fit  # noqa: E402
from tests.data.training.sentences import PLAN, Example, Task  # noqa: E402

ROOT = Path(__file__).parent.parent.parent.parent


def test_an_interrupted_training_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    straight, resumed = Task(), Task()
    fit(straight.net, straight.loss, straight.batches, straight.score, PLAN, tmp_path / "straight")

    def until(start: int) -> Iterator[Example]:
        yield from itertools.islice(resumed.batches(start), 40)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(resumed.net, resumed.loss, until, resumed.score, PLAN, tmp_path / "resumed")
    torch.manual_seed(99)
    again = Task()
    fit(again.net, again.loss, again.batches, again.score, PLAN, tmp_path / "resumed")
    for name, value in straight.net.state_dict().items():
        assert torch.equal(value, again.net.state_dict()[name]), name
    steps = [json.loads(line)["step"] for line in (tmp_path / "resumed" / "log.jsonl").read_text().splitlines()]
    assert steps == list(range(15, 121, 15))


KILLED = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from data.training.loop import fit
from tests.data.training.sentences import PLAN, Task
task = Task()
checks = []
def score(net):
    checks.append(net)
    if len(checks) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return task.score(net)
fit(task.net, task.loss, task.batches, score, replace(PLAN, steps=30), Path(sys.argv[1]))
"""


def test_fifteen_steps_a_kill_and_fifteen_more_are_thirty(tmp_path: Path) -> None:
    plan = replace(PLAN, steps=30)
    straight, resumed = Task(), Task()
    fit(straight.net, straight.loss, straight.batches, straight.score, plan, tmp_path / "straight")
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "run")], cwd=ROOT, stderr=subprocess.DEVNULL)
    assert done.returncode == -signal.SIGKILL
    assert len((tmp_path / "run" / "log.jsonl").read_text().splitlines()) == 1
    fit(resumed.net, resumed.loss, resumed.batches, resumed.score, plan, tmp_path / "run")
    for name, value in straight.net.state_dict().items():
        assert torch.equal(value, resumed.net.state_dict()[name]), name
    ends = [torch.load(tmp_path / run / "checkpoint.pt", weights_only=True) for run in ("straight", "run")]
    for name in ("net", "kept"):
        assert all(torch.equal(value, ends[1][name][key]) for key, value in ends[0][name].items()), name
    assert torch.equal(ends[0]["random"], ends[1]["random"])


def test_a_training_that_is_done_is_not_done_again(tmp_path: Path) -> None:
    task, again = Task(), Task()
    plan = replace(PLAN, steps=30)
    best = fit(task.net, task.loss, task.batches, task.score, plan, tmp_path / "run")
    assert fit(again.net, again.loss, again.batches, again.score, plan, tmp_path / "run") == best
    for name, value in task.net.state_dict().items():
        assert torch.equal(value, again.net.state_dict()[name]), name


@pytest.mark.parametrize("count", [0, 20])
def test_batches_that_end_too_soon_are_noticed(tmp_path: Path, count: int) -> None:
    task = Task()

    def few(start: int) -> Iterator[Example]:
        return itertools.islice(task.batches(start), count)

    with pytest.raises(TrainingError, match=f"the batches ended at step {count} of 120"):
        fit(task.net, task.loss, few, task.score, PLAN, tmp_path / "run")


def test_exactly_as_many_batches_as_steps_are_enough(tmp_path: Path) -> None:
    task = Task()

    def just(start: int) -> Iterator[Example]:
        return itertools.islice(task.batches(start), 30 - start)

    assert fit(task.net, task.loss, just, task.score, replace(PLAN, steps=30), tmp_path / "run") > 0


def test_a_gradient_that_is_no_number_stops_the_training(tmp_path: Path) -> None:
    task = Task()

    def edge(net: nn.Module, batch: Example) -> torch.Tensor:
        # The root has an infinite slope at zero, so the loss is a number and its gradient is none.
        loss: torch.Tensor = task.loss(net, batch) + (0 * net(batch[0])).abs().sum().sqrt()
        return loss

    with pytest.raises(TrainingError, match="the gradient is nan at step 0"):
        fit(task.net, edge, task.batches, task.score, PLAN, tmp_path / "run")


def test_a_score_that_is_no_number_stops_the_training(tmp_path: Path) -> None:
    task = Task()
    with pytest.raises(TrainingError, match="the score is no number at step 15"):
        fit(task.net, task.loss, task.batches, lambda net: float("nan"), PLAN, tmp_path / "run")


def test_the_best_weights_are_kept_not_the_last(tmp_path: Path) -> None:
    task = Task()
    scores = iter([0.3, 0.9, 0.5, 0.4])
    seen: list[torch.Tensor] = []

    def score(net: nn.Module) -> float:
        seen.append(task.net.out.weight.detach().clone())
        return next(scores)

    assert fit(task.net, task.loss, task.batches, score, replace(PLAN, steps=60), tmp_path / "run") == 0.9
    assert torch.equal(task.net.out.weight, seen[1])
    assert not torch.equal(task.net.out.weight, seen[3])


def test_a_checkpoint_of_another_plan_is_refused(tmp_path: Path) -> None:
    task = Task()
    fit(task.net, task.loss, task.batches, task.score, replace(PLAN, steps=15), tmp_path / "run")
    with pytest.raises(TrainingError, match="another plan"):
        fit(task.net, task.loss, task.batches, task.score, replace(PLAN, steps=30), tmp_path / "run")


def test_a_checkpoint_from_before_a_plan_had_a_field_is_of_that_fields_default(tmp_path: Path) -> None:
    task, plan = Task(), replace(PLAN, steps=15)
    best = fit(task.net, task.loss, task.batches, task.score, plan, tmp_path / "run")
    file = tmp_path / "run" / "checkpoint.pt"
    state = torch.load(file, weights_only=True)
    del state["plan"]["average"]
    torch.save(state, file)
    assert fit(Task().net, task.loss, task.batches, task.score, plan, tmp_path / "run") == best
    with pytest.raises(TrainingError, match="another plan"):
        fit(task.net, task.loss, task.batches, task.score, replace(plan, average=0.9), tmp_path / "run")


def test_a_loss_that_is_no_number_stops_the_training(tmp_path: Path) -> None:
    task = Task()
    with pytest.raises(TrainingError, match="nan at step 0"):
        fit(
            task.net,
            lambda net, batch: task.loss(net, batch) * float("nan"),
            task.batches,
            task.score,
            PLAN,
            tmp_path / "run",
        )


def test_patience_ends_a_training_that_no_longer_improves(tmp_path: Path) -> None:
    task = Task()
    fit(task.net, task.loss, task.batches, lambda net: 0.5, replace(PLAN, patience=2), tmp_path / "run")
    assert len((tmp_path / "run" / "log.jsonl").read_text().splitlines()) == 3


def test_the_rate_rises_and_falls() -> None:
    rates = [compute_rate(step, PLAN) for step in range(PLAN.steps)]
    assert max(rates) == pytest.approx(PLAN.rate)
    assert rates.index(max(rates)) in (PLAN.warmup - 1, PLAN.warmup)
    assert rates[0] < rates[2] < rates[4]
    assert rates[-1] < 0.2 * PLAN.rate


def test_an_average_of_the_weights_is_kept_and_goes_on_after_an_interruption(tmp_path: Path) -> None:
    plan = replace(PLAN, average=0.9)
    straight, resumed, plain = Task(), Task(), Task()
    fit(straight.net, straight.loss, straight.batches, straight.score, plan, tmp_path / "straight")

    def until(start: int) -> Iterator[Example]:
        yield from itertools.islice(resumed.batches(start), 40)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(resumed.net, resumed.loss, until, resumed.score, plan, tmp_path / "resumed")
    fit(resumed.net, resumed.loss, resumed.batches, resumed.score, plan, tmp_path / "resumed")
    fit(plain.net, plain.loss, plain.batches, plain.score, PLAN, tmp_path / "plain")
    for name, value in straight.net.state_dict().items():
        assert torch.equal(value, resumed.net.state_dict()[name]), name
    ends = [torch.load(tmp_path / run / "checkpoint.pt", weights_only=True) for run in ("straight", "plain")]
    for name, value in ends[0]["net"].items():
        # The average is looked at, never trained on: the weights themselves are those of a training without one.
        assert torch.equal(value, ends[1]["net"][name]), name
        assert not torch.equal(value, ends[0]["averaged"][name]), name
