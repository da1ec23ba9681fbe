"""`caredial fairness blocks`: who may not book by phone, until when and why."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.answers import AS_JSON, YES, answer, confirm, document, print_documents
from gateway.cli.days import day as parsed_day
from gateway.cli.desk import Desk, many, opened, person, with_by
from gateway.cli.fairness.shown import (
    described,
    many_visits,
    named,
    phone_of,
    plain,
    refused,
)
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from clinic.fairness.blocks import BlockView

COLUMNS = ("ID", "Who", "Where", "Why", "Visits", "Since", "Last day", "By", "Appeal")


@click.group(short_help="Who may not book by phone.")
def blocks() -> None:
    """Whoever is blocked can still come to the counter. A block ends by itself after its last day.

    \b
    Examples:
        caredial fairness blocks list
        caredial fairness blocks lift 12 --reason 'mistaken for another'
    """


@blocks.command(name="list")
@click.option("--centre", metavar="CODE", default="", help="Only those that hold there.")
@click.option("--all", "every", is_flag=True, help="Also those that are over, or were lifted.")
@AS_JSON
@with_config
def list_(centre: str, every: bool, as_json: bool, config: Path | None) -> None:
    """List blocks, the newest first. Names and phone numbers are masked; Visits: what a block was made of.

    \b
    Examples:
        caredial fairness blocks list
        caredial fairness blocks list --all --json | jq 'select(.reason == "noshow")'
    """
    from clinic.fairness import blocks as use  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    with opened(config) as desk:
        found = plain(desk, use.listed, centre=centre, every=every)
        if as_json:
            print_documents(desk, map(document, found))
        else:
            show(COLUMNS, [row(desk, view) for view in found], title=many(len(found), "block"))


@blocks.command(short_help="Block a person or a phone.")
@click.option("--phone", metavar="NUMBER", help="This phone, whomever it books for.")
@click.option("--resident", metavar="ID", type=NUMBER, help="This person, whichever phone books for them.")
@click.option("--centre", metavar="CODE", default="", help="Only there. Default: everywhere.")
@click.option("--until", metavar="DAY", required=True, help="The last day: a date, or +30.")
@click.option("--reason", required=True, help="Why: it is told to who is blocked; at most 60 characters.")
@YES
@AS_JSON
@with_by
@with_config
def add(
    phone: str | None,
    resident: int | None,
    centre: str,
    until: str,
    reason: str,
    yes: bool,
    as_json: bool,
    by: str,
    config: Path | None,
) -> None:
    """Let a phone, or a person, not book by phone up to and including a day; whoever it concerns is told by SMS why,
    and how to appeal. Visits that they have stay.

    \b
    Examples:
        caredial fairness blocks add --phone 15400000001 --until +30 --reason 倒卖号源
        caredial fairness blocks add --resident 812 --centre DY --until 2027-06-30 --reason 'Three false names'
    """
    from clinic.fairness import blocks as use  # noqa: PLC0415

    if (phone is None) == (resident is None):
        raise Mistake("say who: --phone or --resident")
    if len(reason) > 60:
        raise Mistake("--reason: has at most 60 characters, for it is told in an SMS")
    with opened(config) as desk:
        last = parsed_day(until, desk.now().date(), "--until")
        whom = use.Subject(resident=resident, phone=phone_of(desk, phone) if phone else None)
        who = f"Phone {phone}" if phone else f"Resident {resident}"
        question = f"{who} cannot book by phone until {last}, {centre or 'everywhere'}, and is told so with the reason."
        confirm(question, yes=yes, as_json=as_json)
        number = with_telling(
            desk,
            use.by_staff,
            whom=whom,
            centre=centre,
            last=last,
            reason=reason,
            by=person(by),
            occasion=f"staff:{uuid.uuid4()}",
        )
        said = f"block {number} holds until {last}; `caredial fairness blocks lift {number}` ends it"
        answer(desk, said, as_json=as_json, block=number, centre=centre or None, last=last)


@blocks.command(short_help="End a block before its time.")
@click.argument("block", metavar="ID", type=NUMBER)
@click.option("--reason", required=True, help="Why; it stands in the audit trail.")
@YES
@AS_JSON
@with_by
@with_config
def lift(block: int, reason: str, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
    """End a block now; who was blocked is told.

    \b
    Example:
        caredial fairness blocks lift 12 --reason 'mistaken for another'
    """
    from clinic.fairness import blocks as use  # noqa: PLC0415

    with opened(config) as desk:
        view: BlockView | None = plain(desk, use.one, block=block)
        if view is None:
            raise Problem(f"there is no block {block}; `caredial fairness blocks list --all` shows them")
        if view.lifted_at is None:  # else it is refused, with when it ended
            question = f"{described(view)} ends now instead of after {view.last}, and they are told."
            confirm(question, yes=yes, as_json=as_json)
        with_telling(desk, use.lift, block=block, by=person(by), reason=reason)
        answer(desk, f"block {block} is lifted", as_json=as_json, block=block, lifted=True)


def row(desk: Desk, view: BlockView) -> tuple[object, ...]:
    who = view.phone or f"{view.name} ({view.resident})"
    why = f"{view.reason}: {view.note}" if view.note else view.reason
    last = f"lifted by {view.lifted_by}" if view.lifted_at else view.last
    since = desk.moment(view.since)
    return view.id, who, named(desk, view.centre), why, many_visits(view.visits), since, last, view.by, view.appeal


def with_telling(desk: Desk, fn: Callable[..., Any], **given: Any) -> Any:
    """A use case that tells of a block, in one transaction."""
    from clinic.notices import Telling  # noqa: PLC0415

    def act(session: Any) -> Any:
        with_ = Telling.of(session, rules=desk.rules, installation=desk.installation, now=desk.now())
        return fn(with_, **given)

    with refused():
        return desk.run(act)
