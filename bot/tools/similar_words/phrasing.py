"""Parse requests for similar words in chat messages."""

from __future__ import annotations

import re
import unicodedata

from data.text.clean import clean

# The whole message must be the request: "how do similar words end up close in space" asks about word vectors.
_END = r"[\s。.!！?？~～]*$"
_QUOTED = r"[“\"「『'‘《]\s*(?P<{0}>[^“”\"「」『』《》]{{1,40}}?)\s*[”\"」』'’》]"
_HAN_WORD = r"(?P<{0}>[^\s，,。；;、：:？?！!“”\"「」的]{{1,12}}?|[a-z][a-z' -]{{0,30}}?)"
_LATIN_WORD = r"(?:the\s+(?:word|term)\s+)?(?P<{0}>[a-z][a-z'-]*(?:\s[a-z][a-z'-]*){{0,2}}|[\u3400-\u9fff]{{1,8}})"

_PLEASE = (
    r"(?:请问?|麻烦|帮我|能不能|能否|可以|你能|你)*\s*(?:给我|帮我|列出?|列举|找出?|说出?|告诉我|查一?下?|推荐|想)*\s*"
)
_SOME = r"(?:几个|一些|一下|些|一个|哪些|什么|有哪些|有什么)?\s*"
_WITH = r"(?:和|跟|与|同|像)\s*"
_LIKE = (
    r"\s*(?:这个词|一词|这个词语)?\s*(?:的?(?:意思|含义|词义|语义))?\s*(?:最|比较|很|上)?\s*"
    r"(?:相近|相似|接近|差不多|类似|相像|近似|一样|相同|最近)"
)
_WORDS_ZH = r"(?:的)?\s*(?:中文|英文|汉语|英语)?\s*(?:近义词|同义词|词语|词汇|单词|词)"
_WHICH = r"\s*(?:都?有哪些|有哪几个|都?有什么|是什么|是哪些|有吗|都有啥|有啥|是啥|呢)?"
_SYNONYM = r"(?:近义词|同义词|相近词|近似词|相似词|类义词)"

_PLEASE_EN = (
    r"(?:(?:please|hey|ok|now)[,\s]+)?(?:(?:can|could|would)\s+you\s+(?:please\s+)?)?"
    r"(?:(?:tell|show|give)\s+me\s+|find(?:\s+me)?\s+|list\s+|name\s+|suggest\s+"
    r"|i\s+(?:want|need)\s+|i'm\s+looking\s+for\s+|do\s+you\s+know\s+|are\s+there\s+|is\s+there\s+"
    r"|what(?:'s|\s+is|\s+are)\s+|which\s+(?:are\s+)?|what\s+)?"
)
_SOME_EN = r"(?:(?:the|some|a\s+few|other|any|more|an?|another|me|\d+)\s+)*"
_LIKE_EN = (
    r"(?:(?:that|which)\s+)?(?:(?:are|is|with|have)\s+)?(?:the\s+(?!same))?(?:most\s+|very\s+|closely\s+)?(?:similar|close|closest|nearest"
    r"|related|near|the\s+same\s+meaning)(?:\s+in\s+meaning)?(?:\s+(?:to|as))?"
)

_FORMS = tuple(
    re.compile(form)
    for form in (
        # 和“高兴”意思相近的词有哪些   帮我找几个跟高兴差不多的词
        rf"^{_PLEASE}{_SOME}{_WITH}(?:{_QUOTED.format('a')}|{_HAN_WORD.format('b')}){_LIKE}{_WORDS_ZH}{_WHICH}{_END}",
        # “高兴”的近义词有哪些   高兴有什么近义词
        rf"^{_PLEASE}{_SOME}(?:{_QUOTED.format('a')}|{_HAN_WORD.format('b')})\s*(?:这个词|一词)?\s*(?:的|有哪些|有什么|有啥)\s*"
        rf"{_SYNONYM}{_WHICH}{_END}",
        # 哪些词和高兴意思相近
        rf"^(?:有)?(?:哪些|什么|哪个)词(?:语|汇)?{_WITH}(?:{_QUOTED.format('a')}|{_HAN_WORD.format('b')}){_LIKE}{_END}",
        # 近义词：高兴
        rf"^{_SYNONYM}\s*[:：]\s*(?:{_QUOTED.format('a')}|{_HAN_WORD.format('b')}){_END}",
        # which words are similar to "river"   words close in meaning to river   words like river
        rf"^{_PLEASE_EN}{_SOME_EN}words?\s+(?:{_LIKE_EN}|like)\s+(?:{_QUOTED.format('a')}|{_LATIN_WORD.format('b')}){_END}",
        # synonyms of river   what is another word for river
        rf"^{_PLEASE_EN}{_SOME_EN}(?:synonyms?\s+(?:of|for|to)|(?<=another\s)word\s+for|(?<=other\s)words?\s+for|similar\s+words?"
        rf"\s+(?:to|for|of))\s+(?:{_QUOTED.format('a')}|{_LATIN_WORD.format('b')}){_END}",
    )
)
_PRONOUNS = frozenset(
    "它 他 她 你 我 您 这 那 这个 那个 这个词 那个词 该词 什么 哪个 谁 自己 this that it these those them him her you me mine "
    "yours what which words word".split()
)


def parse_message(text: str) -> str | None:
    """Return the word or text whose neighbours a message asks for.

    Returns:
        The word or text; None if the message asks for anything else, or refers to a word only by a pronoun.

    >>> parse_message("和“高兴”意思相近的词有哪些？"), parse_message("What are some words similar to river?")
    ('高兴', 'river')
    >>> parse_message("意思相近的词怎么在空间里靠近"), parse_message("how do similar words end up close in space")
    (None, None)
    """
    line = unicodedata.normalize("NFKC", clean(text)).casefold().replace("’", "'")
    if len(line) > 120:
        return None
    for form in _FORMS:
        if found := form.match(line):
            word = (found["a"] or found["b"]).strip()
            return None if word in _PRONOUNS else word
    return None
