"""How a queue is shown: a table, a live table, or JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.desk import Desk
from gateway.cli.tables import fitted
from gateway.cli.tables import show as show_table

if TYPE_CHECKING:
    from clinic.queue.calling import Called
    from clinic.queue.looking import QueueLine, QueueView
    from clinic.queue.near import InQueue
    from clinic.vouchers import Checked

COLUMNS = ("No.", "Visit", "Name", "Phone", "State", "Here", "Before", "About")
STATES = {"called": "called", "waits": "waits", "passed": "passed over", "to_come": "to come", "over": "over"}


def show(desk: Desk, view: QueueView, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(document(view, desk), ensure_ascii=False))
        return
    click.echo(headline(view, desk, between="\n"))
    show_table(COLUMNS, rows(view, desk))


def watch(desk: Desk, looks: Iterator[QueueView], *, as_json: bool) -> None:
    """Until the looks end: on a terminal one table, else what has changed."""
    if sys.stdout.isatty() and not as_json:
        _on_screen(desk, looks)
        return
    last = ""
    for view in looks:
        said = json.dumps(document(view, desk), ensure_ascii=False) if as_json else headline(view, desk)
        if said != last:
            click.echo(said)
        last = said


def _on_screen(desk: Desk, looks: Iterator[QueueView]) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.live import Live  # noqa: PLC0415

    console = Console()
    with Live(console=console, auto_refresh=False) as shown:
        for view in looks:
            title = headline(view, desk, between="\n")
            shown.update(fitted(console, COLUMNS, rows(view, desk), title=title), refresh=True)


def headline(view: QueueView, desk: Desk, between: str = ": ") -> str:
    """`东苑 全科 am, room 101: called no. 5, 3 waiting, 2 passed over, 4 to come, seen 4 of 13; about 6 min each`."""
    language = desk.settings.installation.language
    counts = {state: sum(line.standing.state == state for line in view.lines) for state in STATES}
    place = [view.centre.text(language), view.department.text(language), view.half]
    if view.practitioner:
        place.insert(2, view.practitioner.text(language))
    room = f", room {view.room}" if view.room else ""
    called = f"called no. {view.called}" if view.called else "nobody called yet"
    parts = [called, f"{counts['waits']} waiting"]
    parts += [f"{counts['passed']} passed over"] if counts["passed"] else []
    parts += [f"{counts['to_come']} to come", f"seen {view.seen} of {view.in_all}"]
    parts += [f"{view.gone} gone"] if view.gone else []
    return f"{' '.join(place)}{room}{between}{', '.join(parts)}; about {view.minutes:.0f} min each, by {view.policy}"


def rows(view: QueueView, desk: Desk) -> list[tuple[object, ...]]:
    return [_row(line, desk) for line in view.lines]


def _row(line: QueueLine, desk: Desk) -> tuple[object, ...]:
    stands = line.standing
    notes = ["walk-in"] if line.is_walk_in else []
    notes += [f"passed {line.passes} x"] if line.passes else []
    about = stands.expected
    called = [desk.moment(line.called_at, form="%H:%M")] if stands.state == "called" and line.called_at else []
    return (
        stands.queue,
        stands.visit,
        line.name,
        line.phone,
        ", ".join([" ".join([STATES[stands.state], *called]), *notes]),
        desk.moment(line.arrived_at, form="%H:%M"),
        stands.ahead if about else "",
        f"{desk.moment(about.earliest, form='%H:%M')}-{desk.moment(about.latest, form='%H:%M')}" if about else "",
    )


def document(view: QueueView, desk: Desk) -> dict[str, Any]:
    """The queue for programs; names in the installation's language."""
    language = desk.settings.installation.language
    waiting = sum(line.standing.state == "waits" for line in view.lines)
    return {
        "session": view.session,
        "centre": view.centre.text(language),
        "department": view.department.text(language),
        "practitioner": view.practitioner.text(language) if view.practitioner else None,
        "room": view.room,
        "day": view.day.isoformat(),
        "half": view.half,
        "policy": view.policy,
        "state": view.state,
        "in_all": view.in_all,
        "seen": view.seen,
        "gone": view.gone,
        "called": view.called,
        "waiting": waiting,
        "minutes": round(view.minutes, 1),
        "lines": [_line(line, desk) for line in view.lines],
    }


def _line(line: QueueLine, desk: Desk) -> dict[str, Any]:
    stands, zone = line.standing, desk.installation.timezone
    about = stands.expected
    return {
        "queue": stands.queue,
        "visit": stands.visit,
        "name": line.name,
        "phone": line.phone,
        "state": stands.state,
        "ahead": stands.ahead,
        "arrived_at": line.arrived_at.astimezone(zone).isoformat() if line.arrived_at else None,
        "called_at": line.called_at.astimezone(zone).isoformat() if line.called_at else None,
        "earliest": about.earliest.astimezone(zone).isoformat() if about else None,
        "latest": about.latest.astimezone(zone).isoformat() if about else None,
        "walk_in": line.is_walk_in,
        "passes": line.passes,
    }


def called(found: Called, *, as_json: bool) -> None:
    """Who is called, who was seen by it, who waits still."""
    if as_json:
        told = {
            "called": _person(found.now),
            "room": found.room,
            "seen": [each.visit for each in found.seen],
            "near": [each.visit for each in found.near],
            "waiting": found.waiting,
            "to_come": found.to_come,
        }
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for each in found.seen:
        click.echo(f"no. {each.queue} was seen")
    if found.now is None:
        waits = f"; {found.to_come} have booked and are not here" if found.to_come else ""
        click.echo(f"nobody is waiting{waits}")
    else:
        room = f" to room {found.room}" if found.room else ""
        phone = f", {found.now.phone}" if found.now.phone else ""
        click.echo(f"no. {found.now.queue}{room}: {found.now.name}{phone} (visit {found.now.visit})")
        click.echo(f"{found.waiting} waiting, {found.to_come} still to come")
    tell_near(found.near)


def arrived(desk: Desk, checked: Checked, *, as_json: bool) -> None:
    """Who was checked in, and how far the queue is from them."""
    view, stands = checked.voucher, checked.standing
    if view is None or stands is None:
        return
    about = stands.expected
    span = f"{desk.moment(about.earliest, form='%H:%M')}-{desk.moment(about.latest, form='%H:%M')}" if about else ""
    back = " again" if checked.outcome == "returned" else ""
    done(
        f"no. {view.queue} waits{back}, {stands.ahead} before; called about {span}",
        as_json=as_json,
        visit=view.visit,
        queue=view.queue,
        outcome=checked.outcome,
        ahead=stands.ahead,
        about=span,
    )


def done(said: str, *, as_json: bool, **told: Any) -> None:
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else said)


def tell_near(near: Sequence[InQueue]) -> None:
    if near:
        click.echo(f"told that they are near: {', '.join(f'no. {each.queue}' for each in near)}")


def _person(found: InQueue | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"visit": found.visit, "queue": found.queue, "name": found.name, "phone": found.phone}
