"""Messages: read strictly, written as the API wants them."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from mobilemoney.messages import (
    LARGEST,
    Amount,
    Link,
    Pair,
    Problem,
    RequestState,
    Transaction,
    Unreadable,
    read,
    reference_of,
    written,
)

# GSMA Mobile Money API 1.2, API Fundamentals, Amount Validation: the table as it stands.
AMOUNTS = {
    "5": True,
    "5.0": True,
    "5.": False,
    "5.00": True,
    "5.5": True,
    "5.50": True,
    "5.5555": True,
    "5.55555": False,
    "555555555555555555": True,
    "5555555555555555555": False,
    "-5.5": False,
    "0.5": True,
    ".5": False,
    "00.5": False,
    "0": True,
    "00.00": False,
    "0.00": True,
    "0000001.32": False,
}


@pytest.mark.parametrize(("text", "permitted"), AMOUNTS.items())
def test_amounts_are_those_of_the_specification(text: str, permitted: bool) -> None:
    body = json.dumps({"amount": text, "transactionStatus": "completed"}).encode()
    if permitted:
        assert read(body, Transaction).amount == Decimal(text)
    else:
        with pytest.raises(Unreadable, match="amount"):
            read(body, Transaction)


@pytest.mark.parametrize("odd", ["5e1", "NaN", "Infinity", "+5", " 5", "5\n", "٥", "1_000", "5,00", ""])
def test_what_decimal_would_take_is_no_amount(odd: str) -> None:
    with pytest.raises(Unreadable):
        read(json.dumps({"amount": odd}).encode(), Transaction)


@pytest.mark.parametrize("body", [b'{"amount": 5.10}', b'{"amount": 5}', b'{"amount": null, "currency": 5}'])
def test_a_number_is_no_amount(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(body, Transaction)


def test_an_amount_keeps_its_digits_both_ways() -> None:
    payer = (Pair(key="msisdn", value="+1"),)
    told = Transaction(amount=Amount.of(Decimal("12.50")), currency="CNY", debit_party=payer)
    assert json.loads(written(told)) == {
        "amount": "12.50",
        "currency": "CNY",
        "debitParty": [{"key": "msisdn", "value": "+1"}],
    }
    assert read(written(told), Transaction) == told


def test_what_is_more_than_we_know_is_left_alone() -> None:
    state = read(
        b'{"serverCorrelationId":"a-1","status":"pending","notificationMethod":"callback","pollLimit":100,"new":{"a":[1]}}',
        RequestState,
    )
    assert (state.status, state.poll_limit, state.object_reference) == ("pending", 100, "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"<html>",
        b"\xff\xfe",
        b'{"status":"pending"}',
        b'{"serverCorrelationId":"a","status":"perhaps"}',
        b'{"serverCorrelationId":"../../x","status":"pending"}',
        b'{"serverCorrelationId":"a b","status":"pending"}',
        b'{"serverCorrelationId":"","status":"pending"}',
        b'{"serverCorrelationId":"' + b"a" * 65 + b'","status":"pending"}',
        b'{"serverCorrelationId":"a","status":"pending","pollLimit":-1}',
        b'{"serverCorrelationId":"a","status":"completed","objectReference":"a\\nb"}',
        b"[" * 100_000,
        b'{"serverCorrelationId":"a","status":"pending"}' + b" " * LARGEST,
    ],
)
def test_what_is_no_request_state_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(body, RequestState)


def test_a_reason_holds_nothing_of_what_came() -> None:
    with pytest.raises(Unreadable) as caught:
        read(b'{"serverCorrelationId":"+8615400000001 secret","status":"pending"}', RequestState)
    assert "secret" not in str(caught.value)


def test_an_error_is_told_in_a_line() -> None:
    problem = read(b'{"errorCategory":"businessRule","errorCode":"InsufficientFunds","errorDescription":"no"}', Problem)
    assert problem.told == "businessRule/InsufficientFunds no"


@pytest.mark.parametrize(
    ("link", "found"),
    [
        (
            "/transactions/be78f48f-2433-4bfa",
            ("transactions", "be78f48f-2433-4bfa"),
        ),
        ("https://api.example/1.2/mm/transactions/REF-1", ("transactions", "REF-1")),
        ("/requeststates/abc/", ("requeststates", "abc")),
        ("/transactions/../accounts", ("", "")),
        ("/transactions/a?b", ("", "")),
        ("/accounts/msisdn/1", ("", "")),
    ],
)
def test_a_link_to_a_response(link: str, found: tuple[str, str]) -> None:
    assert reference_of(read(json.dumps({"link": link}).encode(), Link).link) == found
