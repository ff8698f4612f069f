"""What docs/scale.md and the files beside it promise."""

import copy
import re
from pathlib import Path

import pytest
import yaml

from likewise.cli.run import likewise as command
from tests.docs import crd
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


CRD = yaml.safe_load("""
spec:
  group: example.org
  names: {kind: Thing}
  versions:
    - name: v1
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            apiVersion: {type: string}
            kind: {type: string}
            metadata: {type: object}
            spec:
              type: object
              required: [items]
              properties:
                mode: {type: string, enum: [fast, slow]}
                labels: {type: object, additionalProperties: {type: string}}
                items:
                  type: array
                  items:
                    type: object
                    properties:
                      size:
                        anyOf: [{type: integer}, {type: string}]
                        pattern: ^[0-9]+(Gi)?$
                        x-kubernetes-int-or-string: true
                anything: {type: object, x-kubernetes-preserve-unknown-fields: true}
""")
GOOD = {
    "apiVersion": "example.org/v1",
    "kind": "Thing",
    "metadata": {"name": "a"},
    "spec": {"items": [{"size": 2}, {"size": "8Gi"}], "labels": {"any": "x"}, "anything": {"b": 1}},
}


def test_a_manifest_that_keeps_to_a_definition_is_right():
    assert crd.problems(GOOD, CRD) == []


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("spec", "mode"), "quick", "$.spec.mode: 'quick' is not one of"),
        (("spec", "moode"), "fast", "$.spec: Additional properties are not allowed ('moode'"),
        (("spec", "labels", "n"), 1, "$.spec.labels.n: 1 is not of type 'string'"),
        (("spec", "items", 0, "size"), "8G", "$.spec.items[0].size: '8G' does not match"),
        (("spec", "items", 0, "size"), True, "$.spec.items[0].size: True is not of type"),
        (("spec", "items", 1, "Size"), 1, "$.spec.items[1]: Additional properties"),
        (("spec",), {}, "$.spec: 'items' is a required property"),
        (("kind",), "Other", "$ is Other of example.org/v1; the definition is that of Thing"),
        (("apiVersion",), "example.org/v2", "the definition is that of Thing of example.org/v1"),
    ],
)
def test_a_manifest_that_does_not_keep_to_its_definition_is_told_where(path, value, said):
    broken = copy.deepcopy(GOOD)
    inside(broken, path[:-1])[path[-1]] = value
    assert said in "\n".join(crd.problems(broken, CRD))


def test_the_job_for_kubernetes_is_validated_against_a_definition_in_a_file(tmp_path, capsys):
    (tmp_path / "crd.yaml").write_text(yaml.safe_dump(CRD), encoding="utf-8")
    (tmp_path / "thing.yaml").write_text(yaml.safe_dump(GOOD), encoding="utf-8")
    definition, thing = str(tmp_path / "crd.yaml"), str(tmp_path / "thing.yaml")
    assert crd.main(definition, thing) == 0
    assert crd.main(definition, str(ROOT / "docs" / "scale" / "rayjob.yaml")) == 1
    assert "$ is RayJob of ray.io/v1" in capsys.readouterr().out
