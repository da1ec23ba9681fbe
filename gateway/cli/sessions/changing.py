"""`caredial sessions stop` and `move`: a clinic session with all that hangs on it, at once; who is affected is told."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.answers import AS_JSON, YES, answer, confirm
from gateway.cli.days import day as parsed_day
from gateway.cli.desk import Desk, many, opened, person, with_by
from gateway.cli.money import figure
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake, Problem
from gateway.cli.progress import progress
from gateway.cli.sessions.desk import asked, known, named, time_of_day

if TYPE_CHECKING:
    from clinic.listing import SessionLine
    from clinic.sessions.changes import Affected, NotMoved, Target

PAUSE = 0.05  # seconds, where all that is left is in others' hands
USUAL = {"am": (dt.time(8), dt.time(11, 30)), "pm": (dt.time(14), dt.time(17, 30))}


@click.command(short_help="Stop a session: its visits are cancelled and told.")
@click.argument("session", metavar="ID", type=NUMBER)
@click.option("--reason", required=True, help="Why: it is told to each. At most 30 characters, 60 without Chinese.")
@YES
@AS_JSON
@with_by
@with_config
def stop(session: int, reason: str, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
    """Stop a clinic session: nobody books it any more, its visits are cancelled, their T-codes are void, what was paid
    goes back, and each phone is told why and how to book anew. So is who waits for a place in it, or for its draw. Who
    has arrived already stays: talk with them. Before it asks, it says how many all that are, and how much goes back.

    All of it is one transaction. Only what somebody has in hand in this very moment (a kiosk, a payment) follows just
    after; should the machine go down meanwhile, run the command again, or leave the rest to the daemon.

    \b
    Examples:
        caredial sessions stop 31 --reason 医生外出
        caredial sessions stop 31 --reason 停电 --yes --json | jq '[.told, .refunded.amount]'
    """
    from clinic.sessions import changes  # noqa: PLC0415

    with opened(config) as desk:
        line, done, begun = known(desk, session), None, desk.now()
        if not _goes_on(desk, session):
            _refuse(desk, line, reason)
            hangs = touched(desk, session, "are cancelled", "goes back")
            confirm(f"Stop session {session}, {named(line, desk)}. {hangs}", yes=yes, as_json=as_json)
            done = _change(desk, changes.stop, offered=session, reason=reason, by=person(by))
        _finish(desk, session, done, begun, as_json=as_json)


@click.command(short_help="Move a session to another time or practitioner.")
@click.argument("session", metavar="ID", type=NUMBER)
@click.option("--day", help="The new day. Default: as it is.")
@click.option("--half", type=click.Choice(["am", "pm"]), help="The new half of the day. Default: as it is.")
@click.option("--starts", metavar="HH:MM", help="When it begins. Default: as it is, or the usual time of that half.")
@click.option("--ends", metavar="HH:MM", help="When it ends. Default: as --starts.")
@click.option("--practitioner", metavar="CODE", help="Another practitioner of the department.")
@click.option("--reason", required=True, help="Why: it is told to each. At most 30 characters, 60 without Chinese.")
@YES
@AS_JSON
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
    as_json: bool,
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
        line, done, begun = known(desk, session), None, desk.now()
        if not _goes_on(desk, session):
            target = _target(line, desk, day, half, starts, ends, practitioner)
            _refuse(desk, line, reason)
            when = f"to {target.day} {target.half} {target.starts:%H:%M}"
            hangs = touched(desk, session, "move", "stays with them")
            confirm(f"Move session {session}, {named(line, desk)}, {when}. {hangs}", yes=yes, as_json=as_json)
            done = _change(desk, changes.move, offered=session, to=target, reason=reason, by=person(by))
            if not as_json:
                _tell_where(session, done)
        _finish(desk, session, done, begun, as_json=as_json)


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


def _goes_on(desk: Desk, session: int) -> bool:
    """Whether it was stopped or moved before, and has not come to its end."""
    from clinic.sessions import changes  # noqa: PLC0415

    unfinished = session in desk.run(changes.unfinished)
    if unfinished:
        click.echo(f"session {session} was stopped or moved already; going on with the rest", err=True)
    return unfinished


def _refuse(desk: Desk, line: SessionLine, reason: str) -> None:
    """What would be refused anyhow, before anybody is asked."""
    from clinic.places.changing import NotChangeable  # noqa: PLC0415
    from clinic.sessions import changes  # noqa: PLC0415

    if line.state == "stopped":
        raise Problem(
            f"session {line.id} is stopped already; `caredial sessions list --day {line.day}` shows the others"
        )
    if dt.datetime.combine(line.day, line.ends, tzinfo=desk.installation.timezone) <= desk.now():
        raise Problem(f"session {line.id} is over since {line.day} {line.ends:%H:%M}")
    try:
        changes.checked(reason)
    except NotChangeable as error:
        raise Mistake(f"--reason: {error}") from error


def touched(desk: Desk, session: int, visits: str, money: str) -> str:
    """`3 visits are cancelled, 1 of them not paid yet; 8.00 CNY of 1 paid visit goes back. 2 people are here ...`"""
    from clinic.sessions import reach  # noqa: PLC0415

    found: reach.Reach = desk.run(reach.reach, offered=session)
    unpaid = f" ({found.pending} not paid yet)" if found.pending else ""
    said = [f"{many(found.to_come, 'visit')}{unpaid} {visits}, each phone is told"]
    if found.paid:
        said.append(f"{figure(found.held)}, paid for {many(found.paid, 'visit')}, {money}")
    if found.waiting:
        said.append(
            f"{many(found.waiting, 'person', 'people')} on its waiting list will be told that there is no place"
        )
    if found.tickets:
        said.append(f"{many(found.tickets, 'ticket')} in its draw are void, and told")
    if found.arrived:
        said.append(f"{many(found.arrived, 'person', 'people')} in its queue already: talk with them, they stay")
    return "; ".join(said) + ". It cannot be undone."


def _change(desk: Desk, change: Any, **given: Any) -> Affected:
    done: Affected = asked(desk, change, rules=desk.rules, installation=desk.installation, now=desk.now(), **given)
    return done


def _tell_where(session: int, done: Affected) -> None:
    where = "numbers stay" if not done.offset else f"numbers come after {done.offset}"
    click.echo(f"session {session} moves to session {done.to}; {where}")
    if done.added:
        click.echo(f"session {done.to} had too few places and got {done.added} more")


def _finish(desk: Desk, session: int, done: Affected | None, begun: dt.datetime, *, as_json: bool) -> None:
    """Let follow what others had in hand, batch by batch, until nothing is left; then say what has become of all."""
    from clinic.sessions import changes, reach  # noqa: PLC0415

    told = 0 if done is None else done.followed.told
    if session in desk.run(changes.unfinished):
        told += _follow(desk, session)
    # Not what this command has seen: the daemon, or a command that died, may have done some of them.
    left_out: Sequence[NotMoved] = desk.run(changes.not_moved, offered=session)
    back: reach.WentBack = desk.run(reach.went_back, offered=session, since=begun)
    arrived, waiting = (0, 0) if done is None else (done.arrived, done.waiting)
    cancelled = told if done is not None and done.to is None else len(left_out)
    moved = told - len(left_out) if done is not None and done.to is not None else 0
    some = [f"{count} {what}" for count, what in ((moved, "moved"), (cancelled, "cancelled")) if count]
    said = [f"session {session}: {many(told, 'visit')} told" + (f" ({', '.join(some)})" if some else "")]
    if back.refunds:
        said.append(f"{figure(back.amount)} go back in {many(back.refunds, 'refund')}")
    if waiting:
        said.append(f"{many(waiting, 'person', 'people')} who waited for a place, or for the draw, were told")
    answer(
        desk, "; ".join(said), as_json=as_json, session=session, to=None if done is None else done.to, told=told,
        moved=moved, cancelled=cancelled, refunds=back.refunds, refunded=back.amount, waiting=waiting, arrived=arrived,
        not_moved=left_out,
    )  # fmt: skip
    if arrived:
        stay = f"{many(arrived, 'person', 'people')} arrived already and stay as they are"
        click.echo(f"{stay}: talk with them (`caredial queue show {session}`)", err=True)
    if not as_json:
        _tell_not_moved(left_out)


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
