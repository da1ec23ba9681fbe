"""A provider asked from the command line: is it there, does it know us, what does it say of a day?"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from clinic.money import amounts
from clinic.money.statements import Said
from gateway.payments.desks import ProviderDesk
from mobilemoney.answers import DONE, Answer
from mobilemoney.client import Client, NoAnswer, Unsent
from mobilemoney.messages import Heartbeat, Problem, Transaction, Unreadable, read
from mobilemoney.orders import Request

PAGE: Final = 50
"""Transactions a page: what the API gives where nothing is said."""
MOST_PAGES: Final = 2000
Level = Literal["ok", "warning", "problem"]
KINDS: Final[dict[str, Literal["charge", "refund"]]] = {
    "merchantpay": "charge",
    "adjustment": "refund",
    "reversal": "refund",
}


class NotTold(Exception):
    """What the provider did not tell, in words."""


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    what: str


async def check(client: Client, desk: ProviderDesk, now: dt.datetime) -> list[Finding]:
    """Ask for a token, then for something that changes nothing: the heartbeat, or a request that nobody made."""
    try:
        await client.token()
    except Unsent as error:
        return [Finding("problem", str(error))]
    token = Finding("ok", "the provider gives us a token")
    request = desk.writer.heartbeat(now) if desk.writer.dialect.heartbeat else desk.writer.state(str(uuid.uuid4()), now)
    try:
        answer = await client.send(request)
    except (Unsent, NoAnswer) as error:
        return [token, Finding("problem", f"{request.method} {request.path}: {error}")]
    return [token, _judged(request, answer)]


def _judged(request: Request, answer: Answer) -> Finding:
    asked = f"{request.method} {request.path}: HTTP {answer.status}"
    if answer.status == 200:
        try:
            status = read(answer.body, Heartbeat).service_status
        except Unreadable:
            return Finding("warning", f"{asked}, and nothing of the API in it; is the address right?")
        level: Level = "ok" if status == "available" else "warning"
        return Finding(level, f"{asked}, the service is {status}")
    try:
        problem = read(answer.body, Problem).told
    except Unreadable:
        return Finding("problem", f"{asked} without an errors object; look at url and dialect")
    if answer.status == 404 and not request.path.endswith("heartbeat"):
        return Finding("ok", f"{asked} ({problem}), as it should of a request that nobody made")
    return Finding("problem", f"{asked} ({problem})")


async def statement(
    desk: ProviderDesk, begin: dt.datetime, end: dt.datetime, now: dt.datetime, tell: Callable[[int], None]
) -> list[Said]:
    """The merchant's completed payments and refunds of this time, page by page; `tell` hears how many there are so far.

    Raises NotTold: half of a day is no statement.
    """
    if not desk.writer.dialect.statement:
        raise NotTold(f"{desk.writer.dialect.name} tells no statement by its API: import its file")
    lines: dict[tuple[str, str], Said] = {}
    for page in range(MOST_PAGES):
        found = await _page(desk, desk.writer.statement(begin, end, page * PAGE, PAGE, now))
        for line in filter(None, map(_checked, found)):
            lines[line.kind, line.reference] = line
        tell(len(lines))
        if len(found) < PAGE:
            return list(lines.values())
    raise NotTold(f"more than {MOST_PAGES * PAGE} transactions")


async def _page(desk: ProviderDesk, request: Request) -> list[Transaction]:
    try:
        answer = await desk.sends.send(request)
    except (Unsent, NoAnswer) as error:
        raise NotTold(str(error)) from error
    if answer.status != 200:
        raise NotTold(f"HTTP {answer.status} to {request.path.partition('?')[0]}")
    try:
        return read(answer.body, list[Transaction])
    except Unreadable as error:
        raise NotTold(f"an answer that nobody can read: {error}") from error


def _checked(told: Transaction) -> Said | None:
    try:
        return _line(told)
    except amounts.BadAmount as error:
        raise NotTold(f"transaction {told.transaction_reference}: {error}") from error


def _line(told: Transaction) -> Said | None:
    """A line of the statement; None of what is neither a payment nor a refund, or is not finished."""
    kind = KINDS.get(told.type.lower())
    if kind is None or told.transaction_status.lower() not in DONE or told.amount is None:
        return None
    if not told.transaction_reference:
        return None
    return Said(
        kind=kind,
        reference=told.transaction_reference,
        amount=amounts.units(told.amount, told.currency),
        currency=told.currency,
        correlation_id=told.requesting_organisation_transaction_reference[:64],
    )
