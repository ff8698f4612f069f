"""The locks fit pyproject.toml, and hold what an installation must be able to check."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
RUNTIME = PROJECT["project"]["dependencies"]
NEEDED = {"runtime": RUNTIME, "tests": RUNTIME + PROJECT["dependency-groups"]["test"]}
STALE = "the locks are out of date: make locks"


def locked(name):
    """The version and the hashes of each package in a lock."""
    text = (ROOT / "locks" / f"{name}.txt").read_text("utf-8")
    entries = re.findall(r"^([\w.-]+)==(\S+)((?:.*\\\n)*.*)$", text, re.M)
    found = {
        package: (version, re.findall(r"sha256:(\w{64})\b", rest))
        for package, version, rest in entries
    }
    assert len(found) == len(re.findall(r"^\S", text, re.M)), "a line is not a locked package"
    return found


@pytest.mark.parametrize("name", NEEDED)
def test_every_dependency_is_locked_within_its_range(name):
    versions = locked(name)
    for line in NEEDED[name]:
        needed = Requirement(line)
        version, _ = versions[canonicalize_name(needed.name)]
        assert needed.specifier.contains(version), f"{line}, but {version}: {STALE}"


@pytest.mark.parametrize("name", NEEDED)
def test_every_package_has_hashes_and_no_address(name):
    assert all(hashes for _, hashes in locked(name).values())
    text = (ROOT / "locks" / f"{name}.txt").read_text("utf-8")
    assert not re.search(r"://|--(extra-)?index-url|--find-links", text)


def test_both_locks_agree():
    runtime, tests = locked("runtime"), locked("tests")
    assert {name: tests.get(name) for name in runtime} == runtime, STALE
