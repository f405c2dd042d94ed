"""Generate replies with a trained artifact, without torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from data import artifact
from data.artifact import ArtifactError
from data.records import Language
from data.runtime import Graph
from data.text.vocab import BOS, EOS
from generation import search
from generation.examples import Style
from generation.ngram import NGram
from generation.search import DecodingConfig, Floats, Ids, ShouldStop, never_stop
from generation.tokenizer import DialogTokenizer

ENCODER, STEP, FLUENCY = "encoder.onnx", "step.onnx", "ngram.npz"
"""The files of an artifact: the two graphs, and an n-gram model of the training replies."""
_NEXT = ".next"
_BEAM = DecodingConfig()
SAMPLING = DecodingConfig(width=6, top_p=0.9, temperature=0.7)
"""The default of `Generator.sample`: how many replies, and how freely."""

State = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class GeneratedReply:
    """A generated reply.

    It has a text, the mean log-probability of an id, and whether it is complete.
    """

    text: str
    ids: tuple[int, ...]
    log_prob: float
    finished: bool


class Generator:
    """A sequence-to-sequence model of two graphs.

    The encoder runs once per context, the step graph once per id.

    An output NAME.next of a step is the input NAME of the next step. The other outputs of the encoder do not change and are
    shared by all hypotheses.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Load the generator from an artifact folder.

        Raises:
            ArtifactError: The artifact is damaged, or its vocabulary does not fit its graphs.
        """
        opened = artifact.open(folder)
        self.name = opened.manifest.name
        self.version = f"{self.name} {opened.manifest.graphs.get(STEP, '')[:12]}"
        try:
            self.tokenizer = DialogTokenizer.from_dict(opened.manifest.codec)
        except (KeyError, ValueError) as error:
            raise ArtifactError(
                f"{self.name}: its vocabulary cannot be used ({error}); {artifact.repair_hint(folder)}"
            ) from error
        if FLUENCY not in opened.manifest.files:
            raise ArtifactError(
                f"{self.name}: it was trained before generators came with {FLUENCY}. Train it again: {opened.manifest.train}"
            )
        try:
            self._ngram = NGram.from_bytes(opened.read_file(FLUENCY))
        except ValueError as error:
            raise ArtifactError(f"{self.name}: {FLUENCY}: {error}; {artifact.repair_hint(folder)}") from error
        self._encoder = Graph(opened.read_graph(ENCODER), f"{folder.name}/{ENCODER}", threads)
        self._step = Graph(opened.read_graph(STEP), f"{folder.name}/{STEP}", threads)
        self._moving = tuple(name for name in self._step.outputs if name.endswith(_NEXT))
        self._scores = next(name for name in self._step.outputs if not name.endswith(_NEXT))
        log_probs, _ = self.step(np.array([BOS], dtype=np.int64), self.encode(["你好"], "zh"))
        if not log_probs.shape[1] == self._ngram.size == len(self.tokenizer.subword):
            raise ArtifactError(
                f"{self.name}: its graph knows {log_probs.shape[1]} tokens, its n-grams {self._ngram.size}, its vocabulary "
                f"{len(self.tokenizer.subword)}; they are not of the same training. {artifact.repair_hint(folder)}"
            )

    def encode(
        self, context: Sequence[str], language: Language, style: Style = "talk", backward: bool = False
    ) -> State:
        """Run the encoder and return the state of one hypothesis before the first step."""
        source = np.array([self.tokenizer.encode_source(context, language, style, backward)], dtype=np.int64)
        return self._encoder({"source": source})

    def step(self, last: Ids, state: State) -> tuple[Floats, State]:
        """Return log-probabilities [W, V] after the ids last [W], and the next state."""
        made = self._step({"last": last, **state})
        return made[self._scores], state | {name.removesuffix(_NEXT): made[name] for name in self._moving}

    def reorder_cache(self, state: State, rows: Ids) -> State:
        """Return the state of these hypotheses.

        What does not change has one row for all of them.
        """
        moving = {name.removesuffix(_NEXT) for name in self._moving}
        return {
            # An array of one axis counts positions, not hypotheses.
            name: array.take(rows, 1) if name in moving and array.ndim > 1 else array
            for name, array in state.items()
        }

    def write(
        self,
        context: Sequence[str],
        language: Language,
        style: Style = "talk",
        config: DecodingConfig = _BEAM,
        should_stop: ShouldStop = never_stop,
        mmi_weight: float = 0.0,
    ) -> list[GeneratedReply]:
        """Return replies by beam search, best first; each text occurs once.

        Args:
            context: What was said, oldest first, the message last.
            language: The language to write in.
            style: The style to write in.
            config: How to decode.
            should_stop: Asked after each step; the result is then the best so far.
            mmi_weight: If above 0, replies are sorted by mutual information with this weight (see `rerank_mmi`).
        """
        found = search.beam_search(
            self, self.encode(context, language, style), BOS, EOS, config, self.tokenizer.suppressed_ids, should_stop
        )
        if mmi_weight:

            def backward(hypothesis: search.Hypothesis) -> float:
                return (
                    self.backward_log_prob(context[-1], self.tokenizer.decode(hypothesis.ids), language, style)
                    if not should_stop()
                    else 0.0
                )

            found = search.rerank_mmi(found, backward, mmi_weight)
        return self._decode_unique(found)

    def sample(
        self,
        context: Sequence[str],
        language: Language,
        style: Style = "talk",
        config: DecodingConfig = SAMPLING,
        chance: np.random.Generator | None = None,
        should_stop: ShouldStop = never_stop,
    ) -> list[GeneratedReply]:
        """Return sampled replies, sorted by mean log-probability; each text occurs once.

        Without chance the context seeds the generator, so the same conversation always gets the same replies.
        """
        if chance is None:
            chance = np.random.default_rng(crc32("\n".join(context).encode("utf-8", "replace")))
        state, banned = self.encode(context, language, style), self.tokenizer.suppressed_ids
        return self._decode_unique(search.sample(self, state, BOS, EOS, config, chance, banned, should_stop))

    def _decode_unique(self, found: Sequence[search.Hypothesis]) -> list[GeneratedReply]:
        texts: dict[str, GeneratedReply] = {}
        for hypothesis in found:
            text = self.tokenizer.decode(hypothesis.ids)
            if text:
                texts.setdefault(text, GeneratedReply(text, hypothesis.ids, hypothesis.mean, hypothesis.finished))
        return list(texts.values())

    def stream(
        self,
        context: Sequence[str],
        language: Language,
        style: Style = "talk",
        config: DecodingConfig = _BEAM,
        chance: np.random.Generator | None = None,
    ) -> Iterator[str]:
        """Yield the reply so far after each id: greedy, or sampled if chance is given."""
        state, banned = self.encode(context, language, style), self.tokenizer.suppressed_ids
        if chance is None:
            ids = search.stream_greedy(self, state, BOS, EOS, config, banned)
        else:
            ids = search.stream_sample(self, state, BOS, EOS, config, chance, banned)
        said: list[int] = []
        for id in ids:
            said.append(id)
            yield self.tokenizer.decode(said)

    def log_probs(
        self, context: Sequence[str], replies: Sequence[str], language: Language, style: Style = "talk"
    ) -> list[float]:
        """Return the mean log-probability of an id of each reply, given the context."""
        targets = [self.tokenizer.encode_target(reply) for reply in replies]
        totals = search.score_targets(self, self.encode(context, language, style), BOS, targets)
        return [total / len(target) for total, target in zip(totals, targets, strict=True)]

    def backward_log_prob(self, message: str, reply: str, language: Language, style: Style = "talk") -> float:
        """Return the mean log-probability of an id of the message given the reply.

        It is low for replies that fit anything.
        """
        ids = self.tokenizer.encode_target(message)
        return search.score_targets(self, self.encode([reply], language, style, backward=True), BOS, [ids])[0] / len(
            ids
        )

    def fluency(self, reply: str) -> float:
        """Return the mean log-probability of an id of the reply, without the context.

        The n-gram model gives it.
        """
        return float(self._ngram.log_probs(self.tokenizer.encode_target(reply)).mean())

    def compute_features(
        self,
        message: str,
        reply: str,
        log_prob: float,
        language: Language,
        style: Style = "talk",
        should_stop: ShouldStop = never_stop,
    ) -> dict[str, float]:
        """Return the ranker's features of a reply.

        They are log_prob, fluency and, if there is time, asked.

        asked is the backward log-probability; the name is that of the stored ranker.
        """
        found = {"log_prob": round(log_prob, 4), "fluency": round(self.fluency(reply), 4)}
        return (
            found
            if should_stop()
            else found | {"asked": round(self.backward_log_prob(message, reply, language, style), 4)}
        )


def stop_after(seconds: float, clock: Callable[[], float] = time.monotonic) -> ShouldStop:
    """Return a should_stop that is true once this many seconds have passed."""
    end = clock() + seconds
    return lambda: clock() >= end
