"""What the engine says in its own voice, in both languages. Replies to questions live in the knowledge, not here."""

from __future__ import annotations

from collections.abc import Mapping

from data.records import Language

Words = Mapping[Language, str]

UNKNOWN: Words = {
    "zh": "这个我还不知道。你可以换个说法再问一次。",
    "en": "I don't know that one. Try asking it another way.",
}
UNKNOWN_BUT_NEAR: Words = {
    "zh": "这个我还不知道。你想问的是不是下面这些？",
    "en": "I don't know that one. Is it one of these you had in mind?",
}
ASK: Words = {
    "zh": "我有点拿不准，你问的是哪一个？",
    "en": "I'm not sure which of these you mean:",
}
NO_MORE: Words = {
    "zh": "我没有别的回答了。换个问法也许会更好。",
    "en": "I have no other answer to offer. Asking it another way may help.",
}
EMPTY: Words = {
    "zh": "我没有看到文字。请输入一个问题。",
    "en": "I see no text there. Please type a question.",
}
TOO_LONG: Words = {
    "zh": "这段话有 {given} 个字符，我一次最多读 {most} 个。请挑最要紧的部分再发一次。",
    "en": "That is {given} characters; I read at most {most} at a time. Please send the part that matters most.",
}
PICTURE_KEPT: Words = {
    "zh": "图片收到了，已经和这次对话存在一起。我现在还看不懂图片，请用文字问我。",
    "en": "I have kept your picture with this conversation. I can't understand pictures yet, so please ask me in words.",
}
NO_TEXT: Words = {
    "zh": "这里还没有文字。请先输入一些，再点「运行」。",
    "en": "There is no text yet. Type some, then run it.",
}
TEXT_TOO_LONG: Words = {
    "zh": "这段文字有 {given} 个字符，这个工具一次最多读 {most} 个。请缩短后再试。",
    "en": "That is {given} characters; this tool reads at most {most}. Please shorten it and try again.",
}
NO_PICTURE: Words = {
    "zh": "这里还没有图片。请先选一张，再点「运行」。",
    "en": "There is no picture yet. Choose one, then run it.",
}
NO_TOOL: Words = {
    "zh": "没有叫「{name}」的工具。现有的工具：{names}。",
    "en": "There is no tool named “{name}”. These there are: {names}.",
}
