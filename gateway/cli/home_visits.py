"""`caredial home-visits`: who has asked for staff to come."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from gateway.cli import days
from gateway.cli.centres import refuse_unknown
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Problem


@click.group(name="home-visits")
def home_visits() -> None:
    """List the requests for home visits; close them."""


@home_visits.command(name="list")
@click.option(
    "--state",
    type=click.Choice(["active", "completed", "revoked", "all"]),
    default="active",
    show_default=True,
    help="Which ones.",
)
@click.option("--centre", metavar="CODE", help="Only this centre's. Default: all centres.")
@click.option("--show-phones", is_flag=True, help="Show names and phone numbers in full, to call back.")
@with_config
def list_(state: str, centre: str | None, show_phones: bool, config: Path | None) -> None:
    """List the requests for home visits, the oldest first. Names and phone numbers are masked.

    \b
    Examples:
        caredial home-visits list
        caredial home-visits list --centre DY --show-phones
        caredial home-visits list --state completed
    """
    from clinic import home_visits as requests  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    settings = read_settings(config)
    place = settings.installation
    wanted = next((known for known in requests.STATES if known == state), None)

    def local(moment: dt.datetime | None) -> str:
        return days.moment(moment, place.timezone)

    with opened_store(settings) as store:
        refuse_unknown(store, centre)
        found = store.run_now(requests.listed, state=wanted, centre=centre, shown=show_phones)
    rows = [
        (
            row.id,
            row.centre.text(place.language),
            row.name,
            row.phone,
            row.state,
            local(row.requested_at),
            local(row.closed_at),
        )
        for row in found
    ]
    columns = ("ID", "Centre", "Name", "Phone", "State", "Requested", "Closed")
    show(columns, rows, title=f"{len(rows)} home visits")
    if len(rows) == requests.MOST:
        click.echo(f"only the first {requests.MOST} are shown; choose some with --centre", err=True)


@home_visits.command()
@click.argument("request", metavar="ID", type=int)
@with_config
def done(request: int, config: Path | None) -> None:
    """Staff have been there: close the request, so that the resident can ask again.

    \b
    Example:
        caredial home-visits done 12
    """
    _close(request, done=True, config=config)
    click.echo(f"home visit {request} is completed")


@home_visits.command()
@click.argument("request", metavar="ID", type=int)
@with_config
def revoke(request: int, config: Path | None) -> None:
    """Nobody will go there: close the request. The resident is not told; call back first.

    \b
    Example:
        caredial home-visits revoke 12
    """
    _close(request, done=False, config=config)
    click.echo(f"home visit {request} is revoked")


def _close(request: int, *, done: bool, config: Path | None) -> None:
    from clinic import home_visits as requests  # noqa: PLC0415

    settings = read_settings(config)
    now = dt.datetime.now(settings.installation.timezone)
    with opened_store(settings) as store:
        if not store.run_now(requests.close, request=request, done=done, now=now):
            raise Problem(f"there is no active home visit {request}; `caredial home-visits list` shows them")
