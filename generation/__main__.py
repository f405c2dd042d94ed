"""Commands of the generators. Run: python -m generation --help"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from data import paths
from data.artifact import ArtifactError
from data.formats import FormatError
from data.paths import CorpusError
from data.records import LANGUAGES
from data.word_vectors import WordVectors
from generation.dialogs import read_exchanges
from generation.evaluate import BeamReplies, ReplySystem, SampledReplies, evaluate_replies, measure_perplexity
from generation.infer import Generator
from generation.search import DecodingConfig
from generation.serve import ServeError, require_key, serve

STARTER = Path(__file__).parent.parent / "data" / "starter"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 after a message on standard error."""
    parser = argparse.ArgumentParser(prog="python -m generation", description="Models that write replies.")
    commands = parser.add_subparsers(dest="command", required=True, title="commands")
    server = commands.add_parser(
        "serve", help="serve a local Hugging Face or GGUF model over the OpenAI-compatible protocol"
    )
    server.add_argument(
        "folder",
        type=Path,
        metavar="DIR",
        help="a model saved with save_pretrained(), or a GGUF file (needs the extra gguf)",
    )
    server.add_argument(
        "--host", default="127.0.0.1", help="an address that other machines can reach needs KANLIAO_SERVE_KEY"
    )
    server.add_argument("--port", type=int, default=8091, help="0 chooses a free port")
    learn = commands.add_parser(
        "train", help="train a generator on your own dialogues, or again on those it ships with"
    )
    learn.add_argument("--model", choices=("seq2seq", "transformer"), default="seq2seq")
    learn.add_argument(
        "--dialogs",
        type=Path,
        metavar="FILE",
        help="a file as for learn (default: the data of the shipped generator)",
    )
    learn.add_argument(
        "--out", type=Path, metavar="FOLDER", help="the folder of the artifact (default: data/files/models/MODEL)"
    )
    learn.add_argument("--epochs", type=int, default=8, help="with --dialogs, how often each exchange is used")
    learn.add_argument("--seed", type=int, default=0)
    evaluation = commands.add_parser("evaluate", help="evaluate a generator on a file of dialogues")
    evaluation.add_argument(
        "--model",
        type=Path,
        metavar="FOLDER",
        default=paths.runs_dir().parent / "models" / "seq2seq",
        help="a trained generator (default: the one from train)",
    )
    evaluation.add_argument("--json", action="store_true", help="print only JSON, not also a table")
    evaluation.add_argument("--most", type=int, default=500, help="exchanges of each language that are replied to")
    evaluation.add_argument("file", type=Path, metavar="FILE")
    given = parser.parse_args(arguments)
    try:
        match given.command:
            case "train":
                _train(given)
            case "evaluate":
                _evaluate(given.model, given.file, given.most, given.json)
            case "serve":
                _serve(given)
    except (ServeError, ArtifactError, FormatError, CorpusError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _serve(given: argparse.Namespace) -> None:
    key = os.environ.get("KANLIAO_SERVE_KEY") or None
    require_key(given.host, key)  # refused before a large model is loaded
    # Set before transformers is imported, so that it contacts no hub.
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        from generation.local import LocalModel
    except ModuleNotFoundError as error:
        raise ServeError(f"Serving a model needs the extra train ({error}): pip install '.[train]'") from error
    serve(LocalModel(given.folder), given.host, given.port, key)


def _train(given: argparse.Namespace) -> None:
    # torch is imported by this command alone.
    from data.training import parallel
    from generation.ship import ship, train_file

    with parallel.open_process_group() as number:
        if given.dialogs is None:
            written = ship(given.model, STARTER, given.out or paths.artifacts_dir() / given.model)
        else:
            out = given.out or paths.runs_dir().parent / "models" / given.model
            written = train_file(given.model, given.dialogs, out, given.epochs, given.seed)
    if number or written is None:
        return
    for score in written.manifest.scores:
        print(
            f"{score.set}, {score.metric}: {score.value:g} (chance {score.chance:g}, {score.baseline_is} {score.baseline:g})"
        )
    print(f"written to {written.folder}")


def _evaluate(folder: Path, file: Path, most: int, only_json: bool) -> None:
    generator = Generator(folder)
    found = read_exchanges(file)
    vectors = WordVectors(paths.artifacts_dir() / "words").of
    report: dict[str, object] = {"file": file.name, "model": generator.name, "exchanges": len(found)}
    for language in LANGUAGES:
        own = [exchange for exchange in found if exchange.language == language][:most]
        if not own:
            continue
        # Beam search is nearer to what people said but repeats itself; sampled replies are as varied as those of people.
        ways: dict[str, ReplySystem] = {
            "beam": BeamReplies(generator, DecodingConfig()),
            "drawn": SampledReplies(generator, DecodingConfig()),
        }
        measured = {name: evaluate_replies(way, own, vectors).measures for name, way in ways.items()}
        surprise = measure_perplexity(generator, own)
        report[language] = {"count": len(own), "perplexity": surprise, **measured}
        if not only_json:
            print(f"{file.name}, {language}: {len(own)} exchanges, {generator.name}")
            print(f"  {'perplexity of what people replied':34} {surprise:10.4f}")
            print(f"  {'':34} " + " ".join(f"{name:>10}" for name in ways))
            for name in measured["beam"]:
                print(f"  {name:34} " + " ".join(f"{measured[way][name]:10.4f}" for way in ways))
    print(json.dumps(report, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
