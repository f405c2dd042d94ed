"""The sentences of the bot itself, in both languages.

Replies to questions live in the knowledge, not here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from data.records import Language

Translations = Mapping[Language, str]

UNKNOWN: Translations = {
    "zh": "这个我还不知道。你可以换个说法再问一次。",
    "en": "I don't know that one. Try asking it another way.",
}
LATE: Translations = {
    "zh": "刚才花的时间太长，没来得及查完。请再问一次。",
    "en": "That took too long, so I could not finish looking it up. Please try again.",
}
MODEL_FAILED: Translations = {
    "zh": "这个我自己还不知道，替我回答的大模型刚才没有回应。请过一会儿再问一次。",
    "en": "I don't know that one myself, and the larger model that could answer did not respond. Please try again in a moment.",
}
"""The reply where nothing stored answers, and the model at the owner's endpoint fails."""
ASK: Translations = {
    "zh": "我有点拿不准，你问的是哪一个？",
    "en": "I'm not sure which of these you mean:",
}
ASK_WHICH: Translations = {
    "zh": "你问的是{others}还是{last}？",
    "en": "Do you mean {others} or {last}?",
}
"""The question back where the difference between the stored questions can be named."""
NOT_SURE: Translations = {
    "zh": "这个我拿不准。",
    "en": "I'm not sure about that.",
}
DID_YOU_MEAN: Translations = {
    "zh": "你想问的是“{question}”吗？",
    "en": "Did you mean “{question}”?",
}
DID_YOU_MEAN_ONE_OF: Translations = {
    "zh": "你想问的是“{question}”，还是下面的其他问题？",
    "en": "Did you mean “{question}”, or another of the questions below?",
}
KNOWN_INSTEAD: Translations = {
    "zh": "我知道的是{known}的，你问的是{asked}。",
    "en": "I know this for {known}. You asked about {asked}.",
}
"""Names what the stored question has where the message has something else: iPhone 15, and iPhone 14."""
TIME_INSTEAD: Translations = {
    "zh": "如果问的是此刻的时间：{text}",
    "en": "If you meant the time right now: {text}",
}
"""Follows what was seen of a clock in a picture."""
GONE: Translations = {
    "zh": "这个问题的回答已经删掉了。请直接把想问的打出来。",
    "en": "The answer to that question has been removed. Please type what you would like to know.",
}
"""The reply to a button whose entry is no longer stored."""
NOT_READ: Translations = {
    "zh": "刚才没能读到这条回答。请再点一次。",
    "en": "I could not read that answer just now. Please press the button again.",
}
"""The reply to a button whose entry cannot be read at the moment."""
NEAREST: Translations = {
    "zh": "我不太确定。我知道的最接近的，是“{question}”的回答：{text}",
    "en": "I am not sure; the nearest thing I know is the answer to “{question}”: {text}",
}
"""Introduces the first candidate below the threshold when a person wants another answer."""
ALSO_NEAR: Translations = {
    "zh": "我还是不确定。另一个接近的，是“{question}”的回答：{text}",
    "en": "I am still not sure; another thing close to it is the answer to “{question}”: {text}",
}
PERHAPS: Translations = {
    "zh": "我不太确定，也许是这样：{text}",
    "en": "I am not sure, but perhaps this: {text}",
}
NO_MORE: Translations = {
    "zh": "我没有别的回答了。换个问法也许会更好。",
    "en": "I have no other answer to offer. Asking it another way may help.",
}
EMPTY: Translations = {
    "zh": "我没有看到文字。请输入一个问题。",
    "en": "I see no text there. Please type a question.",
}
TOO_LONG: Translations = {
    "zh": "这段话有 {given} 个字符，我一次最多读 {most} 个。请挑最要紧的部分再发一次。",
    "en": "That is {given} characters; I read at most {most} at a time. Please send the part that matters most.",
}
PICTURE_KEPT: Translations = {
    "zh": "图片收到了，已经和这次对话存在一起。我现在还看不懂图片，请用文字问我。",
    "en": "I have kept your picture with this conversation. I can't understand pictures yet, so please ask me in "
    "words.",
}
CARE: Mapping[str, Translations] = {
    "harm": {
        "zh": "听你这么说，我很担心你，也谢谢你愿意说出来。这种难受是会慢慢变轻的，你不必一个人扛着。"
        "如果你现在有危险，或者可能会伤害自己，"
        "请马上拨打急救或报警电话（在中国是 120 和 110，各国的号码不同），离能伤到你的东西远一些。"
        "也请现在就告诉一个离你近、你信得过的人，"
        "让他陪着你。我只是一个程序，代替不了他们；你想接着说，我就在这里。",
        "en": "I'm so sorry it hurts this much, and I'm glad you said it. You don't have to carry this alone, and a "
        "feeling as heavy as "
        "this can grow lighter. If you are in danger or might hurt yourself, please call for help now (in the US and "
        "Canada, call or "
        "text 988; numbers differ by country) and move away from anything that could harm you. Please tell someone "
        "near you whom you "
        "trust, right now, and let them stay with you. I'm only a program and can't take their place; if you want to "
        "go on, I'm here.",
    },
    "abuse": {
        "zh": "谢谢你愿意告诉我。这不是你的错，谁都没有权利这样对你。如果你现在不安全，请先到安全的地方去，"
        "并拨打报警电话"
        "（在中国是 110，受了伤打 120；各国的号码不同）。也请告诉一个你信得过的人，亲人、朋友、老师或医生都可以，"
        "让他们帮你。"
        "你想接着说，我就在这里。",
        "en": "Thank you for telling me. It is not your fault, and nobody has the right to treat you like this. If "
        "you are not safe, "
        "please get to a safe place if you can and call the emergency number where you are (numbers differ by "
        "country). Please tell "
        "someone you trust as well, a relative, a friend, a teacher or a doctor, and let them help. If you want to "
        "go on, I'm here.",
    },
}
"""The reply to a person in distress, by the kind of the verdict. Names only telephone numbers that are certain."""
CALM: Mapping[Language, tuple[str, ...]] = {
    "zh": (
        "听上去你有点生气。没关系，换个说法告诉我你需要什么，我接着帮你。",
        "这句我就当没听见。你想知道什么，直接问就好。",
        "我们慢慢说。你想问什么？我在听。",
    ),
    "en": (
        "That sounded angry, and that's all right. Tell me in other words what you need, and I'll go on from there.",
        "I'll let that one pass. What would you like to know?",
        "Let's take it slowly. What did you want to ask? I'm listening.",
    ),
}
"""The replies to an offensive message, in turn."""
NO_TEXT: Translations = {
    "zh": "这里还没有文字。请先输入一些，再点「运行」。",
    "en": "There is no text yet. Type some, then run it.",
}
TEXT_TOO_LONG: Translations = {
    "zh": "这段文字有 {given} 个字符，这个工具一次最多读 {most} 个。请缩短后再试。",
    "en": "That is {given} characters; this tool reads at most {most}. Please shorten it and try again.",
}
UNREADABLE: Translations = {
    "zh": "这张图片打不开，请换一张。",
    "en": "This picture can't be opened; please try another.",
}
NO_PICTURE: Translations = {
    "zh": "这里还没有图片。请先选一张，再点「运行」。",
    "en": "There is no picture yet. Choose one, then run it.",
}
NO_TOOL: Translations = {
    "zh": "没有叫「{name}」的工具。现有的工具：{names}。",
    "en": "There is no tool named “{name}”. The tools are: {names}.",
}

_GAP = re.compile(r"(?<=[\u3400-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\u3400-\u9fff])")


def fill(form: str, **values: str) -> str:
    """Return the form with its placeholders filled, and spaces between Chinese and Latin.

    >>> fill("我知道的是{known}的，你问的是{asked}。", known="iPhone 15", asked="3天")
    '我知道的是 iPhone 15 的，你问的是 3天。'
    """
    parts = re.split(r"\{(\w+)\}", form)
    text = ""
    for place, part in enumerate(parts):
        piece = values[part] if place % 2 else part
        text += (" " if _GAP.search(text[-1:] + piece[:1]) else "") + piece
    return text


def join(language: Language, *sentences: str) -> str:
    """Return the sentences joined, with a space between them in English."""
    return (" " if language == "en" else "").join(sentences)
