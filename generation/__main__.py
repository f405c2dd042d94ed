"""Commands of the generators. Run: python -m generation --help"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from generation.serve import ServeError, refuse_open_door, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m generation", description="Models that write replies.")
    commands = parser.add_subparsers(dest="command", required=True, title="commands")
    served = commands.add_parser(
        "serve", help="serve a local Hugging Face model over the OpenAI-compatible protocol, for the bot and others"
    )
    served.add_argument("folder", type=Path, metavar="DIR", help="a model as save_pretrained() writes it")
    served.add_argument("--host", default="127.0.0.1", help="any other than this machine's needs KANLIAO_SERVE_KEY")
    served.add_argument("--port", type=int, default=8091, help="0 takes a free one")
    given = parser.parse_args(arguments)
    try:
        match given.command:
            case "serve":
                _serve(given)
    except (ServeError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _serve(given: argparse.Namespace) -> None:
    key = os.environ.get("KANLIAO_SERVE_KEY") or None
    refuse_open_door(given.host, key)  # a large model takes a while to load
    # Before transformers is imported: nothing is asked of any hub.
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        from generation.local import Local
    except ModuleNotFoundError as error:
        raise ServeError(f"Serving a model needs the extra train ({error}): pip install '.[train]'") from error
    serve(Local(given.folder), given.host, given.port, key)


if __name__ == "__main__":
    sys.exit(main())
