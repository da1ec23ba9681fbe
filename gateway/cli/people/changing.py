"""Adding, removing and correcting people at the counter."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.numbers import NUMBER
from gateway.cli.people.desk import opened, person, with_by, with_config
from gateway.cli.problems import Mistake, Problem


@click.command(short_help="Let a phone book for somebody.")
@click.option("--phone", required=True, help="The phone, in any form of its number.")
@click.option(
    "--identity", metavar="NUMBER", required=True, help="The identity number; - reads it from standard input."
)
@click.option("--name", required=True, help="The name as on the identity card.")
@with_by
@with_config
def add(phone: str, identity: str, name: str, by: str, config: Path | None) -> None:
    """Let PHONE book for somebody, as the phone itself can (my account, people I book for).

    \b
    Example:
        caredial people add --phone 15400000001 --identity 110101195808142424 --name 王芳
    """
    from clinic.errors import BadName  # noqa: PLC0415
    from clinic.people import persons  # noqa: PLC0415
    from clinic.residents import NewPerson, check_name  # noqa: PLC0415

    with opened(config) as desk:
        try:
            whom = NewPerson(check_name(name), desk.vault.seal(desk.identity(identity)))
        except BadName as error:
            raise Mistake("--name: not a name of 2 to 40 letters") from error
        given = {"phone": desk.phone(phone), "person": whom, "now": desk.now, "by": person(by)}
        resident = desk.run(persons.add, **given)
    click.echo(f"this phone books for person {resident} now")


@click.command(short_help="A phone books for somebody no more.")
@click.argument("resident", metavar="ID", type=NUMBER)
@click.option("--phone", required=True, help="The phone, in any form of its number.")
@with_by
@with_config
def remove(resident: int, phone: str, by: str, config: Path | None) -> None:
    """Let PHONE book for person ID no more, nor be told about them, also where the centre has put it on record.

    Visits that it has booked for them must be over or cancelled first.

    \b
    Example:
        caredial people remove 31 --phone 15400000001
    """
    from clinic.errors import NotPossible  # noqa: PLC0415
    from clinic.people import persons  # noqa: PLC0415

    with opened(config) as desk:
        number = desk.phone(phone)
        try:
            desk.store.run_now(persons.remove, phone=number, resident=resident, now=desk.now, by=person(by))
        except NotPossible as error:
            raise Problem(f"this phone does not book for person {resident}; see `caredial people show`") from error
        except (persons.StillWanted, persons.OnRecord) as error:
            raise Problem(desk.told(error)) from error
    click.echo(f"this phone books for person {resident} no more")


@click.command(short_help="Write a name as on the identity card.")
@click.argument("resident", metavar="ID", type=NUMBER)
@click.option("--name", required=True, help="The name as on the identity card, which you have seen.")
@click.option("--phone", help="The phone of who stands at the counter; it is shown this name, and told about them.")
@with_by
@with_config
def correct(resident: int, name: str, phone: str | None, by: str, config: Path | None) -> None:
    """Write the name of person ID as on the identity card: they can book by phone again, and no register is asked.

    Where it is the number that was wrong, remove the person from the phone and add them with the right one.

    \b
    Example:
        caredial people correct 31 --name 王芳 --phone 15400000001
    """
    from clinic.errors import BadName  # noqa: PLC0415
    from clinic.people import looking  # noqa: PLC0415

    with opened(config) as desk:
        number = None if phone is None else desk.phone(phone)
        who = person(by)
        try:
            before = desk.store.run_now(
                looking.correct, resident=resident, name=name, phone=number, by=who, now=desk.now
            )
        except BadName as error:
            raise Mistake("--name: not a name of 2 to 40 letters") from error
    if before is None:
        raise Problem(f"there is no person {resident}; `caredial people find` shows their numbers")
    click.echo(f"person {resident} has the name of the identity card now")
