"""`caredial visits`: what is booked; registering and cancelling at the counter."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click

from gateway.cli.answers import AS_JSON, YES, document, print_documents
from gateway.cli.centres import refuse_unknown
from gateway.cli.days import day as parsed_day
from gateway.cli.desk import many, with_by
from gateway.cli.fairness.excuse import excuse
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import opened_store, read_settings, with_config

MOST = 1000


@click.group(short_help="Visits of a day; registering at the counter.")
def visits() -> None:
    """Look up visits; book and cancel by hand; register who comes without booking; excuse who could not come. Their
    queue is `caredial queue`.

    \b
    Examples:
        caredial visits list --day tomorrow --centre DY
        caredial visits book 33 --resident 7 --phone 15400000001
        caredial visits walk-in 31 --identity 110101195808142424 --name 王芳
        caredial visits excuse 812 --reason 'ambulance, seen the papers'
    """


visits.add_command(excuse)


@visits.command(name="list", short_help="The visits of a day.")
@click.option("--day", default="today", show_default=True, help="A date (2027-03-08), today, tomorrow, +3 or -1.")
@click.option("--centre", metavar="CODE", help="Only this centre's. Default: all centres.")
@AS_JSON
@with_config
def list_(day: str, centre: str | None, as_json: bool, config: Path | None) -> None:
    """List the visits of a day, by department and queue number. Names and phone numbers are masked.

    State: pending (not paid yet), booked, arrived, fulfilled (was seen), cancelled, noshow. T-code: issued, used,
    cancelled, expired.

    \b
    Examples:
        caredial visits list
        caredial visits list --day tomorrow --centre DY
        caredial visits list --json | jq -r 'select(.state == "booked") | .id'
    """
    from clinic import listing  # noqa: PLC0415
    from gateway.cli.tables import show_each  # noqa: PLC0415

    settings = read_settings(config)
    language = settings.installation.language
    wanted = parsed_day(day, dt.datetime.now(settings.installation.timezone).date())
    with opened_store(settings) as store:
        refuse_unknown(store, centre)
        found = store.run_now(listing.visits, day=wanted, centre=centre, most=MOST)
    if as_json:
        print_documents(settings, map(document, found))
        return
    rows = [
        (
            row.id,
            row.department.text(language),
            row.practitioner.text(language) if row.practitioner else "",
            row.half,
            row.queue,
            row.name,
            row.phone,
            row.state,
            row.tcode,
        )
        for row in found
    ]
    columns = ("ID", "Department", "Held by", "Half", "No.", "Name", "Phone", "State", "T-code")
    centres = [row.centre.text(language) for row in found]
    show_each(columns, zip(centres, rows, strict=True), title=f"{wanted}")
    click.echo(many(len(rows), "visit"))
    if len(rows) == MOST:
        click.echo(f"only the first {MOST} are shown; choose one with --centre", err=True)


@visits.command(short_help="Book for somebody at the counter, for another day.")
@click.argument("session", metavar="SESSION", type=NUMBER)
@click.option("--phone", required=True, help="Their phone, which gets the T-code by SMS, and can cancel.")
@click.option("--identity", metavar="NUMBER", help="Their identity number, from the card.")
@click.option("--name", help="Their name, from the card; with --identity.")
@click.option("--resident", metavar="ID", type=NUMBER, help="Instead of both: a resident on record.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Of the SMS. Default: the installation's.")
@click.option(
    "--pays",
    type=click.Choice(["counter", "account"]),
    default="counter",
    show_default=True,
    help="How the fee is paid: when they come, or from the account of --phone.",
)
@click.option("--once", metavar="WORD", default="", help="Names this booking: given again it is not made twice.")
@AS_JSON
@with_by
@with_config
def book(session: int, **given: Any) -> None:
    """Book a place of a clinic session by hand for somebody who stands at the counter, or has called: as their phone
    would have. Of a session that is shared out it is one of the counter's places. The limits hold; a block does not.

    Who comes today without booking: `caredial visits walk-in`.

    \b
    Examples:
        caredial visits book 33 --resident 7 --phone 15400000001
        caredial visits book 33 --identity 110101195808142424 --name 王芳 --phone 15400000001 --pays account
    """
    from gateway.cli import registering  # noqa: PLC0415

    registering.book(session, **given)


@visits.command(short_help="Cancel a visit for its holder, or for the centre.")
@click.argument("visit", metavar="ID", type=NUMBER)
@YES
@AS_JSON
@with_by
@with_config
def cancel(visit: int, **given: Any) -> None:
    """Cancel a visit that is to come, whoever has booked it. Its place is given to who waits for one, its T-code is
    void, and the phone that booked is told. What was paid goes back to where it came from, however late it is, and the
    visit counts in no rule of absence.

    A whole session: `caredial sessions stop`.

    \b
    Examples:
        caredial visits cancel 812
        caredial visits cancel 812 --yes --json
    """
    from gateway.cli import registering  # noqa: PLC0415

    registering.cancel(visit, **given)


@visits.command(name="walk-in", short_help="Register somebody who has come without booking.")
@click.argument("session", metavar="SESSION", type=NUMBER)
@click.option("--identity", metavar="NUMBER", help="Their identity number, from the card.")
@click.option("--name", help="Their name, from the card; with --identity.")
@click.option("--resident", metavar="ID", type=NUMBER, help="Instead of both: a resident on record.")
@click.option("--phone", help="Their phone, which gets the T-code by SMS. Default: none, print the slip.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Of slip and SMS. Default: the installation's.")
@click.option("--over", metavar="REASON", default="", help="Give a session that is full one place more, and why.")
@click.option(
    "--pays",
    type=click.Choice(["counter", "account"]),
    default="counter",
    show_default=True,
    help="How the fee is paid: here, or from the account of --phone.",
)
@click.option(
    "--slip",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write the slip: a PNG picture, or for an ESC/POS printer where FILE does not end in .png.",
)
@click.option("--once", metavar="WORD", default="", help="Names this registration: given again it is not made twice.")
@AS_JSON
@with_by
@with_config
def walk_in(session: int, **given: Any) -> None:
    """Register somebody at the counter for a clinic session of today: place, number, T-code; they are in the queue.

    A phone is not needed. --over, where the session is full, is written into the audit trail.

    \b
    Examples:
        caredial visits walk-in 31 --identity 110101195808142424 --name 王芳 --slip /dev/usb/lp0
        caredial visits walk-in 31 --resident 7 --phone 15400000001
        caredial visits walk-in 31 --resident 7 --over 高热
    """
    from gateway.cli import registering  # noqa: PLC0415

    registering.walk_in(session, **given)
