"""Runs a planned job on a Ray cluster, and says which nodes worked: OUT ADDRESS WORKERS [PAUSE]."""

import json
import sys
import time

import likewise
from likewise.distributed import jobs
from likewise.distributed.on_ray import OnRay
from likewise.distributed.shard import ShardWork


class Telling:
    """Makes shards, slowly if need be, and leaves a file that names the node and the process."""

    def __init__(self, work, folder, pause):
        self.work = work
        self.folder = folder
        self.pause = pause

    def __call__(self, number):
        import os

        import ray

        node = ray.get_runtime_context().get_node_id()
        name = f"{number}-{node}-{os.getpid()}"
        (self.folder / name).touch()
        time.sleep(self.pause)
        return self.work(number)


class Told(OnRay):
    """Ray, with work that tells where it was done."""

    folder = None
    pause = 0.0

    def run(self, work, numbers):
        assert isinstance(work, ShardWork)
        return super().run(Telling(work, self.folder, self.pause), numbers)


if __name__ == "__main__":
    out, address, workers, *pause = sys.argv[1:]
    store, plan = jobs.opened(out)
    executor = Told(address, int(workers), cpus=1)
    executor.folder = store.local.parent / "nodes"
    executor.folder.mkdir(exist_ok=True)
    executor.pause = float(pause[0]) if pause else 0.0
    state = jobs.run(store, plan, likewise.load("sha256"), executor, job="embed")
    nodes = sorted({path.name.split("-")[1] for path in executor.folder.iterdir()})
    sys.stdout.write(
        json.dumps({"finished": state.finished, "rows": state.rows, "nodes": nodes}) + "\n"
    )
