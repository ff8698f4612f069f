"""What can break on a Ray cluster: its driver, its workers, its nodes, its address."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from likewise.distributed import jobs
from likewise.distributed.executors import Loop
from likewise.errors import StoreUnavailable
from tests.distributed.cluster import ROOT, ray_cluster
from tests.distributed.conftest import digests
from tests.scale.conftest import ended, shards, whole
from tests.waiting import wait_for

JOB = "tests.distributed.ray_job"


def marks(store):
    """Return what workers have left: shard, node and process of each beginning."""
    folder = store.local.parent / "nodes"
    return [path.name.split("-") for path in folder.iterdir()] if folder.exists() else []


def begun(store, driver, count):
    wait_for(lambda: len(shards(store)) >= count or driver.poll() is not None, 120)
    assert driver.poll() is None, driver.communicate()


def check_workers_that_were_killed(many, planned, done, start):
    alone, _ = done(many, "alone", Loop(), rows=2_000)
    store, plan = planned(many, rows=2_000)
    with ray_cluster(2) as cluster:
        driver = start(JOB, store.address, cluster.address, 2, "0.3")
        for kills in range(3):
            begun(store, driver, 4 + 6 * kills)
            alive = [int(pid) for _, _, pid in marks(store) if Path(f"/proc/{pid}").exists()]
            os.kill(alive[-1], signal.SIGKILL)
        code, out, said = ended(driver)
    assert code == 0, said
    assert json.loads(out.splitlines()[-1])["finished"] == 40
    assert whole(store, plan)
    assert digests(store) == digests(alone)


def check_a_part_that_kills_its_worker_takes_no_other_with_it(many, planned, start, sha256):
    store, plan = planned(many, rows=2_000)
    with ray_cluster(2) as cluster:
        driver = start("tests.scale.ray_deadly", store.address, cluster.address, 2, 20)
        code, _, said = ended(driver)
    assert code == 1, said
    assert "1 of 40 shards could not be finished (20: its worker died 3 times" in said
    assert len(shards(store)) == 39
    jobs.run(store, plan, sha256, Loop(), job="embed")
    assert whole(store, plan)


def check_a_node_that_was_removed(many, planned, start):
    store, plan = planned(many, rows=2_000)
    with ray_cluster(3) as cluster:
        driver = start(JOB, store.address, cluster.address, 2, "0.3")
        begun(store, driver, 4)
        at_work = {node for _, node, _ in marks(store)}
        lost = [node for node in cluster.worker_nodes if node.node_id in at_work] or list(
            cluster.worker_nodes
        )
        cluster.remove_node(lost[0], allow_graceful=False)
        code, out, said = ended(driver)
    assert code == 0, said
    assert json.loads(out.splitlines()[-1])["rows"] == 80_000
    assert whole(store, plan)


def check_a_driver_that_was_killed(many, planned, start):
    store, plan = planned(many, rows=2_000)
    with ray_cluster(2) as cluster:
        driver = start(JOB, store.address, cluster.address, 2, "0.3")
        begun(store, driver, 4)
        driver.kill()
        driver.wait()
        kept = len(shards(store))
        code, out, said = ended(start(JOB, store.address, cluster.address, 2))
    assert code == 0, said
    assert 0 < json.loads(out.splitlines()[-1])["finished"] <= 40 - kept
    assert whole(store, plan)


def check_the_command_line_on_a_cluster_of_its_own(many, planned, start):
    store, plan = planned(many, rows=2_000)
    embed = ("likewise", "scale", "embed", store.address, "--address", "ray", "--workers", "2")
    code, _, said = ended(start(*embed))
    assert code == 0, said
    assert "40 of 40 shards are finished" in said
    assert whole(store, plan)


def check_an_address_without_a_cluster_is_said():
    program = (
        "from likewise.distributed.on_ray import OnRay; list(OnRay('127.0.0.1:1').run(print, [1]))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                         cwd=ROOT, check=False)  # fmt: skip
    assert StoreUnavailable.__name__ in ran.stderr
    assert "The Ray cluster at '127.0.0.1:1' can't be used: " in ran.stderr


def check_no_usage_statistics_are_sent():
    program = (
        "from likewise.distributed.on_ray import _imported; _imported(); "
        "from ray._common.usage import usage_lib; print(usage_lib.usage_stats_enabled())"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                         cwd=ROOT, check=True)  # fmt: skip
    assert ran.stdout.split()[-1] == "False"
