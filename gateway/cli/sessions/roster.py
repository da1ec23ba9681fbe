"""`caredial sessions templates` and `make`: the weekly roster, and the sessions that are made from it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.answers import AS_JSON, YES, answer, confirm, print_documents
from gateway.cli.centres import refuse_unknown
from gateway.cli.days import day as parsed_day
from gateway.cli.desk import Desk, many, opened, person, with_by
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake, Problem
from gateway.cli.progress import progress
from gateway.cli.sessions.desk import asked, time_of_day
from gateway.keys import open_vault

if TYPE_CHECKING:
    from clinic.sessions.templates import Ended, Line, Terms

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
USUAL = {"am": ("08:00", "11:30"), "pm": ("14:00", "17:30")}
COLUMNS = ("Line", "Department", "Held by", "When", "Places", "Fee", "Terms")


@click.group(short_help="The weekly roster that sessions are made from.")
def templates() -> None:
    """The weekly roster: which clinic is held on which weekday, by whom, with how many places, released when.

    The daemon makes sessions from it every day, as far ahead as the settings say ([booking] roster_days); `caredial
    sessions make` makes them now. Many lines at once: `caredial import templates`.

    \b
    Examples:
        caredial sessions templates list --centre DY
        caredial sessions templates end 7 --last 2027-06-30
    """


@templates.command(name="list")
@click.option("--centre", metavar="CODE", help="Only this centre's. Default: all centres.")
@click.option("--all", "over_too", is_flag=True, help="Also lines that are over.")
@AS_JSON
@with_config
def list_(centre: str | None, over_too: bool, as_json: bool, config: Path | None) -> None:
    """List the lines of the roster.

    Terms: from its first day to its last; released, days before and the hour; who may get how many of the places; draw,
    they are drawn so many hours after the release; flow, when what is left goes to the counter.

    \b
    Examples:
        caredial sessions templates list --centre DY
        caredial sessions templates list --json | jq 'select(.kind == "expert")'
    """
    from clinic.sessions import templates as roster  # noqa: PLC0415
    from gateway.cli.tables import show_each  # noqa: PLC0415

    with opened(config) as desk:
        refuse_unknown(desk.store, centre)
        since = None if over_too else desk.now().date()
        lines: list[Line] = desk.run(roster.listed, centre=centre, since=since)
        if as_json:
            print_documents(desk, map(_document, lines))
        else:
            rows = [(line.centre.text(desk.installation.language), _row(line, desk)) for line in lines]
            show_each(COLUMNS, rows, title="weekly roster")
            click.echo(many(len(lines), "line"))


@templates.command(short_help="Add a line to the roster.")
@click.argument("centre")
@click.argument("department")
@click.option("--practitioner", metavar="CODE", default="", help="Who holds it. Default: whoever is on duty.")
@click.option("--day", "weekday", type=click.Choice(DAYS), required=True, help="The weekday.")
@click.option("--half", type=click.Choice(["am", "pm"]), required=True, help="The half of the day.")
@click.option("--starts", metavar="HH:MM", help="When it begins. Default: the usual time of that half.")
@click.option("--ends", metavar="HH:MM", help="When it ends.")
@click.option("--capacity", type=click.IntRange(1, 9999), required=True, help="How many places.")
@click.option("--fee", required=True, help="What a visit costs, such as 6.00.")
@click.option("--from", "since", default="today", show_default=True, help="The first day: 2027-03-08, today, +14.")
@click.option("--until", help="The last day. Default: none.")
@click.option("--expert", is_flag=True, help="An expert's clinic: closed until experts are switched on.")
@click.option("--release", default="-7d 07:00", show_default=True, help="When places can be booked: days before, hour.")
@click.option("--draw", "draw_hours", type=int, metavar="HOURS", help="Draw the places, so long after the release.")
@click.option("--shares", metavar="RULE", help="Who may get how many, see `caredial sessions shares --help`.")
@click.option("--flow", metavar="WHEN", help="When what is left goes to the counter: '-1d 18:00', '-0d 07:30'.")
@AS_JSON
@with_by
@with_config
def add(config: Path | None, as_json: bool, by: str, **given: Any) -> None:
    """Add a line to the weekly roster: sessions are made from it on each of its weekdays that is no holiday.

    \b
    Examples:
        caredial sessions templates add DY QK --practitioner DY-QK-1 --day mon --half am --capacity 40 --fee 6
        caredial sessions templates add DY ZY --practitioner DY-ZY-1 --day wed --half pm --capacity 10 --fee 30 \\
            --expert --draw 24
        caredial sessions templates add DY KQ --day tue --half am --capacity 12 --fee 15 \\
            --shares "onsite=30%:2-" --flow "-1d 18:00"
    """
    from clinic.sessions import templates as roster  # noqa: PLC0415

    with opened(config) as desk:
        terms = _terms(desk, given)
        number = asked(desk, roster.add, terms=terms, by=person(by), now=desk.now())
    said = f"line {number} added; `caredial sessions make` makes its sessions now, the daemon within a day"
    answer(desk, said, as_json=as_json, id=number)


@templates.command(short_help="End a line of the roster.")
@click.argument("line", type=NUMBER)
@click.option("--last", default="today", show_default=True, help="Its last day: 2027-03-08, today, +14.")
@YES
@AS_JSON
@with_by
@with_config
def end(line: int, last: str, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
    """End a line of the weekly roster. Sessions that were made for later days are closed where nobody has a place in
    them; the others are named: stop or move them.

    \b
    Example:
        caredial sessions templates end 7 --last 2027-06-30
    """
    from clinic.sessions import templates as roster  # noqa: PLC0415

    with opened(config) as desk:
        day = parsed_day(last, desk.now().date(), "--last")
        of = _line(desk, line)
        what = "later sessions made from it close, where nobody has a place in them"
        confirm(f"Line {line}, {' '.join(map(str, of))}, ends with {day}; {what}.", yes=yes, as_json=as_json)
        done: Ended = asked(desk, roster.end, template=line, last=day, by=person(by), now=desk.now())
    said = f"line {line} ends with {day}; {many(len(done.closed), 'session')} closed"
    answer(desk, said, as_json=as_json, id=line, last=day, closed=done.closed, kept=done.kept)
    if done.kept and not as_json:
        click.echo(f"as they are, for somebody has a place in them: {', '.join(map(str, done.kept))}")


@click.command(short_help="Make sessions from the roster now.")
@click.option("--until", metavar="DAY", help="The last day to make them for. Default: as far as the daemon does.")
@AS_JSON
@with_config
def make(until: str | None, as_json: bool, config: Path | None) -> None:
    """Make clinic sessions from the weekly roster, from today on. Sessions that are there already stay as they are;
    those that were deleted come back. None on holidays, and on days that are closed ([notices] closed, open).

    \b
    Examples:
        caredial sessions make
        caredial sessions make --until +60
    """
    from clinic.sessions import making  # noqa: PLC0415

    with opened(config) as desk:
        today = desk.now().date()
        days = dt.timedelta(days=desk.rules.booking.roster_days)
        last = today + days if until is None else parsed_day(until, today, "--until")
        if not today <= last <= today + dt.timedelta(days=732):
            raise Mistake(f"--until: {last} is not within the two years from today")
        given = {"until": last, "workdays": making.workdays_of(desk.rules, desk.installation)}
        sessions, after, vault = 0, 0, open_vault(desk.settings)
        with progress("sessions made") as look:
            while True:
                made = desk.run(making.make, after=after, vault=vault, now=desk.now(), **given)
                sessions += made.sessions
                look(sessions)
                if made.last is None:
                    break
                after = made.last
    answer(desk, f"{many(sessions, 'session')} made, until {last}", as_json=as_json, made=sessions, until=last)


def _terms(desk: Desk, given: dict[str, Any]) -> Terms:
    from clinic.places.shares import BadShares, Rule  # noqa: PLC0415
    from clinic.sessions import templates as roster  # noqa: PLC0415

    today, half = desk.now().date(), given["half"]
    department, practitioner = asked(
        desk, roster.place, centre=given["centre"], department=given["department"], practitioner=given["practitioner"]
    )
    release_days, release_at = _before(given["release"], "--release")
    flow_days, flow_at = _before(given["flow"], "--flow") if given["flow"] else (0, None)
    try:
        shares = None if given["shares"] is None else Rule.parse(given["shares"])
    except BadShares as error:
        raise Mistake(f"--shares: {error}") from error
    return roster.Terms(
        department=department,
        practitioner=practitioner,
        weekday=DAYS.index(given["weekday"]),
        half=half,
        starts=time_of_day(given["starts"] or USUAL[half][0], "--starts"),
        ends=time_of_day(given["ends"] or USUAL[half][1], "--ends"),
        capacity=given["capacity"],
        fee=_fen(given["fee"]),
        valid_from=parsed_day(given["since"], today, "--from"),
        valid_until=None if given["until"] is None else parsed_day(given["until"], today, "--until"),
        kind="expert" if given["expert"] else "general",
        release_days=release_days,
        release_at=release_at,
        draw_hours=given["draw_hours"],
        shares=shares,
        flow_days=flow_days,
        flow_at=flow_at,
    )


def _line(desk: Desk, line: int) -> tuple[object, ...]:
    """Where and when this line is; a Problem where there is none."""
    from clinic.sessions import templates as roster  # noqa: PLC0415

    found: Line | None = desk.run(roster.line, template=line)
    if found is None:
        raise Problem(f"the roster has no line {line}; `caredial sessions templates list --all` shows them")
    language = desk.installation.language
    return found.centre.text(language), found.department.text(language), DAYS[found.weekday], f"{found.starts:%H:%M}"


def _before(written: str, option: str) -> tuple[int, dt.time]:
    """`-7d 07:00`: seven days before, at seven."""
    found = re.fullmatch(r"-(\d{1,3})d (\d\d:\d\d)", written)
    if found is None:
        raise Mistake(f"{option}: {written!r} is not like '-7d 07:00': days before, and the hour")
    return int(found[1]), time_of_day(found[2], option)


def _fen(written: str) -> int:
    try:
        fen = Decimal(written) * 100
    except InvalidOperation:
        raise Mistake(f"--fee: {written!r} is no amount, such as 12.50") from None
    if not fen.is_finite() or fen != int(fen) or not 0 <= fen <= 10**8:
        raise Mistake(f"--fee: {written!r} is no amount with at most two decimals")
    return int(fen)


def _document(line: Line) -> dict[str, object]:
    document = {field.name: getattr(line, field.name) for field in fields(line)}
    return document | {"weekday": DAYS[line.weekday], "fee": f"{line.fee / 100:.2f}"}


def _row(line: Line, desk: Desk) -> tuple[object, ...]:
    language = desk.settings.installation.language
    who = [line.practitioner.text(language)] if line.practitioner else []
    released = f"released -{line.release_days}d {line.release_at:%H:%M}"
    last = f" to {line.valid_until}" if line.valid_until else ""
    shares = [line.shares] if line.shares else []
    draw = [] if line.draw_hours is None else [f"draw {line.draw_hours} h"]
    flow = [] if line.flow_at is None else [f"flow -{line.flow_days}d {line.flow_at:%H:%M}"]
    return (
        line.id,
        line.department.text(language),
        ", ".join([*who, *(["expert"] if line.kind == "expert" else [])]),
        f"{DAYS[line.weekday]} {line.starts:%H:%M}-{line.ends:%H:%M}",
        line.capacity,
        f"{line.fee / 100:.2f}",
        ", ".join([f"from {line.valid_from}{last}", released, *shares, *draw, *flow]),
    )
