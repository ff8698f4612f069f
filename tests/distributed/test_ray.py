"""A job on a real Ray cluster of two nodes gives the same bytes as a loop."""

import json
import subprocess
import sys

import pytest

from likewise.distributed import jobs
from likewise.distributed.executors import Loop
from likewise.distributed.on_ray import OnRay
from likewise.errors import MissingPackage
from tests.distributed.cluster import ROOT, ray_cluster
from tests.distributed.conftest import digests


def test_two_nodes_make_the_same_bytes_as_a_loop(mixed, planned, done, sha256):
    alone, _ = done(mixed, "loop", Loop())
    store, plan = planned(mixed, "ray")
    with ray_cluster(2) as cluster:
        program = [sys.executable, "-m", "tests.distributed.ray_job"]
        ran = subprocess.run(
            [*program, str(store.local), cluster.address, "2", "0.2"],
            capture_output=True, text=True, check=False, cwd=ROOT, timeout=240,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout.splitlines()[-1])
    assert (said["finished"], said["rows"], len(said["nodes"])) == (len(plan), 5_000, 2)
    assert len(plan.cuts) == 2
    assert digests(store) == digests(alone)
    assert jobs.verify(store, plan, Loop())[1] == []


def test_without_ray_the_remedy_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingPackage, match=r"likewise\[ray\]"):
        next(OnRay("auto").run(print, [1]))
