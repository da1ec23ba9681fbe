"""`caredial sessions waiting`: who waits for a place, and who was offered one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.answers import AS_JSON, YES, answer, confirm, document, print_documents
from gateway.cli.desk import Desk, many, opened, person, with_by
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake, Problem
from gateway.cli.sessions.desk import asked, known, named

if TYPE_CHECKING:
    from clinic.sessions.waiting.desk import WaitLine

COLUMNS = ("Entry", "Place", "Name", "Phone", "Waits for", "Since", "State")


@click.command(short_help="Who waits for a place that comes back.")
@click.argument("session", metavar="[SESSION]", type=NUMBER, required=False)
@click.option("--department", nargs=2, metavar="CENTRE CODE", help="All who wait in a department, such as: DY QK.")
@click.option("--remove", metavar="ENTRY", type=NUMBER, help="Take this entry off the list.")
@YES
@AS_JSON
@with_by
@with_config
def waiting(
    session: int | None,
    department: tuple[str, str] | None,
    remove: int | None,
    yes: bool,
    as_json: bool,
    by: str,
    config: Path | None,
) -> None:
    """List who waits for a place of a clinic session, or of any in a department; without either, all who wait.

    Place: in the order in which they are told of a place that comes back, within their department. State: waiting, or
    offered: they think about a place of that session, alone until the time that is shown; after it the next are told,
    too, and the first yes has it. Names and phone numbers are masked. --remove: what they were offered goes to the next
    at once, and they are not told.

    \b
    Examples:
        caredial sessions waiting 31
        caredial sessions waiting --department DY QK --json | jq 'select(.state == "offered")'
        caredial sessions waiting --remove 12
    """
    with opened(config) as desk:
        if remove is not None:
            if session is not None or department is not None:
                raise Mistake("--remove takes the number of an entry, and neither a session nor --department")
            _remove(desk, remove, by, yes=yes, as_json=as_json)
            return
        found, title = _found(desk, session, department)
        if as_json:
            print_documents(desk, map(document, found))
        else:
            _show(desk, found, title)


def _found(desk: Desk, session: int | None, department: tuple[str, str] | None) -> tuple[list[WaitLine], str]:
    """Who waits there, and where that is."""
    from clinic.sessions import templates  # noqa: PLC0415
    from clinic.sessions.waiting import desk as lists  # noqa: PLC0415

    if session is not None and department is not None:
        raise Mistake("give either a session or --department")
    title, number = "", None
    if session is not None:
        title = f" for {named(known(desk, session), desk)}"
    if department is not None:
        number, _ = asked(desk, templates.place, centre=department[0], department=department[1])
        title = f" in {' '.join(department)}"
    found = desk.run(lists.listed, rules=desk.rules.booking, offered=session, department=number)
    return found, f"{many(len(found), 'person', 'people')} waiting{title}"


def _show(desk: Desk, found: list[WaitLine], title: str) -> None:
    from clinic.sessions.waiting.desk import MOST  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    show(COLUMNS, [_row(line, desk) for line in found], title=title)
    if len(found) == MOST:
        click.echo(f"only the first {MOST} are shown; choose a session, or --department", err=True)


def _row(line: WaitLine, desk: Desk) -> tuple[object, ...]:
    language = desk.installation.language
    days = f"{line.first}" if line.first == line.last else f"{line.first} - {line.last}"
    one = f", session {line.wanted}" if line.wanted else ""
    offered = f"offered session {line.offered} until {desk.moment(line.till, form='%H:%M')}"
    state = offered if line.state == "offered" else f"waiting, offered {line.offers} x" if line.offers else "waiting"
    where = f"{line.centre.text(language)} {line.department.text(language)}"
    return line.id, line.place, line.name, line.phone, f"{where} {days}{one}", desk.moment(line.since), state


def _remove(desk: Desk, entry: int, by: str, *, yes: bool, as_json: bool) -> None:
    from clinic.sessions.waiting import desk as lists  # noqa: PLC0415
    from clinic.sessions.waiting.entries import NotWaiting  # noqa: PLC0415

    gone = Problem(f"nobody waits under entry {entry} (any more); `caredial sessions waiting` lists who does")
    found = desk.run(lists.listed, rules=desk.rules.booking, entry=entry)
    if not found:
        raise gone
    _, place, name, phone, wanted, _, state = _row(found[0], desk)
    who = f"Entry {entry}, {name}, {phone} ({wanted}; place {place}, {state})"
    confirm(f"{who} is taken off the waiting list for good, and is not told: talk with them.", yes=yes, as_json=as_json)
    try:
        desk.run(lists.remove, entry=entry, by=person(by), now=desk.now())
    except NotWaiting as error:
        raise gone from error
    answer(desk, f"entry {entry} waits no more", as_json=as_json, id=entry, removed=True)
