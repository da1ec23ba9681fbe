"""Tables on the terminal. Values are shown as they are: brackets in a name are no markup.

A table that is wider than the terminal loses its frame, and columns with nothing in them; then words are broken over
lines, names that can be first. Nothing is cut off, and numbers, days and phones stay in one piece as long as they can.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

PIPE_WIDTH = 200
ENDLESS = 10_000
GAP = 2  # between two columns without a frame
LEAST = 4  # cells of a column of Chinese words, which can be broken anywhere

Rows = Iterable[Sequence[object]]
Cells = list[list[Text]]


def show(columns: Sequence[str], rows: Rows, *, title: str | None = None) -> None:
    """Print a table as wide as the terminal; into a pipe in its frame, with room for nearly everything."""
    is_terminal = sys.stdout.isatty()
    console = Console(width=None if is_terminal else PIPE_WIDTH)
    if title is not None:  # by itself: above a narrow table it would be broken over lines
        console.print(Text(title, style="italic"))
    console.print(fitted(console, columns, rows) if is_terminal else table(columns, rows))


def show_each(columns: Sequence[str], rows: Iterable[tuple[str, Sequence[object]]], *, title: str) -> None:
    """A table for each place (a centre), whose name is said once and not in every row; `rows` are in their order."""
    shown = False
    for place, group in groupby(rows, key=itemgetter(0)):
        show(columns, [row for _, row in group], title=f"{place}, {title}")
        shown = True
    if not shown:
        show(columns, [], title=title)


def live(columns: Sequence[str], rows: Rows, again: Callable[[], Rows]) -> None:
    """Show a table, and instead of it what `again` has to show, until that raises."""
    console = Console()
    with Live(fitted(console, columns, rows), console=console, auto_refresh=False) as shown:
        while True:
            shown.update(fitted(console, columns, again()), refresh=True)


def fitted(console: Console, columns: Sequence[str], rows: Rows, *, title: str | None = None) -> Table:
    """A table that this console has room for."""
    cells = _cells(rows)
    whole = table(columns, cells, title=title)
    if console.measure(whole, options=console.options.update_width(ENDLESS)).maximum <= console.width:
        return whole
    kept = [place for place in range(len(columns)) if not cells or any(row[place].plain for row in cells)]
    names, some = [columns[place] for place in kept], [[row[place] for place in kept] for row in cells]
    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    made.show_edge = False
    for name, width in zip(names, _widths(console, names, some), strict=True):
        made.add_column(name, width=width, overflow="fold")
    for row in some:
        made.add_row(*row)
    return made


def table(columns: Sequence[str], rows: Rows, *, title: str | None = None) -> Table:
    """A table in a frame, as wide as it needs; where there is less room words are broken, and nothing is cut off."""
    made = Table(title=title, title_justify="left")
    for name in columns:
        made.add_column(name, overflow="fold")
    for row in _cells(rows):
        made.add_row(*row)
    return made


def _cells(rows: Rows) -> Cells:
    return [[value if isinstance(value, Text) else Text(str(value)) for value in row] for row in rows]


def _widths(console: Console, names: Sequence[str], cells: Cells) -> list[int]:
    """Of each column: what has to give way is the widest that can be broken, cell by cell. What a column cannot use,
    because its words break before, goes to the one that lacks most."""
    texts = [[name, *(row[place].plain for row in cells)] for place, name in enumerate(names)]
    widths = [max(map(_longest_line, column)) for column in texts]
    least = [max(map(_rigid, column)) for column in texts]
    whole, room = list(widths), console.width - GAP * (len(names) - 1)
    while sum(widths) > room:
        slack = [width - few for width, few in zip(widths, least, strict=True)]
        place = max(range(len(widths)), key=lambda each: (slack[each] > 0, widths[each]))
        if widths[place] <= 1:
            break
        widths[place] -= 1
    widths = [max(_used(console, text, width) for text in column) for column, width in zip(texts, widths, strict=True)]
    lacking = max(range(len(widths)), key=lambda each: whole[each] - widths[each])
    widths[lacking] = min(whole[lacking], widths[lacking] + max(0, room - sum(widths)))
    return widths


def _longest_line(text: str) -> int:
    return max(map(cell_len, text.split("\n")))


def _used(console: Console, text: str, width: int) -> int:
    lines = Text(text).wrap(console, width, overflow="fold")
    return max((cell_len(line.plain.rstrip()) for line in lines), default=1) or 1


def _rigid(text: str) -> int:
    """The cells of what should stay in one piece: its longest word, unless that is Chinese."""
    return max((cell_len(word) if word.isascii() else min(cell_len(word), LEAST) for word in text.split()), default=1)
