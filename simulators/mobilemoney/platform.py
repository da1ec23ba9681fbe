"""The platform: takes requests, asks residents for their PINs, moves money, calls back. No sockets here.

A request is method, path, headers and body; its answer comes by a Deferred, None where it gets lost. Time comes from a
clock, chance from a seed: the same requests under the same seed have the same answers.
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import random
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from twisted.internet.defer import Deferred

from mobilemoney.messages import Amount, Heartbeat, Link, Pair, Reversal, Transaction, Unreadable, read, written
from simulators.clock import Clock
from simulators.mobilemoney.books import Books, Entry
from simulators.mobilemoney.conditions import Conditions
from simulators.mobilemoney.wallets import CallsBack, Shop, Wallets, problem_of

CORRELATION: Final = "x-correlationid"
_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """A request that the platform does not take."""

    def __init__(self, status: int, category: str, code: str, words: str = "") -> None:
        super().__init__(words)
        self.status, self.category, self.code, self.words = status, category, code, words


class Platform:
    """The platform's API. `calls` carries callbacks; `changed` is called after every change of the books."""

    def __init__(
        self,
        clock: Clock,
        shop: Shop,
        *,
        calls: CallsBack,
        conditions: Conditions = Conditions(),  # noqa: B008  frozen
        chance: random.Random | None = None,
        books: Books | None = None,
        changed: Callable[[], object] = lambda: None,
    ) -> None:
        self.shop, self.clock = shop, clock
        self.wallets = Wallets(
            clock,
            shop,
            calls=calls,
            conditions=conditions,
            chance=chance or random.Random(),
            books=Books() if books is None else books,
            changed=changed,
        )
        self._tokens: dict[str, float] = {}
        self.asked: deque[tuple[str, str]] = deque(maxlen=1000)

    @property
    def conditions(self) -> Conditions:
        return self.wallets.conditions

    @conditions.setter
    def conditions(self, conditions: Conditions) -> None:
        self.wallets.conditions = conditions

    @property
    def books(self) -> Books:
        return self.wallets.books

    # Requests

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Deferred[Reply | None]:
        """The answer; None where it gets lost. Header names are read in any case."""
        self.asked.append((method, target))
        lower = {name.lower(): value for name, value in headers.items()}
        split = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(split.query).items()}
        done: Deferred[Reply | None] = Deferred()
        if split.path == "/oauth/accesstoken" and method == "POST":
            self.wallets.after(self.conditions.answer_seconds, lambda: done.callback(self._token(lower)))
            return done
        moves = method == "POST"
        if moves and self.wallets.by_chance(self.conditions.answer_unheard):
            self.wallets.after(self.conditions.answer_seconds, lambda: done.callback(None))
            return done
        reply, entry = self._reply(method, split.path, query, lower, body)
        spoilt = self._spoilt(reply, moves=moves and reply.status < 500)
        if entry is not None and self.conditions.answer_last and entry.status == "pending":
            self.wallets.when_called_back(entry, lambda: done.callback(spoilt))
        else:
            self.wallets.after(self.conditions.answer_seconds, lambda: done.callback(spoilt))
        return done

    def revoke(self) -> None:
        """No token that was given is good any more."""
        self._tokens.clear()

    def _spoilt(self, reply: Reply, *, moves: bool) -> Reply | None:
        trouble = self.conditions
        if moves and self.wallets.by_chance(trouble.answer_lost):
            return None
        if moves and self.wallets.by_chance(trouble.answer_broken):
            return _refusal(Refused(500, "internal", "genericError"), self.wallets.now)
        if self.wallets.by_chance(trouble.answer_junk):
            return Reply(reply.status, b"<html>the proxy is tired</html>", {"Content-Type": "text/html"})
        return reply

    def _reply(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> tuple[Reply, Entry | None]:
        try:
            if self.wallets.by_chance(self.conditions.answer_unavailable):
                raise Refused(503, "serviceUnavailable", "genericError", "try again later")
            self._check_token(headers)
            return self._route(method, [unquote(part) for part in path.strip("/").split("/")], query, headers, body)
        except Refused as refused:
            return _refusal(refused, self.wallets.now), None

    def _route(
        self, method: str, parts: list[str], query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> tuple[Reply, Entry | None]:
        if method == "POST":
            return self._posted(parts, headers, body)
        if method == "GET":
            return self._got(parts, query), None
        raise _nowhere()

    def _posted(self, parts: list[str], headers: Mapping[str, str], body: bytes) -> tuple[Reply, Entry]:
        match parts:
            case ["transactions", "type", ("merchantpay" | "adjustment") as kind]:
                return self._create(kind, headers, body)
            case ["transactions", reference, "reversals"]:
                return self._reverse(reference, headers, body)
        raise _nowhere()

    def _got(self, parts: list[str], query: Mapping[str, str]) -> Reply:
        match parts:
            case ["transactions", reference]:
                return _json(200, self.wallets.told(self._entry(self.books.by_reference(reference))))
            case ["requeststates", server]:
                return self._state(self._entry(self.books.by_server(server)))
            case ["responses", correlation]:
                return self._response(self._entry(self.books.entries.get(correlation)))
            case ["accounts", _, merchant, "transactions"] if merchant == self.shop.merchant:
                return self._statement(query)
            case ["heartbeat"]:
                return _json(200, Heartbeat(service_status="available"))
        raise _nowhere()

    @staticmethod
    def _entry(found: Entry | None) -> Entry:
        if found is None:
            raise Refused(404, "identification", "identifierError", "nothing is known under this identifier")
        return found

    # Tokens

    def _token(self, headers: Mapping[str, str]) -> Reply:
        wanted = base64.b64encode(f"{self.shop.client_id}:{self.shop.client_secret}".encode()).decode()
        if not hmac.compare_digest(headers.get("authorization", "").encode(), f"Basic {wanted}".encode()):
            return Reply(401, b'{"error":"invalid_client"}', {"Content-Type": "application/json"})
        token, lasts = self.wallets.random_uuid(), self.conditions.limit_token
        self._tokens[token] = self.clock.seconds() + lasts
        told = {"access_token": token, "token_type": "Bearer", "expires_in": lasts}
        return _json(200, told)

    def _check_token(self, headers: Mapping[str, str]) -> None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or self._tokens.get(token, 0) <= self.clock.seconds():
            raise Refused(401, "authorisation", "clientAuthorisationError", "no valid token")

    # Payments and refunds

    def _create(self, kind: str, headers: Mapping[str, str], body: bytes) -> tuple[Reply, Entry]:
        correlation = self._correlation(headers)
        before = self.books.entries.get(correlation)
        if before is not None:
            return self._again(before), before
        asked = self._read(body, Transaction)
        amount, currency = self._amount(asked.amount, asked.currency)
        ours, original = ("organisationid", self.shop.merchant), asked.original_transaction_reference
        debit, credit = _party(asked.debit_party), _party(asked.credit_party)
        if kind == "merchantpay":
            debit, credit = self._phone(debit), credit or ours
        else:
            charged = self._refundable(original, amount)
            debit, credit = debit or ours, credit or charged.debit
        entry = Entry(
            type=kind,
            correlation=correlation,
            server=self.wallets.random_uuid(),
            amount=amount,
            currency=currency,
            debit=debit,
            credit=credit,
            asked_at=self.wallets.now,
            client_reference=asked.requesting_organisation_transaction_reference,
            description=asked.description_text,
            original=original,
            callback=headers.get("x-callback-url", ""),
        )
        return self._accepted(entry)

    def _reverse(self, reference: str, headers: Mapping[str, str], body: bytes) -> tuple[Reply, Entry]:
        correlation = self._correlation(headers)
        before = self.books.entries.get(correlation)
        if before is not None:
            return self._again(before), before
        asked = self._read(body, Reversal)
        charged = self._entry(self.books.by_reference(reference))
        left = charged.taken - self.books.returned(reference)
        amount = left if asked.amount is None else Decimal(asked.amount)
        self._refundable(reference, amount)
        entry = Entry(
            type="reversal",
            correlation=correlation,
            server=self.wallets.random_uuid(),
            amount=amount,
            currency=charged.currency,
            debit=charged.credit,
            credit=charged.debit,
            asked_at=self.wallets.now,
            original=reference,
            callback=headers.get("x-callback-url", ""),
        )
        return self._accepted(entry)

    def _accepted(self, entry: Entry) -> tuple[Reply, Entry]:
        self.wallets.add(entry)
        return _json(202, self.wallets.stated(entry)), entry

    def _again(self, entry: Entry) -> Reply:
        if self.conditions.answer_duplicates == "refused":
            raise Refused(400, "businessRule", "duplicateRequest", "this correlation id was here before")
        return _json(202, self.wallets.stated(entry))

    @staticmethod
    def _correlation(headers: Mapping[str, str]) -> str:
        found = headers.get(CORRELATION, "")
        if _UUID.fullmatch(found) is None:
            raise Refused(400, "validation", "formatError", "X-CorrelationID should be a UUID")
        return found

    @staticmethod
    def _read(body: bytes, kind: type[Any]) -> Any:
        try:
            return read(body, kind)
        except Unreadable as error:
            raise Refused(400, "validation", "formatError", str(error)) from error

    def _amount(self, amount: Amount | None, currency: str) -> tuple[Decimal, str]:
        if amount is None or not currency:
            raise Refused(400, "validation", "mandatoryValueNotSupplied", "amount and currency")
        if currency != self.shop.currency:
            raise Refused(400, "validation", "currencyNotSupported", f"only {self.shop.currency}")
        if amount == 0:
            raise Refused(400, "businessRule", "lessThanTransactionMinValue", "nothing is nothing")
        return Decimal(amount), currency

    def _phone(self, party: tuple[str, str] | None) -> tuple[str, str]:
        if party is None or party[0] != "msisdn" or _PHONE.fullmatch(party[1]) is None:
            raise Refused(404, "identification", "identifierError", "the debit party is no phone")
        self.wallets.account(party[1])
        return party

    def _refundable(self, reference: str, amount: Decimal) -> Entry:
        charged = self._entry(self.books.by_reference(reference))
        if charged.type != "merchantpay" or charged.status != "completed":
            raise Refused(400, "businessRule", "incorrectState", "only a completed payment can be given back")
        if amount <= 0 or self.books.returned(reference) + amount > charged.taken:
            raise Refused(400, "businessRule", "overPaymentNotAllowed", "more than is left of the payment")
        return charged

    # What is told

    def _state(self, entry: Entry) -> Reply:
        entry.polls += 1
        if entry.polls > self.conditions.limit_polls:
            raise Refused(400, "businessRule", "rateLimitError", "polled too often")
        return _json(200, self.wallets.stated(entry))

    def _response(self, entry: Entry) -> Reply:
        if entry.status == "completed":
            return _json(200, Link(link=f"/transactions/{entry.reference}"))
        if self.conditions.answer_responses == "always":
            return _json(200, Link(link=f"/requeststates/{entry.server}"))
        raise Refused(404, "identification", "identifierError", "nothing was created under this correlation id")

    def _statement(self, query: Mapping[str, str]) -> Reply:
        """The merchant's transactions, oldest first; finished in [fromDateTime, toDateTime)."""
        begin, end = _time(query.get("fromDateTime")), _time(query.get("toDateTime"))
        offset, limit = _count(query.get("offset"), 0), min(_count(query.get("limit"), 50), 500)
        done = [
            each
            for each in self.books.entries.values()
            if each.status == "completed"
            and each.finished_at is not None
            and (begin is None or each.finished_at >= begin)
            and (end is None or each.finished_at < end)
        ]
        done.sort(key=lambda each: (each.finished_at or each.asked_at, each.reference))
        page = [self.wallets.told(each) for each in done[offset : offset + limit]]
        counts = {"X-Records-Available-Count": str(len(done)), "X-Records-Returned-Count": str(len(page))}
        reply = _json(200, page)
        return Reply(reply.status, reply.body, {**reply.headers, **counts})


def _nowhere() -> Refused:
    return Refused(404, "identification", "identifierError", "there is no such resource")


def _party(parties: tuple[Pair, ...]) -> tuple[str, str] | None:
    found = next((each for each in parties if each.key == "msisdn"), parties[0] if parties else None)
    return None if found is None else (found.key, found.value)


def _json(status: int, document: object) -> Reply:
    return Reply(status, written(document), {"Content-Type": "application/json"})


def _refusal(refused: Refused, now: dt.datetime) -> Reply:
    return _json(refused.status, problem_of(refused.category, refused.code, refused.words[:256], now))


def _time(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(400, "validation", "formatError", "a time should be as 2024-01-31T23:59:59Z") from error
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _count(text: str | None, other: int) -> int:
    if text is None:
        return other
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise Refused(400, "validation", "formatError", "a number is wanted")
    return int(text)
