"""Fields of a RayJob and of the pods in it, with their types, to find what is misspelt.

Sources: KubeRay, ray-operator/apis/ray/v1/rayjob_types.go and raycluster_types.go, and the
definitions in helm-chart/kuberay-operator/crds (read in November 2026); Kubernetes 1.37, the JSON
schemas of PodTemplateSpec and what is in it. `crd` validates against a definition itself. Fields
whose own content is not written down here are left out: a manifest that needs one adds it.
"""

OPTIONAL, REQUIRED = False, True

TYPES = {
    "RayJob": {
        "apiVersion": ("string", REQUIRED),
        "kind": ("string", REQUIRED),
        "metadata": ("ObjectMeta", REQUIRED),
        "spec": ("RayJobSpec", REQUIRED),
    },
    "ObjectMeta": {
        "name": ("string", OPTIONAL),
        "namespace": ("string", OPTIONAL),
        "labels": ("strings", OPTIONAL),
        "annotations": ("strings", OPTIONAL),
    },
    "RayJobSpec": {
        "activeDeadlineSeconds": ("integer", OPTIONAL),
        "backoffLimit": ("integer", OPTIONAL),
        "rayClusterSpec": ("RayClusterSpec", OPTIONAL),
        "submitterPodTemplate": ("PodTemplateSpec", OPTIONAL),
        "metadata": ("strings", OPTIONAL),
        "clusterSelector": ("strings", OPTIONAL),
        "managedBy": ("string", OPTIONAL),
        "entrypoint": ("string", OPTIONAL),
        "runtimeEnvYAML": ("string", OPTIONAL),
        "jobId": ("string", OPTIONAL),
        "submissionMode": ("string", OPTIONAL),
        "entrypointResources": ("string", OPTIONAL),
        "entrypointNumCpus": ("number", OPTIONAL),
        "entrypointNumGpus": ("number", OPTIONAL),
        "ttlSecondsAfterFinished": ("integer", OPTIONAL),
        "shutdownAfterJobFinishes": ("boolean", OPTIONAL),
        "suspend": ("boolean", OPTIONAL),
    },
    "RayClusterSpec": {
        "authOptions": ("AuthOptions", OPTIONAL),
        "suspend": ("boolean", OPTIONAL),
        "managedBy": ("string", OPTIONAL),
        "headServiceAnnotations": ("strings", OPTIONAL),
        "enableInTreeAutoscaling": ("boolean", OPTIONAL),
        "headGroupSpec": ("HeadGroupSpec", REQUIRED),
        "rayVersion": ("string", OPTIONAL),
        "workerGroupSpecs": ("[WorkerGroupSpec]", OPTIONAL),
    },
    "AuthOptions": {"mode": ("disabled|token", OPTIONAL)},
    "HeadGroupSpec": {
        "template": ("PodTemplateSpec", REQUIRED),
        "enableIngress": ("boolean", OPTIONAL),
        "rayStartParams": ("RayStart", OPTIONAL),
        "serviceType": ("string", OPTIONAL),
    },
    "WorkerGroupSpec": {
        "suspend": ("boolean", OPTIONAL),
        "groupName": ("string", REQUIRED),
        "replicas": ("integer", OPTIONAL),
        "minReplicas": ("integer", REQUIRED),
        "maxReplicas": ("integer", REQUIRED),
        "idleTimeoutSeconds": ("integer", OPTIONAL),
        "rayStartParams": ("RayStart", OPTIONAL),
        "template": ("PodTemplateSpec", REQUIRED),
        "numOfHosts": ("integer", OPTIONAL),
    },
    # options of `ray start`
    "RayStart": dict.fromkeys(
        ("num-cpus", "num-gpus", "memory", "object-store-memory", "resources", "block"),
        ("string", OPTIONAL),
    ),
    "PodTemplateSpec": {"metadata": ("ObjectMeta", OPTIONAL), "spec": ("PodSpec", REQUIRED)},
    "PodSpec": {
        "containers": ("[Container]", REQUIRED),
        "nodeSelector": ("strings", OPTIONAL),
        "priorityClassName": ("string", OPTIONAL),
        "restartPolicy": ("string", OPTIONAL),
        "runtimeClassName": ("string", OPTIONAL),
        "serviceAccountName": ("string", OPTIONAL),
        "terminationGracePeriodSeconds": ("integer", OPTIONAL),
    },
    "Container": {
        "name": ("string", REQUIRED),
        "image": ("string", OPTIONAL),
        "imagePullPolicy": ("string", OPTIONAL),
        "env": ("[EnvVar]", OPTIONAL),
        "envFrom": ("[EnvFromSource]", OPTIONAL),
        "ports": ("[ContainerPort]", OPTIONAL),
        "resources": ("ResourceRequirements", OPTIONAL),
        "workingDir": ("string", OPTIONAL),
    },
    "EnvVar": {"name": ("string", REQUIRED), "value": ("string", OPTIONAL)},
    "EnvFromSource": {
        "prefix": ("string", OPTIONAL),
        "secretRef": ("Reference", OPTIONAL),
        "configMapRef": ("Reference", OPTIONAL),
    },
    "Reference": {"name": ("string", REQUIRED), "optional": ("boolean", OPTIONAL)},
    "ContainerPort": {
        "containerPort": ("integer", REQUIRED),
        "name": ("string", OPTIONAL),
        "protocol": ("string", OPTIONAL),
    },
    "ResourceRequirements": {
        "limits": ("Quantities", OPTIONAL),
        "requests": ("Quantities", OPTIONAL),
    },
    "Quantities": dict.fromkeys(
        ("cpu", "memory", "ephemeral-storage", "nvidia.com/gpu"), ("string", OPTIONAL)
    ),
}

_PLAIN = {"string": str, "integer": int, "boolean": bool, "number": (int, float)}


def problems(value, type_="RayJob", at="$"):
    """Return what is wrong: unknown fields, missing ones, and values of other types."""
    if type_.startswith("["):
        if not isinstance(value, list) or not value:
            return [f"{at} is no list"]
        return [
            said for n, one in enumerate(value) for said in problems(one, type_[1:-1], f"{at}[{n}]")
        ]
    if "|" in type_:
        return [] if value in type_.split("|") else [f"{at} is {value!r}, none of {type_}"]
    if type_ in _PLAIN:
        right = isinstance(value, _PLAIN[type_]) and isinstance(value, bool) == (type_ == "boolean")
        return [] if right else [f"{at} is {value!r}, no {type_}"]
    if not isinstance(value, dict):
        return [f"{at} is {value!r}, no object"]
    if type_ == "strings":
        return [
            f"{at}.{key} is no string" for key, one in value.items() if not isinstance(one, str)
        ]
    fields = TYPES[type_]
    found = [f"{at}.{name} is no field of {type_}" for name in value.keys() - fields.keys()]
    found += [f"{at}.{name} is missing" for name, (_, needed) in fields.items()
              if needed and name not in value]  # fmt: skip
    for name in value.keys() & fields.keys():
        found += problems(value[name], fields[name][0], f"{at}.{name}")
    return found
