"""Adding, removing and correcting people at the counter."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.answers import AS_JSON, YES, answer, confirm
from gateway.cli.numbers import NUMBER
from gateway.cli.people.desk import Desk, name_of, opened, person, with_by, with_config
from gateway.cli.problems import Mistake, Problem


@click.command(short_help="Let a phone book for somebody.")
@click.option("--phone", required=True, help="The phone, in any form of its number.")
@click.option(
    "--identity", metavar="NUMBER", required=True, help="The identity number; - reads it from standard input."
)
@click.option("--name", required=True, help="The name as on the identity card.")
@AS_JSON
@with_by
@with_config
def add(phone: str, identity: str, name: str, as_json: bool, by: str, config: Path | None) -> None:
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
    answer(desk, f"this phone books for person {resident} now", as_json=as_json, id=resident)


@click.command(short_help="A phone books for somebody no more.")
@click.argument("resident", metavar="ID", type=NUMBER)
@click.option("--phone", required=True, help="The phone, in any form of its number.")
@YES
@AS_JSON
@with_by
@with_config
def remove(resident: int, phone: str, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
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
        confirm(_question(desk, resident, phone, number), yes=yes, as_json=as_json)
        try:
            desk.store.run_now(persons.remove, phone=number, resident=resident, now=desk.now, by=person(by))
        except NotPossible as error:
            raise _not_theirs(resident) from error
        except (persons.StillWanted, persons.OnRecord) as error:
            raise Problem(desk.told(error)) from error
    answer(desk, f"this phone books for person {resident} no more", as_json=as_json, id=resident, removed=True)


def _question(desk: Desk, resident: int, phone: str, number: str) -> str:
    """What is lost by it; a Problem where the phone does not have them."""
    from clinic.people import looking  # noqa: PLC0415

    found = desk.run(looking.found, resident=resident)
    if not found or number not in {each.phone for each in found[0].phones}:
        raise _not_theirs(resident)
    others = len(found[0].phones) - 1
    left = f"{others} other phone{'s' * (others != 1)} still can" if others else "no other phone does"
    who = f"person {resident}, {name_of(found[0], full=False)}"
    return f"{phone} books for {who} no more, and is told nothing about them; {left}."


def _not_theirs(resident: int) -> Problem:
    return Problem(f"this phone does not book for person {resident}; `caredial people show {resident}` tells which do")


@click.command(short_help="Write a name as on the identity card.")
@click.argument("resident", metavar="ID", type=NUMBER)
@click.option("--name", required=True, help="The name as on the identity card, which you have seen.")
@click.option("--phone", help="The phone of who stands at the counter; it is shown this name, and told about them.")
@AS_JSON
@with_by
@with_config
def correct(resident: int, name: str, phone: str | None, as_json: bool, by: str, config: Path | None) -> None:
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
    answer(desk, f"person {resident} has the name of the identity card now", as_json=as_json, id=resident)
