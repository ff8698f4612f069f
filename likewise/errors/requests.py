"""An HTTP request that can't be answered as it stands."""

from typing import ClassVar

from likewise.errors.base import LikewiseError


class RequestError(LikewiseError):
    """An HTTP request that can't be answered as it stands; its message never repeats a text."""

    status = 400
    exit_code = 2
    code: ClassVar[str | None] = "invalid_request"


class InvalidJson(RequestError):
    """The body is not JSON in UTF-8."""

    code = "invalid_json"


class InvalidField(RequestError):
    """A field of the wrong type or with an invalid value."""

    code = "invalid_type"


class MissingField(RequestError):
    """A required field is missing."""

    code = "missing_required_parameter"


class UnknownField(RequestError):
    """A field that the endpoint does not take, perhaps misspelt."""

    code = "unknown_parameter"


class InvalidInput(RequestError):
    """An `input` of /v1/embeddings that can't be embedded: empty, too long or too many."""

    code = None


class TokenInputUnsupported(RequestError):
    """Token ids in place of text; ids of one tokenizer mean nothing to another."""

    code = "token_input_unsupported"


class TooManyTokens(RequestError):
    """More tokens in one request than the server takes."""

    code = "max_tokens_per_request"

    @property
    def type(self) -> str:
        """OpenAI's type for this is its code."""
        return "max_tokens_per_request"


class InvalidDimensions(RequestError):
    """A number of dimensions that the encoder does not offer."""

    code = None


class UnsupportedMediaType(RequestError):
    """The body is not declared as plain JSON."""

    status = 415
    code = "unsupported_media_type"


class BodyTooLarge(RequestError):
    """The body is over the server's limit."""

    status = 413
    code = "body_too_large"


class ReceiptTimeout(RequestError):
    """The request came too slowly."""

    status = 408
    code = "request_timeout"


class HostNotAllowed(RequestError):
    """The Host header names a host that this server does not answer for."""

    code = "host_not_allowed"


class InvalidApiKey(RequestError):
    """No API key, or one that this server does not know."""

    status = 401
    code = "invalid_api_key"


class RateLimited(RequestError):
    """A client asked for more than its share; `limit` names what it has used up."""

    status = 429
    code = "rate_limit_exceeded"

    def __init__(self, problem: str, remedy: str, *, limit: str, retry_after: int) -> None:
        super().__init__(problem, remedy, retry_after=retry_after)
        self.limit = limit
        """`requests` or `tokens`."""

    @property
    def type(self) -> str:
        """OpenAI's type for this is what was used up."""
        return self.limit


class OriginNotAllowed(RequestError):
    """A page of another site asked for what only this server's own page may have."""

    status = 403
    code = "origin_not_allowed"


class NotFound(RequestError):
    """Nothing of that name or id is kept here; `kind` says what was looked for."""

    status = 404
    code = "not_found"

    def __init__(self, kind: str, problem: str, remedy: str, *, param: str | None = None) -> None:
        super().__init__(problem, remedy, param=param)
        self.kind = kind
        """`model`, `table`, `training`, ..."""


class NoSuchPath(RequestError):
    """The server has nothing at that path."""

    status = 404
    code = "not_found"


class MethodNotAllowed(RequestError):
    """The path exists, but not for that method."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, problem: str, *, allowed: str) -> None:
        super().__init__(problem, f"Use {allowed}.")
        self.allowed = allowed
        """Methods, as in the header Allow."""
