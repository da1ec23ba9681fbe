"""`caredial children new, change, list`: the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway.cli.children.desk import opened, person, shown_option, wanted, wanted_options, with_by, with_config
from gateway.cli.children.out import Out, batches, child_row, out_options

if TYPE_CHECKING:
    from clinic.children.entries import Entry
    from gateway.cli.children.desk import Desk

Command = TypeVar("Command", bound=Callable[..., Any])
CENTRE = click.option("--centre", metavar="CODE", help="The centre that looks after the child.")


def _entry_options(command: Command) -> Command:
    """What stands in a file, as in children.csv."""
    for option in (
        click.option("--language", type=click.Choice(["zh", "en"]), help="For phones that have chosen none."),
        click.option("--mother-hbsag", type=click.Choice(["positive", "negative", "unknown"])),
        click.option("--birth-weight", metavar="GRAMS", help="Weight at birth; under 2000 HepB is given another way."),
        click.option("--unit", metavar="UNIT", help="Village, or row of the statistics."),
        click.option("--standing", type=click.Choice(["active", "out_of_area", "lost", "moved", "died"])),
        click.option("--residence", type=click.Choice(["local", "mobile", "temporary"])),
        click.option(
            "--guardian",
            "guardian",
            multiple=True,
            metavar="WHO:PHONE",
            help="Who is told: mother, father, grandmother, grandfather, guardian, other. Once for each phone.",
        ),
        CENTRE,
        click.option("--sex", type=click.Choice(["female", "male"]), help="Where there is no identity number."),
        click.option("--birth", metavar="DATE", help="Where there is no identity number."),
        click.option("--name", help="The child's name."),
        click.option("--card", metavar="NUMBER", help="Number of the vaccination certificate."),
        click.option("--identity", metavar="NUMBER", help="Identity number; sealed, and shown nowhere."),
    ):
        command = option(command)
    return command


@click.command()
@_entry_options
@with_by
@with_config
def new(by: str, guardian: tuple[str, ...], config: Path | None, **given: str | None) -> None:
    """Open the file of a child.

    A newborn without an identity number is kept by its card; `change --identity` gives it its number later. Who is on
    record already, as a resident or by the card, is not entered twice: the file is opened for that one.

    \b
    Examples:
        caredial children new --card B2027001 --name 林浩然 --birth 2027-03-01 --sex male --centre DY \\
            --guardian mother:15400000001 --guardian father:15400000002
        caredial children new --identity 110101202301310014 --name 周子涵 --centre DY --card A2023001 \\
            --guardian mother:15400000001 --birth-weight 3100 --mother-hbsag negative
    """
    with opened(config) as desk:
        told = _write(desk, given, guardian or None, by, None)
    click.echo(f"child {told.child}: {'a new file' if told.is_new else _changed(told.changed)}")
    click.echo(f"`caredial children show {told.child}` shows what is due")


@click.command()
@click.argument("child")
@_entry_options
@click.option("--no-guardians", is_flag=True, help="Nobody is told any more.")
@click.option("--no-card", is_flag=True, help="Take the card away, as when it was bound to the wrong child.")
@with_by
@with_config
def change(
    child: str,
    by: str,
    guardian: tuple[str, ...],
    no_guardians: bool,
    no_card: bool,
    config: Path | None,
    **given: str | None,
) -> None:
    """Change a child's file: CHILD is its card, its identity number or its ID. Only what is given changes.

    The phones given by --guardian take the place of those on record, so name them all; a phone that is not among them
    is told nothing more. What is due is looked at anew. A child that has moved away, or died, is reminded no more.

    \b
    Examples:
        caredial children change B2027001 --guardian mother:15400000003 --guardian grandmother:15400000004
        caredial children change B2027001 --identity 110101202703010010
        caredial children change 31 --centre NH --unit 南河村
        caredial children change 31 --standing moved
        caredial children change 31 --card A2023009
    """
    from clinic.children import files  # noqa: PLC0415

    guardians = () if no_guardians else guardian or None
    with opened(config) as desk:
        number = desk.child(child)
        if no_card:
            desk.run(files.unbind_card, child=number, by=person(by), now=desk.now)
        told = _write(desk, given, guardians, by, number)
    changed = (*(["card"] if no_card else []), *told.changed)
    click.echo(f"child {told.child}: {'a new file' if told.is_new else _changed(changed)}")


def _write(
    desk: Desk, given: dict[str, str | None], guardians: tuple[str, ...] | None, by: str, child: int | None
) -> Any:
    from clinic.children import files  # noqa: PLC0415

    entry = _entry(desk, given, guardians)
    return desk.run(files.write, entry=entry, vault=desk.vault, by=person(by), now=desk.now, child=child)


def _entry(desk: Desk, given: dict[str, str | None], guardians: tuple[str, ...] | None) -> Entry:
    from clinic.children import entries  # noqa: PLC0415

    written = {name: value for name, value in given.items() if value}
    if guardians is not None:
        written["guardians"] = ";".join(guardians)
    region = desk.settings.installation.region
    return entries.read(written, vault=desk.vault, region=region, today=desk.today, centre=desk.centre)


def _changed(names: tuple[str, ...]) -> str:
    return f"changed: {', '.join(name.replace('_', ' ') for name in names)}" if names else "nothing was to be changed"


@click.command("list")
@wanted_options
@click.option(
    "--standing",
    type=click.Choice(["active", "out_of_area", "lost", "moved", "died", "all"]),
    default="active",
    show_default=True,
)
@click.option("--without-phone", is_flag=True, help="Only children of whom nobody can be told.")
@shown_option
@out_options
@with_config
def list_(
    centre: str | None,
    unit: str | None,
    residence: str | None,
    standing: str,
    without_phone: bool,
    shown: bool,
    by: str,
    csv_file: str | None,
    as_json: bool,
    config: Path | None,
) -> None:
    """List the children on record. Names and phone numbers are masked.

    A number that was found to be somebody else's counts as no phone.

    \b
    Examples:
        caredial children list --centre DY
        caredial children list --without-phone --unit 南河村 --shown
        caredial children list --standing all --csv children.csv
    """
    from clinic.children import lists  # noqa: PLC0415

    out = Out.chosen(csv_file, as_json)
    with opened(config) as desk:
        more = {"standing": None if standing == "all" else standing, "has_phone": False if without_phone else None}
        those = wanted(desk, centre, unit, residence, **more)
        total = desk.run(lists.count, wanted=those)
        rows = (
            {**child_row(line), "sex": line.sex, "residence": line.residence, "standing": line.standing}
            for line in batches(desk, lists.children, total=total, by=by, wanted=those, shown=shown)
        )
        out.write(COLUMNS, rows, noun="child file")


COLUMNS = ("id", "card", "name", "born", "sex", "centre", "unit", "residence", "standing", "phones")
