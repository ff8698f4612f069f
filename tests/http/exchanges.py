"""Raw exchanges: what is sent on a connection, and what must come back on it.

Bodies hold a request, `GET /v1/models/smuggled`, wherever a parser that loses its place would find
one. `LAST` is sent behind most of them: it must be answered as itself, or not at all.

An answer is told as `vectors 2` (embeddings of two tokens), `health`, `models`, or the code of an
error.
"""

from dataclasses import dataclass

HIDDEN_ADDRESS = "6.6.6.6"
SMUGGLED = (
    b"GET /v1/models/smuggled HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n"
)
JSON = b'{"model":"words","input":"two words"}'
LONG = b'{"model":"words","input":"two %b"}' % (b"w" * 100_000)
LAST = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
TYPE = b"Content-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
UPGRADE = b"Connection: Upgrade\r\nUpgrade: %b\r\n"
FILLER = b"X-Filler: " + b"y" * 10_000 + b"\r\n"
BAD = "invalid_request"


@dataclass(frozen=True)
class Exchange:
    """What is sent, in packets, and what must be answered before the connection is closed."""

    name: str
    packets: tuple[bytes, ...]
    answers: tuple[str, ...]
    last: bool = True
    """Whether `LAST` is sent behind it, and answered."""
    also: tuple[str, ...] | None = None
    """What may come instead, where that depends on which packets come together."""


def post(*headers: bytes, length: int | None = len(JSON), path: bytes = b"/v1/embeddings") -> bytes:
    """Return the head of a request with a body."""
    named = b"" if length is None else b"Content-Length: %d\r\n" % length
    return b"POST %b HTTP/1.1\r\nHost: localhost\r\n%b%b%b\r\n" % (
        path,
        TYPE,
        named,
        b"".join(headers),
    )


def chunks(*parts: bytes, extension: bytes = b"", trailer: bytes = b"") -> bytes:
    """Return a body in chunks."""
    made = b"".join(b"%x%b\r\n%b\r\n" % (len(part), extension, part) for part in parts)
    return made + b"0%b\r\n%b\r\n" % (extension, trailer)


def get(*lines: bytes, target: bytes = b"/health", version: bytes = b"1.1") -> bytes:
    """Return a request without a body."""
    return b"GET %b HTTP/%b\r\n%b\r\n" % (target, version, b"".join(lines))


HOST = b"Host: localhost\r\n"
OWN = ("vectors 2",)
REFUSED = (BAD,)


def kept(name: str, *packets: bytes, answers: tuple[str, ...] = OWN) -> Exchange:
    """Answered, and the connection goes on."""
    return Exchange(name, packets, answers)


def ended(
    name: str,
    *packets: bytes,
    answers: tuple[str, ...] = REFUSED,
    also: tuple[str, ...] | None = None,
) -> Exchange:
    """Answered, and closed: where the next request begins nobody can know."""
    return Exchange(name, packets, answers, last=False, also=also)


HIDDEN_JSON = b'{"model":"words","input":"%b"}' % (b"hidden " * 100)
HIDDEN = post(b"X-Forwarded-For: 6.6.6.6\r\n", length=len(HIDDEN_JSON)) + HIDDEN_JSON
_UPGRADES = [
    exchange
    for protocol in (b"h2c", b"websocket", b"foo", b"TLS/1.0, HTTP/1.1")
    for exchange in (
        kept(f"upgrade {protocol.decode()}, body at once", post(UPGRADE % protocol) + JSON),
        kept(f"upgrade {protocol.decode()}, body later", post(UPGRADE % protocol), JSON),
        kept(
            f"upgrade {protocol.decode()}, chunks",
            post(CHUNKED, UPGRADE % protocol, length=None) + chunks(JSON[:5], JSON[5:]),
        ),
        kept(
            f"upgrade {protocol.decode()}, chunks later",
            post(CHUNKED, UPGRADE % protocol, length=None),
            chunks(JSON[:5], JSON[5:]),
        ),
    )
]
_SMUGGLING = [
    kept(
        "upgrade with a body that is a request",
        post(UPGRADE % b"foo", length=len(SMUGGLED)) + SMUGGLED,
        answers=("invalid_json",),
    ),
    kept(
        "upgrade with a body that is a request, later",
        post(UPGRADE % b"foo", length=len(SMUGGLED)),
        SMUGGLED,
        answers=("invalid_json",),
    ),
    kept(
        "upgrade of a path that takes no body",
        post(UPGRADE % b"foo", length=len(SMUGGLED), path=b"/health"),
        SMUGGLED,
        answers=("method_not_allowed",),
    ),
    kept(
        "upgrade, blank lines as a body, a request behind them",
        post(UPGRADE % b"foo", length=1_000 + len(SMUGGLED)),
        b"\r\n" * 500,
        SMUGGLED,
        answers=("invalid_json",),
    ),
    kept(
        "upgrade of a refused path, its body a request that somebody else would have answered",
        post(UPGRADE % b"foo", length=10_000 + 100 + len(HIDDEN), path=b"/health")
        + b"\r\n" * 5_000,
        b"\r\n" * 50 + HIDDEN,
        answers=("method_not_allowed",),
    ),
    kept(
        "upgrade in two pipelined requests",
        post(UPGRADE % b"foo") + JSON + post(UPGRADE % b"foo") + JSON,
        answers=OWN * 2,
    ),
    kept("upgrade without a body", get(HOST, UPGRADE % b"h2c"), answers=("health",)),
    kept(
        "upgrade to h2c with settings",
        get(
            HOST,
            b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n",
        ),
        answers=("health",),
    ),
    kept(
        "the JDK's default request",
        b"POST /v1/embeddings HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        b"Content-Length: %d\r\nHost: localhost\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"
        b"Upgrade: h2c\r\nUser-Agent: Java-http-client/17.0\r\n%b\r\n%b" % (len(JSON), TYPE, JSON),
    ),
    kept("upgrade in capitals", post(b"CONNECTION: UPGRADE\r\nUPGRADE: H2C\r\n"), JSON),
    kept(
        "upgrade beside keep-alive",
        post(b"Connection: keep-alive, Upgrade\r\nUpgrade: foo\r\n") + JSON,
    ),
    kept(
        "upgrade in two Connection headers",
        post(b"Connection: keep-alive\r\n", UPGRADE % b"x"),
        JSON,
    ),
    kept("upgrade without Connection", post(b"Upgrade: foo\r\n"), JSON),
    kept("Connection: Upgrade alone", post(b"Connection: Upgrade\r\n"), JSON),
    ended(
        "upgrade and close",
        post(b"Connection: Upgrade, close\r\nUpgrade: foo\r\n") + JSON,
        answers=OWN,
    ),
    kept("a long body after upgrade", post(UPGRADE % b"foo", length=len(LONG)), LONG),
    ended("HTTP/2 from the start", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SMUGGLED),
    ended("CONNECT", b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n" + SMUGGLED),
    ended(
        "CONNECT with a body",
        b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\nContent-Length: %d\r\n\r\n"
        % len(SMUGGLED)
        + SMUGGLED,
    ),
]
_FRAMING = [
    kept("a length", post() + JSON),
    kept("a length, byte for byte", post(), *(bytes([byte]) for byte in JSON)),
    kept("chunks", post(CHUNKED, length=None) + chunks(JSON)),
    kept("a chunk for each byte", post(CHUNKED, length=None) + chunks(*(bytes([b]) for b in JSON))),
    kept(
        "chunk extensions",
        post(CHUNKED, length=None) + chunks(JSON, extension=b';a=b;c="d e"'),
    ),
    kept(
        "a chunk's length in capitals",
        post(CHUNKED, length=None) + b"25\r\n" + JSON + b"\r\n0\r\n\r\n",
    ),
    kept(
        "leading zeros in a chunk's length",
        post(CHUNKED, length=None) + b"00025\r\n" + JSON + b"\r\n000\r\n\r\n",
    ),
    kept("a trailer", post(CHUNKED, length=None) + chunks(JSON, trailer=b"X: y\r\n")),
    ended(
        "a trailer with a length",
        post(CHUNKED, length=None) + chunks(JSON, trailer=b"Content-Length: 5\r\n"),
    ),
    ended(
        "a trailer that closes",
        post(CHUNKED, length=None) + chunks(JSON, trailer=b"Connection: close\r\n") + SMUGGLED,
        answers=OWN,
    ),
    kept(
        "a trailer that upgrades",
        post(CHUNKED, length=None) + chunks(JSON, trailer=UPGRADE % b"foo"),
    ),
    kept(
        "a trailer with a second host",
        post(CHUNKED, length=None) + chunks(JSON, trailer=b"Host: evil.example\r\n"),
    ),
    kept(
        "a trailer with the type that was missing",
        b"POST /v1/embeddings HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n" + chunks(JSON, trailer=TYPE),
        answers=("unsupported_media_type",),
    ),
    ended("both lengths", post(CHUNKED) + chunks(JSON) + SMUGGLED),
    ended("both lengths, the other way", post(CHUNKED, length=3) + b"0\r\n\r\n" + SMUGGLED),
    ended("two lengths", post(b"Content-Length: 3\r\n") + JSON + SMUGGLED),
    ended("two equal lengths", post(b"Content-Length: %d\r\n" % len(JSON)) + JSON + SMUGGLED),
    ended("a list of lengths", post(b"Content-Length: 37, 37\r\n", length=None) + JSON + SMUGGLED),
    ended("a negative length", post(b"Content-Length: -1\r\n", length=None) + JSON + SMUGGLED),
    ended("a length with a sign", post(b"Content-Length: +37\r\n", length=None) + JSON + SMUGGLED),
    ended(
        "a length in hexadecimal", post(b"Content-Length: 0x25\r\n", length=None) + JSON + SMUGGLED
    ),
    ended(
        "a length with a blank in it",
        post(b"Content-Length: 3 7\r\n", length=None) + JSON + SMUGGLED,
    ),
    ended("an empty length", post(b"Content-Length: \r\n", length=None) + JSON + SMUGGLED),
    ended("an endless length", post(b"Content-Length: %b\r\n" % (b"9" * 40), length=None) + JSON),
    ended(
        "an unknown coding",
        post(b"Transfer-Encoding: xchunked\r\n", length=None) + chunks(SMUGGLED),
    ),
    ended(
        "chunked not last",
        post(b"Transfer-Encoding: chunked, gzip\r\n", length=None) + chunks(SMUGGLED),
    ),
    ended("a blank before the colon", post(b"Transfer-Encoding : chunked\r\n") + chunks(SMUGGLED)),
    ended(
        "chunked twice",
        post(b"Transfer-Encoding: chunked, chunked\r\n", length=None) + chunks(SMUGGLED),
    ),
    ended(
        "chunked in two headers and one that is not",
        post(CHUNKED, b"Transfer-Encoding: identity\r\n", length=None) + chunks(SMUGGLED),
    ),
    ended(
        "a vertical tab before chunked",
        post(b"Transfer-Encoding: \x0bchunked\r\n", length=None) + chunks(SMUGGLED),
    ),
    ended(
        "a folded header",
        post(b"Transfer-Encoding:\r\n chunked\r\n", length=None) + chunks(SMUGGLED),
    ),
    ended("a folded header that is not about framing", post(b"X: y\r\n\tz\r\n") + JSON + SMUGGLED),
    ended(
        "chunks in HTTP/1.0",
        b"POST /v1/embeddings HTTP/1.0\r\n" + HOST + TYPE + CHUNKED + b"\r\n" + chunks(JSON),
    ),
    *(
        ended(
            f"a coding {coding.decode()}",
            post(b"Transfer-Encoding: %b\r\n" % coding, length=None) + chunks(SMUGGLED),
        )
        for coding in (b"identity, chunked", b"gzip, chunked", b",chunked", b"deflate", b"")
    ),
    ended(
        "identity and chunked in two headers",
        post(b"Transfer-Encoding: identity\r\n", CHUNKED, length=None) + chunks(SMUGGLED),
    ),
    ended(
        "an unknown coding with an upgrade",
        post(b"Transfer-Encoding: gzip, chunked\r\n", UPGRADE % b"x", length=None)
        + chunks(SMUGGLED),
    ),
    kept(
        "chunked in capitals", post(b"TRANSFER-ENCODING: CHUNKED\r\n", length=None) + chunks(JSON)
    ),
    ended(
        "a chunk's extension without end",
        post(CHUNKED, length=None),
        b"25;",
        *[b"a" * 8_000] * 40,  # more than what is read at a time
        b"\r\n" + JSON + b"\r\n0\r\n\r\n",
        also=(),
    ),
    ended("a chunk's length that is none", post(CHUNKED, length=None) + b"zz\r\n" + SMUGGLED),
    ended("a negative chunk", post(CHUNKED, length=None) + b"-5\r\n" + SMUGGLED),
    ended(
        "a chunk with a sign",
        post(CHUNKED, length=None) + b"+25\r\n" + JSON + b"\r\n0\r\n\r\n" + SMUGGLED,
    ),
    ended(
        "a chunk in 0x",
        post(CHUNKED, length=None) + b"0x25\r\n" + JSON + b"\r\n0\r\n\r\n" + SMUGGLED,
    ),
    ended(
        "a chunk longer than it says",
        post(CHUNKED, length=None) + b"5\r\n" + JSON + b"\r\n0\r\n\r\n",
    ),
    ended("a chunk of an endless length", post(CHUNKED, length=None) + b"f" * 17 + b"\r\n" + JSON),
    ended(
        "line feeds alone in chunks",
        post(CHUNKED, length=None) + b"25\n" + JSON + b"\n0\n\n" + SMUGGLED,
    ),
    ended(
        "a carriage return alone in a header",
        post(b"X: y\rTransfer-Encoding: chunked\r\n") + JSON + SMUGGLED,
    ),
    ended("a NUL in a header", post(b"X: y\x00z\r\n") + JSON + SMUGGLED),
    ended("a header without a colon", post(b"Nonsense\r\n") + JSON + SMUGGLED),
    ended("a header without a name", post(b": y\r\n") + JSON + SMUGGLED),
    ended("a blank in a header's name", post(b"X Y: z\r\n") + JSON + SMUGGLED),
]
_TARGETS = [
    kept("an absolute target", get(HOST, target=b"http://localhost/health"), answers=("health",)),
    kept(
        "an absolute target in capitals",
        get(HOST, target=b"HTTP://LOCALHOST/health"),
        answers=("health",),
    ),
    ended("an absolute target of another host", get(HOST, target=b"http://evil.example/v1/models")),
    ended("an absolute target with a user", get(HOST, target=b"http://me@localhost/health")),
    ended("a target without a slash", get(HOST, target=b"health")),
    ended("a target of another scheme", get(HOST, target=b"ftp://localhost/health")),
    ended("a target that is too long", get(HOST, target=b"/" + b"x" * 70_000)),
    ended(
        "a target that is too long behind an answer",
        HEALTH,
        get(HOST, target=b"/" + b"x" * 70_000),
        answers=("health", BAD),
        also=("health",),
    ),
    ended("a head that is too long", get(HOST, *[FILLER] * 7)),
    ended(
        "a head that is too long behind an answer",
        HEALTH + get(HOST, *[FILLER] * 7),
        answers=("health", BAD),
        also=("health",),
    ),
    ended(
        "a target of bytes behind an answer",
        HEALTH,
        get(HOST, target=b"/\xff"),
        answers=("health", BAD),
        also=("health",),
    ),
    ended("a target of bytes", get(HOST, target=b"/\xff\xfe")),
    kept("two slashes", get(HOST, target=b"//localhost/health"), answers=("not_found",)),
    kept("a path that goes up", get(HOST, target=b"/v1/../metrics"), answers=("not_found",)),
    kept("another host", get(b"Host: evil.example\r\n"), answers=("host_not_allowed",)),
    kept("no host", get(), answers=("host_not_allowed",)),
    kept("two hosts", get(HOST, b"Host: evil.example\r\n"), answers=("host_not_allowed",)),
    kept("an empty host", get(b"Host:\r\n"), answers=("host_not_allowed",)),
    ended("OPTIONS of everything", b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ended("HTTP/0.9", b"GET /health\r\n\r\n", answers=("host_not_allowed",)),
    ended("HTTP/1.0", get(HOST, version=b"1.0"), answers=("health",)),
    ended(
        "HTTP/1.0 that expects to be asked for its body",
        b"POST /v1/embeddings HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 37\r\n"
        + HOST
        + TYPE
        + b"\r\n",
        JSON,
        answers=OWN,
    ),
    ended("HTTP/2.0 without its preface", get(HOST, version=b"2.0")),
    ended("HTTP/9.9", get(HOST, version=b"9.9")),
    ended("another protocol", b"SSH-2.0-OpenSSH_9.2p1\r\n"),
    ended("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50),
    ended("an unknown method", b"BREW /health HTTP/1.1\r\nHost: localhost\r\n\r\n"),
]
_PIPELINES = [
    kept("three requests at once", HEALTH * 3, answers=("health",) * 3),
    kept(
        "a body between requests",
        HEALTH + post() + JSON + HEALTH,
        answers=("health", "vectors 2", "health"),
    ),
    kept("blank lines between requests", HEALTH + b"\r\n\r\n" + HEALTH, answers=("health",) * 2),
    kept(
        "a body behind GET",
        get(HOST, b"Content-Length: %d\r\n" % len(SMUGGLED)) + SMUGGLED,
        answers=("health",),
    ),
    kept("chunks behind GET", get(HOST, CHUNKED) + chunks(SMUGGLED), answers=("health",)),
    ended(
        "what is not a request behind one",
        post() + JSON + b"nonsense\r\n\r\n",
        answers=OWN,
        also=(*OWN, BAD),
    ),
    ended(
        "what is not a chunk behind a request",
        HEALTH + post(CHUNKED, length=None) + b"zz\r\n",
        answers=("health",),
        also=("health", BAD),
    ),
    ended("requests behind close", LAST + SMUGGLED, answers=("health",)),
    kept(
        "a refused body is passed over",
        post(length=len(SMUGGLED), path=b"/nothing") + SMUGGLED,
        answers=("not_found",),
    ),
    kept(
        "a refused body in chunks is passed over",
        post(CHUNKED, length=None, path=b"/nothing") + chunks(SMUGGLED),
        answers=("not_found",),
    ),
    kept(
        "HEAD has no body", b"HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n", answers=("head",)
    ),
    kept("100-continue that is not waited for", post(b"Expect: 100-continue\r\n") + JSON),
]
EXCHANGES = (*_UPGRADES, *_SMUGGLING, *_FRAMING, *_TARGETS, *_PIPELINES)
ALONE = (
    ended(
        "a trailer that closes behind a refused body",
        post(CHUNKED, length=None, path=b"/nothing"),
        chunks(JSON, trailer=b"Connection: close\r\n") + SMUGGLED,
        answers=("not_found",),
    ),
    ended("a target with a fragment", get(HOST, target=b"/metrics#x") + SMUGGLED),
    ended(
        "an absolute target with a fragment",
        get(HOST, target=b"http://localhost/metrics#x") + SMUGGLED,
    ),
    kept(
        "an upgrade that names the framing as a matter of this connection",
        post(CHUNKED, b"Connection: Upgrade, Transfer-Encoding\r\nUpgrade: h2c\r\n", length=None),
        chunks(SMUGGLED),
        answers=("invalid_json",),
    ),
    kept(
        "an upgrade to nothing",
        post(b"Connection: Upgrade\r\nUpgrade:\r\n", length=len(SMUGGLED)),
        SMUGGLED,
        answers=("invalid_json",),
    ),
    ended(
        "a trailer that codes",
        post(CHUNKED, length=None) + chunks(JSON, trailer=CHUNKED) + SMUGGLED,
    ),
    ended(
        "a request line as a trailer",
        post(CHUNKED, length=None) + chunks(JSON, trailer=SMUGGLED),
    ),
    ended(
        "a chunk's length that is right in 64 bits",
        post(CHUNKED, length=None) + b"10000000000000025\r\n" + JSON + b"\r\n0\r\n\r\n",
    ),
    ended(
        "a quoted extension over two lines",
        post(CHUNKED, length=None) + b'25;a="\r\n' + JSON + b"\r\n0\r\n\r\n" + SMUGGLED,
    ),
    ended(
        "a proxy's own line before the request",
        b"PROXY TCP4 6.6.6.6 127.0.0.1 1 2\r\n" + HEALTH,
    ),
)
"""Without a proxy, which answers some of them itself; and HAProxy forwards trailers, and takes a
connection for another client that the server is about to close."""
