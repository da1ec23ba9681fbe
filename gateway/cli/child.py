"""`python -m gateway.cli.child`: a `caredial` command as a child of the daemon.

In a session of its own, so that Ctrl-C reaches only the daemon, which ends its child in order; and never left behind:
standard input is a pipe that the daemon holds open, and closes even when it is killed.
"""

from __future__ import annotations

import os
import signal
import threading

from gateway.cli import main


def end_with_parent() -> None:
    """Wait for the end of standard input, then end this process as SIGTERM does."""
    while os.read(0, 1024):  # not sys.stdin: its lock would be in the way of an orderly end
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    os.setsid()
    threading.Thread(target=end_with_parent, daemon=True).start()
    main(prog_name="caredial")
