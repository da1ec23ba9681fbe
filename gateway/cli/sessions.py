"""`caredial sessions`: when what can be booked; stopping and moving a clinic session, whose visits are told."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.broadcast.desk import Desk, many, opened, person, progress, with_by
from gateway.cli.days import day as parsed_day
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from clinic.listing import SessionLine
    from clinic.visit_notices.changes import Affected, NotMoved

MOST = 1000
PAUSE = 0.05  # seconds, where all that is left is in others' hands
USUAL = {"am": (dt.time(8), dt.time(11, 30)), "pm": (dt.time(14), dt.time(17, 30))}
COLUMNS = (
    "ID",
    "Centre",
    "Department",
    "Practitioner",
    "Half",
    "Time",
    "State",
    "Taken",
    "Here",
    "Seen",
    "Gone",
)


@click.group(short_help="List, stop and move clinic sessions.")
def sessions() -> None:
    """Look at clinic sessions; stop one, or move it. Whoever has booked it is told."""


@sessions.command(name="list")
@click.option("--day", default="today", show_default=True, help="A date (2027-03-08), today, tomorrow, +3 or -1.")
@click.option("--centre", metavar="CODE", help="Only this centre's. Default: all centres.")
@with_config
def list_(day: str, centre: str | None, config: Path | None) -> None:
    """List the clinic sessions of a day.

    Taken: places that are held, of how many. Here: have arrived. Seen, Gone: were seen; did not come.

    \b
    Examples:
        caredial sessions list
        caredial sessions list --day tomorrow --centre DY
    """
    from clinic import listing  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    with opened(config) as desk:
        wanted = parsed_day(day, desk.now().date())
        codes = desk.run(listing.centre_codes)
        if centre is not None and centre not in codes:
            raise Mistake(f"there is no centre {centre}; there are: {', '.join(codes) or 'none'}")
        found = desk.run(listing.sessions, day=wanted, centre=centre, most=MOST)
        show(COLUMNS, [_row(line, desk) for line in found], title=f"{wanted}: {many(len(found), 'session')}")
    if len(found) == MOST:
        click.echo(f"only the first {MOST} are shown; choose one with --centre", err=True)


@sessions.command(short_help="Stop a session: its visits are cancelled and told.")
@click.argument("session", metavar="ID", type=NUMBER)
@click.option("--reason", required=True, help="Why, in at most 60 characters: it is told to each.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@with_by
@with_config
def stop(session: int, reason: str, yes: bool, by: str, config: Path | None) -> None:
    """Stop a clinic session: nobody books it any more, its visits are cancelled, their T-codes are void, and each phone
    is told why and how to book anew. Who has arrived already stays: talk with them.

    Ctrl-C, or a machine that goes down, loses nothing: run the command again, or leave the rest to the daemon.

    \b
    Example:
        caredial sessions stop 31 --reason 医生外出
    """
    from clinic.visit_notices import changes  # noqa: PLC0415

    with opened(config) as desk:
        line = _known(desk, session)
        if session in desk.run(changes.unfinished):
            click.echo(f"session {session} was stopped or moved already; going on with the rest")
        else:
            _ask(line, f"Stop {_named(line, desk)}? {many(line.booked, 'visit')} will be cancelled", yes=yes)
            told = _begin(desk, changes.stop, offered=session, reason=reason, by=person(by))
            _tell_arrived(told)
        _follow(desk, session)


@sessions.command(short_help="Move a session to another time or practitioner.")
@click.argument("session", metavar="ID", type=NUMBER)
@click.option("--day", help="The new day. Default: as it is.")
@click.option("--half", type=click.Choice(["am", "pm"]), help="The new half of the day. Default: as it is.")
@click.option("--starts", metavar="HH:MM", help="When it begins. Default: as it is, or the usual time of that half.")
@click.option("--ends", metavar="HH:MM", help="When it ends. Default: as --starts.")
@click.option("--practitioner", metavar="CODE", help="Another practitioner of the department.")
@click.option("--reason", required=True, help="Why, in at most 60 characters: it is told to each.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@with_by
@with_config
def move(
    session: int,
    day: str | None,
    half: Any,
    starts: str | None,
    ends: str | None,
    practitioner: str | None,
    reason: str,
    yes: bool,
    by: str,
    config: Path | None,
) -> None:
    """Move a clinic session with its visits: each phone is told the new time, T-codes stay good.

    Numbers stay, too, unless there is a session at the new time that has given some: then these come after them. Who
    has another visit in the department on the new day is not moved: that visit is cancelled and told, and listed here.
    Ctrl-C, or a machine that goes down, loses nothing: run the command again, or leave the rest to the daemon (then
    `caredial messages find --kind moved.twice_sms` lists who was not moved).

    \b
    Examples:
        caredial sessions move 31 --day +7 --reason 医生外出
        caredial sessions move 31 --half pm --reason 停电
        caredial sessions move 31 --practitioner 102 --reason 医生生病
    """
    from clinic.visit_notices import changes  # noqa: PLC0415

    with opened(config) as desk:
        line = _known(desk, session)
        if session in desk.run(changes.unfinished):
            click.echo(f"session {session} was stopped or moved already; going on with the rest")
        else:
            target = _target(line, desk, day, half, starts, ends, practitioner)
            question = f"Move {_named(line, desk)} to {target.day} {target.half} {target.starts:%H:%M}?"
            _ask(line, f"{question} {many(line.booked, 'visit')} will move", yes=yes)
            told = _begin(desk, changes.move, offered=session, to=target, reason=reason, by=person(by))
            _tell_arrived(told)
            where = "numbers stay" if not told.offset else f"numbers come after {told.offset}"
            click.echo(f"session {session} moves to session {told.to}; {where}")
        _follow(desk, session)


def _known(desk: Desk, session: int) -> SessionLine:
    from clinic import listing  # noqa: PLC0415

    line: SessionLine | None = desk.run(listing.session_line, offered=session)
    if line is None:
        raise Problem(f"there is no clinic session {session}; `caredial sessions list` shows them")
    return line


def _target(
    line: SessionLine,
    desk: Desk,
    day: str | None,
    half: Any,
    starts: str | None,
    ends: str | None,
    practitioner: str | None,
) -> Any:
    from clinic.visit_notices.changes import Target  # noqa: PLC0415

    new_half = half or line.half
    usual = (line.starts, line.ends) if new_half == line.half else USUAL[new_half]
    begins = usual[0] if starts is None else _time(starts, "--starts")
    over = usual[1] if ends is None else _time(ends, "--ends")
    if over <= begins:
        raise Mistake(f"--ends: {over:%H:%M} is not after {begins:%H:%M}")
    new_day = line.day if day is None else parsed_day(day, desk.now().date())
    return Target(new_day, new_half, begins, over, practitioner)


def _time(written: str, option: str) -> dt.time:
    try:
        return dt.datetime.strptime(written, "%H:%M").time()  # noqa: DTZ007  a time of day has no zone
    except ValueError:
        raise Mistake(f"{option}: {written!r} is no time of day, as 14:00") from None


def _ask(line: SessionLine, question: str, *, yes: bool) -> None:
    if line.state != "open":
        raise Problem(f"session {line.id} is {line.state} already")
    click.echo(question)
    if not yes:
        click.confirm("Go on?", abort=True)


def _begin(desk: Desk, change: Any, **given: Any) -> Affected:
    from clinic.visit_notices.changes import NotChangeable  # noqa: PLC0415

    try:
        affected: Affected = desk.run(change, now=desk.now(), **given)
    except NotChangeable as error:
        raise Problem(str(error)) from error
    return affected


def _tell_arrived(affected: Affected) -> None:
    if affected.arrived:
        people = "1 person has" if affected.arrived == 1 else f"{affected.arrived} people have"
        click.echo(f"{people} arrived already and stay as they are: talk with them (`caredial visits list`)", err=True)


def _follow(desk: Desk, session: int) -> None:
    """Let the visits follow, batch by batch, until none is left."""
    from clinic.visit_notices import changes  # noqa: PLC0415

    told, left = 0, 1
    total = _known(desk, session).booked
    with progress("visits told", total) as look:
        while left:
            done = desk.run(
                changes.follow, offered=session, rules=desk.rules, installation=desk.installation, now=desk.now()
            )
            told, left = told + done.told, done.left
            look(told)
            if left and not done.told:
                time.sleep(PAUSE)  # a cancellation or a kiosk has the last ones in hand
    click.echo(f"session {session}: {many(told, 'visit')} told")
    # Not what these batches gave: the daemon, or a command that died, may have done some of them.
    _tell_not_moved(desk.run(changes.not_moved, offered=session))


def _tell_not_moved(people: Sequence[NotMoved]) -> None:
    from gateway.cli.tables import show  # noqa: PLC0415

    if people:
        click.echo("not moved but cancelled, for they have a visit there on that day already:")
        show(("Visit", "No.", "Name", "Phone"), [(each.visit, each.queue, each.name, each.phone) for each in people])


def _named(line: SessionLine, desk: Desk) -> str:
    language = desk.settings.installation.language
    return f"{line.centre.text(language)} {line.department.text(language)} {line.day} {line.half} {line.starts:%H:%M}"


def _row(line: SessionLine, desk: Desk) -> tuple[object, ...]:
    language = desk.settings.installation.language
    return (
        line.id,
        line.centre.text(language),
        line.department.text(language),
        line.practitioner.text(language) if line.practitioner else "",
        line.half,
        f"{line.starts:%H:%M}-{line.ends:%H:%M}",
        f"{line.state}, telling" if line.unfinished else line.state,
        f"{line.taken}/{line.capacity}",
        line.arrived,
        line.fulfilled,
        line.noshow,
    )
