"""What an answer or a callback says of an order: one word (`News`), and what we learn with it. No I/O.

The rule that all else follows from: only a provider that has understood us, and refuses, says "no". Silence, nonsense
and 5xx say nothing about whether somebody has paid.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from mobilemoney.dialects import Dialect
from mobilemoney.messages import (
    Link,
    Problem,
    RequestState,
    Transaction,
    Unreadable,
    read,
    reference_of,
)
from mobilemoney.orders import Order, Purpose


class News(StrEnum):
    """What was heard."""

    ACCEPTED = "accepted"  # the provider has it, and a number for it
    PENDING = "pending"  # nothing new
    REFERRED = "referred"  # there is a transaction: look at it
    COMPLETED = "completed"  # as we asked
    DIFFERENT = "different"  # completed, and not as we asked
    FAILED = "failed"  # the provider says that it did not happen
    REFUSED = "refused"  # understood, and not taken
    DUPLICATE = "duplicate"  # they had it before
    MISSING = "missing"  # they know of nothing
    BUSY = "busy"  # not taken this time: too many requests, our token, our settings
    UNSENT = "unsent"  # nobody was reached, nothing was written
    SILENCE = "silence"  # nobody knows


@dataclass(frozen=True, slots=True)
class Heard:
    news: News
    server: str = ""
    reference: str = ""
    problem: str = ""
    poll_limit: int | None = None
    amount: Decimal | None = None  # of what is completed, as the provider tells it
    currency: str = ""  # ISO 4217


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's status and body."""

    status: int
    body: bytes


DONE: Final = frozenset({"completed", "success", "successful"})
NOT_DONE: Final = frozenset({"failed", "rejected", "declined", "cancelled", "canceled", "expired", "reversed", "error"})
TYPES: Final = {"charge": "merchantpay", "refund": "adjustment"}
_NOT_TAKEN: Final = frozenset({"ratelimiterror", "clientauthorisationerror", "servicingpartyauthorisationerror"})
_THEIRS: Final = frozenset({"internal", "serviceunavailable"})


def heard(purpose: Purpose, answer: Answer, order: Order, dialect: Dialect) -> Heard:
    """What this answer to a request of this purpose says."""
    if answer.status >= 500 or answer.status < 200 or 300 <= answer.status < 400:
        return Heard(News.SILENCE, problem=f"HTTP {answer.status}{_told(answer.body)}")
    if answer.status >= 400:
        return _refusal(purpose, answer)
    try:
        return _read[purpose](answer.body, order, dialect)
    except Unreadable as error:
        return Heard(News.SILENCE, problem=f"an answer that nobody can read: {error}"[:200])


def called_back(body: bytes, order: Order, dialect: Dialect) -> Heard:
    """What a callback says: the finished transaction, or an errors object. Raises Unreadable.

    One without an amount proves nothing: it only says where to look.
    """
    try:
        problem = read(body, Problem)
    except Unreadable:
        transaction = read(body, Transaction)
    else:
        return Heard(News.FAILED, problem=problem.told)
    if not transaction.transaction_status:
        raise Unreadable("neither a transaction nor an error")
    reference = transaction.transaction_reference
    if transaction.transaction_status.lower() in DONE and transaction.amount is None:
        return Heard(News.REFERRED if reference else News.PENDING, reference=reference)
    return _judged(transaction, order, dialect)


def _paid(body: bytes, order: Order, dialect: Dialect) -> Heard:
    """A request's state where it goes on by itself, the transaction where it is done at once."""
    try:
        return _stated(body, order, dialect, first=True)
    except Unreadable:
        return _judged(read(body, Transaction), order, dialect)


def _state(body: bytes, order: Order, dialect: Dialect) -> Heard:
    return _stated(body, order, dialect, first=False)


def _stated(body: bytes, order: Order, dialect: Dialect, *, first: bool) -> Heard:
    told = read(body, RequestState)
    server, reference = told.server_correlation_id, told.object_reference
    if told.status == "failed":
        return Heard(News.FAILED, server, problem=told.problem.told if told.problem else "failed")
    if told.status == "pending":
        return Heard(News.ACCEPTED if first else News.PENDING, server, poll_limit=told.poll_limit)
    if reference:
        return Heard(News.REFERRED, server, reference)
    # Without a reference it is found under our own id; where there is no such request their word is all there is.
    if dialect.response:
        return Heard(News.MISSING, server)
    return Heard(News.COMPLETED, server, server, amount=order.amount, currency=order.currency)


def _linked(body: bytes, order: Order, dialect: Dialect) -> Heard:  # noqa: ARG001
    kind, reference = reference_of(read(body, Link).link)
    if kind == "transactions":
        return Heard(News.REFERRED, reference=reference)
    if kind == "requeststates":
        return Heard(News.ACCEPTED, server=reference)
    return Heard(News.SILENCE, problem="a link to something else")


def _transaction(body: bytes, order: Order, dialect: Dialect) -> Heard:
    return _judged(read(body, Transaction), order, dialect)


_read: Final = {
    Purpose.PAY: _paid,
    Purpose.STATE: _state,
    Purpose.RESPONSE: _linked,
    Purpose.TRANSACTION: _transaction,
}


def _judged(told: Transaction, order: Order, dialect: Dialect) -> Heard:
    """A transaction beside what was asked for."""
    status, reference = told.transaction_status.lower(), told.transaction_reference
    if not status:
        raise Unreadable("no transaction: it has no status")
    echo = told.requesting_organisation_transaction_reference
    if echo and echo != order.correlation_id:
        return Heard(News.SILENCE, problem="told of somebody else's transaction")
    if told.type and told.type.lower() != TYPES[order.kind]:
        return Heard(News.SILENCE, problem=f"told of a {told.type} where {TYPES[order.kind]} was asked for"[:200])
    if status in NOT_DONE:
        return Heard(News.FAILED, reference=reference, problem=told.transaction_status)
    if status not in DONE or not reference:
        return Heard(News.REFERRED if reference else News.PENDING, reference=reference)
    if told.amount is None:
        return Heard(News.SILENCE, problem="told of no amount")
    amount, currency = Decimal(told.amount), dialect.iso(told.currency)
    same = amount == order.amount and currency == order.currency
    why = "" if same else f"told of {told.amount.written} {currency}, asked for {order.amount} {order.currency}"
    news = News.COMPLETED if same else News.DIFFERENT
    return Heard(news, reference=reference, problem=why[:200], amount=amount, currency=currency)


def _refusal(purpose: Purpose, answer: Answer) -> Heard:
    try:
        problem = read(answer.body, Problem)
    except Unreadable:
        return _unexplained(purpose, answer)
    code, category = problem.error_code.lower(), problem.error_category.lower().replace(" ", "")
    if code == "duplicaterequest" or category == "duplicaterequest":
        return Heard(News.DUPLICATE, problem=problem.told)
    if code in _NOT_TAKEN or answer.status in (407, 429):
        return Heard(News.BUSY, problem=problem.told)
    if category in _THEIRS:
        return Heard(News.SILENCE, problem=problem.told)
    if purpose is Purpose.PAY:
        return Heard(News.REFUSED, problem=problem.told)
    return Heard(News.MISSING if answer.status == 404 else News.SILENCE, problem=problem.told)


def _unexplained(purpose: Purpose, answer: Answer) -> Heard:
    """No errors object: a proxy, a gateway, an address that is wrong."""
    problem = f"HTTP {answer.status} without an errors object"
    if answer.status in (401, 403, 405, 407, 415, 429):
        return Heard(News.BUSY, problem=problem)
    if answer.status == 404:
        return Heard(News.BUSY if purpose is Purpose.PAY else News.MISSING, problem=problem)
    return Heard(News.SILENCE, problem=problem)


def _told(body: bytes) -> str:
    try:
        return f": {read(body, Problem).told}"
    except Unreadable:
        return ""
