"""What looks alike and is not: the same text typed twice, the same id given twice, receipts that anybody could type."""

from __future__ import annotations

import random
from typing import Any

import pytest
from twisted.internet.defer import fail

from clinic import inbox
from clinic.errors import StoreBusy
from simulators.server import Server
from simulators.smsc import Service, Smsc


class Echo:
    """Commands that answer every text."""

    async def answer(self, phone: str, text: str, inbox_id: int) -> str | None:
        return f"you wrote {text}"


def test_a_phone_that_types_the_same_again_and_again(make_city: Any) -> None:
    city = make_city(main={"binds": 2}).start()
    city.wait(5)
    for _ in range(4):
        city.smsc.send_sms("15500000002", "12580120", "1")
        city.wait(10)
    assert city.received == {"1": 4}


def test_an_answer_to_a_text_outlasts_the_database(make_city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    city = make_city()
    city.inbound._commands = Echo()
    city.start().wait(5)
    run = city.run

    def busy(fn: Any, /, *given: Any, **named: Any) -> Any:
        return fail(StoreBusy()) if fn is inbox.answer_all else run(fn, *given, **named)

    monkeypatch.setattr(city, "run", busy)
    city.smsc.send_sms("15400000001", "12580120", "1")
    city.wait(300)
    assert city.states == {}
    monkeypatch.setattr(city, "run", run)
    city.wait(90)
    assert city.states == {"delivered": 1}


@pytest.mark.parametrize("dialect", ["standard", "esm-class-0"])
@pytest.mark.parametrize("trouble", [{"receipt_first": True}, {"receipt_delay": 0}])
def test_receipts_that_overtake_their_answers(make_city: Any, dialect: Any, trouble: Any) -> None:
    city = make_city()
    city.network(receipt_dialect=dialect, **trouble)
    city.start().wait(5)
    city.tell(5)
    city.wait(120)
    assert city.states == {"delivered": 5}


@pytest.mark.parametrize("dialect", ["standard", "esm-class-0"])
@pytest.mark.parametrize("twice", [0, 1])
def test_an_sms_centre_that_counts_its_ids_anew(make_city: Any, dialect: Any, twice: int) -> None:
    service = Service(accounts={"caredial": "caredial"})
    trouble = {"receipt_first": True, "receipt_dialect": dialect, "receipt_twice": twice}
    city = make_city(service)
    city.network(**trouble)
    city.start().wait(5)
    city.tell(3)
    city.wait(60)
    city.lines["main"].drop()
    city.smsc = Smsc(city.clock, service, chance=random.Random(3))
    city.network(**trouble)
    city.lines["main"]._server = Server(city.smsc, city.clock)
    city.lines["main"].up = True
    city.wait(120)
    city.tell(3)
    city.wait(300)
    assert city.states == {"delivered": 6}
