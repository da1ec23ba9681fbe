"""Tables on the terminal. Values are shown as they are: brackets in a name are no markup."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

PIPE_WIDTH = 200

Rows = Iterable[Sequence[object]]


def show(columns: Sequence[str], rows: Rows, *, title: str | None = None) -> None:
    """Print a table as wide as the terminal; into a pipe as wide as it needs, so that nothing is cut off."""
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH).print(table(columns, rows, title=title))


def live(columns: Sequence[str], rows: Rows, again: Callable[[], Rows]) -> None:
    """Show a table, and instead of it what `again` has to show, until that raises."""
    with Live(table(columns, rows), console=Console(), auto_refresh=False) as shown:
        while True:
            shown.update(table(columns, again()), refresh=True)


def table(columns: Sequence[str], rows: Rows, *, title: str | None = None) -> Table:
    """A table for the terminal."""
    made = Table(*columns, title=title, title_justify="left")
    for row in rows:
        made.add_row(*(value if isinstance(value, Text) else Text(str(value)) for value in row))
    return made
