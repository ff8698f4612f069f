"""`likewise serve`: a process that serves until it is told to stop."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import httpx
import pytest

from tests.http.provider import Reply, good, providing
from tests.waiting import A_HANG, wait_for

SLOW = """
import sys, time
from pathlib import Path
from likewise.encoders.sha256 import Sha256Encoder
plain = Sha256Encoder.encode
def encode(self, texts, *, progress=None):
    if "slow" in texts:
        print("encoding", file=sys.stderr, flush=True)
        while not Path("open").exists():
            time.sleep(0.01)
    return plain(self, texts, progress=progress)
Sha256Encoder.encode = encode
from likewise.cli import main
sys.argv = ["likewise", "serve", "--encoder", "sha256", "--port", "0"]
main()
"""
"""Encodes the text "slow" when there is a file "open" in its folder."""

TOLD = """
import sys
from pathlib import Path
from likewise import server

plain = server.run

def run(*, on_ready, **options):
    def ready(address):
        on_ready(address)
        Path("address.part").write_text(address)
        Path("address.part").rename("address")
    return plain(on_ready=ready, **options)

server.run = run
from likewise.cli import main
sys.argv = ["likewise", "serve", "--encoder", "sha256", "--port", "0"]
main()
"""
"""Writes its address to a file too: it may have no stream to say it on."""


class Serving:
    """A running `likewise serve` and what it says."""

    def __init__(self, folder, *arguments, program=None, **environment):
        command = [sys.executable, "-m", "likewise", "serve", "--encoder", "sha256", "--port", "0"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", program] if program else [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ, "LIKEWISE_CACHE": str(folder), **environment},
        )
        self.said = []
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def url(self):
        return re.search(r"http://\S+?:\d+", self.wait_for("serves")).group()

    def _read(self):
        for line in self.process.stderr:
            self.said.append(line.rstrip("\n"))

    def wait_for(self, word):
        wait_for(lambda: any(word in line for line in self.said) or self.process.poll())
        found = [line for line in self.said if word in line]
        assert found, f"{word!r} was not said: {self.said}"
        return found[0]

    def stop(self, sent=signal.SIGTERM):
        self.process.send_signal(sent)
        return self.process.wait(A_HANG)


def is_closed(url):
    """Whether nobody listens there any more."""
    where = urlsplit(url)
    try:
        socket.create_connection((where.hostname, where.port), timeout=A_HANG).close()
    except OSError:
        return True
    return False


@pytest.fixture
def serve(tmp_path):
    started = []

    def start(*arguments, **options):
        started.append(Serving(tmp_path, *arguments, **options))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()
        each.process.stdout.close()
        each.process.stderr.close()


def ask(url, text, **options):
    body = {"model": "sha256", "input": text}
    return httpx.post(f"{url}/v1/embeddings", json=body, timeout=30, **options)


def test_it_serves_logs_and_stops(serve):
    running = serve()
    assert ask(running.url, "a text").json()["usage"]["total_tokens"] == 6
    line = json.loads(running.wait_for('"route"'))
    assert (line["route"], line["status"], line["tokens"]) == ("/v1/embeddings", 200, 6)
    assert running.stop() == 0
    assert running.process.stdout.read() == ""


def test_ctrl_c(serve):
    running = serve()
    running.wait_for("serves")
    assert running.stop(signal.SIGINT) == 130


@pytest.mark.parametrize("closed", ["1", "2"])
def test_it_stops_quietly_where_an_output_is_closed(tmp_path, closed):
    other = {"1": "2", "2": "1"}[closed]
    said = tmp_path / "said"
    process = subprocess.Popen(
        ["/bin/sh", "-c", f'exec "$@" {closed}>&- {other}>said', "sh", sys.executable, "-c", TOLD],
        cwd=tmp_path,
        env={**os.environ, "LIKEWISE_CACHE": str(tmp_path)},
    )
    wait_for(lambda: (tmp_path / "address").exists() or process.poll() is not None)
    url = (tmp_path / "address").read_text()
    assert httpx.get(f"{url}health").status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(A_HANG) == 0
    assert "Traceback" not in said.read_text()


def test_options_reach_the_server(serve):
    running = serve("--no-page", "--no-log", "--rate-requests", "1/day")
    assert ask(running.url, "a").status_code == 200
    assert ask(running.url, "a").status_code == 429
    assert httpx.get(f"{running.url}/api/encoders").status_code == 404
    running.stop()
    assert not any("route" in line for line in running.said)


def test_keys_come_from_the_environment(serve):
    running = serve(LIKEWISE_API_KEYS="one,two")
    assert ask(running.url, "a").status_code == 401
    assert ask(running.url, "a", headers={"authorization": "Bearer two"}).status_code == 200


def test_stopping_lets_answers_under_way_end(serve, tmp_path):
    running = serve(program=SLOW)
    url = running.url
    answers = []
    thread = threading.Thread(target=lambda: answers.append(ask(url, "slow")))
    thread.start()
    running.wait_for("encoding")
    running.process.send_signal(signal.SIGTERM)
    wait_for(lambda: is_closed(url))
    assert running.process.poll() is None
    (tmp_path / "open").touch()
    assert running.process.wait(A_HANG) == 0
    thread.join()
    assert answers[0].status_code == 200


def test_a_second_signal_ends_at_once(serve):
    running = serve(program=SLOW)
    url = running.url

    def asking():
        with pytest.raises(httpx.TransportError):
            ask(url, "slow")

    thread = threading.Thread(target=asking)
    thread.start()
    running.wait_for("encoding")
    running.process.send_signal(signal.SIGTERM)
    wait_for(lambda: is_closed(url))
    assert running.process.poll() is None
    assert running.stop() == 128 + signal.SIGTERM
    thread.join()


def test_a_provider_that_hangs_holds_up_no_stop(serve):
    with providing() as provider:
        provider.replies = [good]  # when it is loaded, its width is asked for
        provider.then = Reply(hang=2 * A_HANG)
        name = f"{provider.url}/slow"
        running = serve("--encoder", name, LIKEWISE_OFFLINE="0")
        where = urlsplit(running.url)
        body = json.dumps({"model": name, "input": "a"}).encode()
        with socket.create_connection((where.hostname, where.port)) as impatient:
            impatient.sendall(
                b"POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (len(body), body)
            )
            wait_for(lambda: len(provider.asked) == 2)
        assert running.stop() == 0  # long before the provider's time is up


def test_the_log_can_be_turned_off_by_its_variable(serve):
    running = serve(LIKEWISE_LOG_REQUESTS="false")
    assert ask(running.url, "a").status_code == 200
    running.stop()
    assert not any("route" in line for line in running.said)


def test_a_wrong_setting_is_one_sentence(process):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = str(listener.getsockname()[1])  # which is known after the setting is
        wrong = ("--rate-requests", "often", "--encoder", "sha256", "--port", taken)
        done = process("serve", *wrong)
    assert done.code == 2
    assert done.out == ""
    assert "LIKEWISE_RATE_REQUESTS can't be 'often'." in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "env", "code", "said"),
    [
        (("--encoder", "nope"), {}, 3, "There is no encoder named 'nope'."),
        (("--encoder", "sha256", "--encoder", "./gone"), {}, 4, "There is no folder './gone'."),
        (
            ("--encoder", "sha256"),
            {"LIKEWISE_CLASSIFIERS": "./gone"},
            2,
            "LIKEWISE_CLASSIFIERS can't be 'gone': there is no such folder.",
        ),
    ],
)
def test_what_is_not_there_is_said_at_once(process, arguments, env, code, said):
    done = process("serve", *arguments, "--port", "0", env=env)
    assert done.code == code
    assert said in done.err
    assert "serves" not in done.err


def test_a_provider_that_is_not_there_is_503(serve):
    soon = {"LIKEWISE_OFFLINE": "0", "LIKEWISE_REMOTE_SECONDS": "3"}
    running = serve("--encoder", "http://127.0.0.1:9/v1/model", **soon)
    answer = httpx.post(
        f"{running.url}/v1/embeddings",
        json={"model": "http://127.0.0.1:9/v1/model", "input": "a"},
        timeout=60,
    )
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "remote_unavailable"
