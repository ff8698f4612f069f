"""The command line: one file for each command.

Data goes to standard output, everything else to standard error, so that every command works
in a pipe. Errors of Likewise become one line and their own exit code.
"""

import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command that `sys.argv` names, then exit with its code."""
    stops: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stops.append(number)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, stop)
    try:
        from likewise.cli.run import run  # a Ctrl-C during the import is one like any other

        code = run(sys.argv[1:], stops)
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT  # as shells have it
    # from here on another Ctrl-C has nothing to save
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(code)
