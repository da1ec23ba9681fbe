"""`caredial draws`: lotteries of scarce sessions, and whether what was published of one is right."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.answers import AS_JSON, print_documents
from gateway.cli.days import day as parsed_day
from gateway.cli.desk import opened
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake, Problem, listed

if TYPE_CHECKING:
    from clinic.sessions.lottery.shown import DrawLine, DrawView

MOST = 1000
KEYS = ("session", "centre", "department", "day", "half", "places", "tickets", "won", "draw_at", "state")
COLUMNS = ("Session", "Centre", "Department", "Day", "Half", "Places", "Tickets", "Won", "Drawn at", "State")


@click.group(short_help="Lotteries of scarce sessions: list, show, verify.")
def draws() -> None:
    """Lotteries of scarce sessions. Each is fixed before anybody enters, and can be recomputed by anybody afterwards:
    docs/lottery.md says how. The daemon draws by itself when it is time (job `draws`).

    \b
    Examples:
        caredial draws list
        caredial draws show 31
        caredial draws verify 31
    """


@draws.command(name="list", short_help="Draws to come, and those of late.")
@click.option("--since", default="today", show_default=True, metavar="DAY", help="Of sessions on this day or later.")
@AS_JSON
@with_config
def list_(since: str, as_json: bool, config: Path | None) -> None:
    """List draws, the first to be drawn first.

    State: open (entries are taken, or will be), drawing (the winners are getting their places), drawn, off (its session
    was stopped). Won: have a place.

    \b
    Examples:
        caredial draws list
        caredial draws list --since -30 --json
    """
    from clinic.sessions.lottery import listed as use  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    with opened(config) as desk:
        first = parsed_day(since, desk.now().date(), "--since")
        found: list[DrawLine] = desk.run(use, since=first, most=MOST)
        language, zone = desk.settings.installation.language, desk.installation.timezone
    rows = [
        (
            line.session, line.centre, line.department.text(language), line.day, line.half, line.places, line.tickets,
            line.won, line.draw_at.astimezone(zone), line.state,
        )
        for line in found
    ]  # fmt: skip
    if as_json:
        print_documents(desk, (dict(zip(KEYS, row, strict=True)) for row in rows))
        return
    show(COLUMNS, [[_shown(value) for value in row] for row in rows], title=f"draws of sessions since {first}")
    if len(found) == MOST:
        click.echo(f"only the first {MOST} are shown; choose a later day with --since", err=True)


@draws.command(short_help="One draw: commitment, tickets, ranks, seed.")
@click.argument("session", metavar="SESSION", type=NUMBER)
@click.option("--json", "as_json", is_flag=True, help="For programs, and to keep: what /draw/SESSION.json publishes.")
@with_config
def show(session: int, as_json: bool, config: Path | None) -> None:
    """Show the draw of a clinic session: what is published of it, and nothing else. The seed is shown once it is drawn.

    \b
    Examples:
        caredial draws show 31
        caredial draws show 31 --json > draw.json
    """
    from clinic.sessions.lottery import document  # noqa: PLC0415
    from clinic.sessions.lottery.shown import shown  # noqa: PLC0415

    with opened(config) as desk:
        given = {"offered": session, "now": desk.now()}
        found = desk.run(document if as_json else shown, **given)
        if found is None:
            raise Problem(f"clinic session {session} has no draw; see `caredial draws list --since -30`")
        if as_json:
            click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        else:
            _show(found, desk.settings.installation.language, desk.installation.public_url)


@draws.command(short_help="Recompute a draw from what was published.")
@click.argument("session", metavar="SESSION|FILE")
@AS_JSON
@with_config
def verify(session: str, as_json: bool, config: Path | None) -> None:
    """Recompute a draw: the seed against what was committed to, the tickets against the digest of the close, the rank
    of each ticket. Of a session by its number, or of what /draw/SESSION.json gave at another time, from a file (`-`:
    standard input) and without looking at our database. Exits with 1 where it is not right.

    \b
    Examples:
        caredial draws verify 31
        curl -s https://care.example/draw/31.json | caredial draws verify -
    """
    from clinic.sessions.lottery.shown import faults  # noqa: PLC0415

    published = _of_session(int(session), config) if session.isdecimal() else _of_file(session)
    found, number = faults(published), published.get("session")
    if as_json:
        told = {"session": number, "tickets": len(published["tickets"]), "right": not found, "faults": found}
        click.echo(json.dumps(told, ensure_ascii=False))
    if found:
        raise Problem(listed(f"the draw of session {number} is not right:", found))
    if not as_json:
        click.echo(f"session {number}: {len(published['tickets'])} tickets, all right")


def _of_session(session: int, config: Path | None) -> dict[str, Any]:
    from clinic.sessions.lottery import document  # noqa: PLC0415

    with opened(config) as desk:
        found: dict[str, Any] | None = desk.run(document, offered=session, now=desk.now())
    if found is None:
        raise Problem(f"clinic session {session} has no draw; see `caredial draws list --since -30`")
    return found


def _of_file(name: str) -> dict[str, Any]:
    from clinic.sessions.lottery.shown import read  # noqa: PLC0415

    try:
        written = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"{name}: it is neither the number of a session nor a file that can be read ({error})") from error
    try:
        return read(written)
    except ValueError as error:
        raise Mistake(f"{name}: {error}") from error


def _show(view: DrawView, language: Any, public_url: str) -> None:
    from gateway.cli.tables import show as table  # noqa: PLC0415

    practitioner = f", {view.practitioner.text(language)}" if view.practitioner else ""
    click.echo(f"session {view.session}: {view.centre.text(language)}, {view.department.text(language)}{practitioner}")
    click.echo(f"{view.day} {view.half} {view.starts:%H:%M}, {view.places} places; {view.state}")
    click.echo(f"opens       {_shown(view.opens_at)}, is drawn {_shown(view.draw_at)}")
    click.echo(f"commitment  {view.commitment}  ({_shown(view.committed_at)})")
    click.echo(f"digest      {view.entries_digest or '- (entries are open)'}")
    click.echo(f"seed        {view.seed or '- (sealed until the draw)'}")
    click.echo(f"page        {public_url}/draw/{view.session}")
    rows = [(each.ticket, each.rank or "", each.outcome) for each in view.tickets]
    table(("Ticket", "Rank", "Outcome"), rows, title=f"{len(rows)} tickets")


def _shown(value: object) -> object:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, dt.datetime) else value
