"""The root of the tree, and how a value is shown in a message."""

import re
from collections.abc import Callable
from pathlib import PurePath
from typing import Any, ClassVar

_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Controls, directions of writing, and halves of characters, which stand for bytes of no spelling:
no JSON can hold them."""


def shown(value: object, limit: int = 60) -> str:
    """Return `value` as it may stand in a message: one line, quoted, at most `limit` characters."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 2]}…{text[-1]}"


def shown_setting(value: object, limit: int = 60) -> str:
    """Return a value for an error, without the names and passwords that addresses hold.

    Paths are asked too: an address may have come into the wrong variable.
    """
    return shown(_without_passwords(value), limit)


def counted(count: int, one: str) -> str:
    """Return how many of something there are, in words: `1 text`, `2,000 texts`."""
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def lower_first(text: str) -> str:
    """Return a sentence as it follows a colon."""
    return text[:1].lower() + text[1:]


def is_failure(error: BaseException) -> bool:
    """Return whether something went wrong, rather than that somebody wants an end.

    A library in Rust that gives up in the middle raises what is no `Exception`.
    """
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def _without_passwords(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_without_passwords(one) for one in value]
    if isinstance(value, str | PurePath):
        # a path has made one slash of the two
        return re.sub(r"//[^/]*@|/[^/:]*:[^/]*@", "//…@", str(value))
    return value


def _one_line(said: str) -> str:
    """Return a message without control characters: it may hold a file's name or content."""
    return _CONTROLS.sub(lambda found: " " if found[0] in "\n\r\t" else ascii(found[0])[1:-1], said)


class LikewiseError(Exception):
    """Base of the tree: `problem` says what was wrong, `remedy` what to do next."""

    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    code: ClassVar[str | None] = "internal_error"
    """For programs; None only where OpenAI's own errors have none."""
    should_retry: ClassVar[bool | None] = None
    """Whether asking again unchanged can help, where the HTTP status alone would mislead."""

    def __init__(
        self,
        problem: str,
        remedy: str,
        *,
        param: str | None = None,
        retry_after: int | None = None,
        which: int | None = None,
    ) -> None:
        problem, remedy = _one_line(problem), _one_line(remedy)
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy
        self.param = param
        """Name of the argument, field or column at fault, where there is one."""
        self.retry_after = retry_after
        """Whole seconds to wait before asking again, where waiting helps."""
        self.which = which
        """Place of the text at fault among those that were given, from 0, where it is one text."""

    @property
    def type(self) -> str:
        """OpenAI's word for the kind of error."""
        return "invalid_request_error" if self.status < 500 else "server_error"

    def __str__(self) -> str:
        place = "" if self.which is None else f"Text {self.which + 1}: "
        return f"{place}{self.problem} {self.remedy}"

    def __reduce__(self) -> tuple[Callable[..., "LikewiseError"], tuple[object, ...]]:
        """Arrive in another process as it is; subclasses take other arguments than the base."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[LikewiseError], args: tuple[str, ...], own: dict[str, Any]) -> LikewiseError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(own)
    return error
