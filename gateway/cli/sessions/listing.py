"""`caredial sessions list`: when what can be booked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.answers import AS_JSON, document, print_documents
from gateway.cli.centres import refuse_unknown
from gateway.cli.days import day as parsed_day
from gateway.cli.desk import Desk, many, opened
from gateway.cli.opening import with_config

if TYPE_CHECKING:
    from clinic.listing import SessionLine

MOST = 1000
COLUMNS = ("ID", "Department", "Held by", "Time", "State", "Taken", "Here", "Seen", "Gone")


@click.command(name="list")
@click.option("--day", default="today", show_default=True, help="A date (2027-03-08), today, tomorrow, +3 or -1.")
@click.option("--centre", metavar="CODE", help="Only this centre's. Default: all centres.")
@AS_JSON
@with_config
def list_(day: str, centre: str | None, as_json: bool, config: Path | None) -> None:
    """List the clinic sessions of a day.

    State: open; closed, not offered; draw, its places are drawn; stopped. Taken: places that are held, of how many.
    Here: have arrived. Seen, Gone: were seen; did not come.

    \b
    Examples:
        caredial sessions list
        caredial sessions list --day tomorrow --centre DY
        caredial sessions list --json | jq 'select(.taken < .capacity) | .id'
    """
    from clinic import listing  # noqa: PLC0415
    from gateway.cli.tables import show_each  # noqa: PLC0415

    with opened(config) as desk:
        wanted = parsed_day(day, desk.now().date())
        refuse_unknown(desk.store, centre)
        found = desk.run(listing.sessions, day=wanted, centre=centre, most=MOST)
        if as_json:
            print_documents(desk, map(document, found))
        else:
            rows = [(line.centre.text(desk.installation.language), _row(line, desk)) for line in found]
            show_each(COLUMNS, rows, title=f"{wanted}")
            click.echo(many(len(found), "session"))
    if len(found) == MOST:
        click.echo(f"only the first {MOST} are shown; choose one with --centre", err=True)


def _row(line: SessionLine, desk: Desk) -> tuple[object, ...]:
    language = desk.settings.installation.language
    return (
        line.id,
        line.department.text(language),
        line.practitioner.text(language) if line.practitioner else "",
        f"{line.half} {line.starts:%H:%M}-{line.ends:%H:%M}",
        f"{line.state}, telling" if line.unfinished else line.state,
        f"{line.taken}/{line.capacity}",
        line.arrived,
        line.fulfilled,
        line.noshow,
    )
