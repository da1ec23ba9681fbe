"""GSMA's own compliance cases for merchant payments, both sides of them.

From github.com/gsmainclusivetechlab/interop-test-platform, src/database/seeders/test-cases/Compliance (MIT License,
Copyright (c) 2020 GSMA Inclusive Tech Lab): what a provider answers there, and the rules that each side is tested by.
Here our client hears these answers, and our requests and the simulator's are held to these rules.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from mobilemoney.answers import Answer, heard
from mobilemoney.orders import Merchant, Order, Purpose, Request, Writer
from mobilemoney.session import Progress, State
from tests.mobilemoney.test_schemas import NOW, Wire
from tests.mobilemoney.test_session import Walk

SERVER = "2b5c2f6c-3f53-4d2c-8f0b-8b1ec2f6a0aa"
REFERENCE = "be78f48f-2433-4bfa-8cdd-aaf058a400de"
PAYER, PAYEE = "+33555123456", "+33555789123"
ORDER = Order(
    "charge",
    "0d0c9ad4-7b1b-4b58-9d5b-1a2b3c4d5e6f",
    Decimal("5.00"),
    "USD",
    PAYER,
    "fee",
    callback="https://sp.example/callback",
)
WRITER = Writer(Walk().writer.dialect, Merchant("MERCHANT67890", client="MERCHANT67890"))


def walk(progress: Progress | None = None, **change: Any) -> Walk:
    return Walk(progress, order=replace(ORDER, **change))


class TestPayeeInitiatedCallbackSuccess:
    """Payee-initiated Merchant Payment - debitParty and creditParty - callback - success."""

    def test_our_request_keeps_the_rules(self) -> None:
        request = WRITER.pay(ORDER, NOW)
        body = json.loads(request.body)
        assert request.path == "/transactions/type/merchantpay"
        assert urlsplit(request.headers["X-Callback-URL"]).scheme == "https"  # required|url
        assert request.headers["X-Client-Id"]  # required
        assert re.fullmatch(r"5([.][0-9]{0,4})?", body["amount"])
        assert body["debitParty"]
        assert body["creditParty"]

    def test_we_understand_the_answer_and_the_callback(self) -> None:
        here = walk()
        answer = {"serverCorrelationId": SERVER, "status": "pending", "notificationMethod": "callback"}
        assert here.hears(202, answer) is State.PENDING
        callback = {
            "amount": "5.00",
            "currency": "USD",
            "debitParty": [{"key": "msisdn", "value": PAYER}],
            "creditParty": [{"key": "msisdn", "value": PAYEE}],
            "type": "merchantpay",
            "transactionStatus": "completed",
            "transactionReference": REFERENCE,
        }
        assert here.called(callback) is State.COMPLETED

    def test_the_simulator_keeps_the_rules(self) -> None:
        wire = Wire()
        order = replace(ORDER, currency="CNY")
        answer = wire.send(WRITER.pay(order, NOW), "requestStateObject", 202)
        assert (answer["status"], answer["notificationMethod"]) == ("pending", "callback")
        wire.clock.advance(3)
        [(_, callback)] = wire.callbacks
        assert re.fullmatch(r"5([.][0-9]{0,4})?", callback["amount"])
        assert (callback["type"], callback["transactionStatus"]) == ("merchantpay", "completed")


class TestRefundCallbackSuccess:
    """Refund - callback - success: the callback names another credit party than we did."""

    def test_our_request_keeps_the_rules(self) -> None:
        order = replace(ORDER, kind="refund", amount=Decimal("60.00"), original=REFERENCE)
        request = WRITER.pay(order, NOW)
        assert request.path == "/transactions/type/adjustment"
        assert re.fullmatch(r"60([.][0-9]{0,4})?", json.loads(request.body)["amount"])
        assert request.headers["X-Client-Id"]

    def test_we_understand_the_callback(self) -> None:
        here = walk(Progress(State.PENDING, SERVER), kind="refund", amount=Decimal("60.00"), original="R-0")
        callback = {
            "amount": "60.00",
            "currency": "USD",
            "debitParty": [{"key": "msisdn", "value": PAYER}],
            "creditParty": [{"key": "msisdn", "value": "+33555654321"}],
            "type": "adjustment",
            "transactionStatus": "completed",
            "transactionReference": REFERENCE,
        }
        assert here.called(callback) is State.COMPLETED


class TestRetrieveAMissingResponse:
    """Retrieve a missing API response - success, and failure (unknown resource error)."""

    def test_it_is_found(self) -> None:
        here = walk(Progress(State.LOST))
        assert here.hears(200, {"link": f"/transactions/{REFERENCE}"}) is State.REFERRED
        told = {
            "amount": "5",
            "currency": "USD",
            "type": "merchantpay",
            "transactionStatus": "Completed",
            "transactionReference": REFERENCE,
            "debitParty": [{"key": "msisdn", "value": PAYER}],
            "creditParty": [{"key": "msisdn", "value": PAYEE}],
        }
        assert here.hears(200, told) is State.COMPLETED

    def test_it_is_not_known(self) -> None:
        here = walk(Progress(State.LOST))
        assert here.hears(404, {"errorCode": "identifierError", "errorCategory": "identification"}) is State.UNSEEN

    def test_the_simulator_keeps_the_rules(self) -> None:
        told = Wire().send(WRITER.response(ORDER.correlation_id, NOW), "errorObject", 404)
        assert (told["errorCode"], told["errorCategory"]) == ("identifierError", "identification")


@pytest.mark.parametrize("code", ["InsufficientFunds", "insufficientFunds"])
def test_codes_are_read_in_the_spelling_of_the_text_and_of_the_schema(code: str) -> None:
    body = json.dumps({"errorCategory": "BusinessRule", "errorCode": code}).encode()
    request: Request = WRITER.pay(ORDER, NOW)
    assert request.purpose is Purpose.PAY
    assert heard(request.purpose, Answer(400, body), ORDER, WRITER.dialect).news == "refused"
