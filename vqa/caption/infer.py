"""A trained captioner at inference, without torch: features in, captions out."""

from __future__ import annotations

import math
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
from vqa.caption import neighbours
from vqa.caption.calibration import estimate_probability
from vqa.caption.config import Config
from vqa.caption.neighbours import Neighbours
from vqa.caption.tokenizer import Tokenizer
from vqa.encoder.infer import Features, Floats

ENCODER, STEP = "encoder.onnx", "step.onnx"
_NEXT = ".next"
# Shorter n-grams are not blocked, since they repeat in good captions: "in a", 一个.
WISHES: dict[Language, DecodingConfig] = {
    "en": DecodingConfig(width=5, length_penalty=0.0, no_repeat_ngram=3),
    "zh": DecodingConfig(width=5, no_repeat_ngram=4),
}
"""The default decoding settings. The length penalties are the best on dev of those from 0 to 1.6."""
SUPPORT_WEIGHT = 10.0
"""How much the support of similar photos' captions counts beside the mean log-probability; the best on dev of 0 to 40."""

State = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Caption:
    """A caption as it is shown, with its tokens.

    attention is float32 [T, H', W'], where each token's map sums to 1; for the basic form it is empty, [0, H', W']. log_prob is
    the mean log-probability of a token, the end included. support is how well the captions of similar photos support this one,
    0 to 1; it is 0 where the captioner has none. probability is the calibrated probability that the caption is right, in part at
    least; without a calibration it is the geometric mean of the token probabilities.
    """

    text: str
    tokens: tuple[str, ...]
    attention: Floats
    log_prob: float
    support: float = 0.0
    probability: float = 0.0


class Captioner:
    """Generate captions with two graphs: one runs per picture, the other per token.

    The output NAME.next of a step is the input NAME of the next step. All other outputs of the first graph are shared by all
    hypotheses.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Load a captioner from an artifact folder.

        Raises:
            ArtifactError: The artifact is missing or damaged, or its vocabulary does not fit its graphs.
        """
        loaded = artifact.open(folder)
        self.name = loaded.manifest.name
        self.version = f"{self.name} {loaded.manifest.graphs.get(STEP, '')[:12]}"
        try:
            self.tokenizer = Tokenizer.from_dict(loaded.manifest.codec)
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(
                f"{self.name}: its vocabulary cannot be used ({error}); {artifact.repair_hint(folder)}"
            ) from error
        try:
            self.config = Config.from_dict(
                {key: value for key, value in loaded.manifest.config.items() if key != "model"}
            )
        except (TypeError, ValueError) as error:
            raise ArtifactError(
                f"{self.name}: its config cannot be read ({error}); {artifact.repair_hint(folder)}"
            ) from error
        self.encoder = self.config.encoder
        self._encoder = Graph(loaded.read_graph(ENCODER), f"{folder.name}/{ENCODER}", threads)
        self._step = Graph(loaded.read_graph(STEP), f"{folder.name}/{STEP}", threads)
        self.neighbours = self._load_neighbours(loaded)
        self._recurrent_names = tuple(name.removesuffix(_NEXT) for name in self._step.outputs if name.endswith(_NEXT))
        channels = self.config.channels
        blank = Features(np.zeros((channels, 1, 1), np.float32), np.zeros(channels, np.float32), self.encoder)
        try:
            log_probs, _ = self.step(np.array([EOS], dtype=np.int64), self.initial_state(blank))
        except ValueError as error:
            raise ArtifactError(
                f"{self.name}: its graphs do not fit together ({error}); {artifact.repair_hint(folder)}"
            ) from error
        if log_probs.shape[1] != len(self.tokenizer.vocab):
            raise ArtifactError(
                f"{self.name}: its graph knows {log_probs.shape[1]} tokens, its vocabulary {len(self.tokenizer.vocab)}; they are "
                f"not of the same training. {artifact.repair_hint(folder)}"
            )

    def _load_neighbours(self, loaded: artifact.Artifact) -> Neighbours | None:
        if neighbours.FILE not in loaded.manifest.files:
            return None
        try:
            return Neighbours.from_bytes(loaded.read_file(neighbours.FILE), len(self.tokenizer.vocab))
        except (KeyError, ValueError, OSError) as error:
            raise ArtifactError(
                f"{self.name}: its neighbours cannot be read ({error}); {artifact.repair_hint(loaded.folder)}"
            ) from error

    def initial_state(self, features: Features) -> State:
        """Return the decoder state of one hypothesis before the first step.

        Raises:
            ValueError: The features are of another encoder.
        """
        if features.encoder != self.encoder:
            raise ValueError(
                f"{self.name} reads features of the encoder {self.encoder}; given features of {features.encoder or 'none'}. "
                f"Encode the picture with {self.encoder}, or train the captioner on the other's features"
            )
        reads = self.config.input_name
        read = features.map if reads == "map" else features.pooled
        return self._encoder({reads: read[None]})

    def step(self, last: Ids, state: State) -> tuple[Floats, State]:
        """Return the log-probabilities [W, V] after the ids last [W], and the next state."""
        made = self._run_step(last, state)
        return made["log_probs"], _next_state(made, state)

    def reorder_cache(self, state: State, rows: Ids) -> State:
        """Return the state of the hypotheses in rows. Shared arrays keep their one row."""
        return {name: array.take(rows, 0) if name in self._recurrent_names else array for name, array in state.items()}

    def caption(
        self, features: Features, language: Language, wish: DecodingConfig | None = None, late: ShouldStop = never_stop
    ) -> list[Caption]:
        """Generate captions by beam search, best first.

        Captions that are shown alike are returned once. If the captioner has neighbours, captions that those of similar photos
        support come first.

        Args:
            features: The features of the picture.
            language: The language of the captions.
            wish: The decoding settings; by default those of WISHES.
            late: Returns True when the search has to stop with what it has.

        Raises:
            ValueError: The features are of another encoder.
        """
        wish = wish or WISHES[language]
        # Training had no longer captions.
        wish = replace(wish, max_length=max(wish.min_length, min(wish.max_length, self.tokenizer.max_length - 1)))
        state, mark = self.initial_state(features), self.tokenizer.language_id(language)
        found = search.beam_search(self, state, mark, EOS, wish, self.tokenizer.suppressed_ids(language), late)
        kept: dict[str, Hypothesis] = {}
        for hypothesis in found:
            text = self.tokenizer.decode(hypothesis.ids, language)
            if text:
                kept.setdefault(text, hypothesis)
        grid = tuple(-(-side // self.config.stride) for side in features.map.shape[1:])
        looked = self._compute_attention(state, mark, [hypothesis.ids for hypothesis in kept.values()], grid)
        found_ids = [hypothesis.ids for hypothesis in kept.values()]
        support = (
            self.neighbours.support(features.pooled, found_ids, language) if self.neighbours else [0.0] * len(found_ids)
        )
        made = [
            Caption(
                text,
                self.tokenizer.id_tokens(hypothesis.ids),
                attention,
                hypothesis.mean,
                supported,
                self._estimate_probability(hypothesis.mean, supported, language),
            )
            for (text, hypothesis), attention, supported in zip(kept.items(), looked, support, strict=True)
        ]
        # The sort is stable: without neighbours the order of the search stays.
        return (
            sorted(made, key=lambda caption: -SUPPORT_WEIGHT * caption.support - caption.log_prob)
            if self.neighbours
            else made
        )

    def _estimate_probability(self, log_prob: float, support: float, language: Language) -> float:
        weights = self.config.calibration.get(language)
        return estimate_probability(weights, log_prob, support) if weights else min(1.0, math.exp(log_prob))

    def score(self, features: Features, caption: str, language: Language) -> float:
        """Return the mean log-probability of a caption's tokens, its end included.

        Raises:
            ValueError: The features are of another encoder.
        """
        ids = self.tokenizer.encode(caption, language)
        return search.score_targets(self, self.initial_state(features), self.tokenizer.language_id(language), [ids])[
            0
        ] / len(ids)

    def _compute_attention(
        self, state: State, mark: int, rows: list[tuple[int, ...]], grid: tuple[int, ...]
    ) -> list[Floats]:
        """Return the attention [T, H', W'] of each row of ids.

        The rows are decoded once more as one batch, since the search does not keep attention.
        """
        if self.config.form == "basic" or not rows:
            return [np.zeros((0, *grid), dtype=np.float32) for _ in rows]
        state = self.reorder_cache(state, np.zeros(len(rows), dtype=np.int64))
        last = np.full(len(rows), mark, dtype=np.int64)
        looked: list[Floats] = []
        for place in range(max(map(len, rows))):
            made = self._run_step(last, state)
            looked.append(made["attention"])
            state = _next_state(made, state)
            # A finished row repeats its last id; these steps are dropped below.
            last = np.array([row[min(place, len(row) - 1)] for row in rows], dtype=np.int64)
        steps = np.stack(looked, 1)
        return [steps[number, : len(row)].reshape(-1, *grid) for number, row in enumerate(rows)]

    def _run_step(self, last: Ids, state: State) -> dict[str, NDArray[Any]]:
        return self._step({"last": last, **state})


def _next_state(made: State, state: State) -> State:
    return state | {name.removesuffix(_NEXT): array for name, array in made.items() if name.endswith(_NEXT)}
