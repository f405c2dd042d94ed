"""Compute sums exactly."""

from __future__ import annotations

from bot.messages import Translations
from bot.tool import Example, Request, Result, Run, Tool, ToolError
from bot.tools.arithmetic.expression import NoResultError, TooLargeError, evaluate
from bot.tools.arithmetic.phrasing import MAX_LENGTH, parse_message, parse_sum
from bot.types import Message
from data.text.numerals import format_number

# Higher than any stored entry reaches, unless it was stored with this very question.
_CONFIDENCE = 0.999
_SMALL_DENOMINATOR = 10_000

_RESULT: Translations = {"zh": "计算结果：{sum}", "en": "{sum}"}
_EXACT: Translations = {"zh": "由计算工具算出，结果精确。", "en": "Worked out by the calculator; the result is exact."}
_ROUNDED: Translations = {
    "zh": "由计算工具算出，保留 10 位有效数字。",
    "en": "Worked out by the calculator, rounded to 10 significant digits.",
}
_UNREADABLE: Translations = {
    "zh": "“{text}”不是我会算的式子。可以用数字、括号和 + − × ÷ ^ √ %，例如 (3+4)×5、80 的 15%、2^10。",
    "en": "“{text}” is not a sum that I can work out. Use numbers, brackets and + − × ÷ ^ √ %, "
    "such as (3+4)×5, 15% of 80 or 2^10.",
}
_ZERO: Translations = {
    "zh": "{sum} 没有结果，因为除数是 0。换一个除数再算。",
    "en": "{sum} has no result, because it divides by zero. Try another divisor.",
}
_LARGE: Translations = {
    "zh": "{sum} 的位数太多，这里最多算到约 2,400 位。请把数改小一些。",
    "en": "{sum} has too many digits; I can work out at most about 2,400. Try smaller numbers.",
}
_REASONS: dict[str, Translations] = {
    "root": {
        "zh": "{sum} 没有实数结果，因为负数没有平方根。",
        "en": "{sum} has no real result, because a negative number has no square root.",
    },
    "exponent": {
        "zh": "{sum} 算不了：指数只能是整数，例如 2^10；开平方请写 √9。",
        "en": "I can't work out {sum}: an exponent has to be a whole number, such as 2^10. For a square root write √9.",
    },
    "added_percent": {
        "zh": "{sum} 有两种理解。要在原数上增加 10%，请写 200 × 110%；要算它的 10%，请写 200 的 10%。",
        "en": "{sum} can be read in two ways. To raise a number by 10 %, write 200 × 110%; for a tenth of it, write 10% of 200.",
    },
}


def load() -> Run:
    """Return the function of the tool."""

    def run(request: Request) -> Result:
        language = request.language
        node = parse_message(request.text) or parse_sum(request.text)
        if node is None:
            raise ToolError(_UNREADABLE[language].format(text=_shorten(request.text)))
        try:
            value = evaluate(node)
        except ZeroDivisionError:
            raise ToolError(_ZERO[language].format(sum=node.written)) from None
        except TooLargeError:
            raise ToolError(_LARGE[language].format(sum=node.written)) from None
        except NoResultError as error:
            raise ToolError(_REASONS[str(error)][language].format(sum=node.written)) from None
        written, is_whole = format_number(value.number)
        is_exact = is_whole and value.is_exact
        fraction = ""
        if value.is_exact and 1 < value.number.denominator < _SMALL_DENOMINATOR and not is_whole:
            sign, above = ("−" if value.number < 0 else ""), abs(value.number.numerator)
            fraction = f" = {sign}{above}/{value.number.denominator}"
        return Result(
            text=_RESULT[language].format(sum=f"{node.written}{fraction} {'=' if is_exact else '≈'} {written}"),
            note=(_EXACT if is_exact else _ROUNDED)[language],
        )

    return run


def confidence(message: Message) -> float:
    """Return a confidence above 0 only if the whole message asks for a sum."""
    return _CONFIDENCE if parse_message(message.text) else 0.0


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"


TOOL = Tool(
    name="arithmetic",
    title={"zh": "计算", "en": "Calculator"},
    purpose={
        "zh": "输入一个算式，得到精确的结果：加减乘除、括号、百分比、乘方、平方根。用汉字写的数字也行。",
        "en": "Type a sum and get the exact result: + − × ÷, brackets, percentages, powers and square roots, "
        "in digits or in words.",
    },
    box={"zh": "一个算式", "en": "A sum"},
    takes="text",
    examples=(
        Example("12*7 等于多少", "zh"),
        Example("三百五十乘以四加二十", "zh"),
        Example("80 的 15%", "zh"),
        Example("(3 + 4) × 5 ÷ 2", "en"),
        Example("what is 15% of 80", "en"),
        Example("2 to the power of 10", "en"),
    ),
    load=load,
    confidence=confidence,
    max_length=MAX_LENGTH,
)
