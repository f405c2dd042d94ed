"""Twenty photos that nothing was learned from, described and asked about in both languages, right and wrong as they come.

    python -m benchmarks.gallery [--photos FOLDER] [--out docs/gallery.md]

The photos are drawn by a seed from Flickr8k val, before anything is said about them; so are their questions, one in each
language, from those derived from the captions. Flickr8k is for research and its photos are no part of this project, so the
table calls them by name; with --photos a page with the photos themselves is written to FOLDER, for whoever has the corpus.
An answer is right where it is the one that the captions say.
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
from vqa.sight import Answered, Sight, open_sight

SET = "flickr8k/val"
COUNT = 20
SEED = 20
OUT = Path(__file__).parent.parent / "docs" / "gallery.md"
_MARK = {True: "✓", False: "✗"}


@dataclass(frozen=True)
class Shown:
    """A photo by its name, with what is said of it, and two questions with their answers."""

    name: str
    captions: dict[Language, str]
    questions: dict[Language, PictureQuestion]
    answers: dict[Language, Answered]

    def right(self, language: Language) -> bool:
        """Whether the first answer is the one that the captions say."""
        return self.answers[language].answers[0].text in self.questions[language].answers


def chosen(questions: Sequence[PictureQuestion], count: int = COUNT) -> dict[str, dict[Language, PictureQuestion]]:
    """One question in each language about so many photos that have both, by chance and always the same."""
    asked: dict[str, dict[Language, list[PictureQuestion]]] = defaultdict(
        lambda: {language: [] for language in LANGUAGES}
    )
    for one in questions:
        asked[one.image][one.language].append(one)
    both = sorted(name for name, own in asked.items() if all(own.values()))
    draw = random.Random(SEED)
    return {
        name: {language: draw.choice(own) for language, own in asked[name].items()}
        for name in sorted(draw.sample(both, count))
    }


def shown(sight: Sight, files: dict[str, bytes]) -> Iterator[Shown]:
    """Every chosen photo with what is said about it."""
    for name, questions in chosen(corpora.derived().test).items():
        file = name.rpartition("/")[2]
        yield Shown(
            file,
            {language: sight.captions(files[file], language)[0].text for language in LANGUAGES},
            questions,
            {language: sight.answer(files[file], one.question, language) for language, one in questions.items()},
        )


def table(found: Sequence[Shown], sight: str) -> str:
    """The photos as a page in Markdown."""
    counts = {language: sum(one.right(language) for one in found) for language in LANGUAGES}
    lines = [
        "# Twenty photos",
        "",
        f"Drawn from {SET} by a seed, with their questions, before anything was said about them "
        "(`python -m benchmarks.gallery`); the photos are the corpus's own and are not shown here, `--photos FOLDER` makes a "
        "page with them. Answers come with their probability; one in brackets was said to be unsure. Of twenty each, "
        f"{counts['zh']} are right in Chinese and {counts['en']} in English. By {sight}.",
        "",
        "| photo | described as | asked | answered | by the captions |",
        "|---|---|---|---|---|",
    ]
    for one in found:
        for number, language in enumerate(LANGUAGES):
            cells = (
                "" if number else one.name,
                one.captions[language],
                one.questions[language].question,
                f"{_MARK[one.right(language)]} {_answer(one.answers[language])}",
                one.questions[language].answers[0],
            )
            lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def page(found: Sequence[Shown]) -> str:
    """The same with the photos, which lie beside it, as a page in HTML."""
    rows = []
    for one in found:
        said = "".join(
            f"<p>{html.escape(one.captions[language])}<br><b>{html.escape(one.questions[language].question)}</b> "
            f"{_MARK[one.right(language)]} {html.escape(_answer(one.answers[language]))} "
            f"<i>{html.escape(one.questions[language].answers[0])}</i></p>"
            for language in LANGUAGES
        )
        name = html.escape(one.name)
        rows.append(f'<figure><img src="{name}" alt="{name}"><figcaption>{said}</figcaption></figure>')
    style = (
        "figure{display:flex;gap:1em;margin:1em}img{width:160px;height:160px}body{font:15px sans-serif}p{margin:.4em 0}"
    )
    return f'<!doctype html><meta charset="utf-8"><title>Twenty photos</title><style>{style}</style>{"".join(rows)}\n'


def _answer(answered: Answered) -> str:
    first = answered.answers[0]
    said = f"{first.text} {first.probability:.0%}"
    return said if answered.sure else f"({said})"


def main() -> None:
    """Write the table, and the page if it is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--photos", type=Path, metavar="FOLDER", help="also a page with the photos, for whoever may see them"
    )
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    sight = open_sight(paths.artifacts_dir())
    files = dict(pictures.iterate_pictures(SET))
    found = list(shown(sight, files))
    given.out.write_text(table(found, f"{sight.captioner.version} and {sight.answerer.version}"), encoding="utf-8")
    print(f"written to {given.out}")
    if given.photos:
        given.photos.mkdir(parents=True, exist_ok=True)
        for one in found:
            (given.photos / one.name).write_bytes(files[one.name])
        (given.photos / "index.html").write_text(page(found), encoding="utf-8")
        print(f"written to {given.photos / 'index.html'}")


if __name__ == "__main__":
    main()
