"""`caredial visits`: what is booked."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from gateway.cli.days import day as parsed_day
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake

MOST = 1000


@click.group()
def visits() -> None:
    """Look up visits."""


@visits.command(name="list")
@click.option("--day", default="today", show_default=True, help="A date (2027-03-08), today, tomorrow, +3 or -1.")
@click.option("--centre", metavar="CODE", help="Only this centre's. Default: all centres.")
@with_config
def list_(day: str, centre: str | None, config: Path | None) -> None:
    """List the visits of a day, by department and queue number. Names and phone numbers are masked.

    \b
    Examples:
        caredial visits list
        caredial visits list --day tomorrow --centre DY
    """
    from clinic import listing  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    settings = read_settings(config)
    language = settings.installation.language
    wanted = parsed_day(day, dt.datetime.now(settings.installation.timezone).date())
    with opened_store(settings) as store:
        codes = store.run_now(listing.centre_codes)
        if centre is not None and centre not in codes:
            raise Mistake(f"there is no centre {centre}; there are: {', '.join(codes) or 'none'}")
        found = store.run_now(listing.visits, day=wanted, centre=centre, most=MOST)
    rows = [
        (
            row.id,
            row.centre.text(language),
            row.department.text(language),
            row.practitioner.text(language) if row.practitioner else "",
            row.half,
            row.queue,
            row.name,
            row.phone,
            row.state,
            row.tcode,
        )
        for row in found
    ]
    columns = ("ID", "Centre", "Department", "Practitioner", "Half", "No.", "Name", "Phone", "State", "T-code")
    show(columns, rows, title=f"{wanted}: {len(rows)} visits")
    if len(rows) == MOST:
        click.echo(f"only the first {MOST} are shown; choose one with --centre", err=True)
