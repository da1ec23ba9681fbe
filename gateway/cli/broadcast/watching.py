"""`caredial broadcast watch`: how it goes, live, by the database and the running daemon."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from gateway.cli.broadcast.counting import STATES
from gateway.cli.broadcast.looking import Look, Looks
from gateway.cli.broadcast.meant import meant
from gateway.cli.desk import Desk, opened
from gateway.cli.opening import with_config
from gateway.cli.problems import FAILED, Problem

PATIENCE = 10.0


@click.command(short_help="Watch it go.")
@click.argument("broadcast", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document a line.")
@click.option("--receipts", is_flag=True, help="Go on until every receipt has come, not only until all are sent.")
@click.option(
    "--patience",
    metavar="MINUTES",
    type=click.FloatRange(0),
    default=PATIENCE,
    show_default=True,
    help="With --receipts: give up when none has come for so long.",
)
@click.option(
    "--every",
    metavar="SECONDS",
    type=click.FloatRange(0.1, 3600),
    default=1.0,
    show_default=True,
    help="How often to look.",
)
@with_config
@click.pass_context
def watch(
    ctx: click.Context,
    broadcast: int,
    as_json: bool,
    receipts: bool,
    patience: float,
    every: float,
    config: Path | None,
) -> None:
    """Watch a broadcast until nothing of it is left to send. Ctrl-C stops only the watching.

    The figures come from the database, so they are right whatever becomes of the daemon; the state of the links comes
    from the daemon on this machine, and is left out while that does not answer. Without a terminal it prints a line
    when something has changed. Exits with 1 if the broadcast was cancelled.

    \b
    Examples:
        caredial broadcast watch 7
        caredial broadcast watch 7 --receipts --patience 30
        caredial broadcast watch 7 --json | jq -c '[.at, .counts.delivered, .ends_at]'
    """
    with opened(config) as desk:
        view = meant(desk, broadcast)
        if view.state == "draft":
            raise Problem(f"broadcast {view.id} is a draft; send it with: caredial broadcast send {view.id}")
        looks = Looks(desk, broadcast, every=every, patience=60 * patience if receipts else None)
        last = None
        try:
            with shown(desk, as_json=as_json) as tell:
                for last in looks:
                    tell(last)
        except KeyboardInterrupt:
            click.echo("not watched any more; it goes on without you", err=True)
            return
        if last is not None:
            _conclude(desk, last, as_json=as_json, receipts=receipts)
            ctx.exit(FAILED if last.view.state == "cancelled" else 0)


def _conclude(desk: Desk, last: Look, *, as_json: bool, receipts: bool) -> None:
    from gateway.cli.broadcast.sending import told  # noqa: PLC0415

    if receipts and last.counts["sent"]:
        click.echo(f"{last.counts['sent']:,} receipts have not come; they count whenever they do", err=True)
    if not as_json:
        click.echo(told(desk, last.view))


# How it is shown


@contextmanager
def shown(desk: Desk, *, as_json: bool) -> Iterator[Callable[[Look], None]]:
    """What tells of a look: on the screen, or as a line where something has changed, or as JSON."""
    from rich.console import Console  # noqa: PLC0415
    from rich.live import Live  # noqa: PLC0415

    from gateway.cli.broadcast.pages import document  # noqa: PLC0415
    from gateway.cli.broadcast.screen import screen  # noqa: PLC0415

    if as_json:
        yield lambda look: click.echo(document(desk, fields(look)))
    elif not sys.stdout.isatty():
        yield Lines(desk)
    else:
        with Live(console=Console(highlight=False), auto_refresh=False) as live:
            yield lambda look: live.update(screen(desk, look), refresh=True)


class Lines:
    """Prints a line for each look that differs from the one before."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._last = desk, ""

    def __call__(self, look: Look) -> None:
        from gateway.cli.broadcast.screen import line  # noqa: PLC0415

        told, what = line(self._desk, look)
        if what != self._last:
            self._last = what
            click.echo(f"{look.at:%H:%M:%S} {told}")


def fields(look: Look) -> dict[str, Any]:
    """A look, for programs."""
    view, counts = look.view, look.counts
    return {
        "at": look.at,
        "id": view.id,
        "title": view.title,
        "state": view.state,
        "recipients": view.recipients,
        "total": counts.total,
        "gone": counts.gone,
        "left": counts.left,
        "counts": {state: counts[state] for state in STATES},
        "rate": None if look.rate is None else round(look.rate, 2),
        "ends_at": look.ends_at,
        "waits_until": look.waits_until,
        "daemon": look.links is not None,
        "links": look.links,
    }
