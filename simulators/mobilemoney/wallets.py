"""The money: residents are asked for their PINs, amounts move, callbacks go out, by a clock and a seed."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from mobilemoney.messages import Amount, Message, Pair, Problem, RequestState, Transaction, written
from simulators.clock import Clock
from simulators.mobilemoney.books import Account, Books, Entry
from simulators.mobilemoney.conditions import Conditions


class CallsBack(Protocol):
    """What carries callbacks to their addresses."""

    def __call__(self, url: str, headers: dict[str, str], body: bytes) -> object: ...


@dataclass(frozen=True, slots=True)
class Shop:
    """The merchant's contract: who they are, what they log in with, what they trade in; `callback_key` is the shared
    secret that callbacks show, where there is one. `opening` is what a phone's account holds that is new."""

    merchant: str = "caredial"
    client_id: str = "caredial"
    client_secret: str = field(default="caredial", repr=False)
    currency: str = "CNY"
    callback_key: str = field(default="", repr=False)
    opening: Decimal = Decimal("500.00")


class Wallets:
    """Accounts and what happens to them. `calls` carries callbacks; `changed` is called after every change."""

    def __init__(
        self,
        clock: Clock,
        shop: Shop,
        *,
        calls: CallsBack,
        conditions: Conditions,
        chance: random.Random,
        books: Books,
        changed: Callable[[], object],
    ) -> None:
        self.clock, self.shop, self.conditions, self.books = clock, shop, conditions, books
        self._calls, self._chance, self.changed = calls, chance, changed
        self._waiting: dict[str, list[Callable[[], None]]] = {}
        for entry in books.entries.values():
            if entry.status == "pending":
                self.begin(entry)

    def add(self, entry: Entry) -> None:
        self.books.entries[entry.correlation] = entry
        self.begin(entry)
        self.changed()

    def when_called_back(self, entry: Entry, what: Callable[[], None]) -> None:
        self._waiting.setdefault(entry.correlation, []).append(what)

    def begin(self, entry: Entry) -> None:
        """The resident is asked for the PIN; a refund takes as long, without one."""
        trouble = self.conditions
        manner = self.manner(entry.debit[1]) if entry.type == "merchantpay" else "confirms"
        if manner == "silent":
            self.after(trouble.pay_expiry, lambda: self._end(entry, "declines"))
        else:
            self.after(trouble.pay_seconds, lambda: self._end(entry, manner))

    def prompts(self) -> list[Entry]:
        """What residents have yet to say yes or no to."""
        return [each for each in self.books.entries.values() if each.type == "merchantpay" and each.status == "pending"]

    def confirm(self, correlation: str, *, yes: bool) -> None:
        """The resident enters the PIN now, or declines. KeyError where nobody was asked."""
        entry = self.books.entries[correlation]
        self._end(entry, "confirms" if yes else "declines")

    def _end(self, entry: Entry, manner: str) -> None:
        if entry.status != "pending":
            return
        if manner == "declines":
            self._fail(entry, "authorisation", "requestDeclined", "the debit party did not approve the request")
        elif entry.type == "merchantpay":
            self._take(entry)
        elif self.by_chance(self.conditions.pay_refund_fails):
            self._fail(entry, "businessRule", "incorrectState", "the account cannot take money")
        else:
            self._move(entry, entry.amount)
        entry.finished_at = self.now
        self.changed()
        self.after(self.conditions.callback_seconds, lambda: self._call_back(entry))

    def _take(self, entry: Entry) -> None:
        wrong = self.by_chance(self.conditions.pay_wrong)
        amount = entry.amount + 1 if wrong else entry.amount
        if self.account(entry.debit[1]).balance < amount:
            self._fail(entry, "businessRule", "insufficientFunds", "not enough in the account")
        else:
            self._move(entry, amount)

    def _move(self, entry: Entry, amount: Decimal) -> None:
        phone, sign = (entry.debit, -1) if entry.type == "merchantpay" else (entry.credit, 1)
        self.account(phone[1]).balance += sign * amount
        entry.taken, entry.status, entry.reference = amount, "completed", self.random_uuid()

    @staticmethod
    def _fail(entry: Entry, category: str, code: str, words: str) -> None:
        entry.status, entry.error = "failed", (category, code, words)

    def _call_back(self, entry: Entry) -> None:
        if entry.callback:
            for _ in range(self.conditions.callback_times):
                self._calls(entry.callback, self._callback_headers(entry), written(self._callback(entry)))
        for answer in self._waiting.pop(entry.correlation, []):
            answer()

    def _callback_headers(self, entry: Entry) -> dict[str, str]:
        key = {"X-API-Key": self.shop.callback_key} if self.shop.callback_key else {}
        return {
            "Content-Type": "application/json",
            "X-CorrelationID": entry.correlation,
            "X-Date": moment(self.now),
            **key,
        }

    def _callback(self, entry: Entry) -> Message:
        if entry.status == "failed":
            return problem_of(*(entry.error or ("internal", "genericError", "")), self.now)
        amount = entry.taken + 5 if self.by_chance(self.conditions.callback_wrong) else entry.taken
        return self.told(entry, None if self.conditions.callback_bare else amount)

    def told(self, entry: Entry, amount: Decimal | None = Decimal(-1)) -> Transaction:
        """A transaction as the platform tells it; `amount` None leaves it out."""
        shown = entry.taken if amount is not None and amount < 0 else amount
        return Transaction(
            amount=None if shown is None else Amount.of(shown.quantize(Decimal("0.01"))),
            currency="" if shown is None else entry.currency,
            type=entry.type,
            debit_party=(Pair(key=entry.debit[0], value=entry.debit[1]),),
            credit_party=(Pair(key=entry.credit[0], value=entry.credit[1]),),
            description_text=entry.description,
            creation_date=moment(entry.asked_at),
            modification_date=moment(entry.finished_at or entry.asked_at),
            requesting_organisation_transaction_reference=entry.client_reference,
            original_transaction_reference=entry.original,
            transaction_reference=entry.reference,
            transaction_status=entry.status,
        )

    def stated(self, entry: Entry) -> RequestState:
        return RequestState(
            server_correlation_id=entry.server,
            status=entry.status,  # type: ignore[arg-type]
            notification_method="callback" if entry.callback and self.conditions.callback_times else "polling",
            object_reference=entry.reference,
            poll_limit=self.conditions.limit_polls,
            error=None if entry.error is None else problem_of(*entry.error, self.now),
        )

    def account(self, number: str) -> Account:
        """A phone's account; a new one is opened when it is first used."""
        return self.books.accounts.setdefault(number, Account(number, self.shop.opening))

    def manner(self, number: str) -> str:
        return self.account(number).manner or self.conditions.pay_manner

    @property
    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.clock.seconds(), dt.UTC).replace(microsecond=0)

    def after(self, seconds: float, what: Callable[[], object]) -> None:
        if seconds <= 0:
            what()
        else:
            self.clock.callLater(seconds, what)

    def by_chance(self, share: float) -> bool:
        return share >= 1 or (share > 0 and self._chance.random() < share)

    def random_uuid(self) -> str:
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))


def problem_of(category: str, code: str, words: str, now: dt.datetime) -> Problem:
    return Problem(error_category=category, error_code=code, error_description=words, error_date_time=moment(now))


def moment(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
