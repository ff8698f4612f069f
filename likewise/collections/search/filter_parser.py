"""From a filter's text to a tree of tests; the grammar stands in `filters` beside it."""

import re
from dataclasses import dataclass
from typing import Any

from likewise.collections.storage.items import is_whole
from likewise.errors import InvalidFilter, shown

MOST_CHARACTERS = 10_000
MOST_DEPTH = 50
MOST_VALUES = 1_000

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')
      | (?P<quoted>`(?:[^`]|``)+`)
      | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
      | (?P<word>[^\W\d][\w.-]*)
      | (?P<sign><=|>=|!=|<>|==|=|<|>|\(|\)|,)
    )""",
    re.VERBOSE,
)
_COMPARED = {"=": "equal", "==": "equal", "!=": "equal", "<>": "equal",
             "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal"}  # fmt: skip
_WORDS = {"and", "or", "not", "in", "contains", "is", "missing", "null", "true", "false"}

Literal = str | int | float | bool


@dataclass(frozen=True)
class Test:
    """What the cells of one column must be."""

    column: str
    how: str
    values: tuple[Literal, ...] = ()


@dataclass(frozen=True)
class Not:
    """What does not pass a part."""

    part: Any


@dataclass(frozen=True)
class Joined:
    """Parts of which all must pass (`and`), or any (`or`)."""

    how: str
    parts: list[Any]


class Parser:
    """Reads one filter.

    Attributes:
        columns: names of the columns that it looks at; complete once it is parsed.

    Raises:
        InvalidFilter: it is longer than a filter may be, or holds what no part begins with.
    """

    def __init__(self, text: str) -> None:
        self.columns: list[str] = []
        self._text = text
        if not isinstance(text, str):
            raise InvalidFilter(
                f"A filter is a text, and this is {shown(text)}.",
                "Write one: 'year >= 2020'.",
                param="filter",
            )
        if len(text) > MOST_CHARACTERS:
            raise InvalidFilter(
                f"The filter has {len(text):,} characters.",
                f"Write it with at most {MOST_CHARACTERS:,}.",
                param="filter",
            )
        if not is_whole(text):
            raise InvalidFilter(
                "The filter holds half a character.", "Write it in UTF-8.", param="filter"
            )
        self._tokens = self._read()
        self._at = 0
        self._depth = 0

    def parse(self) -> Any:  # noqa: ANN401
        """Return the tree of tests.

        Raises:
            InvalidFilter: it is not a filter; says where.
        """
        if not self._tokens:
            raise InvalidFilter("The filter is empty.", "Write one: year >= 2020.", param="filter")
        tree = self._either()
        if self._at < len(self._tokens):
            raise self._unexpected("and, or, or the end")
        return tree

    def _read(self) -> list[tuple[str, str, int]]:
        tokens, at = [], 0
        rest = self._text.rstrip()
        while at < len(rest):
            match = _TOKEN.match(rest, at)
            if match is None:
                start = at + len(rest[at:]) - len(rest[at:].lstrip())
                raise InvalidFilter(
                    f"The filter can't be understood at character {start + 1}: "
                    f"{shown(rest[start:], 30)}.",
                    "Put texts in quotation marks, and names with spaces in `…`.",
                    param="filter",
                )
            kind = str(match.lastgroup)
            tokens.append((kind, match[kind], match.start(kind)))
            at = match.end()
        return tokens

    def _either(self) -> Any:  # noqa: ANN401
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise InvalidFilter(
                f"The filter is nested more than {MOST_DEPTH} deep.",
                "Use fewer brackets.",
                param="filter",
            )
        parts = [self._every()]
        while self._taken("or"):
            parts.append(self._every())
        self._depth -= 1
        return Joined("or", parts)

    def _every(self) -> Any:  # noqa: ANN401
        parts = [self._one()]
        while self._taken("and"):
            parts.append(self._one())
        return Joined("and", parts)

    def _one(self) -> Any:  # noqa: ANN401
        turned = False
        while self._taken("not"):
            turned = not turned
        if self._sign("("):
            tree = self._either()
            if not self._sign(")"):
                raise self._unexpected(")")
        else:
            tree = self._test()
        return Not(tree) if turned else tree

    def _test(self) -> Any:  # noqa: ANN401
        name = self._column()
        if self._taken("is"):
            turned = self._taken("not")
            if not (self._taken("missing") or self._taken("null")):
                raise self._unexpected("missing")
            test: Any = Test(name, "missing")
            return Not(test) if turned else test
        turned = self._taken("not")
        if self._taken("in"):
            test = Test(name, "in", self._values())
        elif self._taken("contains"):
            test = Test(name, "contains", (self._value(),))
        else:
            sign = self._peek()
            if turned or sign is None or sign[1] not in _COMPARED:
                raise self._unexpected("= != < <= > >= in contains or is")
            self._at += 1
            turned = sign[1] in ("!=", "<>")
            test = Test(name, _COMPARED[sign[1]], (self._value(),))
        return Not(test) if turned else test

    def _column(self) -> str:
        token = self._peek()
        if token is None or token[0] not in ("word", "quoted"):
            raise self._unexpected("the name of a column")
        if token[0] == "word" and token[1].lower() in _WORDS:
            raise self._unexpected(f"the name of a column (write `{token[1]}` if it is one)")
        self._at += 1
        name = token[1][1:-1].replace("``", "`") if token[0] == "quoted" else token[1]
        if name not in self.columns:
            self.columns.append(name)
        return name

    def _values(self) -> tuple[Literal, ...]:
        if not self._sign("("):
            raise self._unexpected("(")
        values = [self._value()]
        while self._sign(","):
            values.append(self._value())
            if len(values) > MOST_VALUES:
                raise InvalidFilter(
                    f"The filter lists more than {MOST_VALUES:,} values.",
                    "List fewer.",
                    param="filter",
                )
        if not self._sign(")"):
            raise self._unexpected(", or )")
        return tuple(values)

    def _value(self) -> Literal:
        token = self._peek()
        if token is not None:
            kind, said, _ = token
            self._at += 1
            if kind == "text":
                return said[1:-1].replace(said[0] * 2, said[0])
            if kind == "number":
                return int(said) if re.fullmatch(r"[+-]?\d{1,20}", said) else float(said)
            if kind == "word" and said.lower() in ("true", "false"):
                return said.lower() == "true"
            self._at -= 1
        raise self._unexpected("a number, a text in quotation marks, true or false")

    def _peek(self) -> tuple[str, str, int] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _taken(self, word: str) -> bool:
        token = self._peek()
        found = token is not None and token[0] == "word" and token[1].lower() == word
        self._at += found
        return found

    def _sign(self, sign: str) -> bool:
        token = self._peek()
        found = token is not None and token[:2] == ("sign", sign)
        self._at += found
        return found

    def _unexpected(self, wanted: str) -> InvalidFilter:
        token = self._peek()
        where = (
            "at its end" if token is None else f"at character {token[2] + 1}: {shown(token[1], 30)}"
        )
        return InvalidFilter(
            f"The filter can't be understood {where}.", f"Expected here: {wanted}.", param="filter"
        )
