"""Write a tool of your own: `python -m examples.write_tool`.

To put it into the bot that is served, move it into a folder bot/tools/roman_numerals/ with a README card beside it. The Tools
tab, the terminal and the chat find it there by themselves.
"""

from __future__ import annotations

import re

from bot.tool import Example, Request, Result, Run, Tool, ToolError
from bot.toolbox import Toolbox
from bot.types import Message

VALUES = {
    1000: "M",
    900: "CM",
    500: "D",
    400: "CD",
    100: "C",
    90: "XC",
    50: "L",
    40: "XL",
    10: "X",
    9: "IX",
    5: "V",
    4: "IV",
    1: "I",
}
ASKED = re.compile(r"(?P<number>\d{1,4}) (?:in roman numerals|用罗马数字怎么写)", re.IGNORECASE)
ERROR = {"zh": "请输入 1 到 3999 的整数。", "en": "Enter a whole number from 1 to 3999."}


def load() -> Run:
    """Return the tool at work; a tool with a model would open it here."""
    return convert


def convert(request: Request) -> Result:
    """Return the number in Roman numerals. Raises ToolError for anything else than 1 to 3999."""
    found = ASKED.search(request.text)
    text = found["number"] if found else request.text.strip()
    if not text.isdecimal() or not 1 <= int(text) <= 3999:
        raise ToolError(ERROR[request.language])
    number, letters = int(text), ""
    for value, letter in VALUES.items():
        letters += letter * (number // value)
        number %= value
    return Result(f"{text} = {letters}")


def estimate_confidence(message: Message) -> float:
    """Return the probability that a chat message asks for this tool."""
    return 0.97 if ASKED.fullmatch(message.text) else 0.0


TOOL = Tool(
    name="roman_numerals",
    title={"zh": "罗马数字", "en": "Roman numerals"},
    purpose={"zh": "把数字写成罗马数字。", "en": "Writes a number in Roman numerals."},
    box={"zh": "1 到 3999 的整数", "en": "A whole number from 1 to 3999"},
    takes="text",
    examples=(Example("2024", "zh"), Example("1998 in roman numerals", "en")),
    load=load,
    confidence=estimate_confidence,
)


def main() -> None:
    """Run the tool on its own examples."""
    toolbox = Toolbox([TOOL])
    for example in TOOL.examples:
        print(toolbox.run(TOOL.name, Request(example.text, example.language)).text)


if __name__ == "__main__":
    main()
