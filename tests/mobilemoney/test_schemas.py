"""Our requests and the simulator's answers before the published OpenAPI schemas; the judge before a few mistakes."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from openapi_spec_validator import validate
from twisted.internet.task import Clock

from mobilemoney.dialects import GSMA
from mobilemoney.orders import Merchant, Order, Request, Writer
from simulators.mobilemoney.conditions import Conditions
from simulators.mobilemoney.platform import Platform, Reply
from simulators.mobilemoney.wallets import Shop
from tests.mobilemoney.schemas import DOCUMENT, header_mistakes, mistakes

NOW = dt.datetime(2027, 3, 8, 7, 30, tzinfo=dt.UTC)
ID, BACK = "5f0c9ad4-7b1b-4b58-9d5b-1a2b3c4d5e6f", "6f0c9ad4-7b1b-4b58-9d5b-1a2b3c4d5e6f"
ORDER = Order("charge", ID, Decimal("12.50"), "CNY", "+8615400000001", "挂号费", callback="https://clinic.example/cb/x")
WRITER = Writer(GSMA, Merchant("caredial", client="caredial", partner="Clinic"))


class Wire:
    """Requests to a platform, judged on both ways."""

    def __init__(self, **conditions: Any) -> None:
        self.clock = Clock()
        self.clock.advance(NOW.timestamp())
        self.callbacks: list[tuple[dict[str, str], Any]] = []
        self.platform = Platform(
            self.clock,
            Shop(),
            calls=lambda _url, headers, body: self.callbacks.append((headers, json.loads(body))),
            conditions=Conditions().changed(conditions),
            chance=random.Random(1),
        )
        self.platform._tokens["t"] = float("inf")

    def send(self, request: Request, schema: str = "", status: int = 200) -> Any:
        assert header_mistakes(request.headers) == []
        answers: list[Reply | None] = []
        headers = {**request.headers, "Authorization": "Bearer t"}
        self.platform.handle(request.method, request.path, headers, request.body).addCallback(answers.append)
        reply = answers[0]
        assert reply is not None
        assert reply.status == status, reply.body
        assert mistakes(schema, reply.body) == []
        return json.loads(reply.body)


@pytest.fixture
def wire() -> Wire:
    return Wire()


def test_the_document_is_one() -> None:
    validate(DOCUMENT)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 5, "currency": "CNY", "debitParty": [{"key": "msisdn", "value": "+1"}]},
        {"amount": "05", "currency": "CNY", "debitParty": [{"key": "msisdn", "value": "+1"}]},
        {"amount": "5", "currency": "yuan", "debitParty": [{"key": "msisdn", "value": "+1"}]},
        {"amount": "5", "currency": "CNY", "debitParty": []},
        {"amount": "5", "currency": "CNY"},
        {"amount": "5", "currency": "CNY", "debitParty": [{"key": "msisdn"}]},
    ],
)
def test_the_judge_finds_mistakes(wrong: Any) -> None:
    assert mistakes("requestTransactionType", wrong)


def test_the_judge_of_headers_finds_mistakes() -> None:
    assert header_mistakes({"X-CorrelationID": "1"})
    assert header_mistakes({"X-Date": "yesterday"})


def _requests() -> Iterator[tuple[str, Request]]:
    yield "a payment", WRITER.pay(ORDER, NOW)
    yield "a refund", WRITER.pay(replace(ORDER, kind="refund", original="R-1", amount=Decimal("0.01")), NOW)
    yield "a long text", WRITER.pay(replace(ORDER, description="挂" * 400), NOW)
    yield "a large amount", WRITER.pay(replace(ORDER, amount=Decimal("999999999999999999.99")), NOW)


@pytest.mark.parametrize(("what", "request_"), list(_requests()))
def test_our_requests_are_as_published(what: str, request_: Request) -> None:
    assert mistakes("requestTransactionType", request_.body) == []
    assert header_mistakes(request_.headers) == []


def test_a_payment_from_end_to_end_is_as_published(wire: Wire) -> None:
    accepted = wire.send(WRITER.pay(ORDER, NOW), "requestStateObject", 202)
    assert (accepted["status"], accepted["notificationMethod"]) == ("pending", "callback")
    wire.send(WRITER.state(accepted["serverCorrelationId"], NOW), "requestStateObject")
    wire.send(WRITER.response(ID, NOW), "errorObject", 404)
    wire.clock.advance(3)
    [(headers, called)] = wire.callbacks
    assert header_mistakes(headers) == []
    assert mistakes("responseTransaction", called) == []
    assert (called["type"], called["transactionStatus"]) == ("merchantpay", "completed")
    state = wire.send(WRITER.state(accepted["serverCorrelationId"], NOW), "requestStateObject")
    link = wire.send(WRITER.response(ID, NOW), "responseResponse")
    assert link["link"] == f"/transactions/{state['objectReference']}"
    told = wire.send(WRITER.transaction(state["objectReference"], NOW), "responseTransaction")
    assert told == called
    back = replace(ORDER, kind="refund", correlation_id=BACK, original=state["objectReference"], amount=Decimal("2.50"))
    wire.send(WRITER.pay(back, NOW), "requestStateObject", 202)
    wire.clock.advance(3)
    assert mistakes("responseTransaction", wire.callbacks[-1][1]) == []
    assert wire.callbacks[-1][1]["type"] == "adjustment"
    wire.send(WRITER.heartbeat(NOW), "responseHeartbeat")


def test_a_reversal_is_as_published(wire: Wire) -> None:
    wire.send(WRITER.pay(ORDER, NOW), "requestStateObject", 202)
    wire.clock.advance(3)
    reference = wire.callbacks[0][1]["transactionReference"]
    body = json.dumps({"type": "reversal"}).encode()
    assert mistakes("requestReversal", body) == []
    headers = {"X-CorrelationID": BACK, "X-Callback-URL": "https://clinic.example/cb"}
    request = Request(WRITER.heartbeat(NOW).purpose, "POST", f"/transactions/{reference}/reversals", headers, body)
    wire.send(request, "requestStateObject", 202)
    wire.clock.advance(3)
    assert mistakes("responseReversal", wire.callbacks[1][1]) == []
    assert wire.callbacks[1][1]["amount"] == "12.50"


@pytest.mark.parametrize(
    ("order", "status"),
    [
        (replace(ORDER, phone="nobody"), 404),
        (replace(ORDER, currency="USD"), 400),
        (replace(ORDER, amount=Decimal(0)), 400),
        (replace(ORDER, kind="refund", original="R-1"), 404),
        (replace(ORDER, correlation_id=ID.replace("-", "_")), 400),
    ],
)
def test_refusals_are_as_published(wire: Wire, order: Order, status: int) -> None:
    request = WRITER.pay(order, NOW)
    headers = {**request.headers, "Authorization": "Bearer t"}
    replies: list[Any] = []
    wire.platform.handle(request.method, request.path, headers, request.body).addCallback(replies.append)
    assert replies[0].status == status
    assert mistakes("errorObject", replies[0].body) == []


@pytest.mark.parametrize(
    ("conditions", "status"),
    [({"answer_unavailable": 1}, 503), ({"answer_broken": 1}, 500), ({"limit_polls": 1}, 202)],
)
def test_trouble_is_as_published(conditions: dict[str, Any], status: int) -> None:
    wire = Wire(**conditions)
    schema = "requestStateObject" if status == 202 else "errorObject"
    told = wire.send(WRITER.pay(ORDER, NOW), schema, status)
    if status == 202:
        wire.send(WRITER.state(told["serverCorrelationId"], NOW), "requestStateObject")
        wire.send(WRITER.state(told["serverCorrelationId"], NOW), "errorObject", 400)


@pytest.mark.parametrize("manner", ["declines", "silent"])
def test_a_payment_that_is_not_made_is_told_as_published(manner: str) -> None:
    wire = Wire(pay_manner=manner)
    accepted = wire.send(WRITER.pay(ORDER, NOW), "requestStateObject", 202)
    wire.clock.advance(120)
    assert mistakes("errorObject", wire.callbacks[0][1]) == []
    state = wire.send(WRITER.state(accepted["serverCorrelationId"], NOW), "requestStateObject")
    assert (state["status"], state["error"]["errorCode"]) == ("failed", "requestDeclined")
