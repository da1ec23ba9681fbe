"""`caredial settle`: the day's settlement with providers and hospitals, and the payments that need staff."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.answers import AS_JSON, YES, answer, confirm, document, print_documents
from gateway.cli.days import day as parsed_day
from gateway.cli.desk import Desk, many, opened, person, with_by
from gateway.cli.money import figure, run
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.problems import Problem, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clinic.money.settlement import Line, Result

KINDS = ("provider-statement", "hospital-fees")
DAY = click.option("--day", default="yesterday", show_default=True, help="A date (2027-03-08), today, yesterday, -3.")
SOURCE = click.option(
    "--source",
    metavar="NAME",
    help="A provider's name, or hospital:CODE of a centre. Default: all that said something.",
)


@click.group(short_help="Compare payments with what providers and hospitals say.")
def settle() -> None:
    """Compare a day's payments with the statement of a mobile-money provider, or with a hospital's fee list.

    Each difference has a name: missing-here, missing-there, amount, currency, state, twice, other-day. Staff clear it
    with a note. To settle a day again is harmless: what was cleared stays so.

    \b
    Examples:
        caredial settle import provider-statement wallet.csv
        caredial settle run --day yesterday
        caredial settle open
        caredial settle clear 12 --note 'wallet charged 0.50, refunded by letter of 9 March'
        caredial settle done 31 --reference MP240131.2359.A00001
    """


@settle.command(name="import", short_help="Import what others say of a day.")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@AS_JSON
@with_config
def import_(kind: str, file: Path, as_json: bool, config: Path | None) -> None:
    """Import a statement: CSV in UTF-8, the columns named in the first line. One bad row, and nothing is imported.

    \b
    provider-statement: provider, day, kind (charge, refund), reference, amount, currency; also correlation (ours),
    state (completed, pending, failed, reversed).
    hospital-fees: centre, day, visit (its number, its T-code, or the hospital's own), amount; also kind, currency,
    state.

    \b
    Examples:
        caredial settle import provider-statement wallet-2027-03-08.csv
        caredial settle import hospital-fees fees.csv
    """
    from clinic import imports  # noqa: PLC0415
    from gateway.keys import open_vault  # noqa: PLC0415

    with opened(config) as desk:
        given = {"vault": open_vault(desk.settings), "installation": desk.installation, "now": desk.now()}
        try:
            rows = desk.run(imports.load, kind=kind, path=file, **given)
        except imports.BadFile as error:
            heading = f"{file}: nothing was imported; correct these and try again:"
            raise Problem(listed(heading, error.mistakes[:50])) from error
    said = f"{many(rows, 'line')} imported; `caredial settle run` compares them"
    answer(desk, said, as_json=as_json, kind=kind, lines=rows)


@settle.command(name="run", short_help="Settle a day.")
@DAY
@SOURCE
@AS_JSON
@with_by
@with_config
def run_(day: str, source: str | None, as_json: bool, by: str, config: Path | None) -> None:
    """Compare a day's payments with what was imported of it, and name each difference. Exits with 1 where any is open.

    \b
    Examples:
        caredial settle run
        caredial settle run --day 2027-03-08 --source wallet
        caredial settle run --source hospital:DY
    """
    from clinic.money import settlement  # noqa: PLC0415

    with opened(config) as desk:
        which = parsed_day(day, desk.now().date())
        results = [
            run(
                desk, settlement.run, source=each, day=which, zone=desk.installation.timezone, by=person(by),
                now=desk.now(), providers=_providers(desk),
            )
            for each in _sources(desk, source, which)
        ]  # fmt: skip
        _show(desk, results, as_json=as_json)
    left = sum(result.open for result in results)
    if left:
        raise Problem(f"{many(left, 'difference')} to see to; `caredial settle clear` when one is explained")


@settle.command(short_help="Show a settlement.")
@DAY
@SOURCE
@AS_JSON
@with_config
def show(day: str, source: str | None, as_json: bool, config: Path | None) -> None:
    """Show the settlement of a day as it was run last, with all its differences.

    \b
    Example:
        caredial settle show --day 2027-03-08 --source wallet
    """
    from clinic.money import settlement  # noqa: PLC0415

    with opened(config) as desk:
        which = parsed_day(day, desk.now().date())
        found = [run(desk, settlement.show, source=each, day=which) for each in _sources(desk, source, which)]
        _show(desk, found, as_json=as_json)


@settle.command(name="list", short_help="List settlements.")
@click.option("--since", default="-30", show_default=True, help="From this day on.")
@click.option("--source", metavar="NAME", help="Only this source's.")
@AS_JSON
@with_config
def list_(since: str, source: str | None, as_json: bool, config: Path | None) -> None:
    """List settlements, the newest day first, each with its sums and how many differences are open.

    \b
    Example:
        caredial settle list --since -7
    """
    from clinic.money import settlement  # noqa: PLC0415
    from gateway.cli.tables import show as table  # noqa: PLC0415

    with opened(config) as desk:
        first = parsed_day(since, desk.now().date(), "--since")
        found = run(desk, settlement.listed, since=first, source=source)
        if as_json:
            print_documents(desk, map(document, found))
            return
        rows = [(*_sums(result), desk.moment(result.run_at), result.by) for result in found]
        table((*SUMS, "Run", "By"), rows, title=many(len(found), "settlement"))


@settle.command(name="open", short_help="What needs staff.")
@AS_JSON
@with_config
def open_(as_json: bool, config: Path | None) -> None:
    """Show what needs staff: differences that nobody has cleared, refunds that failed, money that came otherwise than
    asked, and payments that nobody has answered for an hour.

    \b
    Example:
        caredial settle open
    """
    from clinic.money import settlement, troubles  # noqa: PLC0415
    from gateway.cli.tables import show as table  # noqa: PLC0415

    with opened(config) as desk:
        lines, waiting = run(desk, settlement.open_ones), run(desk, troubles.listed, now=desk.now())
        if as_json:
            print_documents(desk, map(document, (*lines, *waiting)))
            return
        table(LINES, [_line(line) for line in lines], title=f"{many(len(lines), 'difference')} open")
        columns = ("Payment", "Since", "What", "Kind", "Provider", "Visit", "Phone", "Amount", "Said")
        rows = [
            (each.payment, desk.moment(each.since), each.what, each.kind, each.provider, each.visit or "", each.phone,
             figure(each.amount), each.said)
            for each in waiting
        ]  # fmt: skip
        table(columns, rows, title=f"{many(len(waiting), 'payment')} to see to")


@settle.command(short_help="A difference is explained.")
@click.argument("difference", metavar="ID", type=NUMBER)
@click.option("--note", required=True, help="Why it is all right, or what was done.")
@YES
@AS_JSON
@with_by
@with_config
def clear(difference: int, note: str, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
    """Clear a difference with a note. It stays in its settlement, and is not found again; nothing opens it anew.

    \b
    Example:
        caredial settle clear 12 --note 'refunded by hand on 9 March'
    """
    from clinic.money import settlement  # noqa: PLC0415

    with opened(config) as desk:
        confirm(_clearing(run(desk, settlement.one, difference=difference), note), yes=yes, as_json=as_json)
        line = run(desk, settlement.clear, difference=difference, note=note, by=person(by), now=desk.now())
        said = f"difference {line.id} ({line.name}, {line.source}, {line.day}) is cleared"
        answer(desk, said, as_json=as_json, **document(line))


@settle.command(short_help="Try a refund again that has failed.")
@click.argument("payment", metavar="PAYMENT", type=NUMBER)
@YES
@AS_JSON
@with_by
@with_config
def retry(payment: int, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
    """Ask the provider once more for a refund that has failed, as a new request.

    The provider is asked what became of the old request, or is sent it once more under its own number where that is
    never paid twice; a new one is made only when it has said no to the old one. Where it can do neither, nothing is
    asked for: ask it yourself (`caredial payments show` has the numbers); `caredial settle done` ends what was paid.

    \b
    Example:
        caredial settle retry 31
    """
    from clinic.money import troubles  # noqa: PLC0415

    with opened(config) as desk:
        confirm(f"The provider is asked once more for {_paid(desk, payment)}.", yes=yes, as_json=as_json)
        row = run(desk, troubles.retry, payment=payment, by=person(by), now=desk.now())
    said = f"refund {row.payment} of {figure(row.amount)} is on its way again"
    answer(desk, said, as_json=as_json, **document(row))


@settle.command(name="give-back", short_help="Give back what was not asked for.")
@click.argument("payment", metavar="PAYMENT", type=NUMBER)
@YES
@AS_JSON
@with_by
@with_config
def give_back(payment: int, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
    """Give back what came for a charge with another amount than was asked for, to where it came from.

    \b
    Example:
        caredial settle give-back 31
    """
    from clinic.money import troubles  # noqa: PLC0415

    with opened(config) as desk:
        confirm(f"What came for {_paid(desk, payment)} goes back whole.", yes=yes, as_json=as_json)
        row = run(desk, troubles.give_back, payment=payment, by=person(by), now=desk.now())
    said = f"refund {row.payment} of {figure(row.amount)} is on its way"
    answer(desk, said, as_json=as_json, **document(row))


@settle.command(short_help="A payment has been made, the provider says so elsewhere.")
@click.argument("payment", metavar="PAYMENT", type=NUMBER)
@click.option("--reference", metavar="R", required=True, help="The provider's own number of the transaction.")
@YES
@AS_JSON
@with_by
@with_config
def done(payment: int, reference: str, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
    """Finish a payment or a refund as made, where its provider cannot say so here: after looking at the provider's own
    pages, or for a refund that was paid there by hand. Only one of the very amount that was asked for.

    What follows is as if the provider had said it: a charge books its visit, or goes back where that has gone.

    \b
    Example:
        caredial settle done 31 --reference MP240131.2359.A00001
    """
    from clinic.visits import by_hand  # noqa: PLC0415

    with opened(config) as desk:
        confirm(f"The money has moved, as {reference}: {_paid(desk, payment)}.", yes=yes, as_json=as_json)
        given = {"payment": payment, "reference": reference, "by": person(by), "now": desk.now()}
        outcome = run(desk, by_hand.done, installation=desk.installation, **given)
    answer(desk, f"payment {payment}: {outcome}", as_json=as_json, payment=payment, outcome=outcome)


@settle.command(short_help="A payment will not be made, the provider says so elsewhere.")
@click.argument("payment", metavar="PAYMENT", type=NUMBER)
@click.option("--why", metavar="TEXT", required=True, help="Who said so, and where; kept with the payment.")
@YES
@AS_JSON
@with_by
@with_config
def failed(payment: int, why: str, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
    """Finish a payment or a refund as failed that nobody answers for. Make sure with the provider first that no money
    has moved: a visit loses its place, and a refund can be tried again.

    \b
    Example:
        caredial settle failed 31 --why 'not in their books, by telephone on 9 March'
    """
    from clinic.visits import by_hand  # noqa: PLC0415

    with opened(config) as desk:
        confirm(f"No money has moved, and none will: {_paid(desk, payment)}.", yes=yes, as_json=as_json)
        given = {"payment": payment, "why": why, "by": person(by), "now": desk.now()}
        outcome = run(desk, by_hand.failed, installation=desk.installation, **given)
    answer(desk, f"payment {payment}: {outcome}", as_json=as_json, payment=payment, outcome=outcome)


def _paid(desk: Desk, payment: int) -> str:
    """`the charge 31 of 8.00 CNY, 154****0001, wallet, visit 812`; a Problem where there is none."""
    from gateway.payments import looking  # noqa: PLC0415

    found: looking.History | None = desk.run(looking.history, payment=payment)
    if found is None:
        raise Problem(
            f"there is no payment {payment} by mobile money; `caredial settle open` shows those that need you"
        )
    view = found.payment
    visit = f", visit {view.visit}" if view.visit else ""
    return f"the {view.kind} {view.id} of {view.amount:f} {view.currency}, {view.phone}, {view.provider}{visit}"


def _clearing(line: Line, note: str) -> str:
    sides = (
        f"ours {_amount(line.ours, line.currency) or 'none'}, theirs {_amount(line.theirs, line.currency) or 'none'}"
    )
    before = f" It was cleared by {line.cleared_by} before; their note is replaced." if line.cleared_at else ""
    return (
        f"Difference {line.id}, {line.name} of {line.source} on {line.day} ({sides}) is explained by: {note}.{before}"
    )


SUMS = ("Day", "Source", "Ours", "Sum", "Theirs", "Sum", "Differences", "Open")
LINES = ("ID", "Day", "Source", "What", "Payment", "Visit", "Reference", "Ours", "Theirs", "Cleared", "Note")


def _sources(desk: Desk, source: str | None, day: dt.date) -> list[str]:
    from clinic.money import statements  # noqa: PLC0415

    if source is not None:
        return [source]
    found = sorted({*run(desk, statements.sources, day=day), *_providers(desk)})
    if not found:
        raise Problem(f"nobody has said anything of {day}; `caredial settle import` takes a statement")
    return found


def _providers(desk: Desk) -> frozenset[str]:
    return frozenset(provider.name for provider in desk.rules.providers)


def _show(desk: Desk, results: Sequence[Result], *, as_json: bool) -> None:
    from gateway.cli.tables import show as table  # noqa: PLC0415

    if as_json:
        print_documents(desk, map(document, results))
        return
    table(SUMS, [_sums(result) for result in results])
    lines = [line for result in results for line in result.differences]
    if lines:
        table(LINES, [_line(line) for line in lines])


def _sums(result: Result) -> tuple[object, ...]:
    sums = (_sum(result.our_sum, result), _sum(result.their_sum, result))
    counts = len(result.differences), result.open
    return (result.day, result.source, result.ours, sums[0], result.theirs, sums[1], *counts)


def _sum(units: int, result: Result) -> str:
    from clinic.money.amounts import written  # noqa: PLC0415

    return f"{written(units, result.currency)} {result.currency}" if result.currency else str(units)


def _line(line: Line) -> tuple[object, ...]:
    cleared = line.cleared_by if line.cleared_at is not None else ""
    return (
        line.id, line.day, line.source, line.name, line.payment or "", line.visit or "", line.reference,
        _amount(line.ours, line.currency), _amount(line.theirs, line.currency), cleared, line.note,
    )  # fmt: skip


def _amount(units: int | None, currency: str) -> str:
    from clinic.money.amounts import written  # noqa: PLC0415

    return "" if units is None else written(units, currency) if currency else str(units)
