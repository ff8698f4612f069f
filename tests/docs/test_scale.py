"""What docs/scale.md and the files beside it promise."""

import copy
import re
from pathlib import Path

import pytest
import yaml

from likewise.cli.run import likewise as command
from tests.docs.kuberay import problems

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
JOB = yaml.safe_load((ROOT / "docs" / "scale" / "rayjob.yaml").read_text(encoding="utf-8"))

RAY = re.search(r'"ray>=(\d+\.\d+)', (ROOT / "pyproject.toml").read_text("utf-8"))[1]


def containers():
    cluster = JOB["spec"]["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    return [one for group in groups for one in group["template"]["spec"]["containers"]]


def places(value, before=()):
    """Yield where each member of a manifest stands."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in entries:
        if isinstance(value, dict):
            yield (*before, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*before, key))


def inside(value, path):
    for key in path:
        value = value[key]
    return value


def test_the_job_for_kubernetes_has_the_fields_that_there_are():
    assert problems(JOB) == []
    assert (JOB["apiVersion"], JOB["kind"]) == ("ray.io/v1", "RayJob")
    for group in JOB["spec"]["rayClusterSpec"]["workerGroupSpecs"]:
        assert group["minReplicas"] == group["replicas"] == group["maxReplicas"]
    assert len(containers()) == 2
    for one in containers():
        assert one["resources"]["limits"] == one["resources"]["requests"]
        said = {entry["name"]: entry["value"] for entry in one["env"]}
        assert said["RAY_USAGE_STATS_ENABLED"] == "0"
        assert "secretRef" in one["envFrom"][0]


def test_a_field_that_is_misspelt_anywhere_is_found():
    every = list(places(JOB))
    assert len(every) > 60
    for path in every:
        broken = copy.deepcopy(JOB)
        parent = inside(broken, path[:-1])
        parent[f"{path[-1]}s"] = parent.pop(path[-1])
        assert any(f".{path[-1]}s is no field" in said for said in problems(broken)), path


def test_a_value_of_another_type_is_found():
    for path in places(JOB):
        broken = copy.deepcopy(JOB)
        inside(broken, path[:-1])[path[-1]] = None
        assert problems(broken), path


def test_ray_is_of_the_tested_version_everywhere():
    assert JOB["spec"]["rayClusterSpec"]["rayVersion"].startswith(f"{RAY}.")
    image = (ROOT / "docs" / "scale" / "Dockerfile").read_text(encoding="utf-8")
    assert f"rayproject/ray:{RAY}." in image


COMMANDS = [
    line.split("#")[0].split()
    for block in [*re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL), JOB["spec"]["entrypoint"]]
    for line in block.splitlines()
    if line.startswith("likewise ")
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_commands_of_the_page_can_be_given(words):
    context = command.make_context("likewise", words[1:])
    found, rest = command, words[1:]
    while hasattr(found, "resolve_command"):
        _, found, rest = found.resolve_command(context, rest)
    known = {option for parameter in found.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("-")} <= known
