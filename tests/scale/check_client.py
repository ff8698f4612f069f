"""Jobs on a cluster that is reached from outside, by `ray://`: each command, and what can break."""

import contextlib
import secrets
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.distributed.conftest import digests
from tests.scale.conftest import ROOT, ended, shards, whole
from tests.scale.own_ray import free_port, ray_folder
from tests.waiting import wait_for

JOB = "tests.distributed.ray_job"

VERSIONS = """
import sys, ray
from likewise.distributed.on_ray import OnRay
setattr({module}, "{name}", {value})
list(OnRay(sys.argv[1]).run(print, [1]))
"""


@pytest.fixture(scope="module")
def cluster():
    """The address of a cluster with a server for clients, and a token that it asks for."""
    env = {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_BACKEND_LOG_LEVEL": "fatal",
        "PYTHONPATH": str(ROOT),
    }
    with ray_folder() as folder, pytest.MonkeyPatch.context() as patch:
        for name, value in (env | {"RAY_TMPDIR": folder}).items():
            patch.setenv(name, value)
        yield f"ray://127.0.0.1:{begun()}"


def begun():
    """Start a head; return the port of its server for clients.

    A port may not be free any more when Ray begins: then it is another one's turn.
    """
    for _ in range(5):
        port = free_port()
        ran = subprocess.run(
            [Path(sys.executable).with_name("ray"), "start", "--head", "--port", str(free_port()),
             "--ray-client-server-port", str(port), "--node-ip-address", "127.0.0.1",
             "--num-cpus", "2", "--include-dashboard", "false", "--disable-usage-stats"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if ran.returncode == 0:
            return port
    raise AssertionError(ran.stderr)


def check_every_command(tmp_path, cluster, start):
    csv = tmp_path / "in.csv"
    rows = [f"{'good' if row % 2 else 'bad'} text {row},{row % 2}" for row in range(400)]
    csv.write_text("\n".join(["text,label", *rows]))
    model = tmp_path / "model"

    def likewise(*words):
        code, out, said = ended(start("likewise", *words))
        assert code == 0, said
        return out + said

    likewise("train", csv, "-o", model, "--label", "label", "--encoder", "sha256", "--quick")
    out, answers = tmp_path / "out", tmp_path / "answers"
    likewise("scale", "plan", csv, out, "--encoder", "sha256", "--shard-rows", "100")
    likewise("scale", "plan", csv, answers, "--model", model, "--shard-rows", "100")
    for job, place in (("embed", out), ("predict", answers)):
        said = likewise("scale", job, place, "--address", cluster)
        assert "400 rows" in said
        assert "are finished" in likewise("scale", "status", place)
        assert "400 rows in" in likewise("scale", "verify", place, "--address", cluster)
    found = likewise("scale", "dedupe", out, "--cosine", "0.9", "--address", cluster)
    assert "of 400 rows need not be kept" in found
    found = likewise("scale", "map", out, "--sample", "50", "--layout", "pca", "--address", cluster)
    assert "350 other rows are placed" in found


def check_a_driver_that_was_killed(many, planned, cluster, start):
    store, plan = planned(many, rows=2_000)
    driver = start(JOB, store.address, cluster, 2, "0.3")
    wait_for(lambda: len(shards(store)) >= 4 or driver.poll() is not None, 120)
    driver.kill()
    driver.wait()
    code, _, said = ended(start(JOB, store.address, cluster, 2))
    assert code == 0, said
    assert whole(store, plan)


def check_a_connection_that_is_lost(many, planned, cluster, start):
    store, plan = planned(many, rows=2_000)
    with relay(cluster) as (address, cut):
        env = {"RAY_CLIENT_RECONNECT_GRACE_PERIOD": "1"}  # half a minute otherwise
        driver = start(JOB, store.address, address, 2, "0.3", **env)
        wait_for(lambda: len(shards(store)) >= 4 or driver.poll() is not None, 120)
        cut()
        code, _, said = ended(driver)
    assert code == 1
    assert "StoreUnavailable: The connection to the Ray cluster at 'ray://127.0.0.1:" in said
    assert "was lost: " in said
    kept = digests(store)
    assert 4 <= len(kept) < len(plan)
    code, _, said = ended(start(JOB, store.address, cluster, 2))
    assert code == 0, said
    assert whole(store, plan)
    assert kept.items() <= digests(store).items()


@contextlib.contextmanager
def relay(cluster):
    """Hand on what comes to a port of its own; gives its address, and what cuts all lines."""
    port = int(cluster.rpartition(":")[2])
    lines = []

    def hand_on(one, other):
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                other.sendall(data)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                near, _ = server.accept()
                far = socket.create_connection(("127.0.0.1", port))
                lines.extend((near, far))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=hand_on, args=pair, daemon=True).start()

    def cut():
        for one in (server, *lines):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"ray://127.0.0.1:{server.getsockname()[1]}", cut
    finally:
        cut()


@pytest.mark.parametrize(
    ("module", "name", "value", "said"),
    [("ray", "__version__", "'2.0.0'", "2.0.0"), ("sys", "version_info", "(3, 7, 1)", "3.7")],
)
def check_another_version_is_one_sentence(cluster, module, name, value, said):
    program = VERSIONS.format(module=module, name=name, value=value)
    for _ in range(3):
        ran = subprocess.run([sys.executable, "-c", program, cluster], capture_output=True,
                             text=True, cwd=ROOT, check=False)  # fmt: skip
        last = ran.stderr.strip().splitlines()[-1]
        if "Initialization failure" not in last:  # a busy machine: Ray waits for half a minute
            break
    assert "StoreUnavailable: The Ray cluster at 'ray://127.0.0.1:" in last
    assert said in last
    assert "Ray and Python must be of the same version on all machines" in last


def check_another_token_is_one_sentence(cluster, many, planned, start):
    store, _ = planned(many, rows=2_000)
    embed = ("likewise", "scale", "embed", store.address, "--address", cluster)
    code, _, said = ended(start(*embed, RAY_AUTH_TOKEN="0" * 64))
    assert code == 4
    assert "RAY_AUTH_TOKEN" in said
    assert "Warning" not in said
    assert "Traceback" not in said
