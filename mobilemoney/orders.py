"""What is wanted of a provider, and the requests that say it: no I/O."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Literal
from urllib.parse import quote

from mobilemoney.dialects import Dialect, NotSpoken
from mobilemoney.messages import Pair, Transaction, written

Kind = Literal["charge", "refund"]


@dataclass(frozen=True, slots=True)
class Order:
    """Money of a phone's holder for us, or back to them.

    `correlation_id` is ours and the same however often we ask; `currency` by ISO 4217; `phone` as +86154...; `original`
    is the provider's reference of the charge that a refund gives back; `callback` the address for the callback.
    """

    kind: Kind
    correlation_id: str
    amount: Decimal
    currency: str
    phone: str
    description: str
    original: str = ""
    callback: str = ""


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who we are at a provider."""

    id: str
    client: str = ""
    partner: str = ""
    language: str = "en"
    api_key: str = field(default="", repr=False)


class Purpose(StrEnum):
    """What a request is for, which says how its answer is read."""

    PAY = "pay"
    STATE = "state"
    RESPONSE = "response"
    TRANSACTION = "transaction"
    STATEMENT = "statement"
    HEARTBEAT = "heartbeat"


@dataclass(frozen=True, slots=True)
class Request:
    """A request to make: everything but host and token."""

    purpose: Purpose
    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes requests in a platform's dialect, in our name."""

    dialect: Dialect
    merchant: Merchant

    def pay(self, order: Order, now: dt.datetime) -> Request:
        """Ask for a charge, or for a refund. Raises NotSpoken, before anything is written."""
        path = self.dialect.pay if order.kind == "charge" else self.dialect.refund
        if not path:
            raise NotSpoken(f"{self.dialect.name} gives nothing back by itself: do it on the provider's own pages")
        ours, theirs = self._party(), (Pair(key="msisdn", value=self.dialect.phone(order.phone)),)
        debit, credit = (theirs, ours) if order.kind == "charge" else (ours, theirs)
        told = Transaction(
            amount=self.dialect.amount(order.amount),
            currency=self.dialect.currency(order.currency),
            debit_party=debit,
            credit_party=credit,
            description_text=self.dialect.text(order.description),
            request_date=moment(now),
            requesting_organisation_transaction_reference=order.correlation_id,
            original_transaction_reference=order.original,
            metadata=self._metadata(),
        )
        return self._post(Purpose.PAY, path, written(told), order.correlation_id, order.callback, now)

    def state(self, server: str, now: dt.datetime) -> Request:
        return self._get(Purpose.STATE, self._path(self.dialect.state, server=server), now)

    def response(self, correlation: str, now: dt.datetime) -> Request:
        return self._get(Purpose.RESPONSE, self._path(self.dialect.response, correlation=correlation), now)

    def transaction(self, reference: str, now: dt.datetime) -> Request:
        return self._get(Purpose.TRANSACTION, self._path(self.dialect.transaction, reference=reference), now)

    def statement(self, begin: dt.datetime, end: dt.datetime, offset: int, most: int, now: dt.datetime) -> Request:
        """The merchant's transactions from `begin` until before `end`, `most` from `offset` on."""
        path = self._path(self.dialect.statement, key=self.dialect.merchant_key, merchant=self.merchant.id)
        asked = f"?fromDateTime={moment(begin)}&toDateTime={moment(end)}&limit={most}&offset={offset}"
        return self._get(Purpose.STATEMENT, path + asked, now)

    def heartbeat(self, now: dt.datetime) -> Request:
        return self._get(Purpose.HEARTBEAT, self.dialect.heartbeat, now)

    def _party(self) -> tuple[Pair, ...]:
        return (Pair(key=self.dialect.merchant_key, value=self.merchant.id),)

    def _metadata(self) -> tuple[Pair, ...]:
        key, partner = self.dialect.partner_key, self.merchant.partner
        return (Pair(key=key, value=partner),) if key and partner else ()

    @staticmethod
    def _path(template: str, **words: str) -> str:
        """What a provider once told us goes into a path only quoted."""
        return template.format(**{name: quote(word, safe="") for name, word in words.items()})

    def _get(self, purpose: Purpose, path: str, now: dt.datetime) -> Request:
        return Request(purpose, "GET", path, self._headers(now, str(uuid.uuid4())))

    def _post(
        self, purpose: Purpose, path: str, body: bytes, correlation: str, callback: str, now: dt.datetime
    ) -> Request:
        headers = {**self._headers(now, correlation), "Content-Type": "application/json"}
        if callback:
            headers[self.dialect.callback_header] = callback
        if self.dialect.hash_header:
            headers[self.dialect.hash_header] = hashlib.sha256(body).hexdigest()
        return Request(purpose, "POST", path, headers, body)

    def _headers(self, now: dt.datetime, correlation: str) -> dict[str, str]:
        dialect, us = self.dialect, self.merchant
        words = {"merchant": us.id, "partner": us.partner, "language": us.language, "client": us.client}
        own = {
            dialect.correlation_header: correlation,
            dialect.date_header: moment(now),
            dialect.client_header: us.client,
            dialect.key_header: us.api_key,
        }
        further = {name: text.format(**words) for name, text in dialect.headers.items()}
        return {"Accept": "application/json", **{name: text for name, text in own.items() if name and text}, **further}


def moment(at: dt.datetime) -> str:
    """2024-01-31T23:59:59Z (RFC 3339)."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
