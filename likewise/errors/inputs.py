"""The caller gave something that has no right answer."""

from likewise.errors.base import LikewiseError


class InputError(LikewiseError):
    """The request has no right answer; repeating it unchanged will not help."""

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
    """An option or setting with an invalid value."""

    code = "invalid_option"


class MissingPackage(InputError):
    """The request needs a package that is not installed."""

    code = "missing_package"


class InvalidLabels(InputError):
    """Labels or targets that are missing, of mixed kinds, or all the same."""

    code = "invalid_labels"


class InvalidVectors(InputError):
    """Vectors of the wrong shape, or not finite, or not of unit length."""

    code = "invalid_vectors"


class IncompatibleVectors(InputError):
    """Vectors of two different encoders, by their digests, in one computation."""

    status = 409
    code = "incompatible_vectors"


class InvalidIdentity(InputError):
    """The record of which encoder was used is damaged, or from a newer Likewise."""

    code = "invalid_identity"
