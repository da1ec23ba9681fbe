"""`caredial accounts`: residents' temporary accounts at the counter, insurance, and whether the books are right."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.answers import AS_JSON, YES, answer, confirm, document, print_documents
from gateway.cli.days import day as parsed_day
from gateway.cli.desk import Desk, many, opened, person, with_by
from gateway.cli.money import figure, run, units
from gateway.cli.numbers import NUMBER, phone_number
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from clinic.money.accounts import Account, Receipt

ACCOUNT = click.argument("account", metavar="ACCOUNT", type=NUMBER)
COLUMNS = ("ID", "Centre", "Resident", "Name", "Balance", "Phones", "Opened")
ONCE = click.option(
    "--once", metavar="KEY", help="Names this one act (a till's own number): given again, it gives the same receipt."
)


@click.group(short_help="Residents' accounts: open, top up, pay out; the books.")
def accounts() -> None:
    """Keep residents' temporary accounts, from which visits are paid by phone.

    An account is a resident's at one centre. The counter takes in cash and pays it out; a phone may pay from it once it
    was linked, with a code that is sent to it. Names are shown in full here, for the counter sees who is there; phone
    numbers are masked.

    \b
    Examples:
        caredial accounts open 17 --centre DY
        caredial accounts top-up 4 50.00
        caredial accounts link 4 15400000001
        caredial accounts statement 4 --since -30
        caredial accounts check
    """


@accounts.command(name="open", short_help="Open a resident's account.")
@click.argument("resident", metavar="RESIDENT", type=NUMBER)
@click.option("--centre", metavar="CODE", required=True, help="At which centre.")
@AS_JSON
@with_by
@with_config
def open_(resident: int, centre: str, as_json: bool, by: str, config: Path | None) -> None:
    """Open the account of a resident at a centre; where there is one it is shown.

    See the resident's papers first. `caredial people find` gives their number.

    \b
    Example:
        caredial accounts open 17 --centre DY
    """
    from clinic.money import accounts as books  # noqa: PLC0415

    with opened(config) as desk:
        account = run(desk, books.open_account, resident=resident, centre=centre, by=person(by), now=desk.now())
        _show(desk, [account], as_json=as_json)


@accounts.command(name="top-up", short_help="Take in cash.")
@ACCOUNT
@click.argument("amount", metavar="AMOUNT")
@click.option("--note", default="", help="Kept with the entry, up to 200 characters.")
@ONCE
@YES
@AS_JSON
@with_by
@with_config
def top_up(
    account: int, amount: str, note: str, once: str | None, yes: bool, as_json: bool, by: str, config: Path | None
) -> None:
    """Put cash that was handed over at the counter into an account, and print the receipt.

    \b
    Examples:
        caredial accounts top-up 4 50.00
        caredial accounts top-up 4 50 --yes --once till-7-000812 --json
    """
    _over_the_counter("top_up", account, amount, note, once, config, yes=yes, as_json=as_json, by=by)


@accounts.command(name="pay-out", short_help="Hand out cash.")
@ACCOUNT
@click.argument("amount", metavar="AMOUNT")
@click.option("--note", default="", help="Kept with the entry, up to 200 characters.")
@ONCE
@YES
@AS_JSON
@with_by
@with_config
def pay_out(
    account: int, amount: str, note: str, once: str | None, yes: bool, as_json: bool, by: str, config: Path | None
) -> None:
    """Hand out cash from an account, never more than there is in it, and print the receipt. AMOUNT may be `all`.

    \b
    Examples:
        caredial accounts pay-out 4 12.50
        caredial accounts pay-out 4 all
    """
    _over_the_counter("pay_out", account, amount, note, once, config, yes=yes, as_json=as_json, by=by)


@accounts.command(short_help="Show an account.")
@ACCOUNT
@AS_JSON
@with_config
def show(account: int, as_json: bool, config: Path | None) -> None:
    """Show an account: whose it is, what is in it, which phones may pay from it.

    \b
    Example:
        caredial accounts show 4
    """
    from clinic.money import accounts as books  # noqa: PLC0415

    with opened(config) as desk:
        _show(desk, [run(desk, books.show, account=account)], as_json=as_json)


@accounts.command(name="list", short_help="List accounts.")
@click.option("--centre", metavar="CODE", help="Only this centre's.")
@click.option("--phone", metavar="NUMBER", help="Only those that this phone may pay from.")
@click.option("--resident", metavar="ID", type=NUMBER, help="Only this resident's.")
@AS_JSON
@with_config
def list_(centre: str | None, phone: str | None, resident: int | None, as_json: bool, config: Path | None) -> None:
    """List accounts, by centre; at most 1000.

    \b
    Examples:
        caredial accounts list --centre DY
        caredial accounts list --phone 15400000001
    """
    from clinic.money import accounts as books  # noqa: PLC0415

    with opened(config) as desk:
        number = None if phone is None else phone_number(phone, desk.installation.region, "--phone")
        found = run(desk, books.listed, centre=centre, phone=number, resident=resident)
        _show(desk, found, as_json=as_json)
        if len(found) == books.MOST and not as_json:
            click.echo(f"only the first {books.MOST} are shown; choose some", err=True)


@accounts.command(short_help="What went in and out, with the running balance.")
@ACCOUNT
@click.option("--since", metavar="DAY", help="From this day on: a date, today, -30. Default: all.")
@click.option("--until", metavar="DAY", help="Up to this day, with it.")
@AS_JSON
@with_config
def statement(account: int, since: str | None, until: str | None, as_json: bool, config: Path | None) -> None:
    """Show what went into an account and out of it, the oldest first, with the balance after each.

    \b
    Examples:
        caredial accounts statement 4
        caredial accounts statement 4 --since -30 --json
    """
    from clinic.money import accounts as books  # noqa: PLC0415
    from gateway.cli.tables import show as table  # noqa: PLC0415

    with opened(config) as desk:
        first, last = _midnight(since, desk, "--since"), _midnight(until, desk, "--until")
        end = None if last is None else last + dt.timedelta(days=1)
        holder = run(desk, books.show, account=account)
        lines = run(desk, books.statement, account=account, since=first, until=end)
        if as_json:
            print_documents(desk, map(document, lines))
            return
        rows = [
            (desk.moment(line.at), line.entry, line.kind, figure(line.amount), figure(line.after), line.visit or "",
             line.by, line.note)
            for line in lines
        ]  # fmt: skip
        columns = ("When", "Entry", "What", "Amount", "Balance", "Visit", "By", "Note")
        table(columns, rows, title=f"account {account}, {holder.name}: {figure(holder.balance)}")


@accounts.command(short_help="Let a phone pay from an account.")
@ACCOUNT
@click.argument("phone", metavar="PHONE")
@click.option("--code", metavar="DIGITS", help="The code that the phone was sent.")
@click.option("--remove", is_flag=True, help="The phone may pay from it no more.")
@AS_JSON
@with_by
@with_config
def link(account: int, phone: str, code: str | None, remove: bool, as_json: bool, by: str, config: Path | None) -> None:
    """Let a phone pay from an account. The phone is sent a code; whoever stands at the counter reads it out.

    Without --code the code is sent, with it the phone is linked. Anybody who has the phone can pay from the account.

    \b
    Examples:
        caredial accounts link 4 15400000001
        caredial accounts link 4 15400000001 --code 123456
        caredial accounts link 4 15400000001 --remove
    """
    from clinic.money import accounts as books  # noqa: PLC0415

    with opened(config) as desk:
        number, who = phone_number(phone, desk.installation.region), person(by)
        if remove:
            if not run(desk, books.unlink, account=account, phone=number, by=who, now=desk.now()):
                raise Problem("it cannot pay from that account anyway; `caredial accounts show` tells which phones can")
            answer(
                desk, f"this phone pays from account {account} no more", as_json=as_json, account=account, linked=False
            )
            return
        run(desk, books.show, account=account)
        if code is None:
            _send_code(desk, account, number, as_json=as_json)
        else:
            proof = _proof(desk, number, code)
            linked = run(desk, books.link, account=account, phone=number, proof=proof, by=who, now=desk.now())
            said = f"account {account} can be paid from by {', '.join(linked.phones)}"
            answer(desk, said, as_json=as_json, account=account, linked=True, phones=linked.phones)


@accounts.command(short_help="Settle a paid visit with the insurer.")
@click.argument("visit", metavar="VISIT", type=NUMBER)
@click.option("--covered", metavar="AMOUNT", required=True, help="What the insurer pays of it.")
@click.option("--reference", metavar="TEXT", required=True, help="The insurer's own number of the settlement.")
@YES
@AS_JSON
@with_by
@with_config
def insure(visit: int, covered: str, reference: str, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
    """Settle a visit with the insurer that was paid by phone as self-pay, when the insurance card is there.

    The covered share goes back to the resident the way it was paid, once, and is the insurer's to pay. A visit that was
    paid at the counter is settled there.

    \b
    Example:
        caredial accounts insure 812 --covered 8.00 --reference YB20270308-17
    """
    from clinic.money import insurance  # noqa: PLC0415

    with opened(config) as desk:
        currency = run(desk, insurance.currency, visit=visit)
        share, who = units(covered, currency, "--covered"), person(by)
        confirm(f"The insurer pays {covered} {currency} of visit {visit}.", yes=yes, as_json=as_json)
        done = run(
            desk, insurance.swap, visit=visit, covered=share, reference=reference, by=f"staff:{who}", now=desk.now()
        )
    if as_json:
        print_documents(desk, [document(done)])
    else:
        before = "was settled before: " if done.again else ""
        click.echo(f"visit {visit} {before}insurer {figure(done.covered)}, resident {figure(done.own)}")
        click.echo(f"{figure(done.covered)} goes back to the resident: {done.back}")


@accounts.command(short_help="Whether the books are right.")
@AS_JSON
@with_config
def check(as_json: bool, config: Path | None) -> None:
    """Check the books: entries balance, balances are what was posted, each payment has its entry, each visit is paid
    what it says, and what waits to be given back is there. Exits with 1 where anything is wrong.

    \b
    Example:
        caredial accounts check
    """
    from clinic.money import checks  # noqa: PLC0415

    with opened(config) as desk:
        found = run(desk, checks.broken)
    if as_json:
        print_documents(desk, map(document, found))
    for each in [] if as_json else found:
        click.echo(f"{each.subject}: {each.said}\n  not so: {each.rule}")
    if found:
        raise Problem(f"the books are wrong in {many(len(found), 'place')}: keep this, and ask whoever runs CareDial")
    if not as_json:
        click.echo("the books are right")


def _over_the_counter(
    act: str, account: int, written: str, note: str, once: str | None, config: Path | None, *,
    yes: bool, as_json: bool, by: str,
) -> None:  # fmt: skip
    from clinic.money import accounts as books  # noqa: PLC0415

    if len(note) > 200:
        raise Mistake("--note: has at most 200 characters")
    with opened(config) as desk:
        holder = run(desk, books.show, account=account)
        is_all = act == "pay_out" and written == "all"
        amount = holder.balance.fen if is_all else units(written, holder.balance.currency, "AMOUNT")
        if not amount:
            raise Problem(f"there is nothing in account {account}")
        money = type(holder.balance)(amount, holder.balance.currency)
        what = "Take in" if act == "top_up" else "Hand out"
        confirm(f"{what} {figure(money)}, account {account} of {holder.name}.", yes=yes, as_json=as_json)
        occasion = f"counter:{account}:{once or uuid.uuid4()}"
        given = {"account": account, "amount": amount, "occasion": occasion, "note": note}
        receipt = run(desk, getattr(books, act), by=person(by), now=desk.now(), **given)
        if as_json:
            print_documents(desk, [document(receipt)])
        else:
            click.echo(_receipt(desk, receipt))


def _receipt(desk: Desk, receipt: Receipt) -> str:
    from conf import texts  # noqa: PLC0415

    language, at = desk.settings.installation.language, receipt.at.astimezone(desk.installation.timezone)
    head = texts.say(language, "receipt.topup" if receipt.kind == "topup" else "receipt.payout")
    words: dict[str, Any] = {
        "centre": receipt.centre,
        "name": receipt.name,
        "amount": receipt.amount,
        "balance": receipt.balance,
    }
    clock = at.time().replace(second=0, microsecond=0, tzinfo=None)
    text = texts.say(language, "receipt.text", count=receipt.entry, day=at.date(), at=clock, clerk=receipt.by, **words)
    return f"{head}\n{text}"


def _send_code(desk: Desk, account: int, phone: str, *, as_json: bool) -> None:
    from clinic import passcodes  # noqa: PLC0415
    from clinic.money import accounts as books  # noqa: PLC0415
    from clinic.money import proving  # noqa: PLC0415
    from clinic.phones import masked_phone  # noqa: PLC0415

    issued = desk.run(
        passcodes.issue, phone=phone, purpose=proving.PURPOSE, subject=books.proof_of(account, phone),
        language=desk.settings.installation.language, rules=desk.rules.booking, installation=desk.installation,
        now=desk.now(),
    )  # fmt: skip
    if issued.outcome != "sent":
        raise Problem(f"no code was sent: {masked_phone(phone)} gets the next one in {issued.seconds} seconds")
    said = f"a code was sent to {masked_phone(phone)}; run this again with --code DIGITS"
    answer(desk, said, as_json=as_json, account=account, linked=False, code_sent_to=masked_phone(phone))


def _proof(desk: Desk, phone: str, code: str) -> dict[str, Any]:
    from clinic import passcodes  # noqa: PLC0415
    from clinic.errors import ClinicError  # noqa: PLC0415
    from clinic.money import proving  # noqa: PLC0415
    from conf import texts  # noqa: PLC0415

    found = desk.run(
        passcodes.check, phone=phone, purpose=proving.PURPOSE, code=code, rules=desk.rules.booking, now=desk.now()
    )
    if isinstance(found, ClinicError):
        # In English as all else here; the texts speak to whoever holds the phone, so what staff do is added.
        raise Problem(f"{texts.say('en', found.tell, **found.words)} Without --code, a new one is sent")
    return dict(found)


def _show(desk: Desk, found: list[Account], *, as_json: bool) -> None:
    from gateway.cli.tables import show as table  # noqa: PLC0415

    if as_json:
        print_documents(desk, map(document, found))
        return
    rows = [
        (each.id, each.centre, each.resident, each.name, figure(each.balance), ", ".join(each.phones),
         desk.moment(each.opened_at))
        for each in found
    ]  # fmt: skip
    table(COLUMNS, rows, title=many(len(found), "account"))


def _midnight(written: str | None, desk: Desk, option: str) -> dt.datetime | None:
    if written is None:
        return None
    day = parsed_day(written, desk.now().date(), option)
    return dt.datetime.combine(day, dt.time(0), tzinfo=desk.installation.timezone)
