"""What docs/deploy.md and deploy/ say is so."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from likewise.encoders.sha256 import Sha256Encoder
from likewise.server.app import create_app
from likewise.settings import Settings
from tests.http.serving import make_settings, serving
from tests.server.settings_table import HEAD, PAGE, ROOT, table
from tests.waiting import wait_for

UNIT = ROOT / "deploy" / "likewise.service"
CONTAINER = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
CADDY = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
DOCUMENT = PAGE.read_text("utf-8")


def test_the_table_of_settings_is_current():
    made = DOCUMENT.partition(HEAD)[2]
    assert made == table(), (
        "docs/deploy.md is not up to date: python -m tests.server.settings_table"
    )


@pytest.mark.parametrize("text", [DOCUMENT, CONTAINER, CADDY, UNIT.read_text("utf-8")])
def test_every_variable_is_a_setting(text):
    named = {name.lower() for name in re.findall(r"LIKEWISE_([A-Z_]+)", text)}
    assert named
    assert named <= set(Settings.model_fields)


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\((?!http)([^)]+)\)", DOCUMENT):
        assert (PAGE.parent / target).resolve().is_file(), target


def commands(text):
    return re.findall(r"^(?:\$ |[A-Z_]+=\S+ )*(likewise .*)$", text, re.M)


@pytest.mark.parametrize("line", commands(DOCUMENT))
def test_every_command_is_one(line):
    arguments = shlex.split(line.removesuffix(" \\"))
    done = subprocess.run(
        [sys.executable, "-m", *arguments, "--help"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    for option in (word for word in arguments if word.startswith("--")):
        assert option in done.stdout


def test_the_unit_is_valid_for_systemd(tmp_path):
    tool = shutil.which("systemd-analyze")
    text = UNIT.read_text("utf-8")
    started = re.search(r"^ExecStart=(.*)$", text, re.M).group(1)
    assert started == "/opt/likewise/bin/likewise serve"
    if tool is None:  # not every machine has systemd; what can be read is checked everywhere
        return
    program = tmp_path / "likewise"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / "likewise.service"
    unit.write_text(text.replace("/opt/likewise/bin/likewise", str(program)))
    done = subprocess.run([tool, "verify", unit], capture_output=True, text=True, timeout=60)
    complaints = [line for line in done.stderr.splitlines() if "likewise.service" in line]
    assert complaints == []


def test_the_proxy_reads_its_configuration(tmp_path):
    tool = shutil.which("caddy")
    assert "reverse_proxy" in CADDY
    if tool is None:  # not every machine has Caddy; what can be read is checked everywhere
        return
    command = [
        tool,
        "validate",
        "--adapter",
        "caddyfile",
        "--config",
        ROOT / "deploy" / "Caddyfile",
    ]
    homes = {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, env={**os.environ, **homes}
    )
    assert done.returncode == 0, done.stderr
    assert "Valid configuration" in done.stdout + done.stderr


def test_the_image_does_not_run_as_root_and_stops_when_told():
    assert re.search(r"^USER 10001$", CONTAINER, re.M)
    assert CONTAINER.index("USER 10001") < CONTAINER.index('CMD ["likewise"')
    assert "STOPSIGNAL SIGTERM" in CONTAINER
    assert re.search(r"^CMD \[\"likewise\", \"serve\"\]$", CONTAINER, re.M)


@pytest.mark.parametrize("text", [DOCUMENT, CONTAINER])
def test_what_is_installed_is_checked_against_hashes(text):
    [lock] = re.findall(r"pip install .*--require-hashes -r (\S+)", text)
    assert (ROOT / lock).is_file()
    assert re.search(r"pip install .*--no-deps \.$", text, re.M)


def test_the_model_of_the_image_is_found_where_the_image_puts_it(tmp_path):
    fetch, name = re.search(r"(likewise models fetch minilm).*/models/(\w+) ", CONTAINER).groups()
    done = subprocess.run(
        [sys.executable, "-m", *fetch.split()], capture_output=True, text=True, timeout=120
    )
    models = tmp_path / "models"
    shutil.copytree(done.stdout.strip(), models / name)
    offline = {
        **os.environ,
        "HOME": str(tmp_path),
        "HF_HOME": str(tmp_path),
        "LIKEWISE_MODELS": str(models),
        "LIKEWISE_CACHE": str(tmp_path / "other"),
        "LIKEWISE_OFFLINE": "1",
    }
    compared = [sys.executable, "-m", "likewise", "compare", "a cat", "a dog", "--json"]
    done = subprocess.run(compared, capture_output=True, text=True, env=offline, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["encoder"]["name"] == "minilm"


def health_command():
    line = re.search(r"HEALTHCHECK.*?CMD \[(.*?)\]$", CONTAINER, re.S | re.M).group(1)
    return re.findall(r'"(.*?)"(?:, |$)', line)[2]


def test_the_image_is_healthy_exactly_when_the_server_is_ready(tmp_path):
    code = health_command()
    settings = make_settings(tmp_path, allowed_hosts=("embed.example.org",), api_keys=("k",))

    def healthy(url):
        asked = code.replace("http://127.0.0.1:8337", url)
        assert asked != code
        return subprocess.run([sys.executable, "-c", asked], capture_output=True).returncode == 0

    with serving(create_app(settings, Sha256Encoder())) as url:
        wait_for(lambda: healthy(url))
    waiting = make_settings(tmp_path, encoder="none/such", encoders=())
    with serving(create_app(waiting)) as url:
        assert httpx.get(f"{url}/health").status_code == 200
        assert not healthy(url)


def test_the_proxy_allows_what_the_server_allows():
    defaults = Settings.model_fields
    size = int(re.search(r"max_size (\d+)MB", CADDY).group(1)) * 1_000_000
    assert size >= defaults["max_body_bytes"].default
    wait = int(re.search(r"response_header_timeout (\d+)s", CADDY).group(1))
    assert wait > defaults["deadline"].default
    keep = int(re.search(r"keepalive (\d+)s", CADDY).group(1))
    assert keep < 5  # uvicorn closes idle connections after five seconds
    port = int(re.search(r"reverse_proxy 127\.0\.0\.1:(\d+)", CADDY).group(1))
    assert port == defaults["port"].default
    assert Path(ROOT / "docs" / "deploy.md").is_file()
