"""`likewise doctor`."""

import json
import socket

import likewise
from likewise.settings import settings
from tests.files.test_write import FORBIDDEN


def free_port() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


def test_all_is_well(cli, minilm):
    ran = cli("doctor", "--json", env={"LIKEWISE_PORT": free_port()})
    found = json.loads(ran.out)
    assert found["problems"] == []
    assert ran.code == 0
    assert ran.err == "All is well.\n"
    assert found["versions"]["likewise"] == likewise.__version__
    assert found["encoder"]["digest"] == minilm.identity.digest
    assert found["encoder"]["precision"] == minilm.runtime.precision
    assert found["encoder"]["parity"] > 0.999
    assert found["processor"]["cores"] >= 1
    assert found["server"]["free"] is True


def test_the_precision_is_checked_anew(cli):
    kept = settings().cache / "parity" / "of-yesterday.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("{}", encoding="utf-8")
    cli("doctor", env={"LIKEWISE_PORT": free_port()})
    assert not kept.exists()


def test_the_table_says_the_same(cli, minilm):
    ran = cli("doctor", env={"LIKEWISE_PORT": free_port()})
    assert f"digest        {minilm.identity.digest}\n" in ran.out
    assert f"precision     {minilm.runtime.precision}\n" in ran.out


def test_everything_that_is_wrong_is_said_with_a_remedy(process, tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        env = {
            "LIKEWISE_PORT": str(port),
            "LIKEWISE_CACHE": str(FORBIDDEN / "likewise"),
            "LIKEWISE_MODELS": str(tmp_path / "none"),
            "HF_HOME": str(tmp_path),
        }
        ran = process("doctor", "--json", env=env)
    errors = [line for line in ran.err.splitlines() if line.startswith("Error: ")]
    assert [f"Error: {problem}" for problem in json.loads(ran.out)["problems"]] == errors
    assert "Run `likewise models fetch minilm`." in errors[0]
    assert "name another folder in LIKEWISE_CACHE" in errors[1]
    assert f"port {port}" in errors[2]
    assert ran.code == 5


def test_a_wrong_setting_is_said_once(cli):
    ran = cli("doctor", env={"LIKEWISE_PORT": "abc"})
    assert ran.code == 2
    assert ran.err.count("LIKEWISE_PORT can't be 'abc'") == 1
