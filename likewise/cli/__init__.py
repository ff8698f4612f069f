"""The command line: one file for each command.

Data goes to standard output, everything else to standard error, so that every command works
in a pipe. Errors of Likewise become one line and their own exit code.
"""

import signal
import sys

STOPPED = 130
"""Exit code after Ctrl-C: 128 and the number of the signal, as shells have it."""


def main() -> None:
    """Run the command that `sys.argv` names, then exit with its code."""
    try:
        from likewise.cli.run import run  # a Ctrl-C during the import is one like any other

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = STOPPED
    # from here on another Ctrl-C has nothing to save
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(code)
