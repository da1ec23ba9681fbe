"""A worker's life (`gateway.workers`): use cases come by a socket, one after the other, and their outcomes go back.

It ends when the socket does, and is killed with the daemon: what a daemon had begun must not be written after the next
one has looked what there is.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Mapping
from functools import wraps
from multiprocessing.connection import Connection
from typing import Any, Final

from clinic.errors import ClinicError
from gateway import log
from gateway.store import connect
from gateway.transaction import Fn, Transact, transactions

PR_SET_PDEATHSIG: Final = 1  # prctl(2)


def main() -> None:
    descriptor, parent = map(int, sys.argv[1:])
    _die_with(parent)
    for number in (signal.SIGINT, signal.SIGTERM):  # the daemon has them too, and lets us finish
        signal.signal(number, signal.SIG_IGN)
    link = Connection(descriptor)
    try:
        url, settings = link.recv()
        log.configure(settings)
        transact = transactions(connect(url, threads=1))
        while True:
            link.send_bytes(outcome(transact, link.recv_bytes()))
    except (EOFError, OSError):
        return


def outcome(transact: Transact, asked: bytes) -> bytes:
    """What came of it, as it goes back: whether it was done, and the result and its marks, or the error."""
    try:
        fn, args, kwargs = pickle.loads(asked)  # noqa: S301  it comes from the daemon
        return pickle.dumps((True, transact(_packing(fn), args, kwargs)), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001  whoever asked is told, whatever it was
        return _error(error)


def _packing(fn: Fn) -> Fn:
    """Its result is packed before the commit: where that cannot be sent it is an error, and nothing was done."""

    @wraps(fn)
    def packing(*args: Any, **kwargs: Any) -> bytes:
        return pickle.dumps(fn(*args, **kwargs), pickle.HIGHEST_PROTOCOL)

    return packing


def _error(error: Exception) -> bytes:
    """Its traceback stays here; where it is needed it goes along as a note."""
    if not isinstance(error, ClinicError):
        error.add_note("In a worker:\n" + "".join(traceback.format_tb(error.__traceback__)))
    try:
        sent = pickle.dumps((False, _Sent(error)), pickle.HIGHEST_PROTOCOL)
        pickle.loads(sent)  # noqa: S301  ours; an error within it may go, and not come
    except Exception:  # noqa: BLE001  it holds what cannot be sent
        plain = RuntimeError(f"{type(error).__name__}: {error}")
        plain.__notes__ = getattr(error, "__notes__", [])
        return pickle.dumps((False, plain))
    return sent


class _Sent:
    """An error on its way. It is made as it is: pickle would call it with its `args`, which are not what it takes."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __reduce__(self) -> tuple[Any, ...]:
        error = self._error
        args = _built_in(type(error)).__reduce__(error)[1]
        return again, (type(error), args, error.__dict__)


def again(kind: type[Exception], args: tuple[Any, ...], values: Mapping[str, Any]) -> Exception:
    """The error, in the process that asked."""
    error = kind.__new__(kind, *args)
    _built_in(kind).__init__(error, *args)
    error.__dict__.update(values)
    return error


def _built_in(kind: type[Exception]) -> Any:
    """The class of Python's own that it is made of: some, as OSError, keep more than `args`."""
    return next(base for base in kind.__mro__ if base.__module__ == "builtins")


def _die_with(parent: int) -> None:
    """It may have been killed while we were loaded: then what it had asked for is in the socket."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit
