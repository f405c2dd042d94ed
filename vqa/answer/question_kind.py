"""Tell from its words what kind of answer a question about a picture asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from data.records import LANGUAGES, Language
from data.text.clean import fold
from vqa.answer import lexicon
from vqa.answer.featurizer import AnswerChoice, canonicalize_answer, tokenize

Kind = Literal["yes/no", "number", "colour", "choice", "other"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_OR_EN = re.compile(r"\bor\b(?! not\b)")
_EXISTENCE_EN = re.compile(r"\b(?:there|any|see|either)\b")
_YES_NO_EN = re.compile(
    r"^(?:(?:and|so|but|ok|okay|well|hey|please|tell me|do you think|can you tell(?: me)?(?: if)?|i wonder if)[, ]+)*"
    r"(?:is|are|am|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might"
    r"|isn't|aren't|wasn't|doesn't|don't|didn't|hasn't|haven't|can't|ain't|any)\b"
)
_TAG_EN = re.compile(r"(?:\b(?:right|correct|huh|true|yes|no)|n't (?:it|they|he|she|there))\s*\?*$")
_STATEMENT_EN = re.compile(
    r"^(?:(?:so|and) )?(?:it|it's|its|this|that|that's|there|there's|they|they're|he|he's|she|she's|these)\b"
)
_NUMBER_EN = re.compile(r"\bhow many\b|\bnumber of\b|^count\b")
_COLOUR_EN = re.compile(r"\bcolou?rs?\b")
_OPEN_EN = re.compile(r"\b(?:what|which|who|whose|where|when|why|how)\b")
_YES_NO_ZH = re.compile(
    r"(?:(?<!什)(?<!怎)(?<!多)么|吗|嘛|吧|没|没有|不|是不|对不)$|有没有|有无|是不是|是否|能否|可否|对不对|能不能|会不会|在不在|"
    r"(.)不\1|(.)没\2"
)
_NUMBER_ZH = re.compile("(?<!茶)几(?![点乎何号岁])|多少(?!钱|岁|度)|数一数|数量|数目")
_COLOUR_ZH = re.compile("颜色|什么色|啥色|哪种色")
_WHICH_ZH = re.compile("什么|啥|哪|谁|怎|(?<!茶)几|多少|何")
_STATE_ZH = re.compile("^(?:不|没有?)(?!锈钢|规则).|^..?(?:着|了)$|^(?:很多|多|有)$")
_YES_NO = frozenset(("yes", "no"))


def classify_question(question: str, language: Language) -> Kind:
    """Return the kind of answer that a question asks for.

    "choice" names its answers: "a train or a bus?", 是火车还是公交车. It is never answered yes or no.

    >>> [classify_question(text, "en") for text in ("Is it a cat?", "Is it a train or a bus?", "How many?", "What color is it?")]
    ['yes/no', 'choice', 'number', 'colour']
    >>> [classify_question(text, "zh") for text in ("有没有狗", "是猫还是狗？", "几只猫？", "什么颜色的？", "这是什么？")]
    ['yes/no', 'choice', 'number', 'colour', 'other']
    """
    return _classify_chinese(question) if language == "zh" else _classify_english(question)


def _classify_english(question: str) -> Kind:
    text = fold(question).replace("’", "'").strip(" ?!.,\"'")
    if _NUMBER_EN.search(text):
        return "number"
    asks_yes_no = _YES_NO_EN.search(text) is not None or (
        _OPEN_EN.search(text) is None
        and (_TAG_EN.search(text) is not None or (_STATEMENT_EN.search(text) is not None and "?" in question))
    )
    if _OR_EN.search(text):
        return "yes/no" if asks_yes_no and _EXISTENCE_EN.search(text) else "choice"
    if asks_yes_no:
        return "yes/no"
    return "colour" if _COLOUR_EN.search(text) else "other"


def _classify_chinese(question: str) -> Kind:
    text = fold(question).strip(" ?!.,？！。，~～啊呀呢哦嘞")
    if "还是" in text:
        return "choice"
    is_open = _WHICH_ZH.search(re.sub("有(?:什么|几)个?.{1,8}吗$", "", text)) is not None
    if _YES_NO_ZH.search(text) and not (is_open and not text.endswith(("吗", "嘛"))):
        return "yes/no"
    if _NUMBER_ZH.search(text):
        return "number"
    return "colour" if _COLOUR_ZH.search(text) else "other"


@dataclass(frozen=True)
class AnswerKinds:
    """Which of the choices of an answerer may answer each kind of question."""

    choices: Sequence[AnswerChoice]

    @cached_property
    def _masks(self) -> Mapping[Language, Mapping[Kind, NDArray[np.bool_]]]:
        words = [canonicalize_answer(choice.en or choice.zh) for choice in self.choices]
        yes_no = np.array([word in _YES_NO or word in ("是", "否") for word in words])
        # Chinese repeats the verb or the adjective for yes and no: 戴了, 亮着, 不干净.
        states = np.array([_STATE_ZH.search(choice.zh) is not None for choice in self.choices])
        known = np.array([word not in _UNKNOWN for word in words])
        other = ~yes_no & known
        number = np.array([word.isdigit() for word in words])
        colour = np.array([_is_colour(choice) for choice in self.choices])
        found: dict[Language, Mapping[Kind, NDArray[np.bool_]]] = {}
        for language in LANGUAGES:
            spoken = np.array([choice.word(language)[1] == language for choice in self.choices])
            masks = {
                "yes/no": (yes_no | states) & known if language == "zh" else yes_no,
                "number": number,
                "colour": colour,
                "choice": other,
                "other": other,
            }
            found[language] = {
                kind: masks[kind] & spoken if (masks[kind] & spoken).any() else masks[kind] for kind in KINDS
            }
        return found

    def find_allowed(self, question: str, language: Language) -> tuple[Kind, NDArray[np.bool_]]:
        """Return the kind of a question and which choices may answer it, bool [A].

        They have a word in the language. Where no choice of the kind is known, all but yes, no and unknown are allowed.
        """
        kind = classify_question(question, language)
        masks = self._masks[language]
        for allowed in (
            self._find_named(question, language) if kind == "choice" else masks[kind],
            masks[kind],
            masks["other"],
        ):
            if allowed.any():
                return kind, allowed
        return kind, np.ones(len(self.choices), dtype=bool)

    def _find_named(self, question: str, language: Language) -> NDArray[np.bool_]:
        """Return the choices that stand on both sides of "or"; none if one side names none."""
        found = np.zeros(len(self.choices), dtype=bool)
        folded = fold(question)
        before, _, after = folded.partition("还是" if language == "zh" else " or ")
        sides = []
        for side, last in ((before, True), (after, False)):
            places = {}
            for number, choice in enumerate(self.choices):
                word = choice.zh if language == "zh" else choice.en
                place = _find_word(side, word, language) if word and word not in ("是", "否", "yes", "no") else -1
                if place >= 0:
                    places[number] = (place + len(word) if last else -place, len(word))
            if places:
                # The word nearest to "or"; of those at the same place the longest.
                sides.append(max(places, key=lambda number: places[number]))
        if len(sides) == 2:
            found[sides] = True
        return found


_UNKNOWN = frozenset(
    "unknown,not sure,unsure,can't tell,cant tell,i don't know,dont know,不知道,未知,不确定".split(",")
)


def _is_colour(choice: AnswerChoice) -> bool:
    if choice.en:
        words = [word for word in tokenize(choice.en) if word not in _BESIDE_COLOUR]
        return bool(words) and all(word in _colour_words() for word in words)
    # A shade such as 深蓝色 ends like the colour it is of.
    return (choice.zh.endswith("色") and len(choice.zh) <= 5) or choice.zh in ("黑白", "红白", "蓝白", "花的")


_BESIDE_COLOUR = frozenset("and light dark bright pale deep".split())


def _colour_words() -> frozenset[str]:
    named = {
        word for key in lexicon.concept_keys() if lexicon.get_concept(key).group == "colour" for word in tokenize(key)
    }
    extra = "gray grey silver gold golden tan teal beige maroon cream blond blonde navy turquoise violet magenta multicolored"
    return frozenset(named | set(extra.split()) | {"multicolor", "multi", "colored", "rainbow"})


def _find_word(text: str, word: str, language: Language) -> int:
    if language == "zh":
        return text.rfind(word)
    found = list(re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text))
    return found[-1].start() if found else -1
