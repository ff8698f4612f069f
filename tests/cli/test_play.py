"""`likewise play`."""

import json
import re
import socket
import urllib.request

import pytest

from tests.cli.conftest import interrupt, one_sentence_error
from tests.encoders.models import write_model


def address(process) -> str:
    line = process.stdout.readline().decode()
    said = re.fullmatch(r"Likewise is at (http://127\.0\.0\.1:\d+/) \(Ctrl-C stops it\)\n", line)
    assert said, line
    return said[1]


def test_it_prints_the_address_that_answers_and_stops_at_once(start, minilm):
    process = start("play", "--port", "0", "--no-browser")
    url = address(process)
    with urllib.request.urlopen(f"{url}health", timeout=30) as answer:
        assert b'"ok"' in answer.read()
    code, err = interrupt(process)
    assert code == 130
    assert "Traceback" not in err


def test_a_port_in_use(cli):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = str(listener.getsockname()[1])
        ran = cli("play", "--port", port, "--no-browser")
    one_sentence_error(ran, 5, f"port {port}", "--port 0")


@pytest.mark.parametrize("port", ["x", "-1", "65536"])
def test_a_port_that_can_not_be(cli, port):
    ran = cli("play", "--port", port)
    assert ran.code == 2
    assert "Invalid value for '--port'" in ran.err


def test_an_address_that_is_not_ours(cli):
    one_sentence_error(cli("play", "--host", "192.0.2.1", "--no-browser"), 5, "192.0.2.1")


def test_it_takes_an_encoder_as_compare_does(start, tmp_path):
    write_model(tmp_path / "tiny")
    process = start("play", "--port", "0", "--no-browser", "-e", "./tiny")
    url = address(process)
    with urllib.request.urlopen(f"{url}api/encoders", timeout=30) as answer:
        assert json.load(answer)["default"] == "./tiny"
    interrupt(process)


def test_an_encoder_that_is_not_there_is_said_at_once(cli):
    one_sentence_error(cli("play", "--no-browser", "-e", "./nowhere"), 4, "There is no folder")
