"""A payment on its way: the table of states, walked step by step."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from mobilemoney import session
from mobilemoney.answers import Answer, Heard, News, called_back, heard
from mobilemoney.dialects import DIALECTS, GSMA, Dialect
from mobilemoney.messages import Unreadable
from mobilemoney.orders import Merchant, Order, Purpose, Writer
from mobilemoney.session import MOVES, OVER, Pace, Progress, State

NOW = dt.datetime(2027, 3, 8, 7, 30, tzinfo=dt.UTC)
ID = "5f0c9ad4-7b1b-4b58-9d5b-1a2b3c4d5e6f"
SERVER = "8ba0aeb2-3f4d-4b8e-9c8c-6f5a3b7c1d2e"
ORDER = Order("charge", ID, Decimal("12.50"), "CNY", "+8615400000001", "fee")
DONE = {
    "amount": "12.50",
    "currency": "CNY",
    "type": "merchantpay",
    "transactionStatus": "completed",
    "transactionReference": "R1",
    "requestingOrganisationTransactionReference": ID,
}


class Walk:
    """What was asked and what it made of the payment."""

    def __init__(self, progress: Progress | None = None, dialect: Dialect = GSMA, order: Order = ORDER) -> None:
        self.progress, self.order = progress or Progress(State.NEW), order
        self.writer, self.now = Writer(dialect, Merchant("1")), NOW

    def asks(self) -> str:
        request = session.request(self.order, self.progress, self.writer, self.now)
        return f"{request.method} {request.path}" if request else "nothing"

    def hears(self, status: int, body: Any = None) -> State:
        request = session.request(self.order, self.progress, self.writer, self.now)
        assert request is not None
        octets = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = heard(request.purpose, Answer(status, octets), self.order, self.writer.dialect)
        return self._moved(told, request.purpose)

    def silence(self, news: News = News.SILENCE) -> State:
        request = session.request(self.order, self.progress, self.writer, self.now)
        assert request is not None
        return self._moved(Heard(news), request.purpose)

    def _moved(self, told: Heard, purpose: Purpose) -> State:
        given: Any = {"asked_at": NOW, "now": self.now, "pace": Pace()}
        self.progress = session.answered(self.progress, told, asked=purpose is Purpose.PAY, **given)
        return self.progress.state

    def called(self, body: Any) -> State:
        told = called_back(json.dumps(body).encode(), self.order, self.writer.dialect)
        self.progress = session.called_back(self.progress, told)
        return self.progress.state


def pending(**more: Any) -> dict[str, Any]:
    return {"serverCorrelationId": SERVER, "status": "pending", "notificationMethod": "polling", **more}


def error(category: str, code: str) -> dict[str, str]:
    return {"errorCategory": category, "errorCode": code}


def test_asked_pending_referred_completed() -> None:
    walk = Walk()
    assert walk.asks() == "POST /transactions/type/merchantpay"
    assert walk.hears(202, pending(pollLimit=2)) is State.PENDING
    assert walk.asks() == f"GET /requeststates/{SERVER}"
    assert walk.hears(200, pending()) is State.PENDING
    assert walk.hears(200, pending(status="completed", objectReference="R1")) is State.REFERRED
    assert walk.asks() == "GET /transactions/R1"
    assert walk.hears(200, DONE) is State.COMPLETED
    assert (walk.progress.reference, walk.progress.amount) == ("R1", Decimal("12.50"))
    assert walk.asks() == "nothing"


def test_a_lost_answer_is_looked_for_and_asked_again_under_the_same_id() -> None:
    walk = Walk()
    assert walk.silence() is State.LOST
    assert walk.asks() == f"GET /responses/{ID}"
    assert walk.silence() is State.LOST
    assert walk.hears(404, error("identification", "identifierError")) is State.UNSEEN
    assert walk.asks() == "POST /transactions/type/merchantpay"
    assert walk.hears(400, error("businessRule", "DuplicateRequest")) is State.SOUGHT
    assert walk.asks() == f"GET /responses/{ID}"
    assert walk.hears(404, error("identification", "identifierError")) is State.SOUGHT
    assert walk.hears(200, {"link": "/transactions/R1"}) is State.REFERRED
    assert walk.hears(200, DONE) is State.COMPLETED


def test_nobody_reached_is_not_lost() -> None:
    walk = Walk()
    assert walk.silence(News.UNSENT) is State.NEW


@pytest.mark.parametrize("status", [500, 502, 503, 504, 301, 100])
def test_an_answer_of_the_road_says_nothing(status: int) -> None:
    assert Walk().hears(status, error("internal", "genericError")) is State.LOST


@pytest.mark.parametrize("body", [b"<html>", b"", b"{}", {"status": "completed"}, {"amount": 12.5}])
def test_an_answer_that_nobody_can_read_says_nothing(body: Any) -> None:
    assert Walk().hears(202, body) is State.LOST
    assert Walk().hears(400, body) is State.LOST


@pytest.mark.parametrize(
    ("status", "category", "code", "state"),
    [
        (400, "businessRule", "insufficientFunds", State.FAILED),
        (400, "validation", "formatError", State.FAILED),
        (404, "identification", "identifierError", State.FAILED),
        (401, "authorisation", "requestDeclined", State.FAILED),
        (401, "Authorisation", "ClientAuthorisationError", State.NEW),
        (400, "businessRule", "rateLimitError", State.NEW),
        (429, "businessRule", "anything", State.NEW),
        (400, "internal", "genericError", State.LOST),
        (400, "serviceUnavailable", "genericError", State.LOST),
        (400, "duplicateRequest", "whatever", State.SOUGHT),
    ],
)
def test_what_a_refusal_says(status: int, category: str, code: str, state: State) -> None:
    assert Walk().hears(status, error(category, code)) is state


def test_the_limit_of_polls_is_kept_and_looked_past() -> None:
    walk = Walk()
    walk.hears(202, pending(pollLimit=2))
    assert walk.hears(200, pending()) is State.PENDING
    assert walk.asks().startswith("GET /requeststates/")
    assert walk.hears(200, pending()) is State.PENDING
    assert walk.asks() == f"GET /responses/{ID}"


def test_what_nobody_knows_of_has_failed_after_a_day_and_not_before() -> None:
    walk = Walk(Progress(State.SOUGHT))
    walk.now = NOW + dt.timedelta(hours=23)
    assert walk.hears(404, error("identification", "identifierError")) is State.SOUGHT
    walk.now = NOW + dt.timedelta(hours=25)
    assert walk.hears(404, error("identification", "identifierError")) is State.FAILED


def test_a_callback_before_the_answer_settles_it() -> None:
    walk = Walk()
    assert walk.called(DONE) is State.COMPLETED
    assert walk.called(error("authorisation", "requestDeclined")) is State.COMPLETED


def test_a_callback_that_says_no() -> None:
    walk = Walk(Progress(State.PENDING, SERVER))
    assert walk.called(error("authorisation", "requestDeclined")) is State.FAILED
    assert walk.called(DONE) is State.COMPLETED  # after all


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "12.51"},
        {"amount": "1250"},
        {"currency": "USD"},
        {"type": "adjustment"},
        {"requestingOrganisationTransactionReference": "somebody-else"},
    ],
)
def test_a_callback_of_something_else_settles_nothing(change: dict[str, str]) -> None:
    walk = Walk(Progress(State.PENDING, SERVER))
    assert walk.called({**DONE, **change}) is State.PENDING
    assert walk.progress.reference == ""


def test_a_callback_without_an_amount_only_says_where_to_look() -> None:
    walk = Walk(Progress(State.PENDING, SERVER))
    bare = {name: value for name, value in DONE.items() if name not in ("amount", "currency")}
    assert walk.called(bare) is State.REFERRED
    assert walk.asks() == "GET /transactions/R1"


@pytest.mark.parametrize("body", [{}, {"hello": 1}, {"amount": "5"}, {"result": "success"}])
def test_a_callback_that_says_nothing_is_unreadable(body: Any) -> None:
    with pytest.raises(Unreadable):
        called_back(json.dumps(body).encode(), ORDER, GSMA)


def test_another_amount_in_the_transaction_itself_is_for_people() -> None:
    walk = Walk(Progress(State.REFERRED, SERVER, "R1"))
    assert walk.hears(200, {**DONE, "amount": "13.50"}) is State.DIFFERS
    assert (walk.progress.amount, walk.progress.currency) == (Decimal("13.50"), "CNY")


@pytest.mark.parametrize("written", ["12.5", "12.50", "12.5000"])
def test_the_same_amount_in_other_digits_is_the_same(written: str) -> None:
    walk = Walk(Progress(State.REFERRED, SERVER, "R1"))
    assert walk.hears(200, {**DONE, "amount": written}) is State.COMPLETED


@pytest.mark.parametrize("status", ["failed", "Rejected", "declined", "expired", "reversed"])
def test_a_transaction_that_did_not_happen(status: str) -> None:
    walk = Walk(Progress(State.REFERRED, SERVER, "R1"))
    assert walk.hears(200, {**DONE, "transactionStatus": status}) is State.FAILED


def test_mvola_has_no_way_to_look_for_a_lost_answer_and_is_never_asked_twice() -> None:
    walk = Walk(Progress(State.LOST), DIALECTS["mvola"], replace(ORDER, amount=Decimal(5000), currency="MGA"))
    assert walk.asks() == "nothing"
    bare = {"transactionStatus": "completed", "transactionReference": "641519142", "serverCorrelationId": SERVER}
    assert walk.called(bare) is State.REFERRED
    assert walk.asks() == "GET /mvola/mm/transactions/type/merchantpay/1.0.0/641519142"
    told = {"amount": "5000", "currency": "Ar", "transactionReference": "641519142", "transactionStatus": "completed"}
    assert walk.hears(200, told) is State.COMPLETED


@pytest.mark.parametrize(
    ("kept", "server", "reference", "state"),
    [
        ("created", "", "", State.NEW),
        ("asked", "", "", State.LOST),
        ("pending", "", "", State.SOUGHT),
        ("pending", SERVER, "", State.PENDING),
        ("pending", SERVER, "R1", State.REFERRED),
        ("completed", SERVER, "R1", State.COMPLETED),
        ("differs", SERVER, "R1", State.DIFFERS),
        ("failed", "", "", State.FAILED),
    ],
)
def test_a_row_says_where_we_were(kept: str, server: str, reference: str, state: State) -> None:
    assert session.resumed(kept, server, reference).state is state


def test_the_table_names_every_state_and_silence_never_ends_a_payment() -> None:
    assert set(MOVES) == set(session.CALLED_BACK) == set(State)
    for moves in (*MOVES.values(), *session.CALLED_BACK.values()):
        for news in (News.SILENCE, News.UNSENT, News.BUSY, News.MISSING, News.DUPLICATE):
            assert moves.get(news) not in OVER
