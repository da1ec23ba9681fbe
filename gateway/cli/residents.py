"""`caredial residents`: names that were only spoken, and how phones are reached."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal, get_args

import click

from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake, Problem

Contact = Literal["sms", "voice", "auto"]


@click.group(short_help="Complete spoken names; how phones are reached.")
def residents() -> None:
    """Complete names that were spoken to the hotline; choose how a phone is reached."""


@residents.command()
@with_config
def incomplete(config: Path | None) -> None:
    """List the residents whose name was only spoken, the longest waiting first.

    Who books by voice for the first time gives an identity number by keys and says a name; a placeholder with the
    number's last four characters stands for the name until the counter has completed it. Recording: the file of the
    spoken name, in the folder [ivr.prompts] names.

    \b
    Example:
        caredial residents incomplete
    """
    from clinic import residents as people  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    settings = read_settings(config)
    zone = settings.installation.timezone
    with opened_store(settings) as store:
        found = store.run_now(people.incomplete)
    rows = [
        (
            row.id,
            row.name,
            row.sex,
            row.birth,
            " ".join(row.phones),
            f"{row.registered_at.astimezone(zone):%Y-%m-%d %H:%M}",
            f"{row.recording}.wav",
        )
        for row in found
    ]
    columns = ("ID", "Placeholder", "Sex", "Born", "Phone", "Registered", "Recording")
    show(columns, rows, title=f"{len(rows)} names to complete")


@residents.command()
@click.argument("resident_id", metavar="ID", type=int)
@click.option("--name", required=True, help="The name as on the identity card.")
@click.option("--phone", required=True, help="The phone of who stands at the counter, in any form of its number.")
@with_config
def complete(resident_id: int, name: str, phone: str, config: Path | None) -> None:
    """Write the name of a resident who was registered by voice; the visits that PHONE has booked get it too.

    Ask for the card and for the phone. Other phones that have given this identity number keep the placeholder, and
    hear nothing of what is on record: they may be anybody's.

    \b
    Example:
        caredial residents complete 31 --name 王芳 --phone 15400000001
    """
    from clinic import residents as people  # noqa: PLC0415
    from clinic.errors import BadName  # noqa: PLC0415

    settings = read_settings(config)
    now = dt.datetime.now(settings.installation.timezone)
    number = _number(phone, settings.installation.region)
    with opened_store(settings) as store:
        try:
            done = store.run_now(people.complete, resident=resident_id, name=name, phone=number, now=now)
        except BadName as error:
            raise Mistake("--name: not a name of 2 to 40 letters") from error
    if not done:
        raise Problem(
            f"no name is to be completed for {resident_id} with this phone; `caredial residents incomplete` shows them"
        )
    click.echo(f"resident {resident_id} has a name now")


@residents.command()
@click.argument("phone")
@click.argument("how", type=click.Choice(get_args(Contact)), required=False)
@with_config
def contact(phone: str, how: Contact | None, config: Path | None) -> None:
    """Choose how PHONE is reached with notices: sms, voice (it is called), or auto. Without a choice: tell how it is.

    auto: a fixed line is called, any other phone gets SMS.

    \b
    Examples:
        caredial residents contact 15400000001
        caredial residents contact 15400000001 voice
        caredial residents contact 01088886666 auto
    """
    from clinic import residents as people  # noqa: PLC0415

    settings = read_settings(config)
    place = settings.installation
    number = _number(phone, place.region)
    with opened_store(settings) as store:
        if how is not None:
            chosen = None if how == "auto" else how
            store.run_now(people.prefer, phone=number, contact=chosen, now=dt.datetime.now(place.timezone))
        click.echo(store.run_now(people.contact, phone=number, region=place.region))


@residents.command("wrong-numbers")
@with_config
def wrong_numbers(config: Path | None) -> None:
    """List the residents whose phone says that it is somebody else's (by SMS: WRONG, 打错了), the oldest first.

    Such a phone gets no notice any more. Ask the family for its number, and import it with the resident; where the
    phone is theirs all the same, say so with `caredial residents right-number PHONE`.

    \b
    Example:
        caredial residents wrong-numbers
    """
    from clinic.notices import wrong_numbers as wrong  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    settings = read_settings(config)
    zone = settings.installation.timezone
    with opened_store(settings) as store:
        found = store.run_now(wrong.listed)
    rows = [(row.resident, row.name, row.phone, row.centre, f"{row.since.astimezone(zone):%Y-%m-%d}") for row in found]
    show(("ID", "Name", "Phone", "Centre", "Since"), rows, title=f"{len(rows)} residents with a wrong number")


@residents.command("right-number")
@click.argument("phone")
@with_config
def right_number(phone: str, config: Path | None) -> None:
    """PHONE is theirs after all, the centre has made sure: it gets notices again.

    \b
    Example:
        caredial residents right-number 15400000001
    """
    from clinic.notices import wrong_numbers as wrong  # noqa: PLC0415

    settings = read_settings(config)
    place = settings.installation
    number, now = _number(phone, place.region), dt.datetime.now(place.timezone)
    with opened_store(settings) as store:
        if not store.run_now(wrong.corrected, phone=number, actor="staff", now=now):
            raise Problem("this phone has not said that it is somebody else's")
    click.echo("it gets notices again")


def _number(written: str, region: str) -> str:
    from clinic import phones  # noqa: PLC0415

    try:
        return phones.canonical(written, region)
    except phones.BadPhone as error:
        raise Mistake(f"{written!r} is {error}") from error
