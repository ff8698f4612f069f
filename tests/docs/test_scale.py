"""What docs/scale.md and the files beside it promise."""

import re
from pathlib import Path

import pytest
import yaml

from likewise.cli.run import likewise as command

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
JOB = yaml.safe_load((ROOT / "docs" / "scale" / "rayjob.yaml").read_text(encoding="utf-8"))

RAY = re.search(r'"ray\[data\]>=(\d+\.\d+)', (ROOT / "pyproject.toml").read_text("utf-8"))[1]

OF_A_JOB = {
    *("activeDeadlineSeconds", "backoffLimit", "clusterSelector", "entrypoint", "jobId"),
    *("entrypointNumCpus", "entrypointNumGpus", "entrypointResources", "metadata"),
    *("rayClusterSpec", "runtimeEnvYAML", "shutdownAfterJobFinishes", "submissionMode"),
    *("submitterPodTemplate", "suspend", "ttlSecondsAfterFinished"),
}
"""Fields of the spec of a RayJob, ray.io/v1."""
OF_A_GROUP = {
    *("groupName", "replicas", "minReplicas", "maxReplicas", "rayStartParams", "template"),
}


def containers():
    cluster = JOB["spec"]["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    return [one for group in groups for one in group["template"]["spec"]["containers"]]


def test_the_job_for_kubernetes_has_the_fields_that_there_are():
    assert (JOB["apiVersion"], JOB["kind"]) == ("ray.io/v1", "RayJob")
    assert set(JOB["spec"]) <= OF_A_JOB
    for group in JOB["spec"]["rayClusterSpec"]["workerGroupSpecs"]:
        assert set(group) == OF_A_GROUP
        assert group["minReplicas"] == group["replicas"] == group["maxReplicas"]
    assert len(containers()) == 2
    for one in containers():
        assert one["resources"]["limits"] == one["resources"]["requests"]
        said = {entry["name"]: entry["value"] for entry in one["env"]}
        assert said["RAY_USAGE_STATS_ENABLED"] == "0"
        assert "secretRef" in one["envFrom"][0]
    for group in [JOB["spec"]["rayClusterSpec"]["headGroupSpec"]]:
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())


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
