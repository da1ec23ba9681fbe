"""`caredial care meters`: meters with a SIM card, and what of theirs could not be read."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

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
from gateway.cli.problems import Mistake, Problem


@click.group(invoke_without_command=True)
@SHOWN
@AS_JSON
@with_config
@click.pass_context
def meters(context: click.Context, shown: bool, as_json: bool, config: Path | None) -> None:
    """List the meters with a SIM card, first those of which something could not be read; add and remove them.

    What a meter writes is read by its form, [care.meters.NAME] in the settings, and never answered. Unread: texts that
    the form could not read; look at them in the audit trail, and at the form.

    \b
    Examples:
        caredial care meters
        caredial care meters add 8 15400009001 --format example
        caredial care meters remove 1
    """
    if context.invoked_subcommand is not None:
        return
    from clinic.care import meters as known  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    settings = read_settings(config)
    with opened_store(settings) as store:
        found = store.run_now(known.listed, shown=shown)
        audited(store, settings, "meters", None, shown=shown)
    if as_json:
        print_documents(asdict(line) for line in found)
        return
    forms = settings.care.meters
    rows = [
        (line.meter, line.phone, line.serial or "any", line.resident, line.name,
         line.format if line.format in forms else f"{line.format} (not in the settings)",
         line.readings, local(settings, line.last_at), line.unreadable, local(settings, line.unreadable_at))
        for line in found
    ]  # fmt: skip
    columns = ("ID", "Phone", "Serial", "No.", "Name", "Format", "Readings", "Last", "Unread", "Last unread")
    show(columns, rows, title=f"{len(rows)} meters")


@meters.command()
@PERSON
@click.argument("phone")
@click.option("--serial", default="", help="What it writes as {serial}, where several send over one number.")
@click.option("--format", "form", required=True, metavar="NAME", help="How it writes: [care.meters.NAME].")
@with_config
def add(person: str, phone: str, serial: str, form: str, config: Path | None) -> None:
    """The meter with this PHONE is PERSON's from now on. Texts from this number are a machine's then.

    \b
    Example:
        caredial care meters add 8 15400009001 --format example
    """
    from clinic.care import meters as known  # noqa: PLC0415

    settings = read_settings(config)
    if form not in settings.care.meters:
        there = ", ".join(settings.care.meters) or "none"
        raise Mistake(f"--format: the settings have no [care.meters.{form}]; there are: {there}")
    number = phone_number(phone, settings.installation.region)
    with opened_store(settings) as store:
        found = find(store, settings, person)
        given: dict[str, Any] = {
            "phone": number,
            "serial": serial,
            "resident": found.resident,
            "format": form,
            "actor": actor(),
        }
        meter = store.run_now(known.register, now=now_of(settings), **given)
    click.echo(f"meter {meter} is resident {found.resident}'s")


@meters.command()
@click.argument("meter", metavar="ID", type=int)
@with_config
def remove(meter: int, config: Path | None) -> None:
    """This number is no meter's any more; its readings stay.

    \b
    Example:
        caredial care meters remove 1
    """
    from clinic.care import meters as known  # noqa: PLC0415

    settings = read_settings(config)
    with opened_store(settings) as store:
        if not store.run_now(known.remove, meter=meter, actor=actor(), now=now_of(settings)):
            raise Problem(f"there is no meter {meter}; `caredial care meters` shows them")
    click.echo(f"meter {meter} is removed")
