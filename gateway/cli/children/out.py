"""Lists as they go out: a table on the terminal, CSV, or a JSON document a line, whatever their length."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from gateway.cli.broadcast.exporting import written_to
from gateway.cli.desk import many
from gateway.cli.problems import Mistake
from gateway.cli.progress import progress

if TYPE_CHECKING:
    from clinic.children.lists import ChildLine
    from gateway.cli.children.desk import Desk

MOST_SHOWN = 500
Command = TypeVar("Command", bound=Callable[..., Any])
Row = Mapping[str, object]
"""A line by the names of its columns: days, numbers, texts, or tuples of texts."""


@dataclass(frozen=True, slots=True)
class Out:
    """Where a list goes. `file`: `-` is standard output."""

    file: str | None
    as_json: bool

    @property
    def is_table(self) -> bool:
        return self.file is None and not self.as_json

    @classmethod
    def chosen(cls, csv_file: str | None, as_json: bool) -> Out:
        if csv_file is not None and as_json:
            raise Mistake("--json: either it or --csv")
        return cls(csv_file, as_json)

    def write(self, columns: Sequence[str], rows: Iterable[Row], *, noun: str) -> int:
        """Write them all; how many there are. A table shows the first ones only, and says so."""
        if self.as_json:
            return _as_documents(rows)
        if self.file is not None:
            return self._as_csv(columns, rows, noun)
        return _as_table(columns, rows, noun)

    def _as_csv(self, columns: Sequence[str], rows: Iterable[Row], noun: str) -> int:
        count = 0
        with _written(self.file or "-") as file:
            table = csv.writer(file)
            table.writerow(columns)
            for row in rows:
                table.writerow([_cell(row[name]) for name in columns])
                count += 1
        if self.file != "-":
            click.echo(f"{many(count, noun)} in {self.file}", err=True)
        return count


def out_options(command: Command) -> Command:
    """--csv and --json, as `csv_file` and `as_json`."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document a line."),
        click.option("--csv", "csv_file", metavar="FILE", help="Write it as CSV, whole; - is standard output."),
    ):
        command = option(command)
    return command


def batches(desk: Desk, fn: Callable[..., Any], *, total: int | None, by: str, **given: Any) -> Iterator[Any]:
    """The lines of a list in `clinic.children.lists`, batch by batch, with progress by the children looked at.

    Where names are shown it is written down that `by` sees them.
    """
    after: int | None = 0
    done = 0
    with progress("children", total) as look:
        while after is not None:
            batch = desk.run(fn, after=after, **given)
            if given["shown"]:
                desk.note_shown({getattr(line, "child", line).id for line in batch.lines}, by)
            yield from batch.lines
            after, done = batch.after, done + batch.looked_at
            look(done)


def child_row(child: ChildLine) -> dict[str, object]:
    """What each list says of a child."""
    return {
        "id": child.id,
        "card": child.card,
        "name": child.name,
        "born": child.birth,
        "centre": child.centre,
        "unit": child.unit,
        "phones": child.phones,
    }


CHILD_COLUMNS = ("id", "card", "name", "born", "centre", "unit", "phones")


def document(row: Mapping[str, object]) -> str:
    """A JSON document on one line; days as 2027-03-08."""
    return json.dumps(row, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else list(value) if isinstance(value, tuple) else str(value)


def _cell(value: object) -> str:
    """What a spreadsheet takes for a value: a text that would be a formula has an apostrophe before it."""
    written = _written_out(value)
    return f"'{written}" if isinstance(value, str) and written[:1] in {"=", "+", "-", "@"} else written


def _written_out(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return "" if value is None else str(value)


def _as_documents(rows: Iterable[Row]) -> int:
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007  what it is in the end is told
        click.echo(document(row))
    return count


def _as_table(columns: Sequence[str], rows: Iterable[Row], noun: str) -> int:
    from gateway.cli.tables import show  # noqa: PLC0415

    iterator = iter(rows)
    first = list(islice(iterator, MOST_SHOWN))
    more = sum(1 for _ in iterator)
    cells = ([_written_out(row[name]) for name in columns] for row in first)
    show([name.replace("_", " ").capitalize() for name in columns], cells, title=many(len(first) + more, noun))
    if more:
        click.echo(f"only the first {MOST_SHOWN} are shown; --csv FILE writes them all", err=True)
    return len(first) + more


@contextmanager
def _written(file: str) -> Iterator[IO[str]]:
    """A new file for its owner alone; it takes the place of an old one only when it is complete."""
    if file == "-":
        yield sys.stdout
        return
    with written_to(Path(file)) as new:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        # A byte order mark: without it spreadsheets do not take a CSV for UTF-8.
        with open(descriptor, "w", encoding="utf-8-sig", newline="") as out:
            yield out
