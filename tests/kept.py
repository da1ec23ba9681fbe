"""What takes seconds to make and is alike for many tests: made once in a run, by whichever worker needs it first."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

RUN = "TESTS_KEPT"
"""The variable that leads the workers of a run to their common folder."""


def begin() -> None:
    """Before the workers start, which find the folder by their environment."""
    os.environ[RUN] = tempfile.mkdtemp(prefix="caredial-kept-")


def end() -> None:
    shutil.rmtree(os.environ.pop(RUN), ignore_errors=True)


def kept(name: str, make: Callable[[Path], object]) -> Path:
    """The folder of this name, filled by `make(folder)` unless it was; other workers wait so long. It is to be copied.

    Where `make` fails, the next who asks tries again from nothing.
    """
    folder = Path(os.environ[RUN]) / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            making = folder.with_suffix(".making")
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            make(making)
            making.rename(folder)
    return folder
