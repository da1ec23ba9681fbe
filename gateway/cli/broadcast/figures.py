"""An invoice in a line or two. Apart from the pages: a command that only sends does not load what draws tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.cli.desk import many

if TYPE_CHECKING:
    from decimal import Decimal

    from clinic.broadcasts.views import Bill, Invoice
    from gateway.cli.desk import Desk


def money(yuan: Decimal) -> str:
    """`1,975.20`."""
    return f"{yuan:,.2f}"


def approval(desk: Desk, invoice: Invoice) -> str:
    most = f"{desk.rules.approve_above:,}"
    if invoice.approval:
        return f"more than {most} recipients: a second person must approve it (caredial broadcast approve)"
    return f"none is needed up to {many(desk.rules.approve_above, 'recipient')}"


def totals(bill: Bill, recipients: int) -> str:
    """`12,345 recipients, 24,690 segments, 1,975.20 yuan (the month: 5,400.00 -> 7,375.20)`."""
    segments = many(bill.segments, "segment")
    month = f"the month {bill.month}: {money(bill.before)} -> {money(bill.after)}"
    return f"{many(recipients, 'recipient')}, {segments}, {money(bill.added)} yuan ({month})"
