"""`caredial visits`: what is booked, and the queue of a clinic session."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.broadcast.desk import Desk, opened, person, with_by
from gateway.cli.days import day as parsed_day
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from clinic.visit_notices.queue import InQueue

MOST = 1000


@click.group()
def visits() -> None:
    """Look up visits; call the next of a queue."""


@visits.command(name="list")
@click.option("--day", default="today", show_default=True, help="A date (2027-03-08), today, tomorrow, +3 or -1.")
@click.option("--centre", metavar="CODE", help="Only this centre's. Default: all centres.")
@with_config
def list_(day: str, centre: str | None, config: Path | None) -> None:
    """List the visits of a day, by department and queue number. Names and phone numbers are masked.

    \b
    Examples:
        caredial visits list
        caredial visits list --day tomorrow --centre DY
    """
    from clinic import listing  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    settings = read_settings(config)
    language = settings.installation.language
    wanted = parsed_day(day, dt.datetime.now(settings.installation.timezone).date())
    with opened_store(settings) as store:
        codes = store.run_now(listing.centre_codes)
        if centre is not None and centre not in codes:
            raise Mistake(f"there is no centre {centre}; there are: {', '.join(codes) or 'none'}")
        found = store.run_now(listing.visits, day=wanted, centre=centre, most=MOST)
    rows = [
        (
            row.id,
            row.centre.text(language),
            row.department.text(language),
            row.practitioner.text(language) if row.practitioner else "",
            row.half,
            row.queue,
            row.name,
            row.phone,
            row.state,
            row.tcode,
        )
        for row in found
    ]
    columns = ("ID", "Centre", "Department", "Practitioner", "Half", "No.", "Name", "Phone", "State", "T-code")
    show(columns, rows, title=f"{wanted}: {len(rows)} visits")
    if len(rows) == MOST:
        click.echo(f"only the first {MOST} are shown; choose one with --centre", err=True)


@visits.command(short_help="Call the next number of a clinic session.")
@click.argument("session", metavar="SESSION", type=NUMBER)
@with_by
@with_config
def call(session: int, by: str, config: Path | None) -> None:
    """Call the next number of a clinic session that has arrived; who was in the room is marked as seen.

    Whoever has come near by it is told by SMS, once ([notices] queue_near says how many may be before them). The
    numbers of clinic sessions are shown by `caredial sessions list`.

    \b
    Example:
        caredial visits call 31
    """
    from clinic.visit_notices import queue  # noqa: PLC0415

    with opened(config) as desk:
        called = _act(desk, queue.call_next, offered=session, by=person(by))
    for each in called.seen:
        click.echo(f"no. {each.queue} was seen")
    if called.now is None:
        waits = f"; {called.to_come} have booked and are not here" if called.to_come else ""
        click.echo(f"nobody is waiting{waits}")
    else:
        room = f" to room {called.room}" if called.room else ""
        click.echo(f"no. {called.now.queue}{room}: {called.now.name}, {called.now.phone} (visit {called.now.visit})")
        click.echo(f"{called.waiting} waiting, {called.to_come} still to come")
    _tell_near(called.near)


@visits.command(short_help="Mark a visit as seen.")
@click.argument("visit", metavar="ID", type=NUMBER)
@with_by
@with_config
def seen(visit: int, by: str, config: Path | None) -> None:
    """Mark somebody who has arrived as seen, where the queue is not called by `caredial visits call`.

    \b
    Example:
        caredial visits seen 812
    """
    from clinic.visit_notices import queue  # noqa: PLC0415

    with opened(config) as desk:
        near = _act(desk, queue.seen, visit=visit, by=person(by))
    click.echo(f"visit {visit} was seen")
    _tell_near(near)


@visits.command(short_help="Mark somebody who has arrived as gone.")
@click.argument("visit", metavar="ID", type=NUMBER)
@with_by
@with_config
def noshow(visit: int, by: str, config: Path | None) -> None:
    """Mark somebody as not come who has arrived, was called, and is not there. Who never arrives is marked by itself in
    the evening.

    \b
    Example:
        caredial visits noshow 812
    """
    from clinic.visit_notices import queue  # noqa: PLC0415

    with opened(config) as desk:
        near = _act(desk, queue.noshow, visit=visit, by=person(by))
    click.echo(f"visit {visit} did not come")
    _tell_near(near)


def _act(desk: Desk, fn: Any, **given: Any) -> Any:
    from clinic.visit_notices.queue import NotInQueue  # noqa: PLC0415

    try:
        return desk.run(fn, rules=desk.rules, installation=desk.installation, now=desk.now(), **given)
    except NotInQueue as error:
        raise Problem(f"{error}; see `caredial sessions list` and `caredial visits list`") from error


def _tell_near(near: Sequence[InQueue]) -> None:
    if near:
        click.echo(f"told that they are near: {', '.join(f'no. {each.queue}' for each in near)}")
