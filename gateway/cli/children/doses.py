"""`caredial children dose, correct, strike, lots`: what was given, and of which lot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.children.desk import opened, person, shown_option, wanted, wanted_options, with_by, with_config
from gateway.cli.children.out import CHILD_COLUMNS, Out, batches, child_row, out_options
from gateway.cli.children.showing import judgement

if TYPE_CHECKING:
    from clinic.children.doses import DoseTold
    from gateway.cli.children.desk import Desk

DAY = "A date (2027-03-08), today, yesterday or -3. Default: today."


@click.command()
@click.argument("child")
@click.argument("vaccine")
@click.option("--day", metavar="DAY", default="today", help=DAY)
@click.option("--lot", metavar="LOT", default="", help="Lot number, so that a recall finds the child.")
@click.option("--number", type=click.IntRange(1, 99), help="Which dose it is. Default: as the rules see it.")
@with_by
@with_config
def dose(child: str, vaccine: str, day: str, lot: str, number: int | None, by: str, config: Path | None) -> None:
    """Record a dose that CHILD (card, identity number or ID) was given; what the rules say of it is told at once.

    A dose that does not count is recorded all the same, because it was given. Vaccines: HepB, BCG, IPV, bOPV, DTaP,
    DT, MMR, JE-L, JE-I, MPSV-A, MPSV-AC, HepA-L, HepA-I; IG for immunoglobulin. Other products: tOPV, MR, DTaP-IPV-Hib,
    DTaP-Hib, MCV-AC, HepA-HepB; each counts as vaccines of the programme, and which is told. A reminder of it that has
    not gone yet is taken back.

    \b
    Examples:
        caredial children dose B2026012 MMR --lot 20270117
        caredial children dose 110101202301310014 JE-L --day 2027-03-01 --lot 20270205
        caredial children dose 31 DTaP-IPV-Hib --lot X7001
        caredial children dose 31 IG --day yesterday
    """
    from clinic.children import doses  # noqa: PLC0415

    with opened(config) as desk:
        when = desk.day(day, "--day")
        told = desk.run(
            doses.record, child=desk.child(child), vaccine=vaccine, day=when, lot=lot, number=number,
            by=person(by), now=desk.now,
        )  # fmt: skip
        _tell(desk, told, "recorded" if told.is_changed else "on record already")


@click.command()
@click.argument("dose", metavar="DOSE_ID", type=int)
@click.option("--vaccine", metavar="CODE", help="What was given.")
@click.option("--day", metavar="DAY", help="When it was given.")
@click.option("--lot", metavar="LOT", help="Its lot; '' where it is unknown.")
@click.option("--number", type=click.IntRange(1, 99), help="Which dose it is.")
@with_by
@with_config
def correct(
    dose: int, vaccine: str | None, day: str | None, lot: str | None, number: int | None, by: str, config: Path | None
) -> None:
    """Correct a dose on record; `caredial children show` tells its ID. What it was before stays in the audit trail.

    \b
    Examples:
        caredial children correct 812 --lot 20270118
        caredial children correct 812 --day 2027-03-01
    """
    from clinic.children import doses  # noqa: PLC0415

    with opened(config) as desk:
        when = desk.day(day, "--day")
        told = desk.run(
            doses.correct, dose=dose, vaccine=vaccine, day=when, lot=lot, number=number, by=person(by), now=desk.now
        )
        _tell(desk, told, "corrected" if told.is_changed else "as it was")


@click.command()
@click.argument("dose", metavar="DOSE_ID", type=int)
@click.option("--why", required=True, help="Why it is taken off the record.")
@with_by
@with_config
def strike(dose: int, why: str, by: str, config: Path | None) -> None:
    """Take a dose off the record that was not given, or not to this child. The audit trail keeps it.

    \b
    Example:
        caredial children strike 812 --why "entered for the brother"
    """
    from clinic.children import doses  # noqa: PLC0415

    with opened(config) as desk:
        told = desk.run(doses.strike, dose=dose, why=why, by=person(by), now=desk.now)
    click.echo(f"child {told.child}: {told.vaccine} {told.number} of {told.day} is struck")


@click.command()
@click.argument("vaccine")
@click.argument("lot")
@wanted_options
@shown_option
@out_options
@with_config
def lots(
    vaccine: str,
    lot: str,
    centre: str | None,
    unit: str | None,
    residence: str | None,
    shown: bool,
    by: str,
    csv_file: str | None,
    as_json: bool,
    config: Path | None,
) -> None:
    """List who was given a LOT of a VACCINE, as for a recall; also who has moved since, or has no file.

    \b
    Examples:
        caredial children lots MMR 20270117 --shown
        caredial children lots DTaP 20261102 --csv recall.csv --shown
        caredial children lots DTaP-IPV-Hib X7001
    """
    from clinic.children import lists  # noqa: PLC0415

    out = Out.chosen(csv_file, as_json)
    with opened(config) as desk:
        those = wanted(desk, centre, unit, residence, standing=None)
        found = batches(desk, lists.lot, total=None, by=by, vaccine=vaccine, lot=lot, wanted=those, shown=shown)
        rows = (
            {**child_row(line.child), "standing": line.child.standing, "dose": line.number, "given_on": line.day}
            for line in found
        )
        out.write((*CHILD_COLUMNS, "standing", "dose", "given_on"), rows, noun="dose")


def _tell(desk: Desk, told: DoseTold, what: str) -> None:
    lot = f", lot {told.lot}" if told.lot else ""
    click.echo(f"child {told.child}: {told.vaccine} {told.number} of {told.day}{lot} is {what} (dose ID {told.id})")
    for one in told.counted:
        click.echo(judgement(told.vaccine, [one]))
        if one.judgement != "valid":
            for line in desk.why(one.why):
                click.echo(f"  {line}")
