"""`caredial care copies`: who of the family gets copies of readings and of missed visits."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.care.people import (
    AS_JSON,
    PERSON,
    SHOWN,
    actor,
    audited,
    find,
    local,
    print_documents,
)
from gateway.cli.days import now_of
from gateway.cli.numbers import phone_number
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Problem

REFUSED = {
    "TooMany": "so many phones get copies already; end one first",
    "AskedLately": "that phone has said no, or ended it, within the last week",
    "Themselves": "that is the resident's own phone",
}


@click.group(invoke_without_command=True)
@click.option("--ended-too", is_flag=True, help="Also those that were ended.")
@SHOWN
@AS_JSON
@with_config
@click.pass_context
def copies(context: click.Context, ended_too: bool, shown: bool, as_json: bool, config: Path | None) -> None:
    """List who gets copies of whose readings; grant and end them.

    A resident grants them (抄送 15400000009 女儿 by SMS, or at the desk), the other phone is asked and must agree, and
    either of them ends it at any time.

    \b
    Examples:
        caredial care copies
        caredial care copies grant 8 15400000009 --relation 女儿 --proof 'form of 2027-03-08'
        caredial care copies end 8
    """
    if context.invoked_subcommand is not None:
        return
    from clinic.care import copies as care_copies  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    settings = read_settings(config)
    with opened_store(settings) as store:
        found = store.run_now(care_copies.listed, shown=shown, ended_too=ended_too)
        audited(store, settings, "copies", None, shown=shown)
    if as_json:
        print_documents(asdict(line) for line in found)
        return
    rows = [
        (line.resident, line.name, line.phone, line.relation, line.state, local(settings, line.asked_at),
         local(settings, line.agreed_at), local(settings, line.ended_at), line.proof)
        for line in found
    ]  # fmt: skip
    columns = ("No.", "Name", "Copies to", "Relation", "State", "Asked", "Agreed", "Ended", "Proof")
    show(columns, rows, title=f"{len(rows)} copies")


@copies.command()
@PERSON
@click.argument("phone")
@click.option("--relation", default="", help="What they are to the resident.")
@click.option("--proof", required=True, help="What the resident has signed or said.")
@with_config
def grant(person: str, phone: str, relation: str, proof: str, config: Path | None) -> None:
    """PERSON wants PHONE to have copies: it is asked by SMS, and gets nothing before it agrees.

    \b
    Example:
        caredial care copies grant 8 15400000009 --relation 女儿 --proof 'form of 2027-03-08'
    """
    from clinic.care import family  # noqa: PLC0415
    from clinic.errors import ClinicError  # noqa: PLC0415
    from gateway.given import installation_of, rules_of  # noqa: PLC0415

    settings = read_settings(config)
    number = phone_number(phone, settings.installation.region)
    with opened_store(settings) as store:
        found = find(store, settings, person)
        try:
            state = store.run_now(
                family.grant,
                resident=found.resident,
                phone=number,
                relation=relation,
                granted_by=actor(),
                proof=proof,
                rules=rules_of(settings),
                installation=installation_of(settings),
                now=now_of(settings),
            )
        except ClinicError as error:
            if error.retry:
                raise
            raise Problem(REFUSED[type(error).__name__]) from error
    said = {"asked": "is asked by SMS", "asked_before": "was asked, and has not answered yet"}
    click.echo(f"{phone} {said.get(state, 'gets copies already')}")


@copies.command()
@PERSON
@click.option("--phone", help="Only to this phone. Default: to all.")
@click.option("--proof", default="at the desk", show_default=True, help="Who has said so, and how.")
@with_config
def end(person: str, phone: str | None, proof: str, config: Path | None) -> None:
    """PERSON wants no more copies to go out; those that wait are not sent.

    \b
    Example:
        caredial care copies end 8 --phone 15400000009
    """
    from clinic.care import family  # noqa: PLC0415

    settings = read_settings(config)
    number = None if phone is None else phone_number(phone, settings.installation.region)
    with opened_store(settings) as store:
        found = find(store, settings, person)
        ended = store.run_now(
            family.end_of, resident=found.resident, actor=actor(), proof=proof, now=now_of(settings), phone=number
        )
    if not ended:
        raise Problem(f"no copies of resident {found.resident} go out{' to this phone' if phone else ''}")
    click.echo(f"{ended} cop{'ies' if ended != 1 else 'y'} ended")
