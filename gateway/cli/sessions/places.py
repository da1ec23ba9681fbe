"""`caredial sessions shares` and `capacity`: how many places a session has, and who may get them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.answers import AS_JSON, print_documents
from gateway.cli.desk import Desk, opened, person, with_by
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake
from gateway.cli.sessions.desk import asked, known, named

if TYPE_CHECKING:
    from clinic.places.changing import Changed, Places

COLUMNS = ("Pool", "Places", "Taken", "Left")


@click.command(short_help="Show how a session's places are shared out, or change it.")
@click.argument("session", metavar="ID", type=NUMBER)
@click.option("--set", "rule", metavar="RULE", help="A new rule, such as 'onsite=30%:5-12 ussd=20%'.")
@click.option("--none", "to_all", is_flag=True, help="Anybody may have any place.")
@AS_JSON
@with_by
@with_config
def shares(session: int, rule: str | None, to_all: bool, as_json: bool, by: str, config: Path | None) -> None:
    """Show who may get how many places of a clinic session; with --set share them out anew, also while it is booked.

    A RULE names pools: `onsite` (who comes to the counter), `booked` (who books from afar, by any channel), or a
    channel's own: ussd, sms, voice, web, hospital. `30%` is a part, rounded down; `30%:5-12` at least 5 and at most 12;
    `8` exactly 8. `rest=onsite` gives the counter what is left over, else `booked` gets it. No pool gets fewer places
    than are taken of it; what could not be done is told.

    \b
    Examples:
        caredial sessions shares 31
        caredial sessions shares 31 --set "onsite=30%:5- ussd=10%"
        caredial sessions shares 31 --none
    """
    from clinic.places import changing  # noqa: PLC0415
    from clinic.places.shares import BadShares, Rule  # noqa: PLC0415

    if rule is not None and to_all:
        raise Mistake("--set and --none: choose one of them")
    try:
        wanted: dict[str, Any] = {} if rule is None else {"rule": Rule.parse(rule)}
    except BadShares as error:
        raise Mistake(f"--set: {error}") from error
    with opened(config) as desk:
        known(desk, session)
        if wanted or to_all:
            _change(desk, session, by, shared=not to_all, **wanted)
        _show(desk, desk.run(changing.view, offered=session), as_json=as_json)


@click.command(short_help="Give a session more places, or fewer.")
@click.argument("session", metavar="ID", type=NUMBER)
@click.argument("places", type=click.IntRange(0, 9999))
@AS_JSON
@with_by
@with_config
def capacity(session: int, places: int, as_json: bool, by: str, config: Path | None) -> None:
    """Give a clinic session PLACES places, also while it is booked: never fewer than are taken.

    Shared-out places are divided anew by their rule; after their hour, when what was left has gone to the counter, only
    the counter's become more or fewer. Places that are added are offered first to those who wait.

    \b
    Example:
        caredial sessions capacity 31 45
    """
    from clinic.places import changing  # noqa: PLC0415

    with opened(config) as desk:
        known(desk, session)
        _change(desk, session, by, capacity=places)
        _show(desk, desk.run(changing.view, offered=session), as_json=as_json)


def _change(desk: Desk, session: int, by: str, **given: Any) -> None:
    from clinic.places import changing  # noqa: PLC0415

    done: Changed = asked(desk, changing.change, offered=session, by=person(by), now=desk.now(), **given)
    for note in done.notes:
        click.echo(f"not as wanted: {note}", err=True)


def _show(desk: Desk, places: Places, *, as_json: bool) -> None:
    from gateway.cli.tables import show  # noqa: PLC0415

    if as_json:
        pools = [{"pool": pool.name, "places": pool.places, "taken": pool.taken} for pool in places.pools]
        document = {"session": places.session, "capacity": places.capacity, "taken": places.taken}
        moments = {"flow_at": places.flow_at, "flowed_at": places.flowed_at}
        print_documents(desk, [{**document, "shares": places.shares, **moments, "pools": pools}])
        return
    click.echo(f"session {places.session}, {named(known(desk, places.session), desk)}")
    click.echo(f"{places.capacity} places, {places.taken} taken; {places.shares or 'anybody may have any'}")
    if places.pools:
        rows = [(pool.name, pool.places, pool.taken, pool.places - pool.taken) for pool in places.pools]
        show(COLUMNS, rows)
    if places.flowed_at is not None:
        click.echo(f"what was left went to the counter at {desk.moment(places.flowed_at)}; what comes back goes there")
    elif places.flow_at is not None:
        click.echo(f"what is left goes to the counter at {desk.moment(places.flow_at)}")
