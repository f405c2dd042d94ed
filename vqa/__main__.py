"""Command line for pictures: `python -m vqa caption | ask | train | evaluate`."""

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
from vqa import custom_data
from vqa.answer.infer import Answerer
from vqa.batch_command import print_answers, print_captions
from vqa.caption.config import FORMS
from vqa.caption.infer import Captioner
from vqa.encoder.infer import Encoder
from vqa.overlay import overlay
from vqa.vision import ANSWERER, CAPTIONER, ENCODER, load_vision

CAPTION_SETS = ("flickr8k/train", "flickr8k/val", "coco")
QUESTION_SETS = (*CAPTION_SETS, "daquar", "easy-vqa/train", "easy-vqa/test")
"""The picture sets that the shipped answerer is trained and tested on; a captioner uses CAPTION_SETS only."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status.

    Returns:
        0 on success, 1 if something could not be done (a sentence on standard error says what), 130 after Ctrl+C.
    """
    parser = argparse.ArgumentParser(
        prog="python -m vqa", description="Describe pictures and answer questions about them."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    caption = commands.add_parser("caption", help="describe pictures, one line each: the file, a tab, the caption")
    caption.add_argument("pictures", nargs="*", type=Path, metavar="PICTURE")
    caption.add_argument("--images", type=Path, metavar="PLACE", help="describe every picture of a folder or a tar")
    caption.add_argument(
        "--lang", "--language", choices=LANGUAGES, default="en", help="the language of the captions (default: en)"
    )
    caption.add_argument("--model", type=Path, metavar="FOLDER", help="use this captioner in place of the shipped one")
    caption.add_argument("--json", action="store_true", help="one JSON object per picture, with all captions")
    ask = commands.add_parser("ask", help="answer a question about a picture, or a file of them")
    ask.add_argument("picture", type=Path, nargs="?", metavar="PICTURE")
    ask.add_argument("question", nargs="?", metavar="QUESTION")
    ask.add_argument(
        "--file", type=Path, metavar="FILE", help='JSON lines {"image", "question", "language"}; - reads standard input'
    )
    ask.add_argument("--images", type=Path, metavar="PLACE", help="with --file: the folder or tar of the pictures")
    ask.add_argument(
        "--lang", "--language", choices=LANGUAGES, help="the language of the answer (default: that of the question)"
    )
    ask.add_argument("--json", action="store_true", help="the answers with their probabilities as JSON")
    ask.add_argument(
        "--overlay", type=Path, metavar="OUT.png", help="write the picture with the attention drawn over it"
    )
    learn = commands.add_parser("train", help="train on your own pictures, or retrain the shipped models")
    learn.add_argument("--model", choices=("caption", "answer", "encoder"), required=True)
    learn.add_argument(
        "--form", choices=FORMS, default="attention", help="the form of a captioner (default: attention)"
    )
    learn.add_argument(
        "--backbone",
        type=Path,
        metavar="FOLDER",
        help="with --model encoder: convert this Hugging Face vision model",
    )
    learn.add_argument(
        "--weights",
        type=Path,
        metavar="FILE.pth",
        help="with --model encoder: the ImageNet weights of EfficientNet-Lite2 (default: those of its installed package)",
    )
    learn.add_argument(
        "--distill", action="store_true", help="with --model encoder: distil a small student from the teacher instead"
    )
    _add_label_arguments(learn, "--labels")
    learn.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where the artifact goes (default: data/files/models/MODEL)"
    )
    learn.add_argument("--epochs", type=int, default=20, help="with --labels: passes over the examples (default: 20)")
    learn.add_argument("--seed", type=int, default=0, help="with --labels: seed of the training (default: 0)")
    learn.add_argument("--threads", type=int, default=2, help="CPU threads (default: 2)")
    judge = commands.add_parser("evaluate", help="measure a captioner or an answerer on your own pictures")
    judge.add_argument("--model", choices=("caption", "answer"), required=True)
    judge.add_argument("--folder", type=Path, metavar="FOLDER", help="evaluate this model in place of the shipped one")
    _add_label_arguments(judge, "labels")
    judge.add_argument(
        "--json", action="store_true", help="print only JSON (default: tables, then JSON on the last line)"
    )
    options = parser.parse_args(arguments)
    try:
        return {"caption": _run_caption, "ask": _run_ask, "train": _run_train, "evaluate": _run_evaluate}[
            options.command
        ](options)
    except (ArtifactError, PictureError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
        return 130


def _add_label_arguments(parser: argparse.ArgumentParser, name: str) -> None:
    what = "COCO captions, VQA v2 questions, or JSON lines"
    parser.add_argument(
        name,
        type=Path,
        metavar="FILE",
        help=what if name == "labels" else f"{what} (default: the data of the shipped models)",
    )
    parser.add_argument(
        "--annotations", type=Path, metavar="FILE", help="the answers of VQA v2 (default: looked for beside FILE)"
    )
    parser.add_argument(
        "--pictures", type=Path, metavar="PLACE", help="a folder or a tar (default: looked for beside FILE)"
    )
    parser.add_argument("--encoder", type=Path, metavar="FOLDER", help="use this encoder in place of the shipped one")
    parser.add_argument("--lang", choices=LANGUAGES, help="language of the captions or questions (default: detected)")


def _run_train(options: argparse.Namespace) -> int:
    # torch is imported by this command alone.
    from vqa import train
    from vqa.answer.ship import ship as ship_answerer
    from vqa.caption.ship import ship as ship_captioner
    from vqa.encoder.backbone import convert_backbone
    from vqa.encoder.feature_store import store_corpora
    from vqa.encoder.imagenet import find_weights
    from vqa.encoder.imagenet import ship as ship_imagenet
    from vqa.encoder.ship import ship as ship_encoder

    out = options.out or paths.runs_dir().parent / "models" / options.model
    if options.model == "encoder":
        if options.labels:
            raise ValueError("an encoder learns from a teacher, not from labels; leave out --labels")
        if options.backbone:
            made = convert_backbone(options.backbone, out)
        elif options.distill:
            made = ship_encoder(out, options.threads)
        else:
            made = ship_imagenet(options.weights or find_weights(), out, options.threads)
    else:
        encoder = Encoder(options.encoder or paths.artifacts_dir() / ENCODER, options.threads)
        if options.labels is None:
            sets = CAPTION_SETS if options.model == "caption" else QUESTION_SETS
            features = store_corpora(encoder, sets, paths.runs_dir() / "features")
            if options.model == "answer":
                made = ship_answerer(features, encoder.version, out)
            else:
                made = ship_captioner(options.form, features, out)
        elif options.model == "caption":
            captions = custom_data.load_captions(options.labels, encoder, options.pictures, options.lang)
            _report_rejected(captions.refused)
            made = train.train_captioner(options.form, captions, options.labels.name, out, options.epochs, options.seed)
        else:
            questions = custom_data.load_questions(
                options.labels, encoder, options.pictures, options.annotations, options.lang
            )
            _report_rejected(questions.refused)
            made = train.train_answerer(questions, options.labels.name, out, options.epochs, options.seed)
    for score in made.manifest.scores:
        print(
            f"{score.set}, {score.metric}: {score.value:g} (chance {score.chance:g}, {score.baseline_is}: {score.baseline:g})"
        )
    print(f"written to {made.folder}")
    return 0


def _run_evaluate(options: argparse.Namespace) -> int:
    encoder = Encoder(options.encoder or paths.artifacts_dir() / ENCODER)
    report: dict[str, object]
    if options.model == "caption":
        captioner = Captioner(options.folder or paths.artifacts_dir() / CAPTIONER)
        captions = custom_data.load_captions(options.labels, encoder, options.pictures, options.lang)
        tables, count, refused, digest = (
            custom_data.evaluate_captioner(captioner, captions),
            len(captions.records),
            captions.refused,
            captions.digest,
        )
        report = {"model": captioner.version}
    else:
        answerer = Answerer(options.folder or paths.artifacts_dir() / ANSWERER)
        questions = custom_data.load_questions(
            options.labels, encoder, options.pictures, options.annotations, options.lang
        )
        tables, count, refused, digest = (
            custom_data.evaluate_answerer(answerer, questions),
            len(questions.records),
            questions.refused,
            questions.digest,
        )
        report = {"model": answerer.version}
    report |= {
        "file": options.labels.name,
        "count": count,
        "sha256": digest,
        "refused": len(refused),
        "measures": tables,
    }
    if not options.json:
        _report_rejected(refused)
        print(f"{options.labels.name}: {count} used, sha256 {digest}; {report['model']}")
        for language, table in tables.items():
            print(f"{language:20}" + "".join(f"{name:>20}" for name in table))
            for measure in table["ours"]:
                row = [f"{column[measure]:20.4f}" if measure in column else f"{'':20}" for column in table.values()]
                print(f"{measure:20}" + "".join(row))
    print(json.dumps(report, ensure_ascii=False))
    return 0


def _report_rejected(refused: Sequence[RejectedRow], shown: int = 10) -> None:
    for row in refused[:shown]:
        print(f"{row.place}: {row.given}: {row.why}", file=sys.stderr)
    if len(refused) > shown:
        print(f"... and {len(refused) - shown} more were not used", file=sys.stderr)


def _run_caption(options: argparse.Namespace) -> int:
    if bool(options.pictures) == (options.images is not None):
        raise ValueError("name either pictures, or a folder or tar of them with --images PLACE")
    if options.images is not None:
        return print_captions(
            load_vision(paths.artifacts_dir(), options.model), options.images, options.lang, options.json
        )
    vision = load_vision(paths.artifacts_dir(), options.model)
    failed = 0
    for path in options.pictures:
        try:
            captions = vision.caption(path.read_bytes(), options.lang)
        except (PictureError, OSError) as error:
            # One bad picture does not stop the others.
            print(f"{path}: {error}", file=sys.stderr)
            failed += 1
            continue
        if options.json:
            found = [{"text": caption.text, "log_prob": round(caption.log_prob, 4)} for caption in captions]
            record = {
                "picture": str(path),
                "language": options.lang,
                "captions": found,
                "model": vision.captioner.version,
            }
            print(json.dumps(record, ensure_ascii=False), flush=True)
        else:
            print(f"{path}\t{captions[0].text if captions else ''}", flush=True)
    return 1 if failed else 0


def _run_ask(options: argparse.Namespace) -> int:
    if options.file is not None:
        if options.images is None or options.picture is not None or options.overlay is not None:
            raise ValueError(
                "with --file, name the folder or tar of its pictures with --images PLACE, and no other picture, question or "
                "--overlay"
            )
        return print_answers(
            load_vision(paths.artifacts_dir()), options.file, options.images, options.lang, options.json
        )
    if options.picture is None or options.question is None or options.images is not None:
        raise ValueError("expected a picture and a question, or --file FILE and --images PLACE")
    question = clean(options.question)
    if not question:
        raise ValueError("the question is empty; expected one about the picture, such as: what colour is it?")
    vision = load_vision(paths.artifacts_dir())
    picture = options.picture.read_bytes()
    found = vision.answer(picture, question, options.lang or language_of(question, "en"))
    if options.overlay is not None:
        options.overlay.write_bytes(overlay(picture, found.attention))
    if options.json:
        record = {
            "picture": str(options.picture),
            "question": question,
            "answer": found.answers[0].text,
            "sure": found.is_confident,
            "floor": found.threshold,
            "answers": [{"text": answer.text, "probability": round(answer.probability, 4)} for answer in found.answers],
            "model": vision.answerer.version,
        }
        print(json.dumps(record, ensure_ascii=False))
    else:
        best = found.answers[0]
        print(f"{best.text}\t{best.probability:.1%}" + ("" if found.is_confident else "\tnot sure"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
