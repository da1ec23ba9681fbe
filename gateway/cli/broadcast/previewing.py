"""`caredial broadcast preview`: the invoice, before anything is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.broadcast.meant import meant
from gateway.cli.broadcast.starting import start_of
from gateway.cli.desk import Desk, opened
from gateway.cli.opening import with_config
from gateway.cli.progress import progress

if TYPE_CHECKING:
    from clinic.broadcasts.views import BroadcastView, Invoice
    from conf.texts.words import Language
    from gateway.cli.broadcast.examples import Example


@click.command(short_help="Show what it would do and cost: an invoice.")
@click.argument("broadcast", metavar="ID", type=int)
@click.option("--at", metavar="TIME", help="As if it began then: '2026-12-01 09:00', or 09:00. Default: now.")
@click.option("--explain", is_flag=True, help="Count each clause of its expression too.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON document.")
@with_config
def preview(broadcast: int, at: str | None, explain: bool, as_json: bool, config: Path | None) -> None:
    """Show what a broadcast would do and cost if it was sent now: the very figures that `report` is compared with.

    Who gets it, who does not and why, who has to wait for the end of quiet hours, how many segments it takes, what
    the month's bill was and will be, when it is over, and the texts as they arrive. Nothing is written or sent. Of a
    broadcast that was sent it shows the invoice that it was sent with.

    \b
    Examples:
        caredial broadcast preview 7
        caredial broadcast preview 7 --explain --at '2026-12-01 09:00'
        caredial broadcast preview 7 --json | jq '{recipients, excluded, bill}'
    """
    from clinic import audience  # noqa: PLC0415
    from gateway.cli.broadcast import pages  # noqa: PLC0415
    from gateway.cli.broadcast.examples import examples  # noqa: PLC0415

    with opened(config) as desk:
        view = meant(desk, broadcast)
        invoice = made(desk, view, start_of(at, desk), quiet=as_json)
        place = desk.installation
        given = {"expression": view.expression, "today": invoice.today, "region": place.region}
        clauses = desk.run(audience.explain, **given) if explain else []
        shown = examples(desk, view, invoice)
        if as_json:
            counted = {"clauses": [asdict(each) for each in clauses]} if explain else {}
            click.echo(pages.document(desk, {**_fields(invoice, shown), **counted}))
            return
        pages.show_invoice(desk, view, invoice, clauses, shown)
    if view.state == "draft" and invoice.recipients:
        click.echo(f"Try it on a phone: caredial broadcast test {view.id} PHONE")
        click.echo(f"Send it:           caredial broadcast send {view.id}")


def _fields(invoice: Invoice, examples: Mapping[Language, Example]) -> dict[str, Any]:
    """An invoice for programs, its examples masked."""
    languages = [{**asdict(line), "example": examples[line.language].text} for line in invoice.languages]
    return {**asdict(invoice), "languages": languages, "segments": invoice.segments, "added": invoice.bill.added}


def made(desk: Desk, view: BroadcastView, start_at: dt.datetime | None, *, quiet: bool = False) -> Invoice:
    """The invoice of a draft, counted now; the one that it was sent with where it was."""
    from clinic.broadcasts import invoice, sending  # noqa: PLC0415

    if view.state != "draft":
        shown: Invoice = desk.run(sending.shown, broadcast=view.id)
        return shown
    with progress("members looked at") as look:
        given = {"rules": desk.rules, "links": desk.links, "now": desk.now(), "installation": desk.installation}
        told = {} if quiet else {"progress": look}
        counted: Invoice = desk.run(invoice.invoice, broadcast=view.id, start_at=start_at, **given, **told)
    return counted
