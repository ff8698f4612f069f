"""`likewise scale embed` with an encoder that waits for each slice: OUT WORKERS SECONDS [EXPIRE].

EXPIRE: seconds after which a driver without a sign of life is dead.
"""

import functools
import sys
import time

import likewise
from likewise.distributed import jobs
from likewise.distributed.executors import Loop, Processes
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import LikewiseError


class Slow(Sha256Encoder):
    """Gives the vectors of `sha256`, later."""

    def __init__(self, seconds):
        self.seconds = seconds

    def encode(self, texts, *, progress=None):
        time.sleep(self.seconds)
        return super().encode(texts, progress=progress)


def main(out, workers, seconds, expire=None):
    if expire is not None:
        jobs.Lease = functools.partial(jobs.Lease, renew=float(expire) / 8, expire=float(expire))
    store, plan = jobs.opened(out)
    executor = Loop() if int(workers) == 1 else Processes(int(workers))
    try:
        jobs.run(store, plan, Slow(float(seconds)), executor, job="embed")
    except LikewiseError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    from tests.scale import slow_job  # so that its class has a name in other processes

    assert likewise.__version__
    sys.exit(slow_job.main(*sys.argv[1:]))
