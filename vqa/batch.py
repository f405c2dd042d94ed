"""Captions and answers for many pictures: a file of questions, and a folder or tar of pictures."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from data.formats.errors import FormatError, RejectedRow, shorten
from data.formats.pictures import PictureFiles
from data.image import PictureError
from data.metrics.answer_type import answer_type
from data.records import LANGUAGES, Language
from data.text.clean import clean
from data.text.language import language_of
from vqa.vision import Vision

CHUNK = 20_000
"""Lines that are held at once; the questions among them about one picture are answered together."""
MAX_QUESTION = 500
"""Characters of the longest question."""
PICTURE_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .png .webp .gif .bmp .tif .tiff .avif .heic .heif .hif .jp2 .j2k .jpx .jpf".split()
)
EXPECTED = (
    'expected {"image": "a.jpg", "question": "What colour is it?", "language": "en"}, where language may be left out'
)

Record = dict[str, Any]


@dataclass(frozen=True)
class PictureQuestionLine:
    """A question of a file, with what its line holds besides.

    Attributes:
        number: The number of the line, from 1.
        image: The name of the picture.
        question: The question, cleaned.
        language: The language of the answer.
        extra: The line's id, if it has one, which is given back.
    """

    number: int
    image: str
    question: str
    language: Language
    extra: Mapping[str, Any]


def answer_file(
    vision: Vision, lines: BinaryIO, place: Path, language: Language | None = None, threads: int = 2
) -> Iterator[Record]:
    """Yield one record for each line of a file of questions, in the order of the lines.

    A record has the number of its line, and the answer or an error. Of CHUNK lines at a time each picture is read, decoded and
    encoded once, and no more than a few pictures are in memory.

    Args:
        vision: The models.
        lines: JSON lines with image, question and, optionally, language and id.
        place: A folder or a tar of pictures.
        language: The language of the answers where neither line nor question tells one.
        threads: How many pictures are encoded side by side.

    Raises:
        FormatError: There are no pictures at the place, or the archive is damaged.
        OSError: A file cannot be read.
    """
    pictures = PictureFiles(place)
    numbered = enumerate(lines, 1)
    while chunk := list(islice(numbered, CHUNK)):
        yield from _answer_chunk(vision, chunk, pictures, language, threads)


def caption_pictures(vision: Vision, place: Path, language: Language, threads: int = 2) -> Iterator[Record]:
    """Yield one record for each picture of a folder or tar, in the order of the names or of the archive.

    A record has the name of the picture, and its captions or an error. Files whose suffix is not that of a picture are left out.

    Raises:
        FormatError: There are no pictures at the place, or the archive is damaged.
        OSError: A file cannot be read.
    """
    pictures = PictureFiles(place)
    names = [name for name in pictures.names if _is_picture(name)]
    if not names:
        raise FormatError(
            f"None of the {len(pictures)} files at {place} is named like a picture; expected suffixes such as .jpg, .png or "
            ".heic. Name the folder or tar that holds the pictures."
        )

    def describe(name: str, data: bytes) -> list[tuple[str, Record]]:
        start: Record = {"image": name, "language": language}
        try:
            captions = vision.caption(data, language)
        except (PictureError, ValueError) as error:
            return [(name, start | _build_error("picture", str(error)))]
        found = [{"text": caption.text, "log_prob": round(caption.log_prob, 4)} for caption in captions]
        best = captions[0].text if captions else ""
        return [(name, start | {"caption": best, "captions": found, "model": vision.captioner.version})]

    def refuse(name: str, why: str) -> list[tuple[str, Record]]:
        return [(name, {"image": name, "language": language} | _build_error("picture", why))]

    yield from _in_order(names, _work_on_pictures(pictures, names, describe, refuse, threads))


def parse_line(number: int, line: bytes, language: Language | None) -> PictureQuestionLine | Record:
    """Return the question of a line, or the record of what is wrong with it."""
    start: Record = {"line": number}
    try:
        value = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except (ValueError, RecursionError) as error:
        what = "the line is empty" if not line.strip() else f"the line is not JSON in UTF-8 ({error})"
        return start | _build_error("line", f"{what}; {EXPECTED}")
    if not isinstance(value, dict):
        return start | _build_error("line", f"the line is {shorten(json.dumps(value, ensure_ascii=False))}; {EXPECTED}")
    extra = {name: value[name] for name in ("id", "question_id") if isinstance(value.get(name), str | int)}
    start |= extra
    image: Any = value.get("image", value.get("picture"))
    question: Any = value.get("question")
    for name, given in (("image", image), ("question", question)):
        if not isinstance(given, str) or not clean(given):
            said = "missing" if given is None else shorten(json.dumps(given, ensure_ascii=False))
            return start | _build_error("line", f"{name} is {said}; {EXPECTED}")
    start |= {"image": image, "question": question}
    asked = clean(str(question))
    if len(asked) > MAX_QUESTION:
        return start | _build_error(
            "line", f"the question has {len(asked)} characters; at most {MAX_QUESTION} are read. Shorten it"
        )
    given = value.get("language")
    if given is not None and given not in LANGUAGES:
        said = shorten(json.dumps(given, ensure_ascii=False))
        return start | _build_error("line", f"language is {said}; expected zh or en, or leave it out")
    wanted: Language = next((known for known in LANGUAGES if known == given), language_of(asked, language or "en"))
    return PictureQuestionLine(number, str(image), asked, wanted, extra)


def _answer_chunk(
    vision: Vision,
    chunk: Sequence[tuple[int, bytes]],
    pictures: PictureFiles,
    language: Language | None,
    threads: int,
) -> Iterator[Record]:
    made: list[tuple[int, Record]] = []
    questions: dict[str, list[PictureQuestionLine]] = {}
    for number, line in chunk:
        parsed = parse_line(number, line, language)
        if isinstance(parsed, PictureQuestionLine):
            questions.setdefault(parsed.image, []).append(parsed)
        else:
            made.append((number, parsed))

    def answer(name: str, data: bytes) -> list[tuple[int, Record]]:
        return [(line.number, _answer_line(vision, data, line)) for line in questions[name]]

    def refuse(name: str, why: str) -> list[tuple[int, Record]]:
        return [(line.number, _begin_record(line) | _build_error("picture", why)) for line in questions.get(name, ())]

    answered = _work_on_pictures(pictures, list(questions), answer, refuse, threads)
    yield from _in_order([number for number, _ in chunk], chain(made, answered))


def _answer_line(vision: Vision, data: bytes, line: PictureQuestionLine) -> Record:
    try:
        found = vision.answer(data, line.question, line.language)
    except (PictureError, ValueError) as error:
        return _begin_record(line) | _build_error("picture" if isinstance(error, PictureError) else "line", str(error))
    best = found.answers[0]
    return _begin_record(line) | {
        "answer": best.text,
        "probability": round(best.probability, 4),
        "kind": answer_type(best.text),
        "sure": found.is_confident,
        "answers": [{"text": answer.text, "probability": round(answer.probability, 4)} for answer in found.answers],
        "model": vision.answerer.version,
    }


def _begin_record(line: PictureQuestionLine) -> Record:
    start = {"line": line.number, "image": line.image, "question": line.question, "language": line.language}
    return start | dict(line.extra)


def _build_error(kind: str, message: str) -> Record:
    """Return the error of a record: "line" if the line cannot be used, "picture" if its picture cannot."""
    return {"error": {"kind": kind, "message": message}}


Key = Any
Work = Callable[[str, bytes], list[tuple[Key, Record]]]


def _work_on_pictures(
    pictures: PictureFiles,
    names: Sequence[str],
    work: Work,
    refuse: Callable[[str, str], list[tuple[Key, Record]]],
    threads: int,
) -> Iterator[tuple[Key, Record]]:
    """Yield what the work makes of each named picture, or what refuse does; few pictures are in memory at once."""
    waiting: deque[Future[list[tuple[Key, Record]]]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="pictures") as pool:
        for picture in pictures.read(names):
            if isinstance(picture, RejectedRow):
                yield from refuse(names[(picture.place.row or 1) - 1], picture.why)
                continue
            waiting.append(pool.submit(work, *picture))
            if len(waiting) > threads:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _in_order(keys: Sequence[Key], made: Iterable[tuple[Key, Record]]) -> Iterator[Record]:
    """Yield the records in the order of their keys, each as soon as all before it are there."""
    known: dict[Key, Record] = {}
    rest = deque(keys)
    for key, record in made:
        known[key] = record
        while rest and rest[0] in known:
            yield known.pop(rest.popleft())
    if rest:
        raise RuntimeError(f"nothing was made of {rest[0]!r}; a picture was given under another name")


def _is_picture(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")
