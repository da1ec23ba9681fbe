"""Names that were only spoken: listed, and written."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from gateway.cli.answers import AS_JSON, answer, document, print_documents
from gateway.cli.numbers import NUMBER, phone_number
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake, Problem


@click.command(short_help="Names that were only spoken.")
@AS_JSON
@with_config
def incomplete(as_json: bool, config: Path | None) -> None:
    """List the residents whose name was only spoken, the longest waiting first.

    Who books by voice for the first time gives an identity number by keys and says a name; a placeholder with the
    number's last four characters stands for the name until the counter has completed it. Recording: the file of the
    spoken name, in the folder [ivr.prompts] names.

    \b
    Example:
        caredial people incomplete
    """
    from clinic import residents as people  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    settings = read_settings(config)
    zone = settings.installation.timezone
    with opened_store(settings) as store:
        found = store.run_now(people.incomplete)
    if as_json:
        print_documents(settings, map(document, found))
        return
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


@click.command(short_help="Write a name that was only spoken.")
@click.argument("resident_id", metavar="ID", type=NUMBER)
@click.option("--name", required=True, help="The name as on the identity card.")
@click.option("--phone", required=True, help="The phone of who stands at the counter, in any form of its number.")
@AS_JSON
@with_config
def complete(resident_id: int, name: str, phone: str, as_json: bool, config: Path | None) -> None:
    """Write the name of a resident who was registered by voice; the visits that PHONE has booked get it too.

    Ask for the card and for the phone. Other phones that have given this identity number keep the placeholder, and
    hear nothing of what is on record: they may be anybody's.

    \b
    Example:
        caredial people complete 31 --name 王芳 --phone 15400000001
    """
    from clinic import residents as people  # noqa: PLC0415
    from clinic.errors import BadName  # noqa: PLC0415

    settings = read_settings(config)
    now = dt.datetime.now(settings.installation.timezone)
    number = phone_number(phone, settings.installation.region)
    with opened_store(settings) as store:
        try:
            done = store.run_now(people.complete, resident=resident_id, name=name, phone=number, now=now)
        except BadName as error:
            raise Mistake("--name: not a name of 2 to 40 letters") from error
    if not done:
        raise Problem(
            f"no name is to be completed for {resident_id} with this phone; `caredial people incomplete` shows them"
        )
    answer(settings, f"person {resident_id} has a name now", as_json=as_json, id=resident_id)
