"""Every recipient of a broadcast as CSV; files that are written whole or not at all, and for their owner alone."""

from __future__ import annotations

import csv
import datetime as dt
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from gateway.cli.desk import Desk, many
from gateway.cli.problems import Problem
from gateway.cli.progress import progress

if TYPE_CHECKING:
    from clinic.broadcasts.recipients import RecipientLine
    from clinic.broadcasts.views import BroadcastView

PAGE = 5_000
COLUMNS = (
    "number", "phone", "language", "state", "error", "segments", "on_net", "written_at", "sent_at", "settled_at",
)  # fmt: skip


def export(desk: Desk, view: BroadcastView, file: str, *, shown: bool) -> None:
    """Page by page, so that a million recipients take no more memory than a thousand."""
    with progress("recipients written", view.written) as look, _written(file) as out:
        rows = csv.writer(out)
        rows.writerow(COLUMNS)
        done = 0
        for page in _pages(desk, view.id):
            rows.writerows(_row(desk, line, shown) for line in page)
            done += len(page)
            look(done)
    if file != "-":
        click.echo(f"{many(done, 'recipient')} in {file}", err=True)


def _pages(desk: Desk, broadcast: int) -> Iterator[Sequence[RecipientLine]]:
    from clinic.broadcasts import recipients  # noqa: PLC0415

    ids: range = desk.run(recipients.span, broadcast=broadcast)
    for first in range(ids.start, ids.stop, PAGE):
        some_ids = range(first, min(first + PAGE, ids.stop))
        yield desk.run(recipients.within, broadcast=broadcast, ids=some_ids)


def _row(desk: Desk, line: RecipientLine, shown: bool) -> Iterable[object]:
    from smpp.masking import masked  # noqa: PLC0415

    def local(at: dt.datetime | None) -> str:
        return "" if at is None else at.astimezone(desk.installation.timezone).isoformat(timespec="seconds")

    return (
        line.number,
        line.phone if shown else masked(line.phone),
        line.language or "",
        line.state,
        _harmless(line.error or ""),
        line.segments or "",
        "" if line.on_net is None else "yes" if line.on_net else "no",
        local(line.written_at),
        local(line.claimed_at),
        local(line.settled_at),
    )


def _harmless(text: str) -> str:
    """An error may hold what an SMS centre has written: a spreadsheet must not take it for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text


@contextmanager
def _written(file: str) -> Iterator[IO[str]]:
    """A new file for its owner alone; it takes the place of an old one only when it is complete."""
    if file == "-":
        yield sys.stdout
        return
    path = Path(file)
    with written_to(path) as new:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        # A byte order mark: without it spreadsheets do not take a CSV for UTF-8.
        with open(descriptor, "w", encoding="utf-8-sig", newline="") as out:
            yield out


@contextmanager
def written_to(path: Path) -> Iterator[Path]:
    """Where to write what is to become the file `path` once it is complete; Problem where it cannot be written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield beside
        beside.replace(path)
    except OSError as error:
        raise Problem(f"{path}: {error.strerror or error}") from error
    finally:
        beside.unlink(missing_ok=True)
