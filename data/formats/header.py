"""Tell from the name of a column, or of a key, what it holds: a question, other phrasings of it, a reply."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from data.text.clean import fold

Role = Literal["question", "similar", "reply", "addition", "title"]
"""What a column holds. addition continues the question (Alpaca's input); title stands in where the question is empty."""

MAX_NAME = 40
"""A longer cell is no name of a column."""

QUESTION_NAMES = frozenset(
    """
    question questions q questiontext faqquestion query queries userquery userquestion customerquestion standardquestion
    frage fragen pregunta preguntas pergunta perguntas domanda domande demande вопрос вопросы 질문
    问题 问句 问 问法 提问 标准问 标准问题 标准问法 标准问句 主问 主问题 主问法 常见问题 客户问题 客户提问 用户问题
    用户提问 用户问 问题内容
    问题描述 问题文本 问题名称 问题标题 质问
    提问内容 咨询 咨询内容 用户咨询 客户咨询
    """.split()
)
"""Names that can only mean a question."""

SIMILAR_NAMES = frozenset(
    """
    similarquestions similarquestion similar similars alternatives alternative alternativequestions alternativequestion
    alternatequestions alternatephrasings phrasings phrasing otherphrasings otherquestions variants variations variation
    paraphrase paraphrases questionvariants questionvariations synonyms aliases alias indexes suggestedquestions trainingphrases
    altquestions altquestion problemlist
    相似问 相似问题 相似问法 相似问句 相似 相似说法 类似问题 类似问法 近似问题 近似问法 其他问法 其他问题 其它问法
    其它问题 别的问法 更多问法 同义问 同义问题 同义问法
    同义句 扩展问 扩展问题 扩展问法 拓展问 拓展问题 拓展问法 补充问法 变体 别名
    """.split()
)
"""Names that mean other phrasings of the question."""

REPLY_NAMES = frozenset(
    """
    answer answers reply replies a response responses answertext faqanswer standardanswer botanswer botreply botresponse
    acceptedanswer correctanswer bestanswer agentreply
    antwort antworten respuesta respuestas reponse reponses resposta respostas risposta risposte ответ ответы 답변
    答案 回答 回复 答 答复 应答 解答 话术 标准答案 标准回答 标准回复 标准答复 机器人回复 机器人回答 机器人答案
    客服回复 客服回答 客服答复 回复内容 回答内容
    答案内容 答复内容 回复话术 应答话术 参考答案 答案文本 分段内容
    """.split()
)
"""Names that can only mean a reply."""

# Each of these means one or the other only beside a column that settles it.
_LIKELY_QUESTIONS = frozenset(
    """
    title subject topic faq headline heading prompt input instruction utterance message userinput userinputs usermessage human
    user customer titel betreff thema titulo titre titolo titles
    标题 主题 题目 知识标题 知识点 文章标题 分段标题 指令 输入 用户 客户 用户输入 用户消息 客户消息 消息 访客 关键词
    关键字 触发词
    """.split()
)
_LIKELY_REPLIES = frozenset(
    """
    body content output completion target text articlebody bodyhtml assistant bot agent chosen chatbot botmessage inhalt contenido
    contenu contenuto 内容 正文 文章内容 知识内容 输出 机器人 客服 助手 回应 解决方案 处理方法 解决办法 处理方案 回复模板
    """.split()
)
_POOR_REPLIES = frozenset("description summary explanation solution 描述 说明 详情 简介".split())
_ADDITIONS = frozenset({"input", "输入"})
_TITLES = frozenset("title 标题 分段标题 主题 subject 知识标题 文章标题".split())

# 客户常见问题, 售后问题答复: a name may be composed, but a sentence with pronouns or question words is none.
_COMPOSED_QUESTION = re.compile(r"[^\d我你您他她它这那哪请怎什么何吗呢吧有没会]{0,6}(问题|问法|提问|问句|问)$")
_COMPOSED_SIMILAR = re.compile(r"(相似|类似|近似|相近|同义|扩展|拓展|其他|其它|更多|补充|泛化)[^我你您吗呢怎\d]{0,6}$")
_COMPOSED_REPLY = re.compile(r"[^\d我你您他她它这那哪请怎什么何吗呢吧有没会]{0,6}(答案|答复|回答|回复|解答|应答|话术)$")
_NEVER = re.compile(r"(错误|干扰|是否|无效|拒绝|引导|追|反|访|学)(.*)(问|答案|回答|回复|问题)$")
_ENGLISH_NEVER = frozenset(
    """
    id ids no nr num number count type types category categories tag tags date time at by url link length score status language
    lang rejected wrong incorrect bad distractor is has was author rank votes total follow followup related next
    """.split()
)
_ENGLISH_QUESTION = frozenset("question questions query queries".split())
_ENGLISH_REPLY = frozenset("answer answers reply replies response responses".split())
_ENGLISH_SIMILAR = frozenset(
    "similar alternative alternate other variant additional more extra synonym alt paraphrased".split()
)

_PARENTHESES = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|<[^<>]*>|〔[^〔〕]*〕")
_OPEN_PARENTHESIS = re.compile(r"[(\[【].*$")
_MARKS = re.compile(r"[*#＊※:：?？!！.。、,，\"'“”‘’`]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NUMBER = re.compile(r"[\s_\-]*(\d{1,3}|[一二三四五六七八九十])$")
_LANGUAGES = {
    **dict.fromkeys("zh cn zhcn zhtw zhhans zhhant chinese 中文 中 汉语 简体 繁体 中文版".split(), "zh"),
    **dict.fromkeys("en enus engb english 英文 英 英语 英文版".split(), "en"),
}


@dataclass(frozen=True)
class Name:
    """What the name of a column says.

    Args:
        role: None if it names neither questions nor replies.
        rank: 3 for a plain name, 2 for one that settles its meaning by being composed, 1 for one that needs another column
            beside it, 0 for a poor one.
        tag: The number or language at its end ("2" of "answer 2", "en" of "question_en"); "" if there is none.
    """

    role: Role | None
    rank: int = 0
    tag: str = ""


def normalize_name(cell: str) -> str:
    """Return the name of a column or key for comparison: folded, without spaces, underscores and hyphens.

    >>> normalize_name(" Similar_Questions "), normalize_name("相似問")
    ('similarquestions', '相似问')
    """
    return re.sub(r"[\s_\-]", "", fold(cell))


def strip_notes(cell: str) -> str:
    """Return a name without what people add to it: (required), *, a colon.

    >>> strip_notes("问题（必填）"), strip_notes("* Answer:"), strip_notes("答案*")
    ('问题', 'Answer', '答案')
    """
    bare = _PARENTHESES.sub(" ", fold_width(cell))
    bare = _OPEN_PARENTHESIS.sub(" ", bare)
    return " ".join(_MARKS.sub(" ", bare).split())


def fold_width(text: str) -> str:
    """Return the text with full-width brackets and colons as ASCII ones."""
    return text.translate(_WIDTH)


_WIDTH = str.maketrans("（）［］：＊", "()[]:*")


def read_name(cell: str) -> Name:
    """Return what a cell says as the name of a column.

    >>> read_name("相似问题2"), read_name("Question ID").role, read_name("答案（英文）")
    (Name(role='similar', rank=3, tag='2'), None, Name(role='reply', rank=3, tag='en'))
    """
    if len(cell) > 4 * MAX_NAME:
        return Name(None)
    bare = strip_notes(cell)
    if not bare or len(bare) > MAX_NAME:
        return Name(None)
    tag = _read_tag(cell)
    name = normalize_name(bare)
    found = _find_role(bare, name)
    if found is None:
        for shorter, end in _drop_tags(bare):
            found = _find_role(shorter, normalize_name(shorter))
            if found is not None:
                return Name(*found, tag=end)
        return Name(None)
    return Name(*found, tag=tag)


def _read_tag(cell: str) -> str:
    """Return the language that stands in brackets behind a name."""
    for bracket in _PARENTHESES.findall(fold_width(cell)):
        if language := _LANGUAGES.get(normalize_name(bracket[1:-1])):
            return language
    return ""


def _drop_tags(bare: str) -> list[tuple[str, str]]:
    """Return what is left of a name without a number or language at its end or beginning, and that as a tag."""
    found: list[tuple[str, str]] = []
    if match := _NUMBER.search(bare):
        found.append((bare[: match.start()], match.group(1)))
    parts = [part for part in re.split(r"[\s_\-./|]+", bare) if part]
    for others, end in ((parts[:-1], parts[-1:]), (parts[1:], parts[:1])):
        if others and (language := _LANGUAGES.get(normalize_name(end[0]))):
            found.append((" ".join(others), language))
    name = normalize_name(bare)
    for word in ("中文", "英文", "英语", "chinese", "english", "zh", "en"):
        for rest in (name.removeprefix(word), name.removesuffix(word)):
            if rest and rest != name:
                found.append((rest, _LANGUAGES[word]))
    return [(rest, end) for rest, end in found if rest.strip()]


def _find_role(bare: str, name: str) -> tuple[Role, int] | None:
    if name in SIMILAR_NAMES:
        return "similar", 3
    if name in QUESTION_NAMES:
        return "question", 3
    if name in REPLY_NAMES:
        return "reply", 3
    if name in _LIKELY_QUESTIONS:
        return "question", 1
    if name in _LIKELY_REPLIES:
        return "reply", 1
    if name in _POOR_REPLIES:
        return "reply", 0
    if name.isascii():
        return _find_english_role(bare)
    if len(name) > 12 or _NEVER.search(name):
        return None
    if _COMPOSED_SIMILAR.fullmatch(name):
        return "similar", 2
    if _COMPOSED_QUESTION.fullmatch(name):
        return "question", 2
    if _COMPOSED_REPLY.fullmatch(name):
        return "reply", 2
    return ("question", 1) if re.fullmatch(r"\w{1,6}标题", name) else None


def _find_english_role(bare: str) -> tuple[Role, int] | None:
    """Return the role of a composed name: faq_question, Suggested Answer, AlternateQuestions."""
    words = [word.lower() for word in re.split(r"[\s_\-./]+", _CAMEL.sub(" ", bare)) if word]
    if not 1 < len(words) <= 4 or _ENGLISH_NEVER & set(words):
        return None
    if words[-1] in _ENGLISH_QUESTION | {"phrasings", "phrasing"} and words[0] in _ENGLISH_SIMILAR:
        return "similar", 2
    if words[-1] in _ENGLISH_QUESTION or (words[0] in _ENGLISH_QUESTION and words[-1] in ("text", "title", "content")):
        return "question", 2
    if words[-1] in _ENGLISH_REPLY or (words[0] in _ENGLISH_REPLY and words[-1] in ("text", "content", "body", "html")):
        return "reply", 2
    return None


def is_addition(cell: str) -> bool:
    """Return whether a column of this name continues the question of an instruction, as Alpaca's input does."""
    return normalize_name(strip_notes(cell)) in _ADDITIONS


def is_instruction(cell: str) -> bool:
    """Return whether a column of this name holds instructions."""
    return normalize_name(strip_notes(cell)) in ("instruction", "指令")


def is_title(cell: str) -> bool:
    """Return whether a column of this name may stand in for a question that is empty."""
    return normalize_name(strip_notes(cell)) in _TITLES


_LABELS = frozenset(
    """
    id no nr number name category categories type types tag tags label labels date time status language url link source author
    version key value field text note notes remark remarks comment comments department product city phone email
    序号 编号 名称 分类 类别 类型 标签 日期 时间 状态 语言 链接 来源 作者 版本 备注 说明 部门 产品 电话 邮箱 城市 字段
    值 项目 模块 目录 意图 场景 渠道 地区
    """.split()
)
_LABEL_END = re.compile(r"(编号|序号|分类|类型|类别|时间|日期|状态|名称|标签|地址|来源|链接|备注|id)$|^是否有")
_SENTENCE = re.compile(r"[?？!！。；;…]|\.\s|\.$|[,，]")
_INTERROGATIVE = re.compile(
    r"什么|怎么|怎样|如何|哪|几[点个天时号年]|多少|多久|多长|多大|吗|呢|为何|为什么|能否|可否|是否|能不能|可不可以|有没有|谁|请问|我想|我要|我的|你们|你好|您好"
    r"|\b(what|how|when|where|who|why|which|whose|can|could|do|does|did|is|are|am|will|would|should|may|i|my|you|your|hello|hi"
    r"|hey|thanks|thank|bye|please)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(谢谢|再见|早上好|晚上好|早安|晚安|你是谁|hello|hi|hey|bye|thanks|thank you|good (morning|evening|night))$", re.I
)


def is_interrogative(text: str) -> bool:
    """Return whether the text is worded as a question or as what a person says to a bot.

    >>> [is_interrogative(text) for text in ("怎么退货", "退货流程", "where can I park", "Parking")]
    [True, False, True, False]
    """
    return bool(re.search("[?？]\\s*$", text) or _INTERROGATIVE.search(text) or _GREETING.match(text.strip()))


def is_like_data(cells: list[str]) -> bool:
    """Return whether a first row without known names is surely a question with its reply, not a header.

    >>> is_like_data(["怎么退货", "七天内"]), is_like_data(["货品", "规格"]), is_like_data(["运费", "10元"])
    (True, False, True)
    """
    cells = [cell.strip() for cell in cells if cell.strip()]
    names = [normalize_name(strip_notes(cell)) for cell in cells]
    if (
        not cells
        or any(name in _LABELS or _LABEL_END.search(name) for name in names)
        or any(read_name(cell).role for cell in cells)
    ):
        return False
    return any(
        is_interrogative(cell)
        or _SENTENCE.search(cell)
        or re.search(r"\d\D|^\d", cell)
        or (len(cell) > 12 and not cell.isascii())
        or len(cell.split()) > 4
        for cell in cells
    )
