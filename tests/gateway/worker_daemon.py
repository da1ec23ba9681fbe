"""A daemon to be killed: python worker_daemon.py DATABASE-URL FOLDER. It has a worker do `waits` and tells its own pid.

With a third argument it kills itself as soon as it has asked, long before the worker can have looked.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys

from gateway.config import LogSettings
from gateway.store import Store, connect
from gateway.workers import Worker, Workers
from tests.gateway.use_cases import waits


def main(url: str, folder: str, *at_once: str) -> None:
    if at_once:
        worker = Worker(url, LogSettings())
        print(worker._process.pid, flush=True)  # noqa: T201  what the test waits for
        worker._link.send_bytes(pickle.dumps((waits, (1, folder), {})))
        os.kill(os.getpid(), signal.SIGKILL)
    store = Store(connect(url))
    workers = Workers(url, 1, LogSettings(), store.transact)
    workers.start()
    store.run_by(workers.transact, waits, 1, folder)


main(*sys.argv[1:])
