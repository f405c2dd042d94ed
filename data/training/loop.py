"""The training loop of all models.

It uses AdamW, warm-up and cosine schedule, early stopping and resumable checkpoints.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn
from tqdm import tqdm

from data.atomic_file import open_atomic
from data.training import parallel

Batch = TypeVar("Batch")


@dataclass(frozen=True)
class Plan:
    """How long and how fast to train.

    Args:
        steps: The number of steps.
        rate: The highest learning rate.
        warmup: The steps until the learning rate is reached.
        clip: The largest norm of the gradient.
        decay: The weight decay.
        check_every: The steps between two evaluations.
        patience: Training stops after this many evaluations without a better score.
        average: If above 0, a moving average of the weights with this decay is evaluated and kept (Polyak and Juditsky 1992).
    """

    steps: int
    rate: float = 1e-3
    warmup: int = 100
    clip: float = 1.0
    decay: float = 0.01
    check_every: int = 100
    patience: int = 10
    seed: int = 0
    device: str = "cpu"
    average: float = 0.0


class TrainingError(RuntimeError):
    """Training cannot continue.

    The message says what happened at which step and what to change.
    """


def fit(
    net: nn.Module,
    loss_of: Callable[[nn.Module, Batch], torch.Tensor],
    batches: Callable[[int], Iterator[Batch]],
    validate: Callable[[nn.Module], float],
    plan: Plan,
    folder: Path,
) -> float:
    """Train net in place, leave the best weights in it, and return the best score.

    Every check_every steps the net is scored, log.jsonl gets a line and the whole state is written to checkpoint.pt. After an
    interruption the same call continues as if there had been none. With several processes (data.training.parallel) each takes
    every n-th batch, gradients are averaged, and the first process evaluates, logs and saves.

    Args:
        net: The model.
        loss_of: Returns the loss of a batch; its randomness must come from torch.
        batches: Returns the batches from a step on, without end.
        validate: Returns the score; higher is better.
        plan: How long and how fast to train.
        folder: Where the log and the checkpoint go.

    Raises:
        TrainingError: The loss, its gradient or the score is NaN or infinite, the batches end, or the checkpoint belongs to
            another plan.
    """
    first, processes = parallel.get_rank() == 0, parallel.get_process_count()
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(plan.seed + parallel.get_rank())
    net.to(plan.device)
    optimizer = torch.optim.AdamW(net.parameters(), lr=plan.rate, weight_decay=plan.decay)
    step, best, worse = 0, -math.inf, 0
    kept = _copy(net)
    averaged = _WeightAverage(net, plan.average) if plan.average else None
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=plan.device, weights_only=True)
        # A field that is missing from an older checkpoint has its default.
        if asdict(Plan(plan.steps)) | state["plan"] != asdict(plan):
            raise TrainingError(f"{checkpoint} belongs to another plan ({state['plan']}); remove it to start over")
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
        if processes == 1:
            torch.set_rng_state(state["random"].cpu())
            torch.cuda.set_rng_state_all([generator_state.cpu() for generator_state in state["random_cuda"]])
        step, best, worse, kept = state["step"], state["best"], state["worse"], state["kept"]
        if averaged:
            averaged.values = state["averaged"]
    began = time.monotonic()
    with tqdm(total=plan.steps, initial=step, desc=folder.name, mininterval=1.0, disable=not first) as bar:
        for batch in islice(batches(step * processes), parallel.get_rank(), None, processes):
            if step >= plan.steps or worse >= plan.patience:
                break
            for group in optimizer.param_groups:
                group["lr"] = compute_rate(step, plan)
            net.train()
            loss = loss_of(net, batch)
            if not torch.isfinite(loss):
                raise TrainingError(
                    f"the loss is {loss.item()} at step {step}; lower the rate ({plan.rate:g}) or look at the batch"
                )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            parallel.average_gradients(net.parameters())
            norm = nn.utils.clip_grad_norm_(net.parameters(), plan.clip)
            if not torch.isfinite(norm):
                raise TrainingError(f"the gradient is {norm.item()} at step {step}; the loss was {loss.item():g}")
            optimizer.step()
            step += 1
            bar.update()
            if averaged:
                averaged.add(net, step)
            if step % plan.check_every == 0 or step == plan.steps:
                own = _copy(net)
                if averaged:
                    net.load_state_dict(averaged.values)
                net.eval()
                with torch.no_grad():
                    score = parallel.broadcast(validate(net) if first else 0.0, plan.device)
                if math.isnan(score):
                    raise TrainingError(f"the score is NaN at step {step}; look at what validate divides by")
                better = score > best
                best, worse, kept = (score, 0, _copy(net)) if better else (best, worse + 1, kept)
                net.load_state_dict(own)
                bar.set_postfix(loss=f"{loss.item():.3f}", score=f"{score:.4f}", best=f"{best:.4f}")
                if not first:
                    continue
                _log(folder, {"step": step, "loss": loss.item(), "score": score, "seconds": time.monotonic() - began})
                _save(
                    checkpoint,
                    {
                        "plan": asdict(plan),
                        "net": net.state_dict(),
                        "optimizer": optimizer.state_dict(),
                        "random": torch.get_rng_state(),
                        "random_cuda": torch.cuda.get_rng_state_all(),
                        "step": step,
                        "best": best,
                        "worse": worse,
                        "kept": kept,
                        "averaged": averaged.values if averaged else {},
                    },
                )
        if step < plan.steps and worse < plan.patience:
            raise TrainingError(f"the batches ended at step {step} of {plan.steps}; they must not end")
    net.load_state_dict(kept)
    net.eval()
    return best


class _WeightAverage:
    """The moving average of a net's weights and statistics, on the device of the net."""

    def __init__(self, net: nn.Module, decay: float) -> None:
        self.values = {name: value.detach().clone() for name, value in net.state_dict().items()}
        self._decay = decay

    def add(self, net: nn.Module, step: int) -> None:
        # The first weights are poor and should be forgotten soon.
        decay = min(self._decay, (1 + step) / (10 + step))
        with torch.no_grad():
            for name, value in net.state_dict().items():
                if value.is_floating_point():
                    self.values[name].lerp_(value, 1 - decay)
                else:
                    self.values[name].copy_(value)


def compute_rate(step: int, plan: Plan) -> float:
    """Return the learning rate of a step.

    It warms up linearly, then falls by half a cosine to a tenth.

    Source: Loshchilov and Hutter 2017, SGDR, section 3, without restarts.
    """
    if step < plan.warmup:
        return plan.rate * (step + 1) / plan.warmup
    progress = min(1.0, (step - plan.warmup) / max(1, plan.steps - plan.warmup))
    return plan.rate * (0.1 + 0.45 * (1 + math.cos(math.pi * progress)))


def _copy(net: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.detach().cpu().clone() for name, value in net.state_dict().items()}


def _log(folder: Path, line: dict[str, Any]) -> None:
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _save(path: Path, state: dict[str, Any]) -> None:
    with open_atomic(path) as file:
        torch.save(state, file)
