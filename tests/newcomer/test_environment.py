"""`make` sets up once: a second run installs nothing, and so needs no network."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """The script, on a project of its own, with the installations noted instead of made."""
    spec = importlib.util.spec_from_file_location(
        "environment", ROOT / "scripts" / "environment.py"
    )
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    for name in ("pyproject.toml", "locks/runtime.txt", "hatch_build.py", "web/src/a.ts"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / ".venv").mkdir()
    page = tmp_path / "likewise" / "server" / "page" / "index.html"
    monkeypatch.setattr(script, "ROOT", tmp_path)
    monkeypatch.setattr(script, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(script, "LOCKS", tmp_path / "locks")
    monkeypatch.setattr(script, "PAGE", page)
    script.installed = []

    def install(command, **_: object) -> None:
        script.installed.append(command)
        script.VENV.mkdir(exist_ok=True)
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("built")

    monkeypatch.setattr(script.subprocess, "run", install)
    return script


def test_the_second_run_installs_nothing(environment):
    for _ in range(2):
        environment._install("runtime")
    assert len(environment.installed) == 1


def test_an_environment_that_is_half_made_is_made_anew_by_another_python(environment, monkeypatch):
    python = environment.VENV / "bin" / "python3"
    monkeypatch.setattr(environment.sys, "executable", str(python))
    environment._make_venv()
    [command] = environment.installed
    assert command[1:] == ["-m", "venv", environment.VENV]
    assert not Path(command[0]).is_relative_to(environment.VENV)
    assert Path(command[0]).exists()


@pytest.mark.parametrize("name", ["pyproject.toml", "locks/runtime.txt", "web/src/a.ts"])
def test_a_change_of_what_decides_installs_again(environment, tmp_path, name):
    environment._install("runtime")
    (tmp_path / name).write_text("changed")
    environment._install("runtime")
    assert len(environment.installed) == 2


def test_a_page_that_is_gone_is_built_again(environment):
    environment._install("runtime")
    environment.PAGE.unlink()
    environment._install("runtime")
    assert len(environment.installed) == 2


def test_a_failed_installation_is_tried_again(environment, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no network")

    works = environment.subprocess.run
    monkeypatch.setattr(environment.subprocess, "run", fail)
    with pytest.raises(RuntimeError):
        environment._install("runtime")
    monkeypatch.setattr(environment.subprocess, "run", works)
    environment._install("runtime")
    assert len(environment.installed) == 1
