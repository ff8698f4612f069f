"""Validates a manifest against the schema of its CustomResourceDefinition: CRD.yaml MANIFEST.yaml.

As `kubeconform -strict` does: what a CRD does not name is an error, where a cluster would leave it
out without a word. Rules in CEL (`x-kubernetes-validations`) are a cluster's own to judge.
"""

import sys
from pathlib import Path

import jsonschema
import yaml


def problems(manifest, crd):
    """Return what is wrong with a manifest, by the schema of its own version in the CRD."""
    kind, version = crd["spec"]["names"]["kind"], manifest["apiVersion"].rpartition("/")[2]
    group = crd["spec"]["group"]
    schemas = {one["name"]: one["schema"]["openAPIV3Schema"] for one in crd["spec"]["versions"]}
    named = (manifest["apiVersion"], manifest["kind"])
    if version not in schemas or named != (f"{group}/{version}", kind):
        known = ", ".join(f"{group}/{name}" for name in schemas)
        return [f"$ is {named[1]} of {named[0]}; the definition is that of {kind} of {known}"]
    validator = jsonschema.Draft202012Validator(strict(schemas[version]))
    return sorted(f"{one.json_path}: {one.message}" for one in validator.iter_errors(manifest))


def strict(schema):
    """Return a schema with no room for members that it does not name."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {}
    for key, value in schema.items():
        if key == "properties":  # names, among which may be such as `items`
            made[key] = {name: strict(one) for name, one in value.items()}
        else:
            made[key] = strict(value)
    open_ = "additionalProperties" in made or made.get("x-kubernetes-preserve-unknown-fields")
    if "properties" in made and not open_:
        made["additionalProperties"] = False
    if made.get("x-kubernetes-int-or-string"):
        made["type"] = ["integer", "string"]
    if isinstance(made.get("type"), str) and made.pop("nullable", False):
        made["type"] = [made["type"], "null"]
    return made


def main(crd, manifest):
    """Print what is wrong; return 1 where something is."""
    read = [yaml.safe_load(Path(name).read_text(encoding="utf-8")) for name in (manifest, crd)]
    found = problems(*read)
    sys.stdout.write("\n".join(found or [f"{manifest} keeps to {crd}."]) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
