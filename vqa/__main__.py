"""Pictures in the terminal: `python -m vqa caption PICTURE...` describes, `python -m vqa ask PICTURE QUESTION` answers."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from data import places
from data.artifact import ArtifactError
from data.image import PictureError
from data.records import LANGUAGES
from data.text.clean import clean
from data.text.language import language_of
from vqa.overlay import overlay
from vqa.sight import open_sight


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 1 with a sentence on standard error for each thing that could not be done."""
    parser = argparse.ArgumentParser(
        prog="python -m vqa", description="Describe pictures and answer questions about them."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    caption = commands.add_parser("caption", help="describe pictures, one line each: the file, a tab, the caption")
    caption.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    caption.add_argument("--lang", choices=LANGUAGES, default="en", help="the language of the captions (default: en)")
    caption.add_argument("--model", type=Path, metavar="FOLDER", help="another captioner than the shipped one")
    caption.add_argument(
        "--json", action="store_true", help="one JSON object for each picture, with every caption found"
    )
    ask = commands.add_parser("ask", help="answer a question about a picture")
    ask.add_argument("picture", type=Path, metavar="PICTURE")
    ask.add_argument("question", metavar="QUESTION")
    ask.add_argument("--lang", choices=LANGUAGES, help="the language of the answer (default: that of the question)")
    ask.add_argument("--json", action="store_true", help="the answers with their probabilities as JSON")
    ask.add_argument("--overlay", type=Path, metavar="OUT.png", help="write the picture with where it looked")
    given = parser.parse_args(arguments)
    try:
        return (_caption if given.command == "caption" else _ask)(given)
    except (ArtifactError, PictureError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
        return 130


def _caption(given: argparse.Namespace) -> int:
    sight = open_sight(places.artifacts(), given.model)
    failed = 0
    for path in given.pictures:
        try:
            captions = sight.captions(path.read_bytes(), given.lang)
        except (PictureError, OSError) as error:
            # One bad picture does not stop the others.
            print(f"{path}: {error}", file=sys.stderr)
            failed += 1
            continue
        if given.json:
            found = [{"text": one.text, "log_prob": round(one.log_prob, 4)} for one in captions]
            record = {"picture": str(path), "language": given.lang, "captions": found, "model": sight.captioner.version}
            print(json.dumps(record, ensure_ascii=False), flush=True)
        else:
            print(f"{path}\t{captions[0].text if captions else ''}", flush=True)
    return 1 if failed else 0


def _ask(given: argparse.Namespace) -> int:
    question = clean(given.question)
    if not question:
        raise ValueError("the question is empty; expected one about the picture, such as: what colour is it?")
    sight = open_sight(places.artifacts())
    picture = given.picture.read_bytes()
    found = sight.answer(picture, question, given.lang or language_of(question, "en"))
    if given.overlay is not None:
        given.overlay.write_bytes(overlay(picture, found.attention))
    if given.json:
        record = {
            "picture": str(given.picture),
            "question": question,
            "answer": found.answers[0].text,
            "sure": found.sure,
            "floor": found.floor,
            "answers": [{"text": one.text, "probability": round(one.probability, 4)} for one in found.answers],
            "model": sight.answerer.version,
        }
        print(json.dumps(record, ensure_ascii=False))
    else:
        best = found.answers[0]
        print(f"{best.text}\t{best.probability:.1%}" + ("" if found.sure else "\tnot sure"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
