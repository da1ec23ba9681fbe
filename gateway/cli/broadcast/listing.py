"""`caredial broadcast list` and `show`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.broadcast.meant import meant
from gateway.cli.desk import Desk, opened, some
from gateway.cli.opening import with_config

if TYPE_CHECKING:
    from rich.text import Text

    from clinic.broadcasts.views import BroadcastView
    from gateway.cli.broadcast.counting import Counts

STATES = ("draft", "preparing", "waiting", "sending", "paused", "done", "cancelled")
COLUMNS = (">ID", "Title", "State", ">Recipients", ">Gone", ">Delivered", "Starts", "Ends")
SHORT = "%m-%d %H:%M"
LEAST_TITLE = 14  # characters on a narrow terminal


@click.command(name="list", short_help="List the broadcasts, the newest first.")
@click.option("--state", type=click.Choice(STATES), multiple=True, help="Only these; may be given several times.")
@click.option("--most", type=click.IntRange(1, 1000), default=30, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document a line.")
@with_config
def list_(state: tuple[Any, ...], most: int, as_json: bool, config: Path | None) -> None:
    """List the broadcasts, the newest first, and how far they are.

    Gone: those that have left the outbox, whatever became of them. Ends: when it ended; with ~ when it will, if it goes
    on as it has gone so far.

    \b
    Examples:
        caredial broadcast list
        caredial broadcast list --state sending --state paused
        caredial broadcast list --json | jq -r 'select(.state == "waiting") | .id'
    """
    from clinic.broadcasts import drafts  # noqa: PLC0415
    from gateway.cli.broadcast.counting import counted  # noqa: PLC0415
    from gateway.cli.broadcast.pages import columns, console, document  # noqa: PLC0415

    with opened(config) as desk:
        found = [(view, counted(desk, view)) for view in desk.run(drafts.listed, states=state, most=most)]
        if as_json:
            for view, counts in found:
                click.echo(document(desk, fields(view, counts)))
            return
        table = columns(*COLUMNS)
        table.padding = (0, 1, 0, 0)
        for column in table.columns:
            column.no_wrap = column.header != "Title"
        table.columns[1].min_width = LEAST_TITLE
        for view, counts in found:
            table.add_row(*_row(desk, view, counts))
        console().print(table if found else "There are no broadcasts yet: caredial broadcast new --help")
    if len(found) == most:
        click.echo(f"only the newest {most} are shown; --most shows more", err=True)


def fields(view: BroadcastView, counts: Counts) -> dict[str, Any]:
    """A broadcast and its counts, for programs."""
    from dataclasses import asdict  # noqa: PLC0415

    return {**asdict(view), "counts": dict(counts.by_state)}


def _row(desk: Desk, view: BroadcastView, counts: Counts) -> tuple[Text, ...]:
    from rich.text import Text  # noqa: PLC0415  what stands in a title is no markup

    values = (
        view.id,
        some(view.title, 40),
        view.state,
        "" if view.recipients is None else f"{view.recipients:,}",
        counts.percent if counts.total else "",
        f"{counts['delivered']:,}" if counts.total else "",
        desk.moment(view.start_at, form=SHORT),
        _ends(desk, view, counts),
    )
    return tuple(Text(str(value)) for value in values)


def _ends(desk: Desk, view: BroadcastView, counts: Counts) -> str:
    from gateway.cli.broadcast.counting import steady_end  # noqa: PLC0415

    if view.ended_at is not None:
        return desk.moment(view.ended_at, form=SHORT)
    end = steady_end(view, counts, desk.now())
    return "" if end is None else f"~{desk.moment(end, form=SHORT)}"


@click.command(short_help="Show one broadcast.")
@click.argument("broadcast", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON document.")
@with_config
def show(broadcast: int, as_json: bool, config: Path | None) -> None:
    """Show a broadcast: what it says to whom, who has done what with it, and how far it is.

    \b
    Examples:
        caredial broadcast show 7
        caredial broadcast show 7 --json | jq .counts
    """
    from gateway.cli.broadcast.counting import counted  # noqa: PLC0415
    from gateway.cli.broadcast.pages import document, facts  # noqa: PLC0415
    from gateway.cli.broadcast.sending import told  # noqa: PLC0415

    with opened(config) as desk:
        view = meant(desk, broadcast)
        counts = counted(desk, view)
        if as_json:
            click.echo(document(desk, fields(view, counts)))
            return
        facts(f"Broadcast {view.id}: {view.title}", list(_facts(desk, view, counts)))
        click.echo(told(desk, view))


def _facts(desk: Desk, view: BroadcastView, counts: Counts) -> Iterator[tuple[str, object]]:
    yield "State", view.state
    yield "To", view.expression
    yield "Class", view.consent_class
    yield "Whose", view.owner or "the city's"
    for language, text in view.texts.items():
        yield f"Text {language}", text
    for name, who, at in (
        ("Written", view.created_by, view.created_at),
        ("Sent", view.sent_by, view.sent_at),
        ("Approved", view.approved_by, view.approved_at),
    ):
        if at is not None:
            yield name, f"{desk.moment(at)} by {who}"
    for name, at in (("Starts", view.start_at), ("Latest", view.expires_at), ("Began", view.began_at),
                     ("Ended", view.ended_at)):  # fmt: skip
        if at is not None:
            yield name, desk.moment(at)
    if counts.total:
        found = ", ".join(f"{state} {count:,}" for state, count in counts.by_state.items() if count)
        yield "Messages", f"{counts.gone:,} of {counts.total:,} gone ({counts.percent}): {found or 'none yet'}"
