"""What `watch` shows: a screen that is drawn anew, or a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from gateway.cli.broadcast.counting import STATES
from gateway.cli.broadcast.pages import columns
from gateway.cli.desk import some

if TYPE_CHECKING:
    from gateway.cli.broadcast.looking import Look
    from gateway.cli.desk import Desk

LABELS = {"sending": "on the wire", "sent": "sent, no receipt yet"}
COLOURS = {"delivered": "green", "failed": "red", "unknown": "yellow", "expired": "yellow", "cancelled": "yellow"}
STATE_COLOURS = {"sending": "green", "done": "green", "paused": "yellow", "waiting": "yellow", "cancelled": "red"}


def screen(desk: Desk, look: Look) -> RenderableType:
    """Everything at once: bar, counts, links, and what stands in its way."""
    return Group(_head(look), _bar(desk, look), _counts(look), *_links(look))


def _head(look: Look) -> Text:
    view = look.view
    style = STATE_COLOURS.get(view.state, "cyan")
    return Text.assemble((f"Broadcast {view.id}: {some(view.title)}", "bold"), "  ", (view.state, f"bold {style}"))


def _bar(desk: Desk, look: Look) -> Table:
    counts = look.counts
    grid = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=max(counts.total, 1), completed=counts.gone, width=40)
    grid.add_row(
        bar, Text(counts.percent, style="bold"), Text(f"{counts.gone:,} of {counts.total:,}"), pace(desk, look)
    )
    return grid


def pace(desk: Desk, look: Look) -> str:
    """`1,020/s, ends about 09:20:10`, or why nothing goes."""
    state = look.view.state
    if look.waits_until is not None:
        return f"goes on at {desk.moment(look.waits_until)}"
    if state != "sending":
        return {"waiting": "for somebody else's leave", "preparing": "being written into the outbox"}.get(state, "")
    end = "" if look.ends_at is None else f", ends about {look.ends_at.astimezone(desk.installation.timezone):%H:%M:%S}"
    return "" if look.rate is None else f"{rate(look.rate)}{end}"


def rate(a_second: float) -> str:
    return f"{a_second:,.0f}/s" if a_second >= 10 else f"{a_second:.1f}/s"


def _counts(look: Look) -> Table:
    grid = Table.grid(padding=(0, 3))
    for _ in STATES:
        grid.add_column(justify="right")
    grid.add_row(*(Text(LABELS.get(state, state), style="dim") for state in STATES))
    grid.add_row(*(_count(state, look.counts[state]) for state in STATES))
    return grid


def _count(state: str, count: int) -> Text:
    return Text(f"{count:,}", style=COLOURS.get(state, "") if count else "dim")


def _links(look: Look) -> Iterator[RenderableType]:
    if look.links is None:
        yield Text(f"Links are not known: {look.away}. The figures come from the database.", style="yellow")
        return
    table = columns("Link", "State", ">Window", ">Queued", ">Pace/s")
    for link in look.links:
        state, style = state_of(link)
        used, room = window_of(link)
        table.add_row(link["name"], Text(state, style=style), f"{used}/{room}", str(link["queued"]), pace_of(link))
    yield table


def state_of(link: dict[str, Any]) -> tuple[str, str]:
    """How a link does, and the colour of that."""
    if not link["bound"]:
        return "down", "bold red"
    return ("throttled", "yellow") if link["throttled"] else ("bound", "green")


def window_of(link: dict[str, Any]) -> tuple[int, int]:
    """Submits that wait for their answer, and how many may, over all its binds."""
    used, room = (sum(bind[name] for bind in link["binds"]) for name in ("window_used", "window"))
    return used, room


def pace_of(link: dict[str, Any]) -> str:
    return f"{link['pace']:,.4g}" if link["pace"] else "no limit"


def line(desk: Desk, look: Look) -> tuple[str, str]:
    """The same on a line; and what of it is worth a new line when it changes."""
    counts, view = look.counts, look.view
    found = ", ".join(f"{LABELS.get(state, state)} {counts[state]:,}" for state in STATES if counts[state])
    links = f"; {look.away}" if look.links is None else "".join(f"; {each}" for each in _troubles(look.links))
    what = f"{view.state}: {counts.gone:,} of {counts.total:,} ({counts.percent}), {found or 'nothing yet'}{links}"
    how = pace(desk, look)
    return what + (f"; {how}" if how else ""), what


def _troubles(links: tuple[dict[str, Any], ...]) -> Iterator[str]:
    for link in links:
        state, _ = state_of(link)
        if state != "bound":
            yield f"link {link['name']} {state}"
