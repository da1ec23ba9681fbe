"""Somebody has lost their phone, or its number."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.people.desk import AS_JSON, opened, person, print_documents, with_by, with_config
from gateway.cli.problems import Problem


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
@with_by
@with_config
def recover(identities: tuple[str, ...], to: str, old: str | None, by: str, config: Path | None) -> None:
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

    with opened(config) as desk:
        digests = [desk.vault.digest(desk.identity(each)) for each in identities]
        new, lost = desk.phone(to), None if old is None else desk.phone(old)
        given = {"by": person(by), "rules": desk.rules.booking, "installation": desk.installation, "now": desk.now}
        begun = desk.run(recovery.begin, identities=digests, to=new, old=lost, **given)
    if begun.issued.outcome != "sent":
        raise Problem(desk.told(begun.issued))
    names = ", ".join(masked(name) for name in begun.names)
    click.echo(f"a code is on its way; it is good for {desk.rules.booking.code_minutes} minutes")
    click.echo(f"it will move {names} from {begun.old}: caredial people confirm {to} CODE")


@click.command(short_help="Move them, by the code that the new phone got.")
@click.argument("phone")
@click.argument("code")
@click.option("--yes", is_flag=True, help="Move without asking.")
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
    from clinic.people import recovery  # noqa: PLC0415
    from clinic.people.one_time import NotProved  # noqa: PLC0415

    with opened(config) as desk:
        new = desk.phone(phone)
        if not yes:
            click.confirm("This voids the old T-codes and cannot be undone. Move them?", abort=True, err=True)
        given = {"by": person(by), "rules": desk.rules.booking, "installation": desk.installation, "now": desk.now}
        done = desk.run(recovery.confirm, phone=new, code=code, **given)
        if isinstance(done, NotProved):
            raise Problem(desk.told(done))
    moved = done.moved
    if as_json:
        counts = {"people": moved.people, "visits": moved.visits, "waiting": moved.waiting, "accounts": moved.accounts}
        print_documents([{"from": done.old, **counts}])
        return
    click.echo(f"moved from {done.old}: {moved.people} people, {moved.visits} visits with new T-codes,")
    click.echo(f"{moved.waiting} places waited for, {moved.accounts} accounts; both phones are told")
