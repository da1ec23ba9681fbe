"""`caredial children due, overdue`: whom to invite, and whom nobody has brought."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.children.desk import opened, shown_option, wanted, wanted_options, with_config
from gateway.cli.children.out import CHILD_COLUMNS, Out, batches, child_row, out_options

if TYPE_CHECKING:
    from clinic.children.lists import DueLine

VACCINE = click.option("--vaccine", metavar="CODE", help="Only what is given as this vaccine.")
COLUMNS = (*CHILD_COLUMNS, "vaccine", "dose", "status", "earliest", "on", "overdue_from")


@click.command()
@wanted_options
@VACCINE
@click.option("--from", "first", metavar="DAY", default="today", show_default=True, help="First day: a date, or +7.")
@click.option("--until", metavar="DAY", default="today", show_default=True, help="Last day: a date, or +30.")
@shown_option
@out_options
@with_config
def due(
    centre: str | None,
    unit: str | None,
    residence: str | None,
    vaccine: str | None,
    first: str,
    until: str,
    shown: bool,
    by: str,
    csv_file: str | None,
    as_json: bool,
    config: Path | None,
) -> None:
    """List what can be given to whom, today or in a range of days: a line for each dose.

    On: the first day, from today on, on which it can be given. What is overdue can be given today, too. Children that
    are not active are left out. Names and phone numbers are masked.

    \b
    Examples:
        caredial children due --centre DY
        caredial children due --from +1 --until +30 --unit 南河村 --csv invite.csv --shown
        caredial children due --vaccine MMR --json
    """
    from clinic.children import lists  # noqa: PLC0415

    out = Out.chosen(csv_file, as_json)
    with opened(config) as desk:
        those = wanted(desk, centre, unit, residence)
        days = {"first": desk.day(first, "--from"), "last": desk.day(until, "--until")}
        total = desk.run(lists.count, wanted=those)
        given = {"wanted": those, "today": desk.today, "vaccine": vaccine, "shown": shown, **days}
        found = batches(desk, lists.due_doses, total=total, by=by, **given)
        out.write(COLUMNS, map(_row, found), noun="dose")


@click.command()
@wanted_options
@VACCINE
@shown_option
@out_options
@with_config
def overdue(
    centre: str | None,
    unit: str | None,
    residence: str | None,
    vaccine: str | None,
    shown: bool,
    by: str,
    csv_file: str | None,
    as_json: bool,
    config: Path | None,
) -> None:
    """List the doses that should have been given, with how often the family was reminded (应种未种).

    Delivery: what became of the last reminder about this child: queued, sent, delivered, failed, ... with the reason.
    A child without a phone can only be visited.

    \b
    Examples:
        caredial children overdue --centre DY --shown
        caredial children overdue --vaccine MMR --csv overdue.csv
    """
    from clinic.children import lists  # noqa: PLC0415

    out = Out.chosen(csv_file, as_json)
    with opened(config) as desk:
        those = wanted(desk, centre, unit, residence)
        total = desk.run(lists.count, wanted=those)
        given = {"wanted": those, "today": desk.today, "vaccine": vaccine, "shown": shown}
        rows = (
            {
                **_row(line),
                "reminded": line.reminded.times,
                "last_on": line.reminded.last_on,
                "delivery": line.reminded.delivery,
            }
            for line in batches(desk, lists.overdue, total=total, by=by, **given)
        )
        columns = (*CHILD_COLUMNS, "vaccine", "dose", "overdue_from", "on", "reminded", "last_on", "delivery")
        out.write(columns, rows, noun="overdue dose")


def _row(line: DueLine) -> dict[str, Any]:
    each = line.due
    return {
        **child_row(line.child),
        "vaccine": each.vaccine,
        "dose": each.number,
        "status": each.status,
        "earliest": each.earliest,
        "on": each.on,
        "overdue_from": each.overdue_from,
    }
