"""Run the server in this process until it is told to stop."""

import errno
import logging
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from types import FrameType
from typing import NoReturn

import uvicorn

from likewise.encoders.base import Encoder
from likewise.errors import AddressUnusable, PortInUse, shown
from likewise.server.app import Application, create_app
from likewise.server.classify.labelling import LabellingSession
from likewise.server.http.protocol import PunctualProtocol
from likewise.server.http.unread import KERNEL_BYTES
from likewise.settings import Settings
from likewise.settings import settings as process_settings

log = logging.getLogger(__name__)

STOP_SECONDS = 10
"""After which the process has ended that was told to stop, whatever hangs."""

DRAIN_SECONDS = 8
"""How much of it answers in flight may take."""

BACKLOG = 2_048
"""Connections that may wait to be accepted."""

SPARE_FILES = 256
"""Files that may be open beside the connections."""

OnReady = Callable[[str], None]
"""Called with the server's address, e.g. `http://127.0.0.1:8337/`, once it answers."""


def run(
    host: str | None = None,
    port: int | None = None,
    *,
    open_browser: bool = False,
    on_ready: OnReady | None = None,
    settings: Settings | None = None,
    encoder: Encoder | None = None,
    labelling: LabellingSession | None = None,
) -> int | None:
    """Serve until Ctrl-C, SIGTERM or SIGHUP; end when the last answer has gone.

    Args:
        host: address to listen on; by default the settings'.
        port: port to listen on, 0 for a free one; by default the settings'.
        open_browser: open the page once it answers, where there is a desktop.
        on_ready: called with the address once it answers.
        settings: by default those of the process.
        encoder: the default encoder, ready made.
        labelling: a file that is labelled on the page; its page is the one that opens.

    Returns:
        The number of the signal that ended it.

    Raises:
        PortInUse: another program listens there.
        AddressUnusable: the address is not this machine's, or the port needs more rights.
        InvalidOption: a setting, or the host, is not what it can be.
    """
    chosen = settings or process_settings()
    host = chosen.host if host is None else host
    here = chosen.but(host=host, allowed_hosts=(*chosen.allowed_hosts, *named(host)))
    # before the socket is bound: a wrong setting is said, whoever listens on the port
    app = create_app(here, encoder, labelling=labelling, owns_process=True)
    allow_files(2 * chosen.max_connections + SPARE_FILES)
    with listen(host, chosen.port if port is None else port) as listener:
        url = address(host, listener) + ("label" if labelling else "")
        ready = _actions(url, open_browser, on_ready)
        server = Server(configuration(app, chosen), ready)
        try:
            server.run(sockets=[listener])
        finally:
            server.end_in_time.cancel()
        return server.stopped_by


def for_owner(settings: Settings) -> Settings:
    """Return the settings of a page that the owner of this machine opens for themself.

    What a server's settings say of strangers opens or closes nothing here: not the networks that
    it listens on, nor keys, proxies, names, rates, and what of the page it offers; nor what it
    says to other programs of encoders that may not be offered here.
    """
    server_only = (
        *("host", "page", "training", "public", "api_keys", "trusted_proxies", "allowed_hosts"),
        *("cors_origins", "rate_requests", "rate_tokens", "rate_store", "daily_budget"),
        *("aliases", "matryoshka"),
    )
    fields = type(settings).model_fields
    return settings.model_copy(update={name: fields[name].default for name in server_only})


def leave(code: int) -> NoReturn:
    """End the process once `run` has returned.

    Not by `sys.exit`, which waits for every thread: a request to a provider, a training or a model
    that is being loaded, for which nobody waits any more, would hold the process for minutes.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # closed before the start: `likewise serve >&-`
            with suppress(OSError, ValueError):  # nobody reads it any more
                stream.flush()
    os._exit(code)


def configuration(app: Application, settings: Settings) -> uvicorn.Config:
    """Return how uvicorn is to serve `app`."""
    return uvicorn.Config(
        app,
        http=PunctualProtocol.within(
            settings.receipt_seconds, settings.max_connections, app.gate, app.dispatch.vital
        ),
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        proxy_headers=False,  # likewise.server.http.clients decides whom to believe
        timeout_graceful_shutdown=DRAIN_SECONDS,
        backlog=BACKLOG,
    )


def allow_files(wanted: int) -> None:
    """Let the process have so many files and connections open, as far as the system lets it."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if most > soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class Server(uvicorn.Server):
    """uvicorn's server, which says when it is ready and stops at once when told twice."""

    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.stopped_by: int | None = None
        self.end_in_time = threading.Timer(STOP_SECONDS - 0.5, self._give_up)
        """Ends the process where it does not end by itself; begins when it is told to."""
        self.end_in_time.daemon = True
        self._when_ready = when_ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the end of the terminal for a wish to stop too; under `nohup` that is ignored."""
        hangs_up = getattr(signal, "SIGHUP", None)
        with super().capture_signals():
            if (
                hangs_up is None
                or threading.current_thread() is not threading.main_thread()
                or signal.getsignal(hangs_up) is signal.SIG_IGN
            ):
                yield
                return
            before = signal.signal(hangs_up, self.handle_exit)
            try:
                yield
            finally:
                signal.signal(hangs_up, before)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain at the first signal; end at the second, if that is no end of the terminal."""
        if self.should_exit:
            if sig == getattr(signal, "SIGHUP", None):
                return  # the shell and the system both tell of it, within a millisecond
            # not sys.exit: that would wait for the threads that are the reason to be impatient
            os._exit(128 + sig)
        super().handle_exit(sig, frame)
        self.stopped_by = sig
        # uvicorn would raise it again after it has stopped: the wish is fulfilled then
        self._captured_signals.clear()
        self.end_in_time.start()

    def _give_up(self) -> None:
        log.warning("stopped while something that did not end was under way")
        leave(128 + signal.SIGINT if self.stopped_by == signal.SIGINT else 0)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        if self.started:
            self._when_ready()


def _actions(url: str, open_browser: bool, on_ready: OnReady | None) -> Callable[[], None]:
    def when_ready() -> None:
        if on_ready:
            on_ready(url)
        if open_browser and has_desktop():
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    return when_ready


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port` already.

    Bound before the model is loaded, so that a port in use is known at once.

    Raises:
        PortInUse: another program listens there.
        AddressUnusable: the address is not this machine's, or the port needs more rights.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two servers share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host.strip("[]"), port))
        listener.listen(BACKLOG)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # inherited by the connections
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, KERNEL_BYTES)
    except (
        OSError,
        UnicodeError,
        TypeError,
    ) as error:  # a name that is none: `..`, or bytes of no spelling
        listener.close()
        raise _unusable(host, port, error) from None
    return listener


def _unusable(host: str, port: int, error: OSError | UnicodeError | TypeError) -> AddressUnusable:
    if not isinstance(error, OSError):
        return AddressUnusable(
            f"{shown(host)} is not an address, nor the name of a machine.",
            "Use 127.0.0.1 for this machine alone, or 0.0.0.0 for all its networks.",
            param="host",
        )
    if error.errno == errno.EADDRINUSE:
        return PortInUse(
            f"Another program is already listening on port {port} of {host}.",
            "Stop it, or let --port 0 choose a free one.",
            param="port",
        )
    if error.errno == errno.EACCES:
        return AddressUnusable(
            f"Port {port} is reserved for the system's own services.",
            "Choose a port above 1023, for example --port 8337.",
            param="port",
        )
    return AddressUnusable(
        f"This machine can't listen on {host}: {(error.strerror or 'unknown').lower()}.",
        "Use 127.0.0.1 for this machine alone, or 0.0.0.0 for all its networks.",
        param="host",
    )


def address(host: str, listener: socket.socket) -> str:
    """Return the address to open in a browser on this machine."""
    port = listener.getsockname()[1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
    if ":" in shown and not shown.startswith("["):
        shown = f"[{shown}]"
    return f"http://{shown}:{port}/"


def named(host: str) -> list[str]:
    """Return how requests name `host` in their Host header; nothing for "all networks"."""
    try:
        parsed = ip_address(host.strip("[]"))
    except ValueError:
        return [host]
    if parsed.is_unspecified:
        return []
    return [f"[{parsed}]" if parsed.version == 6 else str(parsed)]


def has_desktop() -> bool:
    """Whether a browser with windows can be opened here."""
    if sys.platform.startswith(("linux", "freebsd")):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True
