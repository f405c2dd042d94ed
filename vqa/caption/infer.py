"""A trained captioner at work, without torch: what an encoder saw in, captions out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import artifact
from data.artifact import ArtifactError
from data.records import Language
from data.runtime import Graph
from data.text.vocab import EOS
from generation import search
from generation.search import DecodingConfig, Hypothesis, Ids, ShouldStop, never_stop
from vqa.caption.codec import Codec
from vqa.caption.config import Config
from vqa.encoder.infer import Features, Floats

ENCODER, STEP = "encoder.onnx", "step.onnx"
_NEXT = ".next"
# Two short phrases of a caption may well begin alike: "in a", 一个.
WISHES: dict[Language, DecodingConfig] = {
    "en": DecodingConfig(width=5, length_penalty=0.0, no_repeat_ngram=3),
    "zh": DecodingConfig(width=5, no_repeat_ngram=4),
}
"""How captions are searched where nothing else is wished; the penalties are the best on dev of 0 to 1.6."""

State = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Caption:
    """A caption: as it is shown, its tokens, and the mean log-probability of a token, the end included.

    attention float32 [T, H', W'] tells where each token was found, each sums to 1; of the basic form it is empty, [0, H', W'].
    """

    text: str
    tokens: tuple[str, ...]
    attention: Floats
    log_prob: float


class Captioner:
    """Two graphs: the encoder runs once for a picture, the step once for every token.

    What a step gives as NAME.next is what the next step takes as NAME; all else the encoder gave is shared by all hypotheses.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """The captioner in an artifact folder. Raises ArtifactError, also for a vocabulary that does not fit the graphs."""
        opened = artifact.open(folder)
        self.name = opened.manifest.name
        self.version = f"{self.name} {opened.manifest.graphs.get(STEP, '')[:12]}"
        try:
            self.codec = Codec.from_dict(opened.manifest.codec)
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(
                f"{self.name}: its vocabulary cannot be used ({error}); {artifact.repair_hint(folder)}"
            ) from error
        try:
            self.config = Config.from_dict(
                {key: value for key, value in opened.manifest.config.items() if key != "model"}
            )
        except (TypeError, ValueError) as error:
            raise ArtifactError(
                f"{self.name}: what it is cannot be read ({error}); {artifact.repair_hint(folder)}"
            ) from error
        self.encoder = self.config.encoder
        self._encoder = Graph(opened.read_graph(ENCODER), f"{folder.name}/{ENCODER}", threads)
        self._step = Graph(opened.read_graph(STEP), f"{folder.name}/{STEP}", threads)
        self._moving = tuple(name.removesuffix(_NEXT) for name in self._step.outputs if name.endswith(_NEXT))
        channels = self.config.channels
        blank = Features(np.zeros((channels, 1, 1), np.float32), np.zeros(channels, np.float32), self.encoder)
        try:
            log_probs, _ = self.step(np.array([EOS], dtype=np.int64), self.state(blank))
        except ValueError as error:
            raise ArtifactError(
                f"{self.name}: its graphs do not fit together ({error}); {artifact.repair_hint(folder)}"
            ) from error
        if log_probs.shape[1] != len(self.codec.vocab):
            raise ArtifactError(
                f"{self.name}: its graph knows {log_probs.shape[1]} tokens, its vocabulary {len(self.codec.vocab)}; they are "
                f"not of the same training. {artifact.repair_hint(folder)}"
            )

    def state(self, features: Features) -> State:
        """The state before the first step, of one hypothesis. Raises ValueError for features of another encoder."""
        if features.encoder != self.encoder:
            raise ValueError(
                f"{self.name} reads what the encoder {self.encoder} sees; given features of {features.encoder or 'none'}. "
                f"Encode the picture with {self.encoder}, or train the captioner on the other's features"
            )
        reads = self.config.reads
        read = features.map if reads == "map" else features.pooled
        return self._encoder({reads: read[None]})

    def step(self, last: Ids, state: State) -> tuple[Floats, State]:
        """Log-probabilities [W, V] after the ids last [W], and the state then."""
        made = self._made(last, state)
        return made["log_probs"], _after(made, state)

    def reorder_cache(self, state: State, rows: Ids) -> State:
        """The state of these hypotheses; what stays as it is has one row for all of them."""
        return {name: array.take(rows, 0) if name in self._moving else array for name, array in state.items()}

    def captions(
        self, features: Features, language: Language, wish: DecodingConfig | None = None, late: ShouldStop = never_stop
    ) -> list[Caption]:
        """Captions by beam search, the best first; what is there when late() says so. They are told apart as they are shown.

        Without a wish, that of WISHES. Raises ValueError for features of another encoder.
        """
        wish = wish or WISHES[language]
        # No caption of the training was longer.
        wish = replace(wish, max_length=max(wish.min_length, min(wish.max_length, self.codec.longest - 1)))
        state, mark = self.state(features), self.codec.mark(language)
        found = search.beam_search(self, state, mark, EOS, wish, self.codec.unwritten(language), late)
        kept: dict[str, Hypothesis] = {}
        for one in found:
            text = self.codec.shown(one.ids, language)
            if text:
                kept.setdefault(text, one)
        looked = self._looked(state, mark, [one.ids for one in kept.values()], features.map.shape[1:])
        return [
            Caption(text, self.codec.tokens(one.ids), attention, one.mean)
            for (text, one), attention in zip(kept.items(), looked, strict=True)
        ]

    def score(self, features: Features, caption: str, language: Language) -> float:
        """The mean log-probability of a token of the caption, its end included. Raises ValueError as state() does."""
        ids = self.codec.encode(caption, language)
        return search.score_targets(self, self.state(features), self.codec.mark(language), [ids])[0] / len(ids)

    def _looked(self, state: State, mark: int, rows: list[tuple[int, ...]], grid: tuple[int, ...]) -> list[Floats]:
        """Where each id of the rows was found, [T, H', W'] each: they are written once more, side by side."""
        if self.config.form == "basic" or not rows:
            return [np.zeros((0, *grid), dtype=np.float32) for _ in rows]
        state = self.reorder_cache(state, np.zeros(len(rows), dtype=np.int64))
        last = np.full(len(rows), mark, dtype=np.int64)
        looked: list[Floats] = []
        for place in range(max(map(len, rows))):
            made = self._made(last, state)
            looked.append(made["attention"])
            state = _after(made, state)
            # What has come to its end goes on with its last id, and nothing of that is kept.
            last = np.array([row[min(place, len(row) - 1)] for row in rows], dtype=np.int64)
        steps = np.stack(looked, 1)
        return [steps[number, : len(row)].reshape(-1, *grid) for number, row in enumerate(rows)]

    def _made(self, last: Ids, state: State) -> dict[str, NDArray[Any]]:
        return self._step({"last": last, **state})


def _after(made: State, state: State) -> State:
    return state | {name.removesuffix(_NEXT): array for name, array in made.items() if name.endswith(_NEXT)}
