"""Parse, write out and evaluate arithmetic expressions.

Evaluation is exact and does not use Python's eval.

sum     = product (("+" | "−") product)*
product = share (("×" | "÷") share)*
share   = signed ("of" signed)*            one of the two is a percentage or a fraction: 15% of 80
signed  = "−" signed | power
power   = postfix ("^" signed)?
postfix = atom ("%" | "²" | "³" | "postfix root" | "of" number "th power")*
atom    = number | number "分之" number | number "/" number before "of" | "百分之" number | "root" postfix | "(" sum ")"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from math import isqrt

from data.text import numerals

_DEEPEST = 25
_MOST_BITS = 8_192
_ROOT_DIGITS = 30

_TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<power>\*\*|\^|to\s+the\s+power\s+(?:of\s+)?)"
    r"|(?P<postroot>的?(?:算术)?平方根|开平方根?|开根号)"
    r"|(?P<square>²|的?平方|\bsquared\b)"
    r"|(?P<cube>³|的?立方|\bcubed\b)"
    r"|(?P<th>次方|次幂)"
    r"|(?P<hundredth>百分之)"
    r"|(?P<parts>分之)"
    r"|(?P<root>√|根号|(?:the\s+)?square\s+root\s+of\b|sqrt\b)"
    r"|(?P<percent>%|\bper\s?cent\b)"
    r"|(?P<times>[*×✕·]|乘以|乘上|乘|x(?=[\s\d.(])|\btimes\b|\bmultiplied\s+by\b)"
    r"|(?P<over>[/÷]|除以|\bdivided\s+by\b|\bover\b)"
    r"|(?P<plus>\+|加上|加|\bplus\b)"
    r"|(?P<minus>[-−–]|减去|减掉|减|负|\bminus\b)"
    r"|(?P<open>\()|(?P<close>\))"
    r"|(?P<of>的|\bof\b)"
    rf"|(?P<number>{numerals.PATTERN})"
    r")\s*"
)


class TooLargeError(ValueError):
    """A result, or a step on the way to it, has too many digits."""


class NoResultError(ValueError):
    """There is no real value, or its meaning is ambiguous.

    The argument names the reason.
    """


@dataclass(frozen=True)
class Value:
    """A number, and whether it is the exact one."""

    number: Fraction
    is_exact: bool = True


@dataclass(frozen=True)
class Node:
    """A number, or an operator with its operands in `parts`.

    `written` is the node in digits and signs.
    """

    operator: str
    written: str
    parts: tuple[Node, ...] = ()
    number: Fraction = Fraction(0)


@dataclass(frozen=True)
class Token:
    """A piece of an expression: the name of its pattern and its text."""

    kind: str
    text: str


def tokenize(text: str) -> list[Token] | None:
    """Split a text in lower case and half width into tokens.

    It is None if a part of the text is not a token.
    """
    tokens, place = [], 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None or found.end() == place or found.lastgroup is None:
            return None
        tokens.append(Token(found.lastgroup, found[found.lastgroup]))
        place = found.end()
    return tokens


def parse(text: str) -> Node | None:
    """Parse an expression.

    It is None if the text is not one, or is nested more than 25 deep.
    """
    tokens = tokenize(text)
    if not tokens:
        return None
    try:
        reader = _Reader(tokens)
        node = reader.read_sum()
        return node if reader.is_at_end() else None
    except _UnreadableError:
        return None


class _UnreadableError(ValueError):
    """The tokens are not an expression."""


class _Reader:
    """A recursive descent parser, with one method for each rule of the grammar."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def is_at_end(self) -> bool:
        return self._place == len(self._tokens)

    def _peek(self, ahead: int = 0) -> str:
        place = self._place + ahead
        return self._tokens[place].kind if place < len(self._tokens) else ""

    def _take(self, kind: str) -> bool:
        if self._peek() != kind:
            return False
        self._place += 1
        return True

    def _read_number(self) -> Node:
        if self._peek() != "number" or (value := numerals.parse_number(self._tokens[self._place].text)) is None:
            raise _UnreadableError
        self._place += 1
        return Node("number", numerals.format_number(value)[0], number=value)

    def read_sum(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _UnreadableError
        left = self._read_product()
        while (kind := self._peek()) in ("plus", "minus"):
            self._place += 1
            right = self._read_product()
            sign = "+" if kind == "plus" else "−"
            left = Node(kind, f"{left.written} {sign} {right.written}", (left, right))
        self._depth -= 1
        return left

    def _read_product(self) -> Node:
        left = self._read_share()
        while (kind := self._peek()) in ("times", "over"):
            self._place += 1
            right = self._read_share()
            sign = "×" if kind == "times" else "÷"
            written = f"({right.written})" if right.operator == "negative" else right.written
            left = Node(kind, f"{left.written} {sign} {written}", (left, right))
        return left

    def _read_share(self) -> Node:
        left = self._read_signed()
        while self._take("of"):
            right = self._read_signed()
            if not {"percent", "parts"} & {left.operator, right.operator}:
                raise _UnreadableError
            left = Node("times", f"{left.written} × {right.written}", (left, right))
        return left

    def _read_signed(self) -> Node:
        negative = 0
        while self._take("minus"):
            negative += 1
        if negative > 2:
            raise _UnreadableError
        node = self._read_power()
        for _ in range(negative):
            node = Node("negative", f"−{node.written}", (node,))
        return node

    def _read_power(self) -> Node:
        base = self._read_postfix()
        if not self._take("power"):
            return base
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _UnreadableError
        exponent = self._read_signed()
        self._depth -= 1
        return Node("power", f"{_bracket(base)}^{_bracket(exponent)}", (base, exponent))

    def _read_postfix(self) -> Node:
        node = self._read_atom()
        while True:
            if self._take("percent"):
                node = Node("percent", f"{node.written}%", (node,))
            elif self._peek() in ("square", "cube"):
                exponent = 2 if self._peek() == "square" else 3
                self._place += 1
                node = _raise_power(node, Fraction(exponent))
            elif self._take("postroot"):
                node = Node("root", f"√{_bracket(node)}", (node,))
            elif self._peek() == "of" and self._peek(1) == "number" and self._peek(2) == "th":
                self._place += 1
                node = _raise_power(node, self._read_number().number)
                self._place += 1
            else:
                return node

    def _read_atom(self) -> Node:
        if self._take("open"):
            node = self.read_sum()
            if not self._take("close"):
                raise _UnreadableError
            return Node("brackets", f"({node.written})", (node,))
        if self._take("root"):
            node = self._read_postfix()
            return Node("root", f"√{_bracket(node)}", (node,))
        if self._take("hundredth"):
            above = self._read_number()
            return Node("percent", f"{above.written}%", (above,))
        number = self._read_number()
        if [self._peek(ahead) for ahead in range(3)] == ["over", "number", "of"] and self._peek(4) != "th":
            self._place += 1
            below = self._read_number()
            return Node("parts", f"{number.written}/{below.written}", (number, below))
        if self._take("parts"):
            above = self._read_number()
            return Node("parts", f"{above.written}/{number.written}", (above, number))
        return number


def _raise_power(base: Node, exponent: Fraction) -> Node:
    written = numerals.format_number(exponent)[0]
    return Node("power", f"{_bracket(base)}^{written}", (base, Node("number", written, number=exponent)))


def _bracket(node: Node) -> str:
    return node.written if node.operator in ("number", "brackets", "root") else f"({node.written})"


def list_operators(node: Node) -> Iterator[str]:
    """Yield the operators of an expression, each as often as it occurs."""
    if node.operator not in ("number", "brackets"):
        yield node.operator
    for part in node.parts:
        yield from list_operators(part)


def evaluate(node: Node) -> Value:
    """Evaluate an expression.

    Raises:
        ZeroDivisionError: Something is divided by zero.
        TooLargeError: A step has more than about 2,500 digits.
        NoResultError: A root of a negative number, a power with a fraction as exponent, or a percentage that is added.
    """
    if node.operator in ("plus", "minus"):
        left, right = node.parts
        if right.operator == "percent" and left.operator != "percent":
            raise NoResultError("added_percent")
    values = [evaluate(part) for part in node.parts]
    numbers = [value.number for value in values]
    number, is_exact = _apply(node, numbers)
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > _MOST_BITS:
        raise TooLargeError
    return Value(number, is_exact and all(value.is_exact for value in values))


def _apply(node: Node, numbers: list[Fraction]) -> tuple[Fraction, bool]:
    match node.operator, numbers:
        case "number", _:
            return node.number, True
        case "brackets", [one]:
            return one, True
        case "plus", [one, other]:
            return one + other, True
        case "minus", [one, other]:
            return one - other, True
        case "times", [one, other]:
            return one * other, True
        case (("over" | "parts"), [one, other]):
            return one / other, True
        case "negative", [one]:
            return -one, True
        case "percent", [one]:
            return one / 100, True
        case "power", [base, exponent]:
            return _compute_power(base, exponent), True
        case "root", [one]:
            return _compute_root(one)
    raise AssertionError(node.operator)


def _compute_power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        raise NoResultError("exponent")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    # Bound the size before multiplying: otherwise 9^9^9 would run for hours.
    if bits > 1 and abs(exponent) * (bits - 1) > _MOST_BITS:
        raise TooLargeError
    if bits <= 1:
        exponent = Fraction(
            exponent.numerator % 2 + 2 if exponent > 0 else -(exponent.numerator % 2) - 2 if exponent else 0
        )
    return Fraction(base ** int(exponent))


def _compute_root(number: Fraction) -> tuple[Fraction, bool]:
    if number < 0:
        raise NoResultError("root")
    above, below = isqrt(number.numerator), isqrt(number.denominator)
    if Fraction(above * above, below * below) == number:
        return Fraction(above, below), True
    context = Context(prec=_ROOT_DIGITS)
    quotient = context.divide(Decimal(number.numerator), Decimal(number.denominator))
    return Fraction(context.sqrt(quotient)), False
