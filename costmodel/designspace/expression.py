"""Expressions over named metrics, as text: read by a parser of our own, never evaluated as code.

comparison = sum ("<=" | ">=" | "<" | ">" | "==") sum
sum        = product {("+" | "-") product}
product    = unary {("*" | "/") unary}
unary      = "-" unary | number | name ["@" accelerator] | "(" sum ")"
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isfinite
from typing import TypeAlias

import numpy as np

from costmodel.errors import DomainError, Problem, quote
from costmodel.units import Numeric

LONGEST = 400
DEEPEST = 20

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*(?:@[A-Za-z0-9][A-Za-z0-9.\-]*)?)
    |(?P<sign><=|>=|==|[-+*/()<>]))""",
    re.VERBOSE | re.ASCII,
)
_COMPARISONS = ("<=", ">=", "<", ">", "==")


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True)
class Name:
    """A metric, on one accelerator (id) where `accelerator` is not empty; `term` picks one of its terms."""

    metric: str
    accelerator: str = ""
    term: int | None = None

    @property
    def text(self) -> str:
        """As it is written in an expression."""
        return f"{self.metric}@{self.accelerator}" if self.accelerator else self.metric


@dataclass(frozen=True)
class Negative:
    """Minus a node."""

    of: "Node"


@dataclass(frozen=True)
class Binary:
    """Two nodes joined by one of + - * /."""

    sign: str
    left: "Node"
    right: "Node"


Node: TypeAlias = Number | Name | Negative | Binary


@dataclass(frozen=True)
class Comparison:
    """A condition that a design meets or does not; `text` is what the user wrote."""

    sign: str
    left: Node
    right: Node
    text: str


def parse_expression(text: str) -> Node:
    """The tree of an arithmetic expression such as `cost.attention + 2 * cost.ffn`; DomainError when it is not one."""
    reader = _Reader(text)
    node = reader.sum(0)
    reader.end()
    return node


def parse_comparison(text: str) -> Comparison:
    """The tree of a constraint such as `parameters.total <= 330e9`; DomainError when it is not one."""
    reader = _Reader(text)
    left = reader.sum(0)
    if reader.kind != "sign" or reader.current not in _COMPARISONS:
        raise reader.refuse("a constraint compares two sides with <=, >=, <, > or ==")
    sign = reader.take()
    right = reader.sum(0)
    reader.end()
    return Comparison(sign, left, right, text.strip())


def names(node: Node) -> Iterator[Name]:
    """The names in a tree, from left to right."""
    if isinstance(node, Name):
        yield node
    elif isinstance(node, Negative):
        yield from names(node.of)
    elif isinstance(node, Binary):
        yield from names(node.left)
        yield from names(node.right)


def evaluate(node: Node, look_up: Callable[[Name], Numeric]) -> Numeric:
    """The value of a tree when `look_up` gives the values of its names (numbers or arrays)."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return look_up(node)
    if isinstance(node, Negative):
        return -evaluate(node.of, look_up)
    left, right = evaluate(node.left, look_up), evaluate(node.right, look_up)
    if node.sign == "+":
        return left + right
    if node.sign == "-":
        return left - right
    # Python would raise on a zero where NumPy gives inf or nan, which the caller reports with the expression.
    return left * right if node.sign == "*" else np.true_divide(left, right)


def is_constant(node: Node) -> bool:
    """True for a tree without names."""
    return next(names(node), None) is None


def constant(node: Node) -> float:
    """The value of a tree without names."""
    with np.errstate(all="ignore"):
        return float(evaluate(node, lambda _: np.nan))


def compare(sign: str, left: Numeric, right: Numeric) -> Numeric:
    """Truth value, or array of them, of one comparison; false where a side is not a number."""
    if sign == "<=":
        return left <= right
    if sign == ">=":
        return left >= right
    if sign == "==":
        return left == right
    return left < right if sign == "<" else left > right


class _Reader:
    """Walks over the tokens of one text."""

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise DomainError(f"{quote(text)} is not an expression; must be text over metric names")
        if len(text) > LONGEST:
            raise DomainError(f"expression of {len(text):,} characters is too long; must be at most {LONGEST}")
        self.text, self.start, self.place = text, 0, 0
        self.kind, self.current = "", ""
        self.take()

    def take(self) -> str:
        """The current token; moves on to the next."""
        taken = self.current
        self.start = self.place
        if not self.text[self.place :].strip():
            self.kind, self.current, self.place = "end", "", len(self.text)
            return taken
        match = _TOKEN.match(self.text, self.place)
        if match is None:
            self.kind, self.current = "unknown", self.text[self.place :].strip()[:1]
            return taken
        self.kind, self.place = str(match.lastgroup), match.end()
        self.current = match[self.kind]
        return taken

    @property
    def origin(self) -> str:
        """The whole text, for messages."""
        return f"expression {quote(self.text)}"

    def refuse(self, reason: str) -> DomainError:
        """What is wrong, and where."""
        found = quote(self.current) if self.current else "the end"
        return DomainError(Problem("", f"{reason}, got {found} after {quote(self.text[: self.start])}", self.origin))

    def end(self) -> None:
        """Refuse anything that is left over."""
        if self.kind != "end":
            raise self.refuse("expected the end, or one of + - * /")

    def sum(self, depth: int) -> Node:
        """Products joined by + and -, from the left."""
        node = self.product(depth)
        while self.kind == "sign" and self.current in "+-":
            node = self.joined(self.take(), node, self.product(depth))
        return node

    def product(self, depth: int) -> Node:
        """Unary nodes joined by * and /, from the left."""
        node = self.unary(depth)
        while self.kind == "sign" and self.current in "*/":
            node = self.joined(self.take(), node, self.unary(depth))
        return node

    def joined(self, sign: str, left: Node, right: Node) -> Node:
        """Two nodes as one; refused where a constant in it has no finite value, as in 1 / 0."""
        node = Binary(sign, left, right)
        if sign == "/" and is_constant(right) and constant(right) == 0:
            raise DomainError(Problem("", "division by zero", self.origin))
        if is_constant(node) and not isfinite(constant(node)):
            raise DomainError(Problem("", "constant is too large", self.origin))
        return node

    def unary(self, depth: int) -> Node:
        """A number, a name, a sum in parentheses, or minus one of them."""
        if depth >= DEEPEST:
            raise self.refuse(f"expression is nested too deeply; must be at most {DEEPEST} levels")
        if self.kind == "number":
            value = float(self.take())
            if value == float("inf"):
                raise self.refuse("number is too large")
            return Number(value)
        if self.kind == "name":
            metric, _, accelerator = self.take().partition("@")
            return Name(metric, accelerator)
        if self.current == "-":
            self.take()
            return Negative(self.unary(depth + 1))
        if self.current == "(":
            self.take()
            node = self.sum(depth + 1)
            if self.current != ")":
                raise self.refuse("expected )")
            self.take()
            return node
        raise self.refuse("expected a number, a metric name or (")
