"""The kinds of answer that a question asks for: a place, a time, a reason."""

from __future__ import annotations

import re

# In this order, each taken out of the text before the next is looked for: 怎么样 is no 怎么, "how many" no "how".
_KINDS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("why", r"为什么|为何|为啥|干嘛|怎么回事|什么原因|咋回事|凭什么|\bwhy\b|\breasons?\b|\bhow come\b"),
        ("opinion", r"怎么样(?!才)|好不好|好用吗|好吗|(?:如何|怎样)(?=[\s?？。!！]*$)"),
        (
            "time",
            r"什么时候|啥时候|什么时间|多长时间|几点|何时|多久|几[月号天]|哪[天年]|\bwhen\b|\bwhat time\b|\bhow (?:long|soon)\b",
        ),
        ("place", r"哪里|哪儿|在哪|去哪|到哪|哪有|哪个地方|什么地方|何处|那里|\bwhere\b"),
        ("person", r"谁|什么人|哪位|\bwho(?:m|se)?\b"),
        ("number", r"多[少大高重远]|几|\bhow (?:many|much|old|big|large|far|tall|often|fast)\b"),
        ("way", r"如何|怎么|怎样|怎|咋|方法|办法|步骤|教程|\bhow\b|\bways? to\b|\bsteps\b"),
        ("choice", r"哪|\bwhich\b"),
        ("thing", r"什么|啥|何|\bwhat\b|\bmean(?:s|ing)?\b"),
        (
            "yes or no",
            r"[吗嘛]|么(?=[\s?？。!！]*$)|是不是|能不能|可不可以|会不会|有没有|是否"
            r"|^(?:is|are|am|do|does|did|can|could|will|would|should|have|has|was|were|may)\b",
        ),
    )
)
QUESTION_KINDS = tuple(kind for kind, _ in _KINDS)
"""The kinds there are."""


def find_question_kinds(text: str) -> frozenset[str]:
    """Return the kinds of answer that a folded text asks for; none if it asks nothing.

    >>> [sorted(find_question_kinds(text)) for text in ("为什么登录不了", "how many are there", "ok")]
    [['why'], ['number'], []]
    """
    found = set()
    for kind, pattern in _KINDS:
        text, count = pattern.subn(" ", text)
        if count:
            found.add(kind)
    return frozenset(found)
