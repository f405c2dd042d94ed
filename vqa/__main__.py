"""Pictures in the terminal: `python -m vqa caption PICTURE...` describes, `python -m vqa ask PICTURE QUESTION` answers."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from data import paths
from data.artifact import ArtifactError
from data.formats.errors import RejectedRow
from data.image import PictureError
from data.records import LANGUAGES
from data.text.clean import clean
from data.text.language import language_of
from vqa import own
from vqa.answer.infer import Answerer
from vqa.caption.config import FORMS
from vqa.caption.infer import Captioner
from vqa.encoder.infer import Encoder
from vqa.overlay import overlay
from vqa.sight import ANSWERER, CAPTIONER, ENCODER, open_sight

FLICKR = ("flickr8k/train", "flickr8k/val")
ASKED = (*FLICKR, "coco/vqa", "daquar", "easy-vqa/train", "easy-vqa/test")
"""The pictures that a captioner and an answerer are trained on and measured by."""


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
    learn = commands.add_parser("train", help="train on your own pictures, or again what ships")
    learn.add_argument("--model", choices=("caption", "answer", "encoder"), required=True)
    learn.add_argument("--form", choices=FORMS, default="attention", help="of a captioner (default: attention)")
    learn.add_argument(
        "--backbone",
        type=Path,
        metavar="FOLDER",
        help="with --model encoder: a Hugging Face vision model to take as it is",
    )
    _labels(learn, "--labels")
    learn.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where the artifact goes (default: data/files/models/MODEL)"
    )
    learn.add_argument("--epochs", type=int, default=20, help="with --labels, how often each example is seen")
    learn.add_argument("--seed", type=int, default=0, help="with --labels")
    learn.add_argument("--threads", type=int, default=2, help="that see and teach")
    judge = commands.add_parser("evaluate", help="measure a captioner or an answerer on your own pictures")
    judge.add_argument("--model", choices=("caption", "answer"), required=True)
    judge.add_argument("--folder", type=Path, metavar="FOLDER", help="another model than the shipped one")
    _labels(judge, "labels")
    judge.add_argument("--json", action="store_true", help="only JSON; otherwise tables, and JSON on the last line")
    given = parser.parse_args(arguments)
    try:
        return {"caption": _caption, "ask": _ask, "train": _train, "evaluate": _evaluate}[given.command](given)
    except (ArtifactError, PictureError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
        return 130


def _labels(parser: argparse.ArgumentParser, name: str) -> None:
    what = "COCO captions, VQA v2 questions, or JSON lines"
    parser.add_argument(
        name, type=Path, metavar="FILE", help=what if name == "labels" else f"{what} (default: what ships)"
    )
    parser.add_argument(
        "--annotations", type=Path, metavar="FILE", help="the answers of VQA v2 (default: looked for beside)"
    )
    parser.add_argument("--pictures", type=Path, metavar="PLACE", help="a folder or a tar (default: looked for beside)")
    parser.add_argument("--encoder", type=Path, metavar="FOLDER", help="another encoder than the shipped one")
    parser.add_argument("--lang", choices=LANGUAGES, help="of the captions or questions (default: each tells its own)")


def _train(given: argparse.Namespace) -> int:
    # torch is imported by this command alone.
    from vqa import train
    from vqa.answer.ship import ship as ship_answerer
    from vqa.caption.ship import ship as ship_captioner
    from vqa.encoder.backbone import encoder_of
    from vqa.encoder.ship import ship as ship_encoder
    from vqa.encoder.store import of_corpora

    out = given.out or paths.runs_dir().parent / "models" / given.model
    if given.model == "encoder":
        if given.labels:
            raise ValueError("an encoder learns from a teacher and not from labels; leave --labels out")
        made = encoder_of(given.backbone, out) if given.backbone else ship_encoder(out, given.threads)
    else:
        encoder = Encoder(given.encoder or paths.artifacts_dir() / ENCODER, given.threads)
        if given.labels is None:
            sets = FLICKR if given.model == "caption" else ASKED
            features = of_corpora(encoder, sets, paths.runs_dir() / "features")
            if given.model == "answer":
                made = ship_answerer(features, encoder.version, out)
            else:
                made = ship_captioner(given.form, features[FLICKR[0]], features[FLICKR[1]], out)
        elif given.model == "caption":
            told = own.captioned(given.labels, encoder, given.pictures, given.lang)
            _refused(told.refused)
            made = train.captioner(given.form, told, given.labels.name, out, given.epochs, given.seed)
        else:
            asked = own.asked(given.labels, encoder, given.pictures, given.annotations, given.lang)
            _refused(asked.refused)
            made = train.answerer(asked, given.labels.name, out, given.epochs, given.seed)
    for score in made.manifest.scores:
        print(
            f"{score.set}, {score.metric}: {score.value:g} (chance {score.chance:g}, {score.baseline_is}: {score.baseline:g})"
        )
    print(f"written to {made.folder}")
    return 0


def _evaluate(given: argparse.Namespace) -> int:
    encoder = Encoder(given.encoder or paths.artifacts_dir() / ENCODER)
    report: dict[str, object]
    if given.model == "caption":
        captioner = Captioner(given.folder or paths.artifacts_dir() / CAPTIONER)
        told = own.captioned(given.labels, encoder, given.pictures, given.lang)
        tables, count, refused, digest = (
            own.measured_captions(captioner, told),
            len(told.records),
            told.refused,
            told.digest,
        )
        report = {"model": captioner.version}
    else:
        answerer = Answerer(given.folder or paths.artifacts_dir() / ANSWERER)
        asked = own.asked(given.labels, encoder, given.pictures, given.annotations, given.lang)
        tables, count, refused, digest = (
            own.measured_answers(answerer, asked),
            len(asked.records),
            asked.refused,
            asked.digest,
        )
        report = {"model": answerer.version}
    report |= {"file": given.labels.name, "count": count, "sha256": digest, "refused": len(refused), "measures": tables}
    if not given.json:
        _refused(refused)
        print(f"{given.labels.name}: {count} used, sha256 {digest}; {report['model']}")
        for language, table in tables.items():
            print(f"{language:20}" + "".join(f"{name:>20}" for name in table))
            for measure in table["ours"]:
                row = [f"{column[measure]:20.4f}" if measure in column else f"{'':20}" for column in table.values()]
                print(f"{measure:20}" + "".join(row))
    print(json.dumps(report, ensure_ascii=False))
    return 0


def _refused(refused: Sequence[RejectedRow], shown: int = 10) -> None:
    for one in refused[:shown]:
        print(f"{one.place}: {one.given}: {one.why}", file=sys.stderr)
    if len(refused) > shown:
        print(f"... and {len(refused) - shown} others were not taken", file=sys.stderr)


def _caption(given: argparse.Namespace) -> int:
    sight = open_sight(paths.artifacts_dir(), given.model)
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
    sight = open_sight(paths.artifacts_dir())
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
