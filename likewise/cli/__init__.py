"""The command line: one file for each command.

Data goes to standard output, everything else to standard error, so that every command works
in a pipe. Errors of Likewise become one line and their own exit code.
"""

import atexit
import gc
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Signals that end a process; ours ends as after Ctrl-C, leaving no half file."""


_AGAIN_SECONDS = 0.05


def stopping(stops: list[int]) -> Callable[[int, FrameType | None], None]:
    """Return what a signal calls: it notes the signal's number in `stops`, and ends what runs.

    Compiled modules take an exception during an import of theirs for a module that is not there,
    and go on without it; so the first signal waits until nothing is imported. A second one does
    not wait, but where a terminal ends, shell and system both tell of it: that is one signal.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        if stops and number == getattr(signal, "SIGHUP", None):
            return  # else it would cut off the end that has begun
        stops.append(number)
        if len(stops) == 1 and hasattr(signal, "setitimer") and _imports(frame):
            signal.signal(signal.SIGALRM, again)
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
            return
        raise KeyboardInterrupt

    def again(_number: int, frame: FrameType | None) -> None:
        if len(stops) > 1:
            return  # a second signal did not wait
        if _imports(frame):
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
            return
        raise KeyboardInterrupt

    return stop


def _imports(frame: FrameType | None) -> bool:
    """Return whether a module is being imported."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def main() -> None:
    """Run the command that `sys.argv` names, then exit with its code."""
    stops: list[int] = []
    stop = stopping(stops)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, stop)
    for number in _ENDING:
        if signal.getsignal(number) is signal.SIG_DFL:  # `nohup` has it ignored
            signal.signal(number, stop)
    try:
        from likewise.cli.run import run  # a Ctrl-C during the import is one like any other

        code = run(sys.argv[1:], stops)
        if stops:  # it was over before the signal, which had to wait, could end it
            code = code or 128 + signal.SIGINT
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT  # as shells have it
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)
    # from here on another Ctrl-C has nothing to save
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if stops and stops[-1] in _ENDING:  # who sent it sees that it did end the process
        signal.signal(stops[-1], signal.SIG_DFL)
        os.kill(os.getpid(), stops[-1])
    # the interpreter's last look for circular garbage would find nothing that matters, and takes
    # as long as all imports; not here: who called this may go on
    atexit.register(gc.freeze)
    sys.exit(code)
