"""A job on Ray of which one part kills its worker again and again: OUT ADDRESS WORKERS NUMBER."""

import os
import signal
import sys

import likewise
from likewise.distributed import jobs
from likewise.distributed.on_ray import OnRay
from likewise.errors import LikewiseError


class Deadly(OnRay):
    """Ray, with one part that kills the worker."""

    number = 0

    def run(self, work, numbers):
        deadly = self.number

        def killing(number):
            if number == deadly:
                os.kill(os.getpid(), signal.SIGKILL)
            return work(number)

        return super().run(killing, numbers)


if __name__ == "__main__":
    out, address, workers, number = sys.argv[1:]
    store, plan = jobs.opened(out)
    executor = Deadly(address, int(workers))
    executor.number = int(number)
    try:
        jobs.run(store, plan, likewise.load("sha256"), executor, job="embed")
    except LikewiseError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
