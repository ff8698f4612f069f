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


def origin_form(target: bytes, version: str, headers: Headers) -> bytes:
    """Return the target without scheme and host.

    Raises:
        HttpParserError: the target names another host than the Host header does, or the version is
            one that has no chunks.
    """
    names = {name for name, _ in headers}
    if version == "1.0" and b"transfer-encoding" in names:
        raise httptools.HttpParserError("HTTP/1.0 has no Transfer-Encoding (RFC 9112, 6.1)")
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
