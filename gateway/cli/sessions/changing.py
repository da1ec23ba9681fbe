"""`caredial sessions stop` and `move`: a clinic session with all that hangs on it, at once; who is affected is told."""

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
from gateway.cli.sessions.desk import YES, asked, known, named, time_of_day

if TYPE_CHECKING:
    from clinic.listing import SessionLine
    from clinic.sessions.changes import Affected, NotMoved, Target

PAUSE = 0.05  # seconds, where all that is left is in others' hands
USUAL = {"am": (dt.time(8), dt.time(11, 30)), "pm": (dt.time(14), dt.time(17, 30))}


@click.command(short_help="Stop a session: its visits are cancelled and told.")
@click.argument("session", metavar="ID", type=NUMBER)
@click.option("--reason", required=True, help="Why, in at most 60 characters: it is told to each.")
@YES
@with_by
@with_config
def stop(session: int, reason: str, yes: bool, by: str, config: Path | None) -> None:
    """Stop a clinic session: nobody books it any more, its visits are cancelled, their T-codes are void, what was paid
    goes back, and each phone is told why and how to book anew. So is who waits for a place in it, or for its draw. Who
    has arrived already stays: talk with them.

    All of it is one transaction. Only what somebody has in hand in this very moment (a kiosk, a payment) follows just
    after; should the machine go down meanwhile, run the command again, or leave the rest to the daemon.

    \b
    Example:
        caredial sessions stop 31 --reason 医生外出
    """
    from clinic.sessions import changes  # noqa: PLC0415

    with opened(config) as desk:
        line, told = known(desk, session), 0
        if session in desk.run(changes.unfinished):
            click.echo(f"session {session} was stopped or moved already; going on with the rest")
        else:
            _ask(line, f"Stop {named(line, desk)}? {many(line.booked + line.pending, 'visit')} will be cancelled", yes)
            done = _change(desk, changes.stop, offered=session, reason=reason, by=person(by))
            told = done.followed.told
        _finish(desk, session, told)


@click.command(short_help="Move a session to another time or practitioner.")
@click.argument("session", metavar="ID", type=NUMBER)
@click.option("--day", help="The new day. Default: as it is.")
@click.option("--half", type=click.Choice(["am", "pm"]), help="The new half of the day. Default: as it is.")
@click.option("--starts", metavar="HH:MM", help="When it begins. Default: as it is, or the usual time of that half.")
@click.option("--ends", metavar="HH:MM", help="When it ends. Default: as --starts.")
@click.option("--practitioner", metavar="CODE", help="Another practitioner of the department.")
@click.option("--reason", required=True, help="Why, in at most 60 characters: it is told to each.")
@YES
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

    Numbers stay, too, unless there is a session at the new time that has given some: then these come after them, and it
    gets more places where it has too few. Who has another visit in the department on the new day is not moved: that
    visit is cancelled and told, and listed here. Where only the doctor changes, see `caredial sessions substitute`.

    All of it is one transaction. Only what somebody has in hand in this very moment (a kiosk, a payment) follows just
    after; should the machine go down meanwhile, run the command again, or leave the rest to the daemon (then
    `caredial messages find --kind moved.twice_sms` lists who was not moved).

    \b
    Examples:
        caredial sessions move 31 --day +7 --reason 医生外出
        caredial sessions move 31 --half pm --reason 停电
        caredial sessions move 31 --practitioner 102 --reason 医生生病
    """
    from clinic.sessions import changes  # noqa: PLC0415

    with opened(config) as desk:
        line, told = known(desk, session), 0
        if session in desk.run(changes.unfinished):
            click.echo(f"session {session} was stopped or moved already; going on with the rest")
        else:
            target = _target(line, desk, day, half, starts, ends, practitioner)
            question = f"Move {named(line, desk)} to {target.day} {target.half} {target.starts:%H:%M}?"
            _ask(line, f"{question} {many(line.booked + line.pending, 'visit')} will move", yes)
            done = _change(desk, changes.move, offered=session, to=target, reason=reason, by=person(by))
            told = done.followed.told
            where = "numbers stay" if not done.offset else f"numbers come after {done.offset}"
            click.echo(f"session {session} moves to session {done.to}; {where}")
            if done.added:
                click.echo(f"session {done.to} had too few places and got {done.added} more")
        _finish(desk, session, told)


def _target(
    line: SessionLine,
    desk: Desk,
    day: str | None,
    half: Any,
    starts: str | None,
    ends: str | None,
    practitioner: str | None,
) -> Target:
    from clinic.sessions.changes import Target  # noqa: PLC0415

    new_half = half or line.half
    usual = (line.starts, line.ends) if new_half == line.half else USUAL[new_half]
    begins = usual[0] if starts is None else time_of_day(starts, "--starts")
    over = usual[1] if ends is None else time_of_day(ends, "--ends")
    if over <= begins:
        raise Mistake(f"--ends: {over:%H:%M} is not after {begins:%H:%M}")
    new_day = line.day if day is None else parsed_day(day, desk.now().date())
    return Target(new_day, new_half, begins, over, practitioner)


def _ask(line: SessionLine, question: str, yes: bool) -> None:
    if line.state == "stopped":
        raise Problem(f"session {line.id} is {line.state} already")
    click.echo(question)
    if not yes:
        click.confirm("Go on?", abort=True)


def _change(desk: Desk, change: Any, **given: Any) -> Affected:
    done: Affected = asked(desk, change, rules=desk.rules, installation=desk.installation, now=desk.now(), **given)
    if done.arrived:
        people = "1 person has" if done.arrived == 1 else f"{done.arrived} people have"
        click.echo(f"{people} arrived already and stay as they are: talk with them (`caredial visits list`)", err=True)
    if done.waiting:
        people = "1 person was told who" if done.waiting == 1 else f"{done.waiting} people were told who"
        click.echo(f"{people} waited for a place in it, or for its draw")
    return done


def _finish(desk: Desk, session: int, told: int) -> None:
    """Let follow what others had in hand, batch by batch, until nothing is left."""
    from clinic.sessions import changes  # noqa: PLC0415

    if session in desk.run(changes.unfinished):
        told += _follow(desk, session)
    click.echo(f"session {session}: {many(told, 'visit')} told")
    # Not what this command has seen: the daemon, or a command that died, may have done some of them.
    _tell_not_moved(desk.run(changes.not_moved, offered=session))


def _follow(desk: Desk, session: int) -> int:
    from clinic.sessions import changes  # noqa: PLC0415

    told, left, line = 0, 1, known(desk, session)
    with progress("visits told", line.booked + line.pending) as look:
        while left:
            done = desk.run(
                changes.follow, offered=session, rules=desk.rules, installation=desk.installation, now=desk.now()
            )
            told, left = told + done.told, done.left
            look(told)
            if left and not done.told:
                time.sleep(PAUSE)  # a cancellation or a kiosk has the last ones in hand
    return told


def _tell_not_moved(people: Sequence[NotMoved]) -> None:
    from gateway.cli.tables import show  # noqa: PLC0415

    if people:
        click.echo("not moved but cancelled, for they have a visit there on that day already:")
        show(("Visit", "No.", "Name", "Phone"), [(each.visit, each.queue, each.name, each.phone) for each in people])
