"""Every error that Likewise raises on purpose.

LikewiseError
├── InputError                 the caller gave something that has no right answer
│   ├── InvalidText            not text, a lone surrogate, or blank where a text is needed
│   ├── TooFewTexts
│   ├── TooManyTexts
│   ├── TooLong
│   ├── InvalidOption
│   ├── InvalidLabels          labels or targets that nothing can be learnt from
│   ├── InvalidVectors         not finite unit vectors of one length in rows
│   └── IncompatibleVectors    vectors of two encoders in one computation
├── FileError                  a file that can't be read, understood or written
│   ├── FileMissing
│   ├── UnreadableFile
│   ├── ColumnMissing
│   ├── UnwritableFile
│   └── ResumeMismatch         unfinished work belongs to other texts or another encoder
├── EncoderError               the encoder can't be had
│   ├── UnknownEncoder
│   ├── UnsupportedModel
│   ├── WeightsMissing
│   ├── WeightsCorrupt
│   ├── DownloadFailed
│   ├── DefectiveVectors       it gave vectors that are not finite or have no direction
│   └── RemoteError            a provider of embeddings did not give them
│       ├── RemoteRefused      it does not accept the key or the model
│       ├── RemoteQuota        its quota, or the budget set for it here, is used up
│       ├── RemoteDefective    its answer is not what was asked for
│       ├── RemoteTimeout
│       └── RemoteUnavailable  it can't be reached or has too much to do
├── RequestError               an HTTP request that can't be answered as it stands
│   ├── InvalidJson
│   ├── InvalidField           a field of the wrong type or with a value that it can't have
│   ├── MissingField
│   ├── UnknownField
│   ├── InvalidInput           `input` of /v1/embeddings: empty, too long, too many
│   ├── TokenInputUnsupported
│   ├── TooManyTokens
│   ├── InvalidDimensions
│   ├── UnsupportedMediaType
│   ├── BodyTooLarge
│   ├── ReceiptTimeout
│   ├── HostNotAllowed
│   ├── InvalidApiKey
│   ├── RateLimited
│   ├── NoSuchPath
│   └── MethodNotAllowed
└── ServerError                the server can't do what was asked of it
    ├── InternalError          a defect of ours
    ├── Overloaded
    ├── AddressUnusable
    │   └── PortInUse
    └── PageMissing

Each one says what was wrong, with the value, and what to do next. The class knows the
HTTP status, the machine-readable code and the exit code of the command line, so no other
module maps errors to any of them.
"""

from typing import ClassVar

__all__ = [
    "AddressUnusable",
    "BodyTooLarge",
    "ColumnMissing",
    "DefectiveVectors",
    "DownloadFailed",
    "EncoderError",
    "FileError",
    "FileMissing",
    "HostNotAllowed",
    "IncompatibleVectors",
    "InputError",
    "InternalError",
    "InvalidApiKey",
    "InvalidDimensions",
    "InvalidField",
    "InvalidInput",
    "InvalidJson",
    "InvalidLabels",
    "InvalidOption",
    "InvalidText",
    "InvalidVectors",
    "LikewiseError",
    "MethodNotAllowed",
    "MissingField",
    "NoSuchPath",
    "Overloaded",
    "PageMissing",
    "PortInUse",
    "RateLimited",
    "ReceiptTimeout",
    "RemoteDefective",
    "RemoteError",
    "RemoteQuota",
    "RemoteRefused",
    "RemoteTimeout",
    "RemoteUnavailable",
    "RequestError",
    "ResumeMismatch",
    "ServerError",
    "TokenInputUnsupported",
    "TooFewTexts",
    "TooLong",
    "TooManyTexts",
    "TooManyTokens",
    "UnknownEncoder",
    "UnknownField",
    "UnreadableFile",
    "UnsupportedMediaType",
    "UnsupportedModel",
    "UnwritableFile",
    "WeightsCorrupt",
    "WeightsMissing",
    "shown",
]


def shown(value: object, limit: int = 60) -> str:
    """Return `value` as it may stand in a message: one line, quoted, at most `limit` characters."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 2]}…{text[-1]}"


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
    ) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy
        self.param = param
        """Name of the argument, field or column at fault, where there is one."""
        self.retry_after = retry_after
        """Whole seconds to wait before asking again, where waiting helps."""

    @property
    def type(self) -> str:
        """OpenAI's word for the kind of error."""
        return "invalid_request_error" if self.status < 500 else "server_error"

    def __str__(self) -> str:
        return f"{self.problem} {self.remedy}"


class InputError(LikewiseError):
    """What was asked has no right answer; asking again unchanged will not help."""

    status = 400
    exit_code = 2
    code = "invalid_input"


class InvalidText(InputError):
    """A text that is not a string, holds a lone surrogate, or is blank where it may not be."""

    code = "invalid_text"


class TooFewTexts(InputError):
    """Fewer texts than the job needs."""

    code = "too_few_texts"


class TooManyTexts(InputError):
    """More texts than the job allows."""

    status = 413
    code = "too_many_texts"


class TooLong(InputError):
    """A text or a request over the stated limit."""

    status = 413
    code = "too_long"


class InvalidOption(InputError):
    """An option or setting with a value that it can't have."""

    code = "invalid_option"


class InvalidLabels(InputError):
    """Labels or targets that are missing, of mixed kinds, or all the same."""

    code = "invalid_labels"


class InvalidVectors(InputError):
    """Vectors of the wrong shape, or not finite, or not of unit length."""

    code = "invalid_vectors"


class IncompatibleVectors(InputError):
    """Vectors of two different encoders (identity digests) met in one computation."""

    status = 409
    code = "incompatible_vectors"


class FileError(LikewiseError):
    """A file can't be read, understood or written."""

    status = 400
    exit_code = 4
    code = "file_error"


class FileMissing(FileError):
    """There is no such file."""

    status = 404
    code = "file_missing"


class UnreadableFile(FileError):
    """The file is there but is not what its name says, or is damaged."""

    code = "unreadable_file"


class ColumnMissing(FileError):
    """The table has no column of that name."""

    code = "column_missing"


class UnwritableFile(FileError):
    """The file can't be written: no permission, no space, or no such folder."""

    status = 507
    code = "unwritable_file"


class ResumeMismatch(FileError):
    """Unfinished work beside an output was begun with other texts or another encoder."""

    status = 409
    code = "resume_mismatch"


class EncoderError(LikewiseError):
    """The encoder can't be had."""

    status = 503
    exit_code = 3
    code = "encoder_unavailable"


class UnknownEncoder(EncoderError):
    """No encoder goes by that name."""

    status = 404
    code = "model_not_found"


class UnsupportedModel(EncoderError):
    """The folder holds a model that Likewise can't run."""

    status = 400
    code = "unsupported_model"


class WeightsMissing(EncoderError):
    """The encoder is known but its files are not on this machine."""

    code = "weights_missing"


class WeightsCorrupt(EncoderError):
    """A file of the encoder does not have the digest that it must have."""

    code = "weights_corrupt"


class DownloadFailed(EncoderError):
    """The encoder's files could not be fetched."""

    code = "download_failed"


class DefectiveVectors(EncoderError):
    """The encoder gave a vector that is not finite or has no direction."""

    status = 500
    code = "defective_vectors"


class RemoteError(EncoderError):
    """A provider of embeddings did not give them."""

    status = 502
    code = "remote_error"


class RemoteRefused(RemoteError):
    """The provider does not accept the key or the model that the operator set."""

    code = "remote_refused"
    should_retry = False


class RemoteQuota(RemoteError):
    """The provider's quota, or the budget that is set for it here, is used up."""

    status = 503
    code = "remote_quota"
    should_retry = False


class RemoteDefective(RemoteError):
    """The provider's answer is not what was asked for; asking again may cost again."""

    code = "remote_defective"
    should_retry = False


class RemoteTimeout(RemoteError):
    """The provider did not answer in time."""

    status = 504
    code = "remote_timeout"


class RemoteUnavailable(RemoteError):
    """The provider can't be reached, or has too much to do."""

    status = 503
    code = "remote_unavailable"


class RequestError(LikewiseError):
    """An HTTP request that can't be answered as it stands; its message never repeats a text."""

    status = 400
    exit_code = 2
    code: ClassVar[str | None] = "invalid_request"


class InvalidJson(RequestError):
    """The body is not JSON in UTF-8."""

    code = "invalid_json"


class InvalidField(RequestError):
    """A field of the wrong type or with a value that it can't have."""

    code = "invalid_type"


class MissingField(RequestError):
    """A field that must be there is not."""

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
    """A number of dimensions that the encoder does not give."""

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


class NoSuchPath(RequestError):
    """The server has nothing at that path."""

    status = 404
    code = "not_found"


class MethodNotAllowed(RequestError):
    """The path exists, but not for that method."""

    status = 405
    code = "method_not_allowed"


class ServerError(LikewiseError):
    """The server can't do what was asked of it."""

    status = 500
    exit_code = 5
    code = "server_error"


class InternalError(ServerError):
    """A defect of ours; the log has the details under the request's id."""

    code = "internal_error"


class Overloaded(ServerError):
    """The server has more work than it can do in time."""

    status = 503
    code = "server_overloaded"


class AddressUnusable(ServerError):
    """The server can't listen on that address and port."""

    code = "address_unusable"


class PortInUse(AddressUnusable):
    """Another program listens on the port already."""

    code = "port_in_use"


class PageMissing(ServerError):
    """This installation has no built page."""

    status = 404
    code = "page_missing"
