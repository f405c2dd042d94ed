"""Tell a person, a bot and neither apart by the words that name speakers, in Chinese and English."""

from __future__ import annotations

import re
from functools import lru_cache

USER, BOT, NEITHER = "user", "bot", "system"

_USER_WORDS = frozenset(
    """
    user usr human customer cust client clients visitor guest person enduser requester requestor lead contact buyer
    shopper patient
    student passenger caller prospect prospector prompter questioner asker inquirer consumer subscriber consumers
    """.split()
)
_BOT_WORDS = frozenset(
    """
    assistant asst bot chatbot robot ai model agent answerer operator admin administrator staff representative rep advisor adviser
    consultant support helpdesk service services seller merchant doctor tutor expert specialist concierge employee
    business kanliao
    csr attendant virtualassistant virtualagent automatedagent moderator copilot
    """.split()
)
_NEITHER_WORDS = frozenset(
    """
    system sys developer tool tools function functioncall functionresponse toolcall toolresult toolresponse observation ipython
    environment event notification trigger service-message instruction context
    """.split()
)
_MODELS = re.compile(
    r"(?:chat)?gpt(?:[- "
    r"]?\d\S*)?|(?:claude|gemini|bard|bing|llama|qwen|mistral|mixtral|deepseek|vicuna|chatglm|glm|baichuan|ernie|grok"
    r"|palm|koala|siri|alexa|cortana|kimi)(?:[- "
    r".]?(?:v?\d\S*|ai|bot|chat|pro|flash|sonnet|opus|haiku|turbo|plus|max|mini|instruct))*",
    re.IGNORECASE,
)
# Names of one kind that hold a word of another: a customer's service is no customer.
_PHRASES = re.compile(
    r"(?:customer|client|user|guest|visitor|student|patient|human|buyer|consumer)s?'?s?[ "
    r"_-]*(?:service|support|care|relation|success|"
    r"agent|advisor|representative|rep|operator|experience|desk|help)s?\b|(?:live|virtual|automated)[ _-]*(?:agent|chat)",
    re.IGNORECASE,
)
_NAMED_BOT = re.compile(
    r"(?:chat|shop|help|support|faq|service|sales|qa|qna|info|web|my|store|order|care|talk|smart|desk|cs|ai|hr|it)bots?"
)
_CHINESE_BOT = (
    "客服 机器人 助手 助理 智能体 人工智能 坐席 座席 店小二 小二 商家 卖家 客户经理 顾问 客户服务 用户服务 "
    "看聊 服务员 接待员 医生 医师 管理员 "
    "运营 售后 售前 店主 掌柜 文心一言 通义千问 豆包 小爱同学 小度 天猫精灵 小蜜 商户 店铺 专员 接线员 话务员 模型 大模型"
).split()
_CHINESE_USER = (
    "用户 客户 顾客 访客 买家 提问者 咨询者 咨询人 患者 病人 会员 学员 来访者 消费者 提问人 询问者 乘客 "
    "旅客 求助者 网友 用戶 客戶 顧客 訪客 買家 游客 问诊者"
).split()
_CHINESE_NEITHER = "系统 系統 工具 通知 系统消息 系统提示 提示词 函数 开发者".split()
_EXACT = {
    **dict.fromkeys("q question 问 提问 问题 人 prompt inbound incoming".split(), USER),
    **dict.fromkeys("answer 答 回答 回复 答案 response outbound outgoing".split(), BOT),
}
_LATIN = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_TURN_WORDS = frozenset(
    {"message", "chunk", "turn", "end", "team", "the", "my", "online", "virtual", "automated", "live"}
)
_TOO_LONG = 60
_SYSTEM_WORDS = frozenset({"system", "sys", "系统", "系統"})


def is_system(name: str) -> bool:
    """Return whether the name is a word for "system": the bot in corpora of task dialogues, a prompt elsewhere."""
    return name.strip().lower() in _SYSTEM_WORDS


@lru_cache(maxsize=65_536)
def find_side(name: str) -> str | None:
    """Return USER, BOT or NEITHER for the name or role of a speaker; None where its words do not tell.

    >>> [find_side(name) for name in ("Visitor 12", "Agent 7", "客服小看", "顾客甲", "ToolMessage", "Customer Service", "小王")]
    ['user', 'bot', 'bot', 'user', 'system', 'bot', None]
    """
    name = name.strip()
    if len(name) > _TOO_LONG or not name:
        return None
    lowered = name.lower()
    if lowered in _EXACT:
        return _EXACT[lowered]
    if not name.isascii() and (side := _find_chinese_side(name)) is not None:
        return side
    if _MODELS.fullmatch(name):
        return BOT
    if _PHRASES.search(name):
        return BOT
    words = {word.lower() for word in _LATIN.findall(name)}
    joined = re.sub(r"[^a-z]", "", lowered)
    sides = {
        side
        for side, known in ((USER, _USER_WORDS), (BOT, _BOT_WORDS), (NEITHER, _NEITHER_WORDS))
        if joined in known or not known.isdisjoint(words)
    }
    if any(_NAMED_BOT.fullmatch(word) for word in words) or _NAMED_BOT.fullmatch(joined):
        sides.add(BOT)
    if NEITHER in sides and (joined in _NEITHER_WORDS or words <= _NEITHER_WORDS | _TURN_WORDS):
        return NEITHER
    sides.discard(NEITHER)
    return sides.pop() if len(sides) == 1 else None


def _find_chinese_side(name: str) -> str | None:
    # The longest word decides: 客户服务 is no 客户.
    best: tuple[int, str] | None = None
    for side, known in ((NEITHER, _CHINESE_NEITHER), (USER, _CHINESE_USER), (BOT, _CHINESE_BOT)):
        for word in known:
            at = name.find(word)
            if at < 0 or (side == NEITHER and name != word):
                continue
            # A word at the end names what it is: 用户助手 is an assistant.
            rank = len(word) * 100 + at
            if best is None or rank > best[0]:
                best = rank, side
    return best[1] if best else None
