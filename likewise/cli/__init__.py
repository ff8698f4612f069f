"""The command line: one file for each command.

Data goes to standard output, everything else to standard error, so that every command works
in a pipe. Errors of Likewise become one line and their own exit code.
"""

import os
import signal
import sys
from types import FrameType

_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Signals that end a process; ours ends as after Ctrl-C, leaving no half file."""


def main() -> None:
    """Run the command that `sys.argv` names, then exit with its code."""
    stops: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stops.append(number)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, stop)
    for number in _ENDING:
        if signal.getsignal(number) is signal.SIG_DFL:  # `nohup` has it ignored
            signal.signal(number, stop)
    try:
        from likewise.cli.run import run  # a Ctrl-C during the import is one like any other

        code = run(sys.argv[1:], stops)
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT  # as shells have it
    # from here on another Ctrl-C has nothing to save
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if stops and stops[-1] in _ENDING:  # who sent it sees that it did end the process
        signal.signal(stops[-1], signal.SIG_DFL)
        os.kill(os.getpid(), stops[-1])
    sys.exit(code)
