"""The payer beside the faults: how many at once, two nodes, what operators see; and a provider asked by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from prometheus_client import REGISTRY
from twisted.internet.defer import Deferred, succeed

from clinic import visits
from clinic.identity import Vault
from clinic.money import statements
from clinic.residents import NewPerson
from gateway.payments import probing
from gateway.payments.desks import ProviderDesk
from mobilemoney.answers import Answer
from mobilemoney.client import NoToken
from mobilemoney.dialects import DIALECTS
from mobilemoney.orders import Merchant, Writer
from tests.clinic.conftest import HOUSE, nth_identity
from tests.gateway.payments.town import FEE, PROVIDER, Node, Town

Towns = Callable[..., Town]


def book_many(town: Town, many: int, provider: str = PROVIDER) -> None:
    for n in range(many):
        person = NewPerson("王芳", Vault(b"k" * 32).seal(nth_identity(n)))
        who: Any = {"patient": person, "phone": f"+861540001{n:04d}", "language": "zh", "occasion": f"many:{n}"}
        how: Any = {"pays": "mobile", "provider": provider, "installation": HOUSE, "now": town.now()}
        town.store.run_now(visits.book, clinic_session=4, **who, **how)
    town.booked += many
    town.node.payer.wake()


def test_many_are_asked_so_many_at_a_time(town: Towns) -> None:
    here = town(answer_seconds=5)
    here.node.payer._most = 4
    book_many(here, 10)
    here.wait(1)
    assert len(here.platform.books.entries) == 4
    here.wait(60)
    assert {row.state for row in here.payments()} == {"completed"}
    assert here.codes() == 10


def test_two_nodes_share_the_work_and_pay_nothing_twice(town: Towns) -> None:
    here = town(answer_lost=0.5, callback_times=2)
    here.nodes.append(Node(here))
    book_many(here, 12)
    for node in here.nodes:
        node.payer.wake()
    here.wait(200, step=5)
    charges = [each for each in here.platform.books.entries.values() if each.status == "completed"]
    assert len(charges) == 12
    assert here.codes() == 12
    assert {row.state for row in here.payments()} == {"completed"}


def test_a_provider_that_is_not_in_use_any_more_is_waited_for(town: Towns) -> None:
    here = town()
    book_many(here, 1, provider="gone")
    here.wait(30)
    assert [(row.state, row.error) for row in here.payments()] == [("asked", "")]


def test_an_amount_that_the_platform_cannot_say_fails_before_anything_is_written(town: Towns) -> None:
    here = town()
    desk = here.node.payer._desks[PROVIDER]
    mvola = ProviderDesk(PROVIDER, desk.sends, Writer(DIALECTS["mvola"], Merchant("1")))
    here.node.payer._desks = {PROVIDER: mvola}
    here.book()
    here.wait(5)
    assert [row.state for row in here.payments()] == ["failed"]
    assert here.payments()[0].error == "mvola cannot write the amount 12.50"
    assert list(here.platform.asked) == []


def test_a_node_that_stops_waits_for_what_is_under_way(town: Towns) -> None:
    here = town(answer_seconds=5, pay_seconds=100)
    here.book()
    here.wait(1)
    stopped: list[Any] = []
    here.node.payer.stopService().addCallback(stopped.append)
    assert stopped == []
    here.wait(5)
    assert len(stopped) == 1
    assert here.payments()[0].server_correlation_id


def test_the_outcome_is_counted(town: Towns) -> None:
    def count() -> float:
        labels = {"provider": PROVIDER, "kind": "charge", "outcome": "booked"}
        return REGISTRY.get_sample_value("caredial_payments_total", labels) or 0.0

    before, here = count(), town()
    here.book()
    here.wait(10)
    assert count() == before + 1
    assert REGISTRY.get_sample_value("caredial_payment_provider_reached", {"provider": PROVIDER}) == 1


class Hand:
    """What commands use of a client."""

    def __init__(self, town: Town, refuses: bool = False) -> None:
        self.town, self.refuses = town, refuses

    def token(self) -> Deferred[str]:
        if self.refuses:
            raise NoToken("no token: HTTP 401; look at client_id, client_secret and token_url")
        return succeed("t")

    def send(self, request: Any) -> Deferred[Answer]:
        return self.town.carry(request)


def told(coroutine: Any) -> Any:
    found: list[Any] = []
    Deferred.fromCoroutine(coroutine).addBoth(found.append)
    return found[0]


def test_check_asks_for_a_token_and_for_the_heartbeat(town: Towns) -> None:
    here = town()
    desk = here.node.payer._desks[PROVIDER]
    hand: Any = Hand(here)
    found = told(probing.check(hand, desk, here.now()))
    assert [each.level for each in found] == ["ok", "ok"]
    assert [path for _, path in here.platform.asked] == ["/heartbeat"]
    hand.refuses = True
    assert [each.level for each in told(probing.check(hand, desk, here.now()))] == ["problem"]
    hand.refuses = False
    here.platform.conditions = here.platform.conditions.changed({"answer_unavailable": 1})
    assert [each.level for each in told(probing.check(hand, desk, here.now()))] == ["ok", "problem"]


def test_a_statement_holds_each_payment_and_refund_once(town: Towns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "PAGE", 2)
    here = town()
    visit = here.book()
    book_many(here, 4)
    here.wait(10)
    here.cancel(visit)
    here.wait(10)
    desk, heard = here.node.payer._desks[PROVIDER], []
    begin, end = here.now() - dt.timedelta(hours=1), here.now() + dt.timedelta(hours=1)
    lines = told(probing.statement(desk, begin, end, here.now(), heard.append))
    assert sorted(line.kind for line in lines) == ["charge"] * 5 + ["refund"]
    assert {line.amount for line in lines} == {int(FEE * Decimal(100))}
    assert {line.correlation_id for line in lines} == {
        row.correlation_id for kind in ("charge", "refund") for row in here.payments(kind)
    }
    assert heard == [2, 4, 6, 6]
    kept: Any = {"source": PROVIDER, "day": here.now().date(), "lines": lines}
    assert here.store.run_now(statements.take, **kept) == 6


def test_half_of_a_statement_is_none(town: Towns) -> None:
    here = town(answer_unavailable=1)
    desk, now = here.node.payer._desks[PROVIDER], here.now()
    failure = told(probing.statement(desk, now, now, now, lambda _: None))
    assert failure.check(probing.NotTold)
