"""Caption forty held-out photos and answer questions about them.

    python -m benchmarks.gallery [--photos FOLDER] [--out docs/gallery.md]

The photos are drawn by a seed from those of COCO that were held out by name, before any model sees them; so are their questions,
one in each language, from those that were written for this project. Each photo has its own licence and none is a part of this
project, so the table calls them by name; with --photos a page with the photos themselves is written to FOLDER, for those who
have the corpus. An answer is right if it is the one that was written.
"""

from __future__ import annotations

import argparse
import html
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data import paths
from data.corpora import pictures
from data.records import LANGUAGES, Language, PictureQuestion
from vqa.answer import corpora
from vqa.vision import AnswerResult, Caption, Vision, load_vision

SET = "coco"
COUNT = 40
SEED = 20
OUT = Path(__file__).parent.parent / "docs" / "gallery.md"
_MARK = {True: "✓", False: "✗"}


@dataclass(frozen=True)
class Photo:
    """A photo by name, with its captions, and two questions with their answers."""

    name: str
    captions: dict[Language, Caption]
    questions: dict[Language, PictureQuestion]
    answers: dict[Language, AnswerResult]

    def is_right(self, language: Language) -> bool:
        """Return whether the first answer is the one that was written."""
        return self.answers[language].answers[0].text in self.questions[language].answers


def choose_questions(
    questions: Sequence[PictureQuestion], count: int = COUNT
) -> dict[str, dict[Language, PictureQuestion]]:
    """Return one question in each language about each of `count` photos."""
    asked: dict[str, dict[Language, list[PictureQuestion]]] = defaultdict(
        lambda: {language: [] for language in LANGUAGES}
    )
    for question in questions:
        asked[question.image][question.language].append(question)
    both = sorted(name for name, own in asked.items() if all(own.values()))
    draw = random.Random(SEED)
    return {
        name: {language: draw.choice(own) for language, own in asked[name].items()}
        for name in sorted(draw.sample(both, count))
    }


def answer_photos(vision: Vision, files: dict[str, bytes]) -> Iterator[Photo]:
    """Yield every chosen photo with its captions and answers."""
    for name, questions in choose_questions(corpora.load_labels().test).items():
        file = name.rpartition("/")[2]
        yield Photo(
            file,
            {language: vision.caption(files[file], language)[0] for language in LANGUAGES},
            questions,
            {
                language: vision.answer(files[file], question.question, language)
                for language, question in questions.items()
            },
        )


def render_markdown(found: Sequence[Photo], vision: str) -> str:
    """Return the photos as a page in Markdown."""
    counts = {language: sum(photo.is_right(language) for photo in found) for language in LANGUAGES}
    lines = [
        "# Forty photos",
        "",
        "Drawn by a seed from the photos of COCO that were held out, with their questions, before anything was said about them "
        "(`python -m benchmarks.gallery`); each photo has its own licence and is not shown here, `--photos FOLDER` makes a page "
        "with them. Captions and answers come with their probability; an answer in brackets was said to be unsure. Of "
        f"{len(found)} each, {counts['zh']} are right in Chinese and {counts['en']} in English. By {vision}.",
        "",
        "| photo | described as | asked | answered | by a person |",
        "|---|---|---|---|---|",
    ]
    for photo in found:
        for number, language in enumerate(LANGUAGES):
            cells = (
                "" if number else photo.name,
                _render_caption(photo.captions[language]),
                photo.questions[language].question,
                f"{_MARK[photo.is_right(language)]} {_render_answer(photo.answers[language])}",
                photo.questions[language].answers[0],
            )
            lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def render_html(found: Sequence[Photo]) -> str:
    """Return the photos as a page in HTML, which shows the files beside it."""
    rows = []
    for photo in found:
        said = "".join(
            f"<p>{html.escape(_render_caption(photo.captions[language]))}<br>"
            f"<b>{html.escape(photo.questions[language].question)}</b> "
            f"{_MARK[photo.is_right(language)]} {html.escape(_render_answer(photo.answers[language]))} "
            f"<i>{html.escape(photo.questions[language].answers[0])}</i></p>"
            for language in LANGUAGES
        )
        name = html.escape(photo.name)
        rows.append(f'<figure><img src="{name}" alt="{name}"><figcaption>{said}</figcaption></figure>')
    style = (
        "figure{display:flex;gap:1em;margin:1em}img{width:160px;height:160px}body{font:15px sans-serif}p{margin:.4em 0}"
    )
    return f'<!doctype html><meta charset="utf-8"><title>Forty photos</title><style>{style}</style>{"".join(rows)}\n'


def _render_caption(caption: Caption) -> str:
    return f"{caption.text} {caption.probability:.0%}"


def _render_answer(answered: AnswerResult) -> str:
    first = answered.answers[0]
    said = f"{first.text} {first.probability:.0%}"
    return said if answered.is_confident else f"({said})"


def main() -> None:
    """Write the table, and the page if it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--photos", type=Path, metavar="FOLDER", help="also a page with the photos, for whoever may see them"
    )
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    vision = load_vision(paths.artifacts_dir())
    files = dict(pictures.iterate_pictures(SET))
    found = list(answer_photos(vision, files))
    given.out.write_text(
        render_markdown(found, f"{vision.captioner.version} and {vision.answerer.version}"), encoding="utf-8"
    )
    print(f"written to {given.out}")
    if given.photos:
        given.photos.mkdir(parents=True, exist_ok=True)
        for photo in found:
            (given.photos / photo.name).write_bytes(files[photo.name])
        (given.photos / "index.html").write_text(render_html(found), encoding="utf-8")
        print(f"written to {given.photos / 'index.html'}")


if __name__ == "__main__":
    main()
