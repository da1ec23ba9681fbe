"""Pages on the terminal: facts with their names, an invoice, documents for programs."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gateway.cli.broadcast.figures import approval, money
from gateway.cli.desk import many
from gateway.cli.tables import PIPE_WIDTH

if TYPE_CHECKING:
    from clinic.audience import ClauseCount
    from clinic.broadcasts.views import BroadcastView, Invoice
    from conf.texts.words import Language
    from gateway.cli.broadcast.examples import Example
    from gateway.cli.desk import Desk

WHY = {
    "no_phone": "nobody's phone is known",
    "invalid": "a number that gets no SMS",
    "refused": "have refused this class",
    "no_consent": "have not agreed to this class",
    "no_text": "a word of the text is missing",
    "duplicate": "the same phone once more",
    "daily_limit": "have had enough broadcasts that day",
    "expires": "quiet hours until it is too late",
}


def console() -> Console:
    """As wide as the terminal; into a pipe as wide as it needs."""
    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)


def facts(title: str, rows: Iterable[tuple[str, object]]) -> None:
    """A title, and beneath it names and values. Values are shown as they are: brackets are no markup."""
    grid = _grid(2)
    for name, value in rows:
        grid.add_row(Text(name, style="dim"), value if isinstance(value, Text) else Text(str(value)))
    out = console()
    out.print(Text(title, style="bold"))
    out.print(Padding(grid, (0, 0, 0, 2), expand=False))


def document(desk: Desk, found: Any) -> str:
    """A frozen result as one line of JSON: moments in the centres' time, money as text."""
    zone = desk.installation.timezone

    def plain(value: object) -> object:
        if isinstance(value, dt.datetime):
            return value.astimezone(zone).isoformat(timespec="seconds")
        if isinstance(value, dt.date | Decimal):
            return str(value)
        if isinstance(value, Mapping):
            return dict(value)
        raise TypeError(f"{type(value).__name__} is no JSON")

    return json.dumps(found if isinstance(found, dict) else asdict(found), default=plain, ensure_ascii=False)


# The invoice


def show_invoice(
    desk: Desk,
    view: BroadcastView,
    invoice: Invoice,
    clauses: Sequence[ClauseCount],
    examples: Mapping[Language, Example],
) -> None:
    """The whole preview."""
    out = console()
    out.print(Text(f"Broadcast {view.id}: {view.title}", style="bold"))
    out.print(Text(f"to {view.expression}; {view.consent_class}; {view.owner or 'the city'}", style="dim"))
    for heading, part in _parts(desk, invoice, clauses, examples):
        out.print()
        out.print(Text(heading, style="bold"))
        out.print(Padding(part, (0, 0, 0, 2), expand=False))
    out.print()


def _parts(
    desk: Desk, invoice: Invoice, clauses: Sequence[ClauseCount], examples: Mapping[Language, Example]
) -> Iterator[tuple[str, RenderableType]]:
    if clauses:
        yield "How the audience comes about", _clauses(clauses)
    yield "Who", _who(invoice)
    yield "When", _when(desk, invoice)
    if invoice.recipients:
        yield "What", _what(invoice)
        yield f"Price, in yuan, of {invoice.bill.month}", _price(invoice)
        yield "As it arrives", _texts(examples)
        yield "Approval", Text(approval(desk, invoice))


def _clauses(clauses: Sequence[ClauseCount]) -> Table:
    table = columns("", "Clause", ">alone", ">so far")
    for line in clauses:
        table.add_row(line.joint, Text("  " * line.depth + line.text), f"{line.alone:,}", f"{line.left:,}")
    return table


def _who(invoice: Invoice) -> Table:
    grid = _grid(2, right=1)
    grid.add_row("in the audience", f"{invoice.members:,}")
    for reason, count in invoice.excluded.items():
        if count:
            grid.add_row(Text(WHY[reason]), Text(f"-{count:,}", style="yellow"))
    grid.add_row(Text("recipients", style="bold"), Text(f"{invoice.recipients:,}", style="bold green"))
    return grid


def _when(desk: Desk, invoice: Invoice) -> Table:
    grid = _grid(2)
    grid.add_row("starts", desk.moment(invoice.start_at))
    for wait in invoice.waits:
        who = f"{many(wait.recipients, 'recipient')} of {wait.centre or 'no centre'}"
        grid.add_row("waits", Text(f"{who}, quiet hours until {desk.moment(wait.until)}", style="yellow"))
    pace = f", at {invoice.rate:,.4g} segments a second" if invoice.rate else ""
    grid.add_row("ends about", desk.moment(invoice.ends_at, "nobody knows how fast the links are") + pace)
    grid.add_row("at the latest", f"{desk.moment(invoice.expires_at)}: nothing is sent after that")
    return grid


def _what(invoice: Invoice) -> Table:
    table = columns("Language", ">Recipients", "Encoding", ">Segments each", ">Segments")
    for line in invoice.languages:
        each = f"{line.fewest}" if line.fewest == line.most else f"{line.fewest}-{line.most}"
        encodings = ", ".join(
            name if len(line.encodings) == 1 else f"{name} {count:,}" for name, count in line.encodings.items()
        )
        table.add_row(line.language, f"{line.recipients:,}", encodings, each, f"{line.segments:,}")
    if len(invoice.languages) > 1:
        table.add_row("together", f"{invoice.recipients:,}", "", "", f"{invoice.segments:,}", style="bold")
    return table


def _price(invoice: Invoice) -> RenderableType:
    bill, contract = invoice.bill, invoice.contract
    table = columns("", ">the month before", ">this broadcast", ">the month after")
    for name, before, added in (
        ("segments to our operator's phones", bill.used_on_net, bill.on_net),
        ("segments to other operators' phones", bill.used_off_net, bill.off_net),
    ):
        table.add_row(name, f"{before:,}", f"{added:,}", f"{before + added:,}")
    table.add_row("bill", *(money(each) for each in (bill.before, bill.added, bill.after)), style="bold")
    terms = (
        f"{money(contract.monthly_fee)} a month with {contract.included:,} segments to our operator's phones,"
        f" then {contract.on_net_price} each; {contract.off_net_price} to others"
    )
    table.caption, table.caption_justify = terms, "left"
    return table


def _texts(examples: Mapping[Language, Example]) -> Table:
    grid = _grid(3)
    for language, example in examples.items():
        grid.add_row(language, example.phone or "anybody", Text(example.text))
    return grid


def _grid(columns: int, right: int | None = None) -> Table:
    grid = Table.grid(padding=(0, 3))
    for n in range(columns):
        grid.add_column(justify="right" if n == right else "left", overflow="fold")
    return grid


def columns(*names: str) -> Table:
    """A table with only a line beneath its head; `>` before a name puts its values to the right."""
    from rich import box  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    for name in names:
        table.add_column(name.removeprefix(">"), justify="right" if name.startswith(">") else "left", overflow="fold")
    return table
