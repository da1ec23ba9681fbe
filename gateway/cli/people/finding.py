"""Finding people and looking at them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.answers import AS_JSON, print_documents
from gateway.cli.desk import many
from gateway.cli.numbers import NUMBER
from gateway.cli.people import desk as shown
from gateway.cli.people.desk import Desk, opened, with_by, with_config, with_reveal
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from clinic.people.looking import PersonShown


@click.command(short_help="Find a person by identity number or phone.")
@click.option("--identity", metavar="NUMBER", help="An identity number; - reads it from standard input.")
@click.option("--phone", help="A phone that books for them, in any form of its number.")
@with_reveal
@AS_JSON
@with_by
@with_config
def find(
    identity: str | None, phone: str | None, reveal: str | None, as_json: bool, by: str, config: Path | None
) -> None:
    """Find who has an identity number, or whom a phone books for. Names and phones are masked.

    \b
    Examples:
        caredial people find --phone 15400000001
        caredial people find --identity - < number.txt
        caredial people find --phone 15400000001 --reveal 'called by the ward'
    """
    from clinic.people import looking  # noqa: PLC0415

    if (identity is None) == (phone is None):
        raise Mistake("say whom: --identity NUMBER or --phone PHONE")
    with opened(config) as desk:
        if identity is not None:
            found = desk.run(looking.found, digest=desk.vault.digest(desk.identity(identity)))
        else:
            found = desk.run(looking.found, phone=desk.phone(phone or ""))
        full = desk.reveal(found, reveal, by)
        if as_json:
            print_documents(desk, (shown.document(desk, row, full=full) for row in found))
        else:
            shown.table_of(found, many(len(found), "person", "people"), full=full)


@click.command(short_help="All about one person.")
@click.argument("resident", metavar="ID", type=NUMBER)
@with_reveal
@AS_JSON
@with_by
@with_config
def show(resident: int, reveal: str | None, as_json: bool, by: str, config: Path | None) -> None:
    """Show a person: the phones that book for them, visits to come, whether name and number belong together.

    \b
    Examples:
        caredial people show 31
        caredial people show 31 --reveal 'asked for at the counter'
    """
    from clinic.people import looking  # noqa: PLC0415

    with opened(config) as desk:
        found = desk.run(looking.found, resident=resident)
        if not found:
            raise Problem(f"there is no person {resident}; `caredial people find` shows their numbers")
        full = desk.reveal(found, reveal, by)
        if as_json:
            print_documents(desk, [shown.document(desk, found[0], full=full)])
        else:
            _show(desk, found[0], full=full)


def _show(desk: Desk, row: PersonShown, *, full: bool) -> None:
    language = desk.installation.language
    click.echo(f"person {row.id}: {shown.name_of(row, full=full)}, {row.sex}, {shown.number_of(desk, row, full=full)}")
    again = f"; the register is asked {desk.moment(row.verify_at)}" if row.verify_at else ""
    click.echo(f"name and number: {row.verified or 'nobody was asked'}{again}")
    if row.has_spoken:
        click.echo("the name was spoken; write it with `caredial people complete`")
    for each in row.phones:
        words = ["own phone"] if each.is_self else []
        words += [each.relation] if each.relation else []
        words += ["is told"] if each.is_told else []
        words += ["says that it is somebody else's"] if each.is_wrong else []
        click.echo(f"  {shown.phone_of(each.phone, full=full)}: {', '.join(words) or 'has named them'}")
    for visit in row.visits:
        click.echo(f"  visit {visit.id}: {visit.day} {visit.department.text(language)}, {visit.state}")
    if row.waiting or row.accounts:
        click.echo(f"  waits for {row.waiting} places, has {row.accounts} accounts")


@click.command(short_help="Whose name and number do not belong together.")
@click.option("--centre", metavar="CODE", help="Only this centre's. Default: all.")
@with_reveal
@AS_JSON
@with_by
@with_config
def refuted(centre: str | None, reveal: str | None, as_json: bool, by: str, config: Path | None) -> None:
    """List the people whom the register refutes, those with visits to come first: ask them for the identity card.

    They cannot book by phone until you have seen it: `caredial people correct ID --name NAME`.

    \b
    Example:
        caredial people refuted --centre DY
    """
    from clinic.people import looking  # noqa: PLC0415

    with opened(config) as desk:
        found = desk.run(looking.refuted, centre=centre)
        full = desk.reveal(found, reveal, by)
        if as_json:
            print_documents(desk, (shown.document(desk, row, full=full) for row in found))
        else:
            shown.table_of(
                found, f"{many(len(found), 'person', 'people')}: name and number do not belong together", full=full
            )
