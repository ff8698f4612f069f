"""Runs a planned job on a Ray cluster, and says which nodes worked: OUT ADDRESS WORKERS [PAUSE]."""

import json
import os
import sys
import time

import likewise
from likewise.distributed import jobs
from likewise.distributed.on_ray import OnRay
from likewise.distributed.shard import ShardWork
from tests.waiting import wait_for


class Telling:
    """Makes shards, slowly if need be, and leaves a file that names the node and the process.

    No shard is made before as many nodes are at work as there are said to be.
    """

    def __init__(self, work, folder, pause, nodes):
        self.work = work
        self.folder = folder
        self.pause = pause
        self.nodes = nodes

    def __call__(self, number):
        import ray

        node = ray.get_runtime_context().get_node_id()
        (self.folder / f"{number}-{node}-{os.getpid()}").touch()
        wait_for(lambda: len(nodes_in(self.folder)) >= self.nodes, 60)
        time.sleep(self.pause)
        return self.work(number)


class Told(OnRay):
    """Ray, with work that tells where it was done."""

    def __init__(self, address, workers, folder, *, pause=0.0, nodes=1):
        super().__init__(address, workers)
        self.folder = folder
        self.pause = pause
        self.nodes = nodes

    def run(self, work, numbers):
        assert isinstance(work, ShardWork)
        self.folder.mkdir(exist_ok=True)
        return super().run(Telling(work, self.folder, self.pause, self.nodes), numbers)


def nodes_in(folder):
    """Return the nodes that have begun a shard."""
    return {path.name.split("-")[1] for path in folder.iterdir()}


if __name__ == "__main__":
    out, address, workers, *pause = sys.argv[1:]
    from tests.distributed import ray_job  # so that its class has a name in other processes

    store, plan = jobs.opened(out)
    folder = store.local.parent / "nodes"
    executor = ray_job.Told(address, int(workers), folder, pause=float(pause[0]) if pause else 0.0)
    state = jobs.run(store, plan, likewise.load("sha256"), executor, job="embed")
    told = {"finished": state.finished, "rows": state.rows, "nodes": sorted(nodes_in(folder))}
    sys.stdout.write(json.dumps(told) + "\n")
