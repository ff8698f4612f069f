"""Listening, and the process that serves."""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from unittest.mock import Mock

import httpx
import pytest

from likewise.errors import AddressUnusable, InvalidOption, PortInUse
from likewise.server.app import create_app
from likewise.server.engine.visitors import only_owner
from likewise.server.process import (
    DRAIN_SECONDS,
    STOP_SECONDS,
    Server,
    address,
    configuration,
    for_owner,
    has_desktop,
    listen,
    named,
    run,
)
from likewise.settings import Settings
from tests.waiting import A_HANG

PROGRAM = """
from likewise.encoders.sha256 import Sha256Encoder
from likewise.server import run
run("127.0.0.1", 0, on_ready=lambda url: print(url, flush=True), encoder=Sha256Encoder())
print("ended", flush=True)
"""


@pytest.fixture
def process(tmp_path):
    environment = {**os.environ, "LIKEWISE_CACHE": str(tmp_path), "LIKEWISE_OFFLINE": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as running:
        yield running
        running.kill()


def test_a_port_in_use_is_known_at_once():
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"port {port} of 127.0.0.1") as raised:
            listen("127.0.0.1", port)
    assert "--port 0" in raised.value.remedy


def test_an_address_of_another_machine():
    with pytest.raises(AddressUnusable, match=r"192\.0\.2\.1") as raised:
        listen("192.0.2.1", 0)
    assert raised.value.param == "host"


def test_a_name_that_does_not_exist():
    with pytest.raises(AddressUnusable, match=r"no\.such\.host\.invalid"):
        listen("no.such.host.invalid", 0)


def test_a_port_can_be_taken_again_at_once():
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as connection:
            accepted, _ = first.accept()
            accepted.close()
            connection.recv(1)
    listen("127.0.0.1", port).close()


def test_addresses_and_the_hosts_that_name_them():
    with listen("0.0.0.0", 0) as listener:
        port = listener.getsockname()[1]
        assert address("0.0.0.0", listener) == f"http://127.0.0.1:{port}/"
        assert address("::", listener) == f"http://[::1]:{port}/"
        assert address("fe80::1", listener) == f"http://[fe80::1]:{port}/"
    assert named("0.0.0.0") == []
    assert named("::") == []
    assert named("192.168.1.5") == ["192.168.1.5"]
    assert named("0:0:0:0:0:0:0:1") == ["[::1]"]
    assert named("box.local") == ["box.local"]


def test_without_a_display_there_is_no_desktop(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not has_desktop()
    monkeypatch.setenv("DISPLAY", ":0")
    assert has_desktop()


def test_it_serves_and_ends_quietly_on_ctrl_c(process):
    url = process.stdout.readline().strip()
    assert httpx.get(f"{url}health").json()["status"] == "ok"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=A_HANG)
    assert (process.returncode, out, err) == (0, "ended\n", "")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_it_ends_when_told_to_and_with_its_terminal(process, sent):
    process.stdout.readline()
    process.send_signal(sent)
    _, err = process.communicate(timeout=A_HANG)
    assert process.returncode == 0
    assert err == ""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_what_ends_a_process_lets_the_server_end(name):
    """Also the end of the terminal, which would else cut answers off and leave files behind."""
    server = Server(configuration(create_app(Settings(encoder="sha256")), Settings()), print)
    sent = getattr(signal, name)
    before = signal.getsignal(sent)
    with server.capture_signals():
        # called, not sent: these tests' own process must not end by it
        signal.getsignal(sent)(sent, None)
        server.end_in_time.cancel()
        assert server.should_exit
        assert server.stopped_by == sent
    assert signal.getsignal(sent) is before


@pytest.mark.parametrize("first", [signal.SIGHUP, signal.SIGTERM])
def test_the_end_of_a_terminal_that_is_told_twice_is_no_impatience(monkeypatch, first):
    monkeypatch.setattr(os, "_exit", Mock(side_effect=SystemExit))
    server = Server(configuration(create_app(Settings(encoder="sha256")), Settings()), print)
    server.handle_exit(first, None)
    server.end_in_time.cancel()
    server.handle_exit(signal.SIGHUP, None)
    assert server.stopped_by == first
    with pytest.raises(SystemExit):
        server.handle_exit(signal.SIGTERM, None)


def test_under_nohup_the_end_of_the_terminal_is_nothing():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        server = Server(configuration(create_app(Settings(encoder="sha256")), Settings()), print)
        with server.capture_signals():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


SILENT = """
import socket, sys
from likewise.server import leave, process, run
from likewise.settings import Settings
listener = socket.create_server(("127.0.0.1", 0))  # takes connections and says nothing
name = f"http://127.0.0.1:{listener.getsockname()[1]}/v1/x"
settings = Settings(encoder="sha256", encoders=(name,), remote_seconds=600, max_body_bytes=10**6)
process.STOP_SECONDS, process.DRAIN_SECONDS = 1.5, 1
run("127.0.0.1", 0, on_ready=lambda at: print(at, name, flush=True), settings=settings)
print("ended", flush=True)
"""


def test_sigterm_ends_it_whatever_hangs(tmp_path):
    """A provider that says nothing holds a request, which holds the server until time is up."""
    assert (STOP_SECONDS, DRAIN_SECONDS) == (10, 8)  # what is promised; the test's are shorter
    environment = {**os.environ, "LIKEWISE_CACHE": str(tmp_path)}
    environment.pop("LIKEWISE_OFFLINE", None)
    with subprocess.Popen(
        [sys.executable, "-c", SILENT], stdout=subprocess.PIPE, text=True, env=environment
    ) as running:
        try:
            url, name = running.stdout.readline().split()
            body = {"model": name, "input": "a"}
            with pytest.raises(httpx.TimeoutException):
                httpx.post(f"{url}v1/embeddings", json=body, timeout=0.5)
            asking = threading.Thread(
                target=lambda: suppressed(httpx.post, f"{url}v1/embeddings", json=body, timeout=60)
            )
            asking.start()
            running.send_signal(signal.SIGTERM)
            assert running.wait(timeout=A_HANG) == 0
            asking.join()
        finally:
            running.kill()


def suppressed(ask, *args, **kwargs):
    with suppress(httpx.HTTPError):
        ask(*args, **kwargs)


@pytest.mark.parametrize("host", ["", " "])
def test_a_blank_address_is_not_all_networks(host):
    with pytest.raises(InvalidOption, match="blank"):
        run(host, 0, settings=Settings(encoder="sha256"))


@pytest.mark.parametrize("host", ["a" * 100, "..", "\udcff"])
def test_a_host_that_is_none(host):
    with pytest.raises(AddressUnusable):
        listen(host, 0)


def test_a_page_of_ones_own_takes_nothing_that_opens_or_closes_a_server():
    server = Settings(
        host="0.0.0.0",
        port=9,
        encoder="sha256",
        api_keys=("k",),
        page=False,
        training=False,
        public=True,
        trusted_proxies=("10.0.0.1",),
        allowed_hosts=("*",),
        cors_origins=("*",),
        rate_requests="1/day",
        rate_tokens="1/day",
    )
    own, plain = for_owner(server), Settings()
    taken = {name for name in type(own).model_fields if getattr(own, name) != getattr(plain, name)}
    assert taken == {"port", "encoder"}
    assert only_owner(own)
