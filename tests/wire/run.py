"""Runs the raw exchanges through Caddy, nginx and HAProxy, and clients of four languages.

    python -m tests.wire.run

Needs the programs caddy, nginx, haproxy, java, go, node and curl; Debian has packages of all.
Behind each proxy one client sends every exchange of tests/http/exchanges.py, in different
packets, while another asks as anybody would. The other must get its own answers, each time, and
no request may reach the server that nobody sent: the requests that are hidden in bodies say that
they come from 6.6.6.6.
"""

import json
import logging
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from likewise.server.app import create_app
from tests.http.exchanges import EXCHANGES, HIDDEN_ADDRESS
from tests.http.serving import WordEncoder, make_settings, serving
from tests.wire.proxies import NAMES, missing, proxy

HERE = Path(__file__).resolve().parent
ATTACKER = "127.0.0.2"
"""Not one of the trusted proxies, though on this machine."""
VICTIMS = 3
"""Who ask all the time, each on a connection of its own."""
PATIENCE = 0.3
"""Seconds without a byte after which an exchange is over."""

CLIENTS = {
    "the JDK's HttpClient": ["java", str(HERE / "Ask.java"), "{url}"],
    "Go's net/http": ["go", "run", str(HERE / "ask.go"), "{url}"],
    "Node's fetch": ["node", str(HERE / "ask.mjs"), "{url}"],
    "curl": [
        *("curl", "-sf", "-H", "Content-Type: application/json"),
        *("-d", '{"model":"words","input":"one"}', "{url}/v1/embeddings"),
    ],
    "curl, which asks for HTTP/2": [
        *("curl", "-sf", "--http2", "-H", "Content-Type: application/json"),
        *("-d", '{"model":"words","input":"one"}', "{url}/v1/embeddings"),
    ],
}


class Seen(logging.Handler):
    """Keeps the addresses of the server's request log."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line."""
        self.addresses.add(json.loads(record.getMessage())["address"])


def main() -> int:
    """Run everything; return 1 where something failed."""
    lacking = missing() + [
        name for name in ("java", "go", "node", "curl") if not shutil.which(name)
    ]
    if lacking:
        print(f"These programs are missing: {', '.join(lacking)}.", file=sys.stderr)
        return 1
    seen = Seen()
    requests = logging.getLogger("likewise.server.requests")
    requests.addHandler(seen)
    requests.setLevel(logging.INFO)
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="likewise-wire-") as scratch:
        folder = Path(scratch)
        settings = make_settings(
            folder, trusted_proxies=("127.0.0.1",), log_requests=True, log_addresses=True
        )
        with serving(create_app(settings, WordEncoder()), settings) as server:
            wait_until_ready(server)
            failed += ask_with_clients("no proxy", server, folder)
            for name in NAMES:
                with proxy(name, urlsplit(server).port or 0, folder) as url:
                    wait_until_ready(url)
                    failed += ask_with_clients(name, url, folder)
                    failed += exchange_all(name, url)
    if HIDDEN_ADDRESS in seen.addresses:
        failed.append("a request that was hidden in a body reached the server as one")
    for what in failed:
        print(f"FAILED: {what}")
    print(f"{len(EXCHANGES)} exchanges through {', '.join(NAMES)}: {len(failed)} failures")
    return 1 if failed else 0


def wait_until_ready(url: str) -> None:
    """Return once the server answers there with its encoder loaded."""
    until = time.monotonic() + 60
    while httpx.get(f"{url}/ready").status_code != 200:
        if time.monotonic() > until:
            raise RuntimeError(f"{url} is not ready")
        time.sleep(0.05)


def ask_with_clients(proxy_name: str, url: str, folder: Path) -> list[str]:
    """Return what each client failed at."""
    failed = []
    for name, command in CLIENTS.items():
        done = subprocess.run(
            [part.replace("{url}", url) for part in command],
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=300,
            check=False,
        )
        if done.returncode:
            failed.append(f"{name} through {proxy_name}: {done.stderr.strip()[-300:]}")
    return failed


def exchange_all(name: str, url: str) -> list[str]:
    """Send every exchange; return during which somebody else got what was not theirs."""
    failed: list[str] = []
    now = [""]
    over = threading.Event()

    def ask_all_the_time(number: int) -> None:
        words = number
        with httpx.Client(base_url=url, timeout=30) as victim:
            while not over.is_set():
                words = words % 50 + VICTIMS
                body = {"model": "words", "input": "w " * words}
                try:
                    own = _is_own(victim.post("/v1/embeddings", json=body), words)
                except httpx.HTTPError:
                    own = False
                if not own:
                    failed.append(f"{now[0]} through {name}: another's answer, or none")

    victims = [threading.Thread(target=ask_all_the_time, args=(n,)) for n in range(VICTIMS)]
    for victim in victims:
        victim.start()
    for exchange in EXCHANGES:
        now[0] = exchange.name
        for packets in (exchange.packets, (b"".join(exchange.packets),)):
            send(url, packets)
    over.set()
    for victim in victims:
        victim.join()
    return failed


def _is_own(answer: httpx.Response, words: int) -> bool:
    if answer.status_code != 200:
        return False
    said = answer.json()
    return len(said["data"]) == 1 and said["usage"]["prompt_tokens"] == words


def send(url: str, packets: tuple[bytes, ...]) -> bytes:
    """Send packets from another address; return what came."""
    where = urlsplit(url)
    received = b""
    address = (where.hostname or "", where.port or 0)
    with socket.create_connection(address, timeout=5, source_address=(ATTACKER, 0)) as connection:
        try:
            for packet in packets:
                connection.sendall(packet)
                time.sleep(0.03 if len(packets) < 10 else 0)
            connection.settimeout(PATIENCE)
            while part := connection.recv(65_536):
                received += part
        except OSError:
            pass
    return received


if __name__ == "__main__":
    sys.exit(main())
