"""How phones are reached, and those that say that they are somebody else's."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal, get_args

import click

from gateway.cli.answers import AS_JSON, answer, document, print_documents
from gateway.cli.numbers import phone_number
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Problem

Contact = Literal["sms", "voice", "auto"]


@click.command(short_help="How a phone is reached with notices.")
@click.argument("phone")
@click.argument("how", type=click.Choice(get_args(Contact)), required=False)
@AS_JSON
@with_config
def contact(phone: str, how: Contact | None, as_json: bool, config: Path | None) -> None:
    """Choose how PHONE is reached with notices: sms, voice (it is called), or auto. Without a choice: tell how it is.

    auto: a fixed line is called, any other phone gets SMS.

    \b
    Examples:
        caredial people contact 15400000001
        caredial people contact 15400000001 voice
        caredial people contact 01088886666 auto
    """
    from clinic import residents as people  # noqa: PLC0415

    settings = read_settings(config)
    place = settings.installation
    number = phone_number(phone, place.region)
    with opened_store(settings) as store:
        if how is not None:
            chosen = None if how == "auto" else how
            store.run_now(people.prefer, phone=number, contact=chosen, now=dt.datetime.now(place.timezone))
        reached = store.run_now(people.contact, phone=number, region=place.region)
    answer(settings, reached, as_json=as_json, contact=reached)


@click.command("wrong-numbers", short_help="Phones that say that they are somebody else's.")
@AS_JSON
@with_config
def wrong_numbers(as_json: bool, config: Path | None) -> None:
    """List the residents whose phone says that it is somebody else's (by SMS: WRONG, 打错了), the oldest first.

    Such a phone gets no notice any more. Ask the family for its number, and import it with the resident; where the
    phone is theirs all the same, say so with `caredial people right-number PHONE`.

    \b
    Example:
        caredial people wrong-numbers
    """
    from clinic import wrong_numbers as wrong  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    settings = read_settings(config)
    zone = settings.installation.timezone
    with opened_store(settings) as store:
        found = store.run_now(wrong.listed)
    if as_json:
        print_documents(settings, map(document, found))
        return
    rows = [(row.resident, row.name, row.phone, row.centre, f"{row.since.astimezone(zone):%Y-%m-%d}") for row in found]
    show(("ID", "Name", "Phone", "Centre", "Since"), rows, title=f"{len(rows)} residents with a wrong number")


@click.command("right-number", short_help="A phone is theirs after all.")
@click.argument("phone")
@AS_JSON
@with_config
def right_number(phone: str, as_json: bool, config: Path | None) -> None:
    """PHONE is theirs after all, the centre has made sure: it gets notices again.

    \b
    Example:
        caredial people right-number 15400000001
    """
    from clinic import wrong_numbers as wrong  # noqa: PLC0415
    from clinic.phones import masked_phone  # noqa: PLC0415

    settings = read_settings(config)
    place = settings.installation
    number, now = phone_number(phone, place.region), dt.datetime.now(place.timezone)
    with opened_store(settings) as store:
        if not store.run_now(wrong.corrected, phone=number, actor="staff", now=now):
            raise Problem("it has not said that it is somebody else's; `caredial people wrong-numbers` lists those")
    answer(settings, "it gets notices again", as_json=as_json, phone=masked_phone(number), gets_notices=True)
