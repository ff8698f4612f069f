"""What is said of an address that gives nothing, and of a disk that has no room for it."""

import errno
import socket
import ssl

import httpx
import pytest

from likewise.encoders.catalogue import SUGGESTED
from likewise.encoders.network_errors import is_of_the_disk, why


def raised(cause: BaseException) -> Exception:
    """Return what an HTTP client makes of an error of the system."""
    error = httpx.ConnectError(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (
            socket.gaierror(-2, "Name or service not known"),
            "there is no such address, or no network",
        ),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "nothing answers there"),
        (ConnectionResetError(errno.ECONNRESET, "reset by peer"), "the connection broke off"),
        (
            ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate"),
            "this machine does not trust its certificate",
        ),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "Network is unreachable"),
        (TimeoutError(), "it does not answer"),
        (httpx.ReadTimeout(""), "it does not answer"),
    ],
)
def test_it_is_said_in_words(cause, said):
    assert why(raised(cause)) == said


def test_what_a_server_answered_is_said():
    request = httpx.Request("GET", "http://hub.example/")
    answer = httpx.HTTPStatusError("no", request=request, response=httpx.Response(503))
    assert why(answer) == "it answered 503"


def test_what_has_no_words_goes_by_its_name():
    assert why(RuntimeError()) == "RuntimeError"


def test_a_full_disk_is_no_fault_of_the_network():
    full = OSError(errno.ENOSPC, "No space left on device")
    assert is_of_the_disk(raised(full)) is full
    locked = PermissionError(errno.EACCES, "Permission denied", "/models/config.json")
    assert is_of_the_disk(raised(locked)) is locked
    assert is_of_the_disk(raised(ConnectionResetError(errno.ECONNRESET, "reset"))) is None


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_a_firewall_is_no_fault_of_the_disk(number):
    blocked = raised(PermissionError(number, "not permitted"))
    assert is_of_the_disk(blocked) is None
    assert why(blocked).endswith("not permitted")


def test_no_suggestion_says_twice_what_it_reads():
    assert not [name for name, model in SUGGESTED.items() if "token" in model.description]
