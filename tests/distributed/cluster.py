"""A Ray cluster of several nodes on this machine, each with processes and ports of its own."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def ray_cluster(nodes):
    """Start a cluster with one processor a node; gives it, and takes all of it away again."""
    # a socket's path may be some hundred characters long, which pytest's folders exceed
    folder = tempfile.mkdtemp(prefix="lw-ray-", dir="/tmp")
    before = dict(os.environ)
    os.environ |= {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_TMPDIR": folder,
        "RAY_BACKEND_LOG_LEVEL": "fatal",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
    }
    from ray.cluster_utils import Cluster

    cluster = None
    try:
        cluster = Cluster(
            initialize_head=True,
            # without processes of which a job on a fixed number of nodes has no need
            head_node_args={
                "num_cpus": 1,
                "include_dashboard": False,
                "include_log_monitor": False,
                "no_monitor": True,
            },
        )
        for _ in range(nodes - 1):
            cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        yield cluster
    finally:
        if cluster is not None:
            cluster.shutdown()
        os.environ.clear()
        os.environ |= before
        shutil.rmtree(folder, ignore_errors=True)
