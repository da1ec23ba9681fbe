"""`caredial kiosk`: which kiosks may check T-codes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from gateway.cli import days
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake, Problem


@click.group()
def kiosk() -> None:
    """Enrol kiosks, take their access away, list them."""


@kiosk.command()
@click.option("--centre", required=True, metavar="CODE", help="Code of the centre where the kiosk stands.")
@click.option("--name", required=True, help="What staff call it.")
@with_config
def enrol(centre: str, name: str, config: Path | None) -> None:
    """Enrol a kiosk: prints its token, which is shown this once, and the address to open on it.

    Open the address in the kiosk's browser once; the browser keeps the token.

    \b
    Example:
        caredial kiosk enrol --centre DY --name "Entrance hall"
    """
    from clinic import kiosks, listing  # noqa: PLC0415

    settings = read_settings(config)
    now = dt.datetime.now(settings.installation.timezone)
    with opened_store(settings) as store:
        try:
            made, token = store.run_now(kiosks.enrol, centre=centre, name=_name(name), now=now)
        except kiosks.UnknownCentre as error:
            codes = ", ".join(store.run_now(listing.centre_codes)) or "none; import centres first"
            raise Mistake(f"there is no centre {centre}; there are: {codes}") from error
    click.echo(f"kiosk {made.id}, {made.name}, {made.centre_name.text(settings.installation.language)}")
    click.echo(f"token    {token}")
    click.echo(f"address  {settings.installation.public_url}/kiosk#{token}")
    click.echo("The token is not shown again. Should it get lost, revoke the kiosk and enrol it anew.", err=True)


def _name(written: str) -> str:
    name = written.strip()
    if not 1 <= len(name) <= 60:
        raise Mistake("--name: 1 to 60 characters")
    return name


@kiosk.command()
@click.argument("kiosk_id", metavar="ID", type=int)
@with_config
def revoke(kiosk_id: int, config: Path | None) -> None:
    """Take a kiosk's access away, from its next request on.

    \b
    Example:
        caredial kiosk revoke 3
    """
    from clinic import kiosks  # noqa: PLC0415

    settings = read_settings(config)
    now = dt.datetime.now(settings.installation.timezone)
    with opened_store(settings) as store:
        if not store.run_now(kiosks.revoke, kiosk=kiosk_id, now=now):
            raise Problem(f"there is no kiosk {kiosk_id} with access; `caredial kiosk list` shows them")
    click.echo(f"kiosk {kiosk_id} has no access any more")


@kiosk.command(name="list")
@with_config
def list_(config: Path | None) -> None:
    """List all kiosks, also the revoked ones.

    \b
    Example:
        caredial kiosk list
    """
    from clinic import kiosks  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    settings = read_settings(config)
    place = settings.installation

    def local(moment: dt.datetime | None) -> str:
        return days.moment(moment, place.timezone)

    with opened_store(settings) as store:
        found = store.run_now(kiosks.enrolled)
    rows = [
        (
            row.id,
            row.name,
            f"{row.centre} {row.centre_name.text(place.language)}",
            local(row.enrolled_at),
            local(row.revoked_at),
        )
        for row in found
    ]
    show(("ID", "Name", "Centre", "Enrolled", "Revoked"), rows)
