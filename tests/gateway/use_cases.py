"""What the tests of the workers have done in other processes, which know functions by their module and name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import text

from clinic.rows import reads


def pid(_session: Any) -> int:
    return os.getpid()


def echoes(_session: Any, given: Any) -> Any:
    return given


def add(session: Any, n: int) -> int:
    session.execute(text("insert into n values (:n)"), {"n": n})
    return n


@reads
def numbers(session: Any) -> list[int]:
    return list(session.scalars(text("select n from n")))


def marked(session: Any, n: int, *marks: str, error: Exception | None = None) -> int:
    """Add a number and leave marks."""
    add(session, n)
    session.info.update(dict.fromkeys(marks, True))
    if error is not None:
        raise error
    return n


def fails(session: Any, kind: type[Exception], *args: Any) -> None:
    """Add a number and raise an error, which is made here."""
    add(session, 1)
    raise kind(*args)


def fails_with_a_lock(session: Any) -> None:
    add(session, 1)
    error = ValueError("no such thing")
    error.held = Lock()  # type: ignore[attr-defined]
    raise error


class Asked(Exception):
    """Goes as its one argument, and is not made of one."""

    def __init__(self, what: str, whom: str) -> None:
        super().__init__(f"{what} of {whom}")


def fails_with_another_within(_session: Any) -> None:
    error = ValueError("no such thing")
    error.why = Asked("tea", "the doctor")  # type: ignore[attr-defined]
    raise error


def fails_in_sql(session: Any, sql: str) -> None:
    add(session, 1)
    session.execute(text(sql))


def gives_what_cannot_be_sent(session: Any) -> Any:
    add(session, 1)
    return Lock()


def dies(session: Any, n: int, lives: str) -> int:
    """Each time a file is gone of those that it has, it dies amid the transaction."""
    add(session, n)
    session.flush()
    for life in sorted(Path(lives).iterdir()):
        life.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def waits(session: Any, n: int, folder: str) -> int:
    """Add a number; say so with a file, `begun`, that holds the pid; and go on when there is a file `go`."""
    add(session, n)
    begun, go = Path(folder) / "begun", Path(folder) / "go"
    (begun.parent / "new").write_text(str(os.getpid()))
    (begun.parent / "new").rename(begun)
    until = time.monotonic() + 120
    while not go.exists() and time.monotonic() < until:
        time.sleep(0.01)
    return n
