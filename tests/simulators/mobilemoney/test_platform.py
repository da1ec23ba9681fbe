"""The platform by itself: money is conserved, its troubles are what they are called, a seed makes it the same."""

from __future__ import annotations

import json
import random
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from twisted.internet.task import Clock

from simulators.mobilemoney import books
from simulators.mobilemoney.books import Books
from simulators.mobilemoney.conditions import Conditions
from simulators.mobilemoney.platform import Platform, Reply
from simulators.mobilemoney.wallets import Shop

PHONE = "+8615400000001"
HOUR = 1_800_000_000


class Town:
    def __init__(
        self, *, seed: int = 1, kept: Books | None = None, changed: Any = lambda: None, **conditions: Any
    ) -> None:
        self.clock = Clock()
        self.clock.advance(HOUR)
        self.called: list[dict[str, Any]] = []
        self.platform = Platform(
            self.clock,
            Shop(),
            calls=lambda _url, _headers, body: self.called.append(json.loads(body)),
            conditions=Conditions().changed(conditions),
            chance=random.Random(seed),
            books=kept,
            changed=changed,
        )
        [token] = self.ask("POST", "/oauth/accesstoken", login="Basic Y2FyZWRpYWw6Y2FyZWRpYWw=")
        self.token = json.loads(token.body)["access_token"]
        self.numbers = random.Random(seed)

    def ask(self, method: str, path: str, body: Any = None, *, login: str = "", correlation: str = "") -> list[Any]:
        """The replies so far: none while it is slow, [None] where it got lost."""
        replies: list[Reply | None] = []
        headers = {
            "Authorization": login or f"Bearer {self.token}",
            "X-CorrelationID": correlation or str(uuid.UUID(int=self.numbers.getrandbits(128)) if not login else ""),
            "X-Callback-URL": "https://clinic.example/cb",
        }
        octets = b"" if body is None else json.dumps(body).encode()
        self.platform.handle(method, path, headers, octets).addCallback(replies.append)
        return replies

    def told(self, *given: Any, **more: Any) -> tuple[int, Any]:
        [reply] = self.ask(*given, **more)
        return reply.status, json.loads(reply.body)

    def pay(self, amount: str = "10.00", **more: Any) -> tuple[int, Any]:
        body = {"amount": amount, "currency": "CNY", "debitParty": [{"key": "msisdn", "value": PHONE}]}
        return self.told("POST", "/transactions/type/merchantpay", body, **more)

    def paid(self, amount: str = "10.00") -> str:
        self.pay(amount)
        self.clock.advance(3)
        return str(self.called[-1]["transactionReference"])

    def refund(self, reference: str, amount: str) -> tuple[int, Any]:
        body = {
            "amount": amount,
            "currency": "CNY",
            "creditParty": [{"key": "msisdn", "value": PHONE}],
            "originalTransactionReference": reference,
        }
        return self.told("POST", "/transactions/type/adjustment", body)

    @property
    def balance(self) -> Decimal:
        return self.platform.wallets.account(PHONE).balance


def test_money_moves_when_the_pin_is_entered() -> None:
    town = Town()
    status, state = town.pay()
    assert (status, state["status"], town.balance) == (202, "pending", Decimal(500))
    town.clock.advance(2.9)
    assert town.called == []
    town.clock.advance(0.1)
    assert (town.called[0]["transactionStatus"], town.balance) == ("completed", Decimal(490))


def test_parts_go_back_until_nothing_is_left() -> None:
    town = Town()
    reference = town.paid()
    assert town.refund(reference, "4.00")[0] == 202
    assert town.refund(reference, "6.01")[1]["errorCode"] == "overPaymentNotAllowed"
    assert town.refund(reference, "6.00")[0] == 202
    town.clock.advance(3)
    assert town.balance == Decimal(500)
    assert town.refund(reference, "0.01")[0] == 400
    assert town.told("POST", f"/transactions/{reference}/reversals", {"type": "reversal"})[0] == 400


def test_a_refund_that_is_under_way_counts() -> None:
    town = Town()
    reference = town.paid()
    assert town.refund(reference, "10.00")[0] == 202
    assert town.refund(reference, "0.01")[0] == 400


def test_a_correlation_id_is_answered_as_the_first_time_or_refused() -> None:
    same = "5f0c9ad4-7b1b-4b58-9d5b-1a2b3c4d5e6f"
    town = Town()
    first = town.pay(correlation=same)
    assert town.pay("99.00", correlation=same) == first
    town.clock.advance(3)
    assert (town.pay(correlation=same)[1]["status"], town.balance) == ("completed", Decimal(490))
    town.platform.conditions = town.platform.conditions.changed({"answer_duplicates": "refused"})
    status, error = town.pay(correlation=same)
    assert (status, error["errorCategory"], error["errorCode"]) == (400, "businessRule", "duplicateRequest")
    assert town.balance == Decimal(490)


@pytest.mark.parametrize(
    ("conditions", "status", "worked"),
    [
        ({"answer_lost": 1}, None, True),
        ({"answer_unheard": 1}, None, False),
        ({"answer_broken": 1}, 500, True),
        ({"answer_unavailable": 1}, 503, False),
        ({"answer_junk": 1}, 202, True),
    ],
)
def test_trouble_is_what_it_is_called(conditions: dict[str, Any], status: int | None, worked: bool) -> None:
    town = Town()
    town.platform.conditions = town.platform.conditions.changed(conditions)
    body = {"amount": "1", "currency": "CNY", "debitParty": [{"key": "msisdn", "value": PHONE}]}
    [reply] = town.ask("POST", "/transactions/type/merchantpay", body)
    assert (reply and reply.status) == status
    town.clock.advance(3)
    assert (town.balance == Decimal(499)) is worked


@pytest.mark.parametrize(("times", "seconds"), [(0, 0), (2, 0), (1, 30)])
def test_callbacks_come_as_often_and_as_late_as_asked(times: int, seconds: float) -> None:
    town = Town(callback_times=times, callback_seconds=seconds)
    town.pay()
    town.clock.advance(3)
    town.clock.advance(seconds)
    assert len(town.called) == times


def test_an_answer_may_come_after_its_callback() -> None:
    town = Town(answer_last=True)
    body = {"amount": "1", "currency": "CNY", "debitParty": [{"key": "msisdn", "value": PHONE}]}
    replies = town.ask("POST", "/transactions/type/merchantpay", body)
    assert replies == []
    town.clock.advance(3)
    assert (len(replies), len(town.called)) == (1, 1)


def test_who_is_at_the_phone_may_differ_from_all_others() -> None:
    town = Town()
    town.platform.wallets.account(PHONE).manner = "silent"
    _, state = town.pay()
    [prompt] = town.platform.wallets.prompts()
    town.clock.advance(60)
    assert town.called == []
    town.platform.wallets.confirm(prompt.correlation, yes=True)
    assert town.called[0]["transactionStatus"] == "completed"
    town.clock.advance(600)
    assert len(town.called) == 1
    assert town.told("GET", f"/requeststates/{state['serverCorrelationId']}")[1]["status"] == "completed"


def test_tokens_end() -> None:
    town = Town(limit_token=60)
    assert town.told("GET", "/heartbeat") == (200, {"serviceStatus": "available"})
    town.clock.advance(60)
    assert town.told("GET", "/heartbeat")[1]["errorCode"] == "clientAuthorisationError"
    [refused] = town.ask("POST", "/oauth/accesstoken", login="Basic Y2FyZWRpYWw6Z3Vlc3M=")
    assert refused.status == 401


def test_a_statement_is_a_day_page_by_page() -> None:
    town = Town()
    references = [town.paid(f"{n}.00") for n in range(1, 6)]
    path = "/accounts/organisationid/caredial/transactions"
    begin, end = "2027-01-15T08:00:00Z", "2027-01-15T08:00:10Z"  # HOUR is 08:00, and each payment takes three seconds
    assert [one["transactionReference"] for one in town.told("GET", f"{path}?limit=2&offset=2")[1]] == references[2:4]
    found = town.told("GET", f"{path}?fromDateTime={begin}&toDateTime={end}")[1]
    assert [one["amount"] for one in found] == ["1.00", "2.00", "3.00"]
    assert town.told("GET", f"{path}?fromDateTime=yesterday")[0] == 400


def test_the_same_seed_makes_the_same_numbers() -> None:
    stories = []
    for seed in (7, 7, 8):
        town = Town(seed=seed, answer_lost=0.5, callback_wrong=0.5)
        body = {"amount": "1", "currency": "CNY", "debitParty": [{"key": "msisdn", "value": PHONE}]}
        lost = [town.ask("POST", "/transactions/type/merchantpay", body) == [None] for _ in range(20)]
        town.clock.advance(3)
        stories.append((lost, town.called))
    assert stories[0] == stories[1]
    assert stories[0] != stories[2]


def test_a_file_keeps_the_books_and_what_is_under_way(tmp_path: Path) -> None:
    path, kept = tmp_path / "books.json", Books()
    town = Town(kept=kept, changed=lambda: books.save(path, kept))
    town.paid()
    town.pay("5.00")
    later = Town(kept=books.load(path))
    assert later.balance == Decimal(490)
    later.clock.advance(3)
    assert later.balance == Decimal(485)
    path.write_text("[]")
    with pytest.raises(ValueError, match=r"books\.json"):
        books.load(path)
    assert books.load(tmp_path / "none.json") == Books()


@pytest.mark.parametrize("wrong", [{"answer_lost": 2}, {"answer_lots": 1}, {"pay_manner": "shouts"}])
def test_conditions_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Conditions().changed(wrong)
