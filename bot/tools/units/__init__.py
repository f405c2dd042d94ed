"""Convert quantities between units, exactly."""

from __future__ import annotations

from fractions import Fraction

from bot.messages import Translations
from bot.tool import Example, Request, Result, Run, Table, Tool, ToolError
from bot.tools.units.phrasing import MAX_LENGTH, parse_message, parse_question
from bot.tools.units.table import UNITS, Unit, convert
from bot.types import Message
from data.records import Language
from data.text.numerals import format_number

# Higher than any stored entry reaches, unless it was stored with this very question.
_CONFIDENCE = 0.999
_ABSOLUTE_ZERO = Fraction(-27315, 100)

_COLUMNS: dict[Language, tuple[str, ...]] = {"zh": ("单位", "数值"), "en": ("Unit", "Amount")}
_RESULT: Translations = {"zh": "换算结果：{equation}", "en": "{equation}"}
_NOTE: Translations = {
    "zh": "由单位换算工具算出：1 {source} {sign} {one} {target}{rounded}。",
    "en": "Worked out by the unit converter: 1 {source} {sign} {one} {target}{rounded}.",
}
_ROUNDED: Translations = {"zh": "（结果保留 10 位有效数字）", "en": " (rounded to 10 significant digits)"}
_SCALES: Translations = {
    "zh": "由单位换算工具算出：°F = °C × 1.8 + 32，K = °C + 273.15。",
    "en": "Worked out by the unit converter: °F = °C × 1.8 + 32, K = °C + 273.15.",
}
_BYTES: Translations = {
    "zh": "这里 1 GB = 1000 MB；有的系统按 1024 算，那个单位叫 GiB。",
    "en": "Here 1 GB is 1000 MB; some systems count by 1024, and that unit is called GiB.",
}
_UNREADABLE: Translations = {
    "zh": "这里要写一个数、它的单位和想换成的单位，例如“3 英里是多少公里”“100 华氏度是多少摄氏度”。",
    "en": "Please give an amount, its unit and the unit you want, such as “3 miles in km” or “100 °F in °C”.",
}
_UNLIKE: Translations = {
    "zh": "{source} 和 {target} 量的不是同一种东西，没法换算。请换成同类的单位。",
    "en": "{source} and {target} measure different things, so they can't be converted. Choose two units of the same kind.",
}
_COLDEST: Translations = {
    "zh": "比绝对零度（−273.15 °C）还低的温度是没有的。请看看数写对了没有。",
    "en": "No temperature lies below absolute zero (−273.15 °C). Please check the number.",
}


def load() -> Run:
    """Return the function of the tool."""

    def run(request: Request) -> Result:
        language = request.language
        question = parse_question(request.text)
        if question is None:
            raise ToolError(_UNREADABLE[language])
        source, target = question.source, question.target
        if source.dimension != target.dimension:
            raise ToolError(
                _UNLIKE[language].format(source=_get_name(source, language), target=_get_name(target, language))
            )
        amount = question.amount
        if source.dimension == "temperature" and amount * source.factor + source.offset < _ABSOLUTE_ZERO:
            raise ToolError(_COLDEST[language])
        given = f"{format_number(amount)[0]} {_get_name(source, language)}"
        if question.rest is not None:
            more, smaller = question.rest
            given += f" {format_number(more)[0]} {_get_name(smaller, language)}"
            amount += convert(more, smaller, source)
        found, is_exact = format_number(convert(amount, source, target))
        return Result(
            text=_RESULT[language].format(
                equation=f"{given} {'=' if is_exact else '≈'} {found} {_get_name(target, language)}"
            ),
            table=Table(_COLUMNS[language], tuple(_build_rows(amount, source, language))),
            note=_explain(source, target, is_exact, language),
        )

    return run


def confidence(message: Message) -> float:
    """Return a confidence above 0 only for a conversion.

    The whole message must ask for it, and both units must be of one dimension.
    """
    return _CONFIDENCE if parse_message(message.text) else 0.0


def _build_rows(amount: Fraction, source: Unit, language: Language) -> list[tuple[str, str]]:
    units = [unit for unit in UNITS if unit.dimension == source.dimension]
    return [(_get_name(unit, language), format_number(convert(amount, source, unit))[0]) for unit in units]


def _explain(source: Unit, target: Unit, is_exact: bool, language: Language) -> str:
    if source.dimension == "temperature":
        return _SCALES[language]
    one, is_one_exact = format_number(convert(Fraction(1), source, target))
    note = _NOTE[language].format(
        source=_get_name(source, language),
        one=one,
        target=_get_name(target, language),
        sign="=" if is_one_exact else "≈",
        rounded="" if is_exact else _ROUNDED[language],
    )
    return f"{note}\n{_BYTES[language]}" if source.dimension == "data" else note


def _get_name(unit: Unit, language: Language) -> str:
    return unit.zh if language == "zh" else unit.en


TOOL = Tool(
    name="units",
    title={"zh": "单位换算", "en": "Unit converter"},
    purpose={
        "zh": "换算长度、重量、温度、面积、体积、速度、时间和数据量，斤、两、里、亩也认得。",
        "en": "Convert length, mass, temperature, area, volume, speed, time and data sizes, Chinese units included.",
    },
    box={"zh": "例如：3 英里是多少公里", "en": "Such as: 3 miles in km"},
    takes="text",
    examples=(
        Example("3 英里是多少公里", "zh"),
        Example("100 华氏度是多少摄氏度", "zh"),
        Example("一亩等于多少平方米", "zh"),
        Example("3 miles in km", "en"),
        Example("convert 100 °F to °C", "en"),
        Example("5 feet 11 inches in cm", "en"),
    ),
    load=load,
    confidence=confidence,
    max_length=MAX_LENGTH,
)
