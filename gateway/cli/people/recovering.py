"""Somebody has lost their phone, or its number."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.answers import AS_JSON, YES
from gateway.cli.answers import answer as told
from gateway.cli.answers import confirm as agreed
from gateway.cli.desk import many
from gateway.cli.people.desk import Desk, opened, person, with_by, with_config
from gateway.cli.problems import Problem

if TYPE_CHECKING:
    from clinic.passcodes import NotProved


@click.command(short_help="Begin to move somebody to another phone.")
@click.option(
    "--identity",
    "identities",
    metavar="NUMBER",
    multiple=True,
    required=True,
    help="The number on the identity document that you have seen; - reads it from standard input. May be repeated for"
    " a family.",
)
@click.option("--to", metavar="PHONE", required=True, help="The phone that they have now.")
@click.option("--from", "old", metavar="PHONE", help="The one that was lost; needed where several phones have them.")
@AS_JSON
@with_by
@with_config
def recover(identities: tuple[str, ...], to: str, old: str | None, as_json: bool, by: str, config: Path | None) -> None:
    """Somebody has lost their phone or its number: see their identity document, and send a code to the new phone.

    They read you the code; `caredial people confirm` then moves what is theirs. Nothing has moved before that. Other
    people of the lost phone stay with it: see their documents too, and name them with another --identity.

    \b
    Examples:
        caredial people recover --identity 110101195808142424 --to 15400000003
        caredial people recover --identity 110101195808142424 --from 15400000001 --to 15400000003
    """
    from clinic.names import masked  # noqa: PLC0415
    from clinic.people import recovery  # noqa: PLC0415
    from clinic.phones import masked_phone  # noqa: PLC0415

    with opened(config) as desk:
        digests = [desk.vault.digest(desk.identity(each)) for each in identities]
        new, lost = desk.phone(to), None if old is None else desk.phone(old)
        given = {"by": person(by), "rules": desk.rules.booking, "installation": desk.installation, "now": desk.now}
        begun = desk.run(recovery.begin, identities=digests, to=new, old=lost, **given)
    if begun.issued.outcome != "sent":
        raise Problem(desk.told(begun.issued))
    names, minutes = [masked(name) for name in begun.names], desk.rules.booking.code_minutes
    said = (
        f"a code is on its way to {masked_phone(new)}; it is good for {minutes} minutes\n"
        f"it will move {', '.join(names)} from {begun.old}: caredial people confirm {''.join(to.split())} CODE"
    )
    told(desk, said, as_json=as_json, to=masked_phone(new), old=begun.old, people=names, minutes=minutes)


@click.command(short_help="Move them, by the code that the new phone got.")
@click.argument("phone")
@click.argument("code")
@YES
@AS_JSON
@with_by
@with_config
def confirm(phone: str, code: str, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
    """Move people to PHONE by the CODE that `caredial people recover` has sent there: visits with new T-codes, places
    that they wait for, accounts, notices. The old phone is told that something was changed, and has them no more.

    All of it or nothing. It cannot be undone, but by another recovery.

    \b
    Example:
        caredial people confirm 15400000003 417290
    """
    from clinic.passcodes import NotProved  # noqa: PLC0415
    from clinic.people import recovery  # noqa: PLC0415

    with opened(config) as desk:
        new = desk.phone(phone)
        agreed(_question(desk, phone, new), yes=yes, as_json=as_json)
        given = {"by": person(by), "rules": desk.rules.booking, "installation": desk.installation, "now": desk.now}
        done = desk.run(recovery.confirm, phone=new, code=code, **given)
        if isinstance(done, NotProved):
            raise Problem(_not_proved(desk, done))
    moved = done.moved
    counts = {"people": moved.people, "visits": moved.visits, "waiting": moved.waiting, "accounts": moved.accounts}
    people, visits = many(moved.people, "person", "people"), many(moved.visits, "visit")
    said = (
        f"moved from {done.old}: {people}, {visits} with new T-codes,\n"
        f"{many(moved.waiting, 'place')} waited for, {many(moved.accounts, 'account')}; both phones are told"
    )
    told(desk, said, as_json=as_json, **{"from": done.old}, **counts)


def _question(desk: Desk, phone: str, new: str) -> str:
    from clinic.people import recovery  # noqa: PLC0415

    found: recovery.Prepared | None = desk.run(recovery.prepared, phone=new)
    if found is None:
        begin = f"caredial people recover --identity NUMBER --to {new}"
        raise Problem(f"no code was sent to {phone}; begin with: {begin}")
    who = ", ".join(found.names)
    said = f"{who} and all that is theirs move from {found.old} to {phone}"
    return f"{said}. The old T-codes are void; it cannot be undone."


def _not_proved(desk: Desk, why: NotProved) -> str:
    from clinic.passcodes import WrongCode  # noqa: PLC0415

    if isinstance(why, WrongCode) and why.left:
        return f"{desk.told(why)} Let them read it out once more"
    return f"{desk.told(why)} `caredial people recover` sends another"
