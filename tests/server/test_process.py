"""Listening, and the process that serves."""

import os
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from likewise.errors import AddressUnusable, PortInUse
from likewise.server.process import address, has_desktop, listen, named

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
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "ended\n", "")


def test_it_ends_on_sigterm(process):
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert process.returncode in {0, -signal.SIGTERM}
    assert err == ""
