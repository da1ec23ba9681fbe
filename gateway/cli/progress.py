"""How far a long command is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

LINE_SECONDS = 5.0  # between two lines where there is no terminal


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Told how far it is, shows it on standard error: a bar on a terminal, else a line every few seconds."""
    if not sys.stderr.isatty():
        yield Lines(label, total)
        return
    from rich.console import Console  # noqa: PLC0415  a command that shows no bar does not wait for it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(label, total=total)
        yield lambda done: shown.update(task, completed=done)


class Lines:
    """Progress without a terminal: nothing at first, then a line every few seconds."""

    def __init__(self, label: str, total: int | None) -> None:
        self._label, self._of = label, "" if total is None else f" of {total:,}"
        self._next = time.monotonic() + LINE_SECONDS

    def __call__(self, done: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + LINE_SECONDS
            click.echo(f"{self._label}: {done:,}{self._of}", err=True)
