"""How fast replies are written: our search beside `generate` of transformers.

Ours runs over an exported graph; the peer has a model of the same size.

    python -m benchmarks.decoding [--model FOLDER]... [--threads 1 2] [--tokens 24] [--rounds 10]

Without --model both kinds are measured as they ship, untrained, for time does not depend on weights. The peer is an MBart of
transformers, which is built as our Transformer is (normalisation before each part, positions learned, one table), with random
weights, the same layers, width, heads, inner size and vocabulary; for the recurrent kind, which transformers does not have, it is
such a Transformer of as many parameters. Both get sources of the same ids, may not end, and make as many tokens, greedily and
with a beam of 4; our times begin with the text, the peer's with the ids. Runs take turns. The floor is the time to read the
weights of one step: from memory, and from an array as large as they are, which a cache may hold. Medians; ratios are of runs
side by side. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.openers import read_openers
from data import artifact
from data.formats.starter import read_starter
from data.records import LANGUAGES, Language
from data.text.vocab import BOS, EOS, PAD
from generation import search
from generation.examples import Exchange
from generation.infer import STEP, Generator
from generation.search import DecodingConfig

if TYPE_CHECKING:
    from generation.train import Config, Kind
    from generation.transformer.config import Config as Transforming

SEED = 41
WIDTH = 4
SOURCES = 6
STARTER = Path(__file__).parent.parent / "data" / "starter"
_WARM = 2
_LARGE = 2**28
"""Bytes of an array that no cache holds."""
_ROW = 512

Work = Callable[["Source"], int]


@dataclass(frozen=True)
class Source:
    """What was said, as text for us and as ids for the peer."""

    context: tuple[str, ...]
    language: Language
    ids: tuple[int, ...]


def build_sources(generator: Generator) -> list[Source]:
    """Build the same sources for everybody: one to three everyday messages, zh and en."""
    draw = random.Random(SEED)
    found = []
    for number in range(SOURCES):
        language = LANGUAGES[number % 2]
        said = [one["context"][-1] for one in read_openers("dev") if one["language"] == language]
        context = tuple(draw.sample(said, 1 + number // 2 % 3))
        found.append(Source(context, language, tuple(generator.tokenizer.encode_source(context, language))))
    return found


def build_untrained_model(kind: Kind, folder: Path) -> Path:
    """Write the artifact of an untrained generator with the shape that ships.

    Its vocabulary comes from the starter corpus.
    """
    import torch

    from generation.ship import VOCABULARY, build_config, fit_fluency
    from generation.train import build_net, build_tokenizer, save

    said = [Exchange(one.questions[:1], one.reply, one.language) for one in read_starter(STARTER)]
    codec = build_tokenizer(said, VOCABULARY)
    torch.manual_seed(SEED)
    manifest = artifact.Manifest(
        folder.name, "0", "nothing", "Apache-2.0", "It writes nonsense: it is there to be timed.", tolerance=1e-3
    )
    return save(
        build_net(build_config(kind, len(codec.subword))), codec, fit_fluency(said, codec), manifest, folder
    ).folder


def read_config(folder: Path) -> Config:
    """Return the config of the generator in an artifact folder.

    Raises:
        ArtifactError: The artifact is missing or damaged.
        ValueError: It is no generator.
    """
    from generation.seq2seq.config import Config as Recurrent
    from generation.transformer.config import Config as Transforming

    raw = dict(artifact.open(folder).manifest.config)
    kind = raw.pop("model", None)
    if kind not in ("seq2seq", "transformer"):
        raise ValueError(
            f"{folder} holds no generator but {kind or 'something else'}; give one that generation train wrote"
        )
    return Recurrent.from_dict(raw) if kind == "seq2seq" else Transforming.from_dict(raw)


def count_parameters(config: Config) -> int:
    """Return the number of parameters of a net with this config."""
    import torch

    from generation.train import build_net

    with torch.device("meta"):
        return sum(one.numel() for one in build_net(config).parameters())


def build_peer_config(config: Config) -> Transforming:
    """Return the config of the peer: the Transformer with nearly as many parameters.

    Of a Transformer it is the config itself.
    """
    from generation.transformer.config import Config as Transforming

    if isinstance(config, Transforming):
        return config
    wanted = count_parameters(config)

    def of(width: int) -> Transforming:
        return Transforming(config.vocabulary, width=width, inner=4 * width)

    low, high = 4, 1024  # a head gets a fourth of the width
    while high - low > 4:
        middle = (low + high) // 8 * 4
        low, high = (middle, high) if count_parameters(of(middle)) <= wanted else (low, middle)
    return min(of(low), of(high), key=lambda each: abs(count_parameters(each) - wanted))


class Ours:
    """The generator of the house: how many tokens it made."""

    def __init__(self, generator: Generator, tokens: int) -> None:
        self.generator = generator
        self.tokens = tokens

    def _search(self, source: Source, width: int) -> int:
        state = self.generator.encode(source.context, source.language)
        # Blocked n-grams would be other work on each side.
        config = DecodingConfig(width=width, no_repeat_ngram=0, min_length=self.tokens, max_length=self.tokens)
        banned = self.generator.tokenizer.suppressed_ids
        if width == 1:
            return len(list(search.stream_greedy(self.generator, state, BOS, EOS, config, banned)))
        return len(search.beam_search(self.generator, state, BOS, EOS, config, banned)[0].ids)

    def greedy(self, source: Source) -> int:
        """Decode greedily, from text to the last id; return the number of ids."""
        return self._search(source, 1)

    def beam(self, source: Source) -> int:
        """Decode by beam search, from text to the last id; return the number of ids.

        It takes one step more than there are ids, which scores the end.
        """
        return self._search(source, WIDTH)

    def first(self, source: Source) -> int:
        """Decode to the first piece of text."""
        next(self.generator.stream(source.context, source.language))
        return 1


class Theirs:
    """An MBart of transformers: how many tokens generate made."""

    def __init__(self, config: Transforming, tokens: int) -> None:
        import torch
        import transformers

        torch.manual_seed(SEED)
        described: Any = transformers.MBartConfig(
            vocab_size=config.vocabulary,
            d_model=config.width,
            encoder_layers=config.encoders,
            decoder_layers=config.decoders,
            encoder_attention_heads=config.heads,
            decoder_attention_heads=config.heads,
            encoder_ffn_dim=config.inner,
            decoder_ffn_dim=config.inner,
            max_position_embeddings=config.max_length,
            activation_function="relu",
            scale_embedding=True,
            pad_token_id=PAD,
            bos_token_id=BOS,
            eos_token_id=EOS,
            decoder_start_token_id=BOS,
            forced_eos_token_id=None,
        )
        made: Any = transformers.MBartForConditionalGeneration(described)
        self.model = made.eval()
        self.tokens = tokens
        self.parameters = sum(one.numel() for one in made.parameters())

    def _generate(self, source: Source, tokens: int, width: int) -> int:
        import torch

        ids = torch.tensor([source.ids])
        with torch.inference_mode():
            made = self.model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                do_sample=False,
                num_beams=width,
                min_new_tokens=tokens,
                max_new_tokens=tokens,
            )
        return int(made.shape[1]) - 1

    def greedy(self, source: Source) -> int:
        """Decode greedily, from ids to the last id; return the number of ids."""
        return self._generate(source, self.tokens, 1)

    def beam(self, source: Source) -> int:
        """Decode by beam search, from ids to the last id; return the number of ids."""
        return self._generate(source, self.tokens, WIDTH)

    def first(self, source: Source) -> int:
        """Decode to the first id."""
        return self._generate(source, 1, 1)


def count_weight_bytes(graph: bytes) -> int:
    """Return the bytes of weights that a run of the graph reads.

    Tables of which it looks up single rows are left out.

    Weights kept in 16 bits and widened count as widened, since onnxruntime does that once, at the start.
    """
    import onnx

    loaded = onnx.load_from_string(graph).graph
    widened = {
        node.input[0]: node.output[0]
        for node in loaded.node
        if node.op_type == "Cast" and any(a.name == "to" and a.i == onnx.TensorProto.FLOAT for a in node.attribute)
    }
    read = {
        name
        for node in loaded.node
        for place, name in enumerate(node.input)
        if node.op_type != "Cast" and not (node.op_type == "Gather" and place == 0)
    }
    total = 0
    for one in loaded.initializer:
        array = onnx.numpy_helper.to_array(one)
        if widened.get(one.name) in read:
            total += 4 * array.size
        elif one.name in read:
            total += array.nbytes
    for node in loaded.node:
        if node.op_type == "Constant" and node.output[0] in read:
            total += sum(onnx.numpy_helper.to_array(a.t).nbytes for a in node.attribute if a.name == "value")
    return total


def measure_bandwidth(size: int, rounds: int = 15) -> float:
    """Return bytes a second: the best of copying an array and of multiplying it.

    A step multiplies an array of size bytes with a vector too.
    """
    matrix = np.ones((max(1, size // 4 // _ROW), _ROW), dtype=np.float32)
    vector, copy = np.ones(_ROW, dtype=np.float32), np.empty_like(matrix)
    best = 0.0
    for _ in range(rounds):
        began = time.perf_counter()
        matrix @ vector
        read = time.perf_counter()
        np.copyto(copy, matrix)
        copied = time.perf_counter()
        best = max(best, matrix.nbytes / (read - began), 2 * matrix.nbytes / (copied - read))
    return best


def time_works(works: Mapping[str, Work], given: Sequence[Source], rounds: int, tokens: int) -> dict[str, list[float]]:
    """Return the seconds of each work on each source in each round, taking turns.

    Raises ValueError if one made another number of tokens than it should.
    """
    spent: dict[str, list[float]] = {name: [] for name in works}
    for number in range(-_WARM, rounds):
        for source in given:
            # Whoever comes second may find a warmer machine.
            for name in works if number % 2 else reversed(list(works)):
                began = time.perf_counter()
                made = works[name](source)
                seconds = time.perf_counter() - began
                wanted = 1 if name.endswith("first token") else tokens
                if made != wanted:
                    raise ValueError(f"{name} made {made} tokens, expected {wanted}; the times cannot be compared")
                if number >= 0:
                    spent[name].append(seconds)
    return spent


def measure(folder: Path, threads: int, tokens: int, rounds: int) -> None:
    """Print what the generator in an artifact folder and its peer need."""
    import torch

    torch.set_num_threads(threads)
    config = read_config(folder)
    generator = Generator(folder, threads)
    same = build_peer_config(config)
    ours, theirs = Ours(generator, tokens), Theirs(same, tokens)
    given = build_sources(generator)
    works: dict[str, Work] = {
        "our greedy": ours.greedy,
        "their greedy": theirs.greedy,
        f"our beam {WIDTH}": ours.beam,
        f"their beam {WIDTH}": theirs.beam,
        "our first token": ours.first,
        "their first token": theirs.first,
    }
    spent = time_works(works, given, rounds, tokens)
    read = count_weight_bytes(artifact.open(folder).read_graph(STEP))
    memory, near = measure_bandwidth(_LARGE), measure_bandwidth(read, 200)
    lengths = [len(one.ids) for one in given]
    kind = "as our Transformer" if same is config else "a Transformer of as many parameters"
    print(
        f"{generator.name}, {threads} threads: {count_parameters(config):,} parameters, vocabulary {config.vocabulary}; "
        f"peer MBart, {kind}, {theirs.parameters:,} parameters, {same.encoders} + {same.decoders} layers, "
        f"{same.width} wide, inner {same.inner}"
    )
    print(
        f"  {tokens} tokens for each of {len(given)} sources of {min(lengths)} to {max(lengths)} ids, {rounds} rounds, "
        f"seed {SEED}; load of the machine {os.getloadavg()[0]:.1f}"
    )
    for what in ("greedy", f"beam {WIDTH}"):
        one, other = np.array(spent[f"our {what}"]), np.array(spent[f"their {what}"])
        low, middle, high = np.percentile(other / one, [10, 50, 90])
        each = float(np.median(one)) / tokens
        print(
            f"  {what:12} ours {1 / each:7.0f} tokens/s, theirs {tokens / np.median(other):6.0f}; {middle:5.1f} times as fast "
            f"[10 to 90 %: {low:.1f} to {high:.1f}]; {each * 1e3:.3f} ms a token, "
            f"{each * memory / read:.1f} times the floor from memory, {each * near / read:.1f} from cache"
        )
    one, other = np.array(spent["our first token"]) * 1e3, np.array(spent["their first token"]) * 1e3
    print(
        f"  first token  ours {np.median(one):.2f} ms, 95 % within {np.percentile(one, 95):.2f}; theirs {np.median(other):.2f}"
    )
    print(
        f"  a step reads {read / 1e6:.2f} MB of weights; memory gives {memory / 1e9:.1f} GB/s, "
        f"floor {read / memory * 1e3:.3f} ms; an array of that size {near / 1e9:.1f} GB/s, floor {read / near * 1e3:.3f} ms",
        flush=True,
    )


def main() -> None:
    """Run one process for each number of threads, because BLAS reads it at its start."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--model", type=Path, action="append", help="the folder of a generator; may be given several times"
    )
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--tokens", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.alone:
        for folder in given.model:
            measure(folder, given.threads[0], given.tokens, given.rounds)
        return
    with tempfile.TemporaryDirectory() as fresh:
        kinds: tuple[Kind, ...] = ("seq2seq", "transformer")
        folders = given.model or [build_untrained_model(kind, Path(fresh) / f"untrained-{kind}") for kind in kinds]
        for threads in given.threads:
            environment = os.environ | {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
            command = [sys.executable, "-m", "benchmarks.decoding", "--alone", "--threads", str(threads)]
            command += ["--tokens", str(given.tokens), "--rounds", str(given.rounds)]
            command += [part for folder in folders for part in ("--model", str(folder))]
            subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()
