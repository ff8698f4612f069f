"""Why nothing came over the network, in words for a person."""

import errno
import re
import socket
import ssl
from collections.abc import Iterator

_NUMBER = re.compile(r"\[[^\]]*\]\s*")
"""`[Errno -2] `, as Python writes before what it was told."""

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
"""What disks say, and networks don't."""

_FORBIDDEN = {errno.EACCES, errno.EPERM}
"""What disks say of a file, by its name, and firewalls of an address, without one."""


def why(error: BaseException) -> str:
    """Say what was wrong, from the error that a library raised and what caused it.

    Returns:
        Words that go on a sentence after a colon, without a full stop.
    """
    causes = list(_causes(error))
    for cause in causes:
        for kind, said in _WORDS:
            if isinstance(cause, kind):
                return said
        status = getattr(getattr(cause, "response", None), "status_code", None)
        if status is not None:
            return f"it answered {status}"
        if "Timeout" in type(cause).__name__:
            return _SLOW
    first = str(causes[0]).strip().partition("\n")[0]
    return _NUMBER.sub("", first).rstrip(".") or type(error).__name__


def is_of_the_disk(error: BaseException) -> OSError | None:
    """Return the error of a disk that `error` comes from; None where there is none."""
    for cause in _causes(error):
        if isinstance(cause, OSError) and (
            cause.errno in _NO_ROOM or (cause.errno in _FORBIDDEN and cause.filename is not None)
        ):
            return cause
    return None


_SLOW = "it does not answer"

_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "there is no such address, or no network"),
    (ssl.SSLCertVerificationError, "this machine does not trust its certificate"),
    (ConnectionRefusedError, "nothing answers there"),
    (ConnectionError, "the connection broke off"),
    (TimeoutError, _SLOW),
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or at.__context__
