"""Dialects: what differs between platforms."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal

import pytest

from mobilemoney.dialects import DIALECTS, GSMA, NotSpoken
from mobilemoney.orders import Merchant, Order, Writer

NOW = dt.datetime(2027, 3, 8, 7, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))
ID = "5f0c9ad4-7b1b-4b58-9d5b-1a2b3c4d5e6f"
ORDER = Order(
    "charge", ID, Decimal("12.50"), "CNY", "+8615400000001", "挂号费 <b>", callback="https://clinic.example/cb"
)
MVOLA = DIALECTS["mvola"]


def test_a_payment_by_the_book() -> None:
    request = Writer(GSMA, Merchant("4711", client="us", api_key="k")).pay(ORDER, NOW)
    assert (request.method, request.path) == ("POST", "/transactions/type/merchantpay")
    assert request.headers == {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "X-CorrelationID": ID,
        "X-Callback-URL": "https://clinic.example/cb",
        "X-Date": "2027-03-07T23:30:00Z",
        "X-Client-Id": "us",
        "X-API-Key": "k",
        "X-Content-Hash": request.headers["X-Content-Hash"],
    }
    assert json.loads(request.body) == {
        "amount": "12.50",
        "currency": "CNY",
        "debitParty": [{"key": "msisdn", "value": "+8615400000001"}],
        "creditParty": [{"key": "organisationid", "value": "4711"}],
        "descriptionText": "挂号费 b",
        "requestDate": "2027-03-07T23:30:00Z",
        "requestingOrganisationTransactionReference": ID,
    }


def test_a_refund_turns_the_parties_and_names_what_it_gives_back() -> None:
    request = Writer(GSMA, Merchant("4711")).pay(replace(ORDER, kind="refund", original="R-1"), NOW)
    told = json.loads(request.body)
    assert request.path == "/transactions/type/adjustment"
    assert told["debitParty"] == [{"key": "organisationid", "value": "4711"}]
    assert told["creditParty"] == [{"key": "msisdn", "value": "+8615400000001"}]
    assert told["originalTransactionReference"] == "R-1"


def test_a_payment_as_mvola_wants_it() -> None:
    order = replace(ORDER, amount=Decimal("5000.00"), currency="MGA", phone="+261340000001")
    us = Merchant("0343500003", partner="Clinic", language="FR")
    request = Writer(MVOLA, us).pay(order, NOW)
    told = json.loads(request.body)
    assert request.path == "/mvola/mm/transactions/type/merchantpay/1.0.0/"
    assert (told["amount"], told["currency"]) == ("5000", "Ar")
    assert told["debitParty"] == [{"key": "msisdn", "value": "0340000001"}]
    assert told["metadata"] == [{"key": "partnerName", "value": "Clinic"}]
    assert request.headers["UserAccountIdentifier"] == "msisdn;0343500003"
    assert (request.headers["Version"], request.headers["UserLanguage"]) == ("1.0", "FR")


@pytest.mark.parametrize(
    "order",
    [
        replace(ORDER, currency="CNY", amount=Decimal(5)),
        replace(ORDER, currency="MGA", amount=Decimal("5.50")),
        replace(ORDER, currency="MGA", amount=Decimal(-5)),
        replace(ORDER, kind="refund", currency="MGA", amount=Decimal(5)),
    ],
)
def test_what_a_platform_cannot_say_is_not_said_nearly(order: Order) -> None:
    with pytest.raises(NotSpoken):
        Writer(MVOLA, Merchant("1")).pay(order, NOW)


def test_what_a_provider_once_said_is_quoted_in_paths() -> None:
    assert Writer(GSMA, Merchant("a/b")).transaction("x/../y?z", NOW).path == "/transactions/x%2F..%2Fy%3Fz"
