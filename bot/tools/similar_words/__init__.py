"""Find the words nearest to a word or a short text, by word vectors."""

from __future__ import annotations

from collections.abc import Sequence

from bot.messages import Translations
from bot.tool import Example, Point, Request, Result, Run, Table, Tool, ToolError
from bot.tools.similar_words.phrasing import parse_message
from bot.types import Message
from data import paths
from data.records import Language
from retrieval.word_similarity import WordSimilarity

COUNT = 10
# Measured: of the questions of the starter corpus and its dev questions, none is taken for a request.
_CONFIDENCE = 0.97

_COLUMNS: dict[Language, tuple[str, ...]] = {"zh": ("词", "余弦相似度"), "en": ("Word", "Cosine")}
_TEXT: Translations = {"zh": "和“{text}”最相近的词：{words}。", "en": "Nearest to “{text}”: {words}."}
_GUESSED_FROM: Translations = {
    "zh": "词表里没有“{word}”，这里按写法相近的词来猜：{like}。",
    "en": "“{word}” is not a known word; it was taken for words spelt like it: {like}.",
}
_IGNORED: Translations = {
    "zh": "词表里没有“{word}”，也没有写法相近的词，所以没有算上它。",
    "en": "“{word}” is not a known word, nor is any spelt like it, so it was passed over.",
}
_UNKNOWN: Translations = {
    "zh": "“{text}”里没有认得的词，也没有写法相近的。换一个词试试。",
    "en": "There is no known word in “{text}”, nor one spelt like it. Try another word.",
}
_BETWEEN: Translations = {"zh": "、", "en": ", "}


def load() -> Run:
    """Load the models and return the function of the tool.

    Raises:
        ArtifactError: A file of a model is missing or damaged.
    """
    similar = WordSimilarity(paths.artifacts_dir() / "words", guessing=True)

    def run(request: Request) -> Result:
        text, language = parse_message(request.text) or request.text, request.language
        near = similar.find_nearest(text, COUNT)
        if not near:
            raise ToolError(_UNKNOWN[language].format(text=_shorten(text)))
        shown = [(similar.find_surface(word), cosine) for word, cosine in near]
        said = _BETWEEN[language].join(word for word, _ in shown)
        spots = similar.project(text, [word for word, _ in near])
        labels = [_shorten(text), *(word for word, _ in shown)]
        return Result(
            text=_TEXT[language].format(text=_shorten(text), words=said),
            table=Table(_COLUMNS[language], tuple((word, f"{cosine:.3f}") for word, cosine in shown)),
            points=tuple(
                Point(label, float(x), float(y), place == 0)
                for place, (label, (x, y)) in enumerate(zip(labels, spots, strict=True))
            ),
            note="\n".join(_note(similar, word, like, language) for word, like in similar.guess_unknown(text).items()),
        )

    return run


def confidence(message: Message) -> float:
    """Return a confidence above 0 only for a request for similar words.

    The whole message must be the request, in a known phrasing.
    """
    return _CONFIDENCE if parse_message(message.text) else 0.0


def _note(similar: WordSimilarity, word: str, like: Sequence[str], language: Language) -> str:
    between = _BETWEEN[language].join(similar.find_surface(neighbour) for neighbour in like)
    return (_GUESSED_FROM if like else _IGNORED)[language].format(word=_shorten(word), like=between)


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 24 else line[:23] + "…"


TOOL = Tool(
    name="similar_words",
    title={"zh": "相近的词", "en": "Similar words"},
    purpose={
        "zh": "输入一个词或一小段话，看看哪些词和它的意思最接近。打错的词、没见过的词也可以试。",
        "en": "Type a word or a short text and see which words are nearest to it. A misspelt or unknown word will do, too.",
    },
    box={"zh": "一个词或一小段话", "en": "A word or a short text"},
    takes="text",
    examples=(
        Example("高兴", "zh"),
        Example("便宜又好吃的水果", "zh"),
        Example("卷积神经网络", "zh"),
        Example("river", "en"),
        Example("beautiful music", "en"),
        Example("tommorow", "en"),
    ),
    load=load,
    confidence=confidence,
)
