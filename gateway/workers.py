"""Processes that run use cases, beside the one that has the wires and the dialogs.

Python runs one thread of a process at a time. In a crowd the threads of the store and the reactor take it from each
other a thousand times a second, and all are slow; nor is more than one processor of use. A use case is a plain function
that gives back frozen views, so it may as well run elsewhere: it is sent to a worker with what it is given, and its
outcome comes back. `gateway.worker` is the other side.
"""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Final

from gateway.config import LogSettings
from gateway.transaction import Fn, Mark, Transact

STOP_SECONDS: Final = 10.0
MAIN: Final = "from gateway.worker import main; main()"
"""Not with -m: as `__main__` it would send errors by names that it has only there."""
UNSENDABLE = (pickle.PicklingError, AttributeError, TypeError)
"""What pickle says of a function within a function, and of what holds a lock or a file."""


class WorkerLost(Exception):
    """A worker has ended amid a transaction, of which nobody knows what came; as where a database server is lost."""


class Worker:
    """One process, as one thread at a time uses it."""

    def __init__(self, url: str, log: LogSettings) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            call = [sys.executable, "-c", MAIN, str(theirs.fileno()), str(os.getpid())]
            self._process = subprocess.Popen(call, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)  # noqa: S603
        self._link = Connection(ours.detach())
        with suppress(OSError):  # the first transaction finds it gone
            self._link.send((url, log))  # not among its arguments, where all can read the password

    def transact(self, asked: bytes) -> tuple[Any, frozenset[Mark]]:
        """Raises what the use case raised, or WorkerLost."""
        try:
            self._link.send_bytes(asked)
            done, outcome = pickle.loads(self._link.recv_bytes())  # noqa: S301  it comes from our own process
        except (EOFError, OSError) as error:
            raise WorkerLost(f"the process {self._process.pid} has ended") from error
        if not done:
            raise outcome
        packed, marks = outcome
        return pickle.loads(packed), marks  # noqa: S301

    def close(self) -> None:
        """It ends when it has nothing under way."""
        self._link.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Workers:
    """So many of them. What cannot be sent to another process is done `here`."""

    def __init__(self, url: str, many: int, log: LogSettings, here: Transact) -> None:
        self._url, self._many, self._log, self._here = url, many, log, here
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        # Linux ends a process with the thread that began it, so all are begun by one that lives until `stop`.
        self._beginner = ThreadPoolExecutor(1, "workers")

    def start(self) -> None:
        for _ in range(self._many):
            self._idle.put(self._new())

    def stop(self) -> None:
        """When nobody asks for anything any more."""
        for _ in range(self._many):
            self._idle.get().close()
        self._beginner.shutdown()

    def transact(self, fn: Fn, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, frozenset[Mark]]:
        try:
            asked = pickle.dumps((fn, args, kwargs), pickle.HIGHEST_PROTOCOL)
        except UNSENDABLE:
            return self._here(fn, args, kwargs)
        worker = self._idle.get()
        try:
            return worker.transact(asked)
        except WorkerLost:
            worker.close()
            worker = self._new()
            raise
        finally:
            self._idle.put(worker)

    def _new(self) -> Worker:
        return self._beginner.submit(Worker, self._url, self._log).result()
