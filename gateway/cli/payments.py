"""`caredial payments`: what residents pay by phone; one of them with all that happened to it; the providers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.answers import AS_JSON, answer, document, print_documents
from gateway.cli.days import day as parsed_day
from gateway.cli.desk import opened, person, with_by
from gateway.cli.numbers import NUMBER, phone_number
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import FAILED, Mistake, Problem

if TYPE_CHECKING:
    from gateway.cli.desk import Desk
    from gateway.config import Settings
    from gateway.payments.desks import ProviderDesk
    from gateway.payments.looking import History, PaymentView
    from mobilemoney.client import Client

STATES = ("created", "asked", "pending", "completed", "differs", "failed")
OPEN = STATES[:3]
PAYMENT = click.argument("payment", type=NUMBER, metavar="ID")
PROVIDER = click.argument("provider", metavar="PROVIDER")
STYLES: dict[str, dict[str, Any]] = {
    "ok": {"fg": "green"},
    "warning": {"fg": "yellow"},
    "problem": {"fg": "red", "bold": True},
}


@click.group(short_help="Payments by phone, and their providers.")
def payments() -> None:
    """See what residents pay by phone (mobile money), and what became of it; ask its providers.

    States: created (not asked for yet), asked (no answer known), pending (the provider has it), completed, differs
    (another amount came than we asked for: see `caredial settle`), failed. What nobody has answered is not failed.

    \b
    Examples:
        caredial payments list
        caredial payments show 42
        caredial payments check main
    """


@payments.command(name="list", short_help="Payments, the newest first.")
@click.option("--state", type=click.Choice((*STATES, "open")), help="In this state; open: not settled yet.")
@click.option("--provider", default="", metavar="NAME", help="Of this provider.")
@click.option("--phone", help="From or to this phone, in any form of its number.")
@click.option("--visit", type=NUMBER, metavar="ID", help="Of this visit.")
@click.option("--day", help="Made on this day: 2027-03-08, today, -1.")
@click.option("--most", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most so many.")
@AS_JSON
@with_config
def list_(
    state: str | None,
    provider: str,
    phone: str | None,
    visit: int | None,
    day: str | None,
    most: int,
    as_json: bool,
    config: Path | None,
) -> None:
    """List payments by mobile money, the newest first. Phones are masked.

    \b
    Examples:
        caredial payments list --state open
        caredial payments list --day today --provider main
        caredial payments list --phone 154 0000 0001 --json
        caredial payments list --state failed --json | jq -r .error
    """
    from gateway.payments import looking  # noqa: PLC0415

    with opened(config) as desk:
        begin, end = _day(desk, day)
        found = desk.store.run_now(
            looking.listed,
            states=OPEN if state == "open" else (state,) if state else (),
            provider=provider,
            phone="" if phone is None else phone_number(phone, desk.installation.region, "--phone"),
            visit=visit,
            since=begin,
            until=end,
            most=most,
        )
        if as_json:
            print_documents(desk, map(document, found))
        else:
            _print_list(desk, found)
            if len(found) == most:
                click.echo(f"only the newest {most}: narrow it, or give --most", err=True)


@payments.command(short_help="One payment, and all that happened to it.")
@PAYMENT
@AS_JSON
@with_config
def show(payment: int, as_json: bool, config: Path | None) -> None:
    """Show one payment with its whole history: made, asked, settled, booked, given back, told, touched by staff.

    \b
    Examples:
        caredial payments show 42
        caredial payments show 42 --json | jq '.steps[]'
    """
    from gateway.payments import looking  # noqa: PLC0415

    with opened(config) as desk:
        found = desk.store.run_now(looking.history, payment=payment)
        if found is None:
            raise Problem(f"there is no payment {payment} by mobile money; `caredial payments list` tells which are")
        if as_json:
            print_documents(desk, [document(found)])
        else:
            _print_one(desk, found)


@payments.command(short_help="Look at one at once.")
@PAYMENT
@AS_JSON
@with_by
@with_config
def retry(payment: int, as_json: bool, by: str, config: Path | None) -> None:
    """Have a payment that is on its way looked at at once, not when its time comes.

    It goes under its own correlation id, so that nothing is ever paid twice. A charge that has failed is not repeated:
    nobody who has said no is asked again; the resident can pay once more, by the menu. A refund that has failed is
    `caredial settle retry`.

    \b
    Example:
        caredial payments retry 42
    """
    from gateway.payments import looking  # noqa: PLC0415

    who = person(by)
    with opened(config) as desk:
        found = desk.store.run_now(looking.history, payment=payment)
        if found is None:
            raise Problem(f"there is no payment {payment} by mobile money; `caredial payments list` tells which are")
        view = found.payment
        if desk.store.run_now(looking.look_now, payment=payment, by=who, now=desk.now()):
            said = f"payment {payment} is {view.state}; a running daemon looks at it within seconds"
            answer(desk, said, as_json=as_json, id=payment, state=view.state)
            return
    if view.kind == "refund" and view.state == "failed":
        raise Problem(f"refund {payment} has failed; ask for it once more by: caredial settle retry {payment}")
    raise Problem(f"payment {payment} is a {view.kind} that is {view.state}: there is nothing to look at")


@payments.command(short_help="Does the provider know us?")
@PROVIDER
@AS_JSON
@with_config
@click.pass_context
def check(ctx: click.Context, provider: str, as_json: bool, config: Path | None) -> None:
    """Ask a provider for a token, and then for something that changes nothing. No money moves.

    Exits with 1 where there is a problem.

    \b
    Example:
        caredial payments check main
    """
    from gateway.payments import probing  # noqa: PLC0415

    settings = read_settings(config)
    now = dt.datetime.now(settings.installation.timezone)
    found = _asked(settings, provider, lambda client, desk: probing.check(client, desk, now))
    if as_json:
        print_documents(settings, [{"provider": provider, "findings": found}])
    else:
        for each in found:
            click.echo(f"{click.style(each.level, **STYLES[each.level])}  {each.what}")
    if any(each.level == "problem" for each in found):
        ctx.exit(FAILED)


@payments.command(short_help="Fetch what the provider says of a day.")
@PROVIDER
@click.option("--day", default="-1", show_default=True, help="A date (2027-03-08), today, or -1 for yesterday.")
@AS_JSON
@with_config
def statement(provider: str, day: str, as_json: bool, config: Path | None) -> None:
    """Fetch the provider's statement of a day, and keep it for the settlement (`caredial settle`).

    Fetched again, a line that has changed is changed. With --json the lines are also printed.

    \b
    Examples:
        caredial payments statement main
        caredial payments statement main --day 2027-03-08 --json
    """
    from clinic.money import statements  # noqa: PLC0415
    from gateway.payments import probing  # noqa: PLC0415

    settings = read_settings(config)
    zone = settings.installation.timezone
    now = dt.datetime.now(zone)
    wanted = parsed_day(day, now.date())
    begin = dt.datetime.combine(wanted, dt.time(), zone)
    end = dt.datetime.combine(wanted + dt.timedelta(days=1), dt.time(), zone)
    with opened_store(settings) as store:  # tells what is wrong with it before anybody is asked
        try:
            lines = _asked(settings, provider, lambda _, desk: probing.statement(desk, begin, end, now, _progress))
        except probing.NotTold as error:
            raise Problem(f"{provider} did not tell its statement of {wanted}: {error}") from error
        kept = store.run_now(statements.take, source=provider, day=wanted, lines=lines)
    if as_json:
        print_documents(settings, map(document, lines))
    run = f"caredial settle run --day {wanted} --source {provider}"
    click.echo(f"{kept} lines of {wanted} are kept; compare them by: {run}", err=True)


def _progress(count: int) -> None:
    click.echo(f"{count} lines", err=True)


def _asked(settings: Settings, provider: str, ask: Callable[[Client, ProviderDesk], Coroutine[Any, Any, Any]]) -> Any:
    """What `ask` tells of this provider, in a reactor of its own."""
    from gateway.mistakes import closest  # noqa: PLC0415

    known = settings.payments.providers
    if provider not in known:
        meant = closest(provider, known) or f"; [payments.providers] names {', '.join(known) or 'none'}"
        raise Mistake(f"there is no provider {provider}{meant}")
    if not known[provider].in_use:
        raise Mistake(f"[payments.providers.{provider}] has no url: it is not in use")
    # The reactor is installed by its import, and whoever only asks for --help needs none.
    from twisted.internet import reactor as twisted_reactor  # noqa: PLC0415, TID251
    from twisted.internet.defer import Deferred  # noqa: PLC0415
    from twisted.internet.task import react  # noqa: PLC0415

    from gateway.payments.desks import client_of, desk_of  # noqa: PLC0415

    told: list[Any] = []

    async def asked(reactor: Any) -> None:
        try:
            client = client_of(reactor, known[provider])
            desk = desk_of(provider, known[provider], client, settings.installation.language)
            told.append(await ask(client, desk))
            await client.stop()
        except Exception as error:  # noqa: BLE001  raised where the command is
            told.append(error)

    try:
        react(lambda reactor: Deferred.fromCoroutine(asked(reactor)), _reactor=twisted_reactor)
    except SystemExit as ended:  # react always leaves so
        if ended.code:
            raise
    if isinstance(told[0], Exception):
        raise told[0]
    return told[0]


def _day(desk: Desk, day: str | None) -> tuple[dt.datetime | None, dt.datetime | None]:
    if day is None:
        return None, None
    zone = desk.installation.timezone
    wanted = parsed_day(day, desk.now().astimezone(zone).date())
    begin = dt.datetime.combine(wanted, dt.time(), zone)
    return begin, dt.datetime.combine(wanted + dt.timedelta(days=1), dt.time(), zone)


def _print_list(desk: Desk, found: list[PaymentView]) -> None:
    from gateway.cli.tables import show as show_table  # noqa: PLC0415

    rows = [
        (
            view.id,
            desk.moment(view.created_at),
            view.kind,
            view.provider,
            view.centre,
            view.visit or "",
            view.phone,
            f"{view.amount:f} {view.currency}",
            f"{view.state}, not wanted any more" if view.unwanted and view.state in OPEN else view.state,
            view.tries,
            view.error,
        )
        for view in found
    ]
    columns = ("ID", "Made", "Kind", "Provider", "Centre", "Visit", "Phone", "Amount", "State", "Tries", "Error")
    show_table(columns, rows)


def _print_one(desk: Desk, found: History) -> None:
    view, exact = found.payment, "%Y-%m-%d %H:%M:%S"
    for name, value in (
        ("payment", f"{view.id}: {view.kind} of {view.amount:f} {view.currency}, {view.state}"),
        ("provider", f"{view.provider}, phone {view.phone}, centre {view.centre}"),
        ("visit", view.visit or ""),
        ("gives back", f"payment {view.original}" if view.original else ""),
        ("ours", view.correlation_id),
        ("theirs", " ".join(filter(None, (view.server_correlation_id, view.reference)))),
        ("looked at", f"{view.tries} times; next {desk.moment(view.look_at, 'never', exact)}"),
        ("error", view.error),
    ):
        if value:
            click.echo(f"{name:<11}{value}")
    for step in found.steps:
        click.echo(f"  {desk.moment(step.at, form=exact)}  {step.what:<16}{step.more}")
