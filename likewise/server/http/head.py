"""The head of a request, where the parser leaves something to be decided.

RFC 9112 says how a message is framed and what its target means.
"""

from collections.abc import Sequence

import httptools

Headers = Sequence[tuple[bytes, bytes]]
"""Names in lower case, and values."""

HOP_BY_HOP = (b"upgrade", b"http2-settings")
"""What only a granted upgrade would need."""


def without_upgrade(method: bytes, target: bytes, version: str, headers: Headers) -> bytes:
    """Return a head as it came, except that it does not ask for another protocol."""
    lines = [method + b" " + target + b" HTTP/" + version.encode()]
    for name, value in headers:
        if name in HOP_BY_HOP:
            continue
        kept = value
        if name == b"connection":
            options = [option.strip() for option in value.split(b",")]
            kept = b", ".join(o for o in options if o.lower() not in HOP_BY_HOP)
        lines.append(name + b": " + kept)
    return b"\r\n".join([*lines, b"", b""])


class HeadTooLong(httptools.HttpParserError):
    """A head that is longer than any that is taken."""


def check_length(target: bytes, headers: Headers, most: int) -> None:
    """Raise `HeadTooLong` above `most` bytes: a whole head may come in one read of any size."""
    if len(target) + sum(len(name) + len(value) + len(": \r\n") for name, value in headers) > most:
        raise HeadTooLong


def check_framing(version: str, headers: Headers) -> None:
    """Let no body be cut in a way that others might not cut it, or be taken for what it is not.

    Raises:
        HttpParserError: the version is none that is spoken here, or has no codings; or the body is
            coded in another way than in chunks alone.
    """
    if version not in ("0.9", "1.0", "1.1"):
        raise httptools.HttpParserError("another version of HTTP (RFC 9110, 2.5)")
    codings = [value for name, value in headers if name == b"transfer-encoding"]
    if codings and (version != "1.1" or [one.strip().lower() for one in codings] != [b"chunked"]):
        raise httptools.HttpParserError("an unknown Transfer-Encoding (RFC 9112, 6.1)")


def origin_form(target: bytes, headers: Headers) -> bytes:
    """Return the target without scheme and host.

    Raises:
        HttpParserError: the target names another host than the Host header does; or it has a
            fragment, which no client sends (RFC 9112, 3.2) and others take for a part of the path.
    """
    if b"#" in target:
        raise httptools.HttpParserError("a target with a fragment")
    if target.startswith(b"/"):
        return target
    parsed = httptools.parse_url(target)
    named = parsed.host or b""
    if b":" in named:
        named = b"[" + named + b"]"
    if parsed.port:
        named += b":%d" % parsed.port
    hosts = [value.lower() for name, value in headers if name == b"host"]
    foreign = (parsed.schema or b"").lower() not in (b"http", b"https") or hosts != [named.lower()]
    if foreign or parsed.userinfo:
        raise httptools.HttpParserError("the target names another host than the Host header")
    return (parsed.path or b"/") + (b"?" + parsed.query if parsed.query else b"")
