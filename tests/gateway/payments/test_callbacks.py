"""PUT /payments/callback/...: what is the provider's is taken once; anything else changes nothing, and is counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from prometheus_client import REGISTRY
from treq.client import HTTPClient
from treq.testing import RequestTraversalAgent, _SynchronousProducer
from twisted.internet.defer import Deferred

from clinic.money import troubles
from gateway.http.payment_callbacks import WRONG_A_MINUTE, PaymentCallbacks
from gateway.http.requests import masked
from mobilemoney.callbacks import Shown
from tests.clinic.conftest import PHONE
from tests.gateway.payments.town import PROVIDER, Town

Towns = Callable[..., Town]


class AlwaysAllowed:
    def __init__(self) -> None:
        self.left = WRONG_A_MINUTE

    async def allow(self, key: str, *, limit: int, seconds: int) -> bool:
        self.left -= 1
        return self.left >= 0


class Door:
    """The route, in memory; and a payment that the provider has."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.visit = town.book()
        town.wait(1)
        [self.payment] = town.payments()
        self.limits = AlwaysAllowed()
        app = PaymentCallbacks(town.node.callbacks, self.limits, frozenset()).app
        self.agent = RequestTraversalAgent(app.resource())
        self.http = HTTPClient(self.agent, data_to_body_producer=_SynchronousProducer)
        self.token = town.node.callbacks._addresses.token(PROVIDER, self.payment.correlation_id)

    def body(self, **change: Any) -> bytes:
        told = {
            "amount": "12.50",
            "currency": "CNY",
            "type": "merchantpay",
            "transactionStatus": "completed",
            "transactionReference": "R1",
            "requestingOrganisationTransactionReference": self.payment.correlation_id,
        }
        return json.dumps({**told, **change}).encode()

    def put(self, body: bytes, path: str = "", method: str = "PUT", **headers: str) -> int:
        path = path or f"/{PROVIDER}/{self.payment.correlation_id}/{self.token}"
        shown = {"X-API-Key": "shared", **{name.replace("_", "-"): value for name, value in headers.items()}}
        done: list[Any] = []
        self.http.request(method, f"https://clinic.example{path}", data=body, headers=shown).addBoth(done.append)
        for _ in range(5):
            self.agent.flush()
        return int(done[0].code)

    @property
    def state(self) -> str:
        return self.town.payments()[0].state


@pytest.fixture
def door(town: Towns) -> Door:
    return Door(town(pay_manner="silent"))


@contextmanager
def counted(outcome: str, provider: str = PROVIDER) -> Iterator[None]:
    def count() -> float:
        labels = {"provider": provider, "outcome": outcome}
        return REGISTRY.get_sample_value("caredial_payment_callbacks_total", labels) or 0.0

    before = count()
    yield
    assert count() == before + 1


def test_a_callback_settles_its_payment_once(door: Door) -> None:
    with counted("settled"):
        assert door.put(door.body()) == 204
    assert (door.state, door.town.codes()) == ("completed", 1)
    with counted("nothing new"):
        assert door.put(door.body()) == 204
    assert door.town.codes() == 1


def test_post_does_as_well_and_get_does_not(door: Door) -> None:
    assert door.put(door.body(), method="GET") == 405
    assert door.put(door.body(), method="POST") == 204
    assert door.state == "completed"


def test_a_refusal_is_told(door: Door) -> None:
    error = {"errorCategory": "authorisation", "errorCode": "requestDeclined"}
    assert door.put(json.dumps(error).encode()) == 204
    assert door.state == "failed"


@pytest.mark.parametrize(
    ("path", "status", "outcome"),
    [
        ("/{provider}/{id}/{token}x", 403, "not theirs"),
        ("/{provider}/{id}/x", 403, "not theirs"),
        ("/{provider}/5f0c9ad4-7b1b-4b58-9d5b-1a2b3c4d5e6f/{token}", 403, "not theirs"),
    ],
)
def test_a_guess_is_refused(door: Door, path: str, status: int, outcome: str) -> None:
    words = {"provider": PROVIDER, "id": door.payment.correlation_id, "token": door.token}
    with counted(outcome):
        assert door.put(door.body(), path.format(**words)) == status
    assert door.state == "pending"


def test_another_provider_is_not_there(door: Door) -> None:
    with counted("no provider", "unknown"):
        assert door.put(door.body(), f"/other/{door.payment.correlation_id}/{door.token}") == 404


def test_a_payment_that_is_not_there(door: Door) -> None:
    nobodys = "5f0c9ad4-7b1b-4b58-9d5b-1a2b3c4d5e6f"
    token = door.town.node.callbacks._addresses.token(PROVIDER, nobodys)
    with counted("no payment"):
        assert door.put(door.body(), f"/{PROVIDER}/{nobodys}/{token}") == 404


@pytest.mark.parametrize(
    "headers", [{"X_API_Key": "guess"}, {"X_Content_Hash": "0" * 64}, {"X_CorrelationID": "another"}]
)
def test_what_it_shows_must_fit(door: Door, headers: dict[str, str]) -> None:
    with counted("not theirs"):
        assert door.put(door.body(), **headers) == 403
    assert door.state == "pending"


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "0.01"},
        {"amount": "125.0"},
        {"currency": "USD"},
        {"type": "adjustment"},
        {"requestingOrganisationTransactionReference": "another"},
    ],
)
def test_what_it_tells_must_fit(door: Door, change: dict[str, str]) -> None:
    with counted("does not fit"):
        assert door.put(door.body(**change)) == 403
    assert door.state == "pending"


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b'{"amount": 12.5}', b"x" * 100_000])
def test_what_nobody_can_read_is_refused(door: Door, body: bytes) -> None:
    with counted("unreadable"):
        assert door.put(body) == 400
    assert door.state == "pending"


def test_who_guesses_many_times_is_slowed_down(door: Door) -> None:
    answers = [door.put(b"{}", f"/{PROVIDER}/{n}/x") for n in range(WRONG_A_MINUTE + 1)]
    assert (answers[0], answers[-1]) == (403, 429)


def test_a_database_that_is_away_is_told_to_come_again(door: Door) -> None:
    door.town.node.dead = True  # whatever is asked of the store fails
    assert door.put(door.body()) == 503


def test_without_providers_nothing_is_there() -> None:
    app = PaymentCallbacks(None, AlwaysAllowed(), frozenset()).app
    agent = RequestTraversalAgent(app.resource())
    done: list[Any] = []
    http = HTTPClient(agent, data_to_body_producer=_SynchronousProducer)
    http.put("https://clinic.example/a/b/c", data=b"{}").addBoth(done.append)
    agent.flush()
    assert done[0].code == 404


def test_the_token_stands_in_no_log() -> None:
    assert masked("/payments/callback/main/5f0c/SECRET-token_1?x") == "/payments/callback/main/5f0c/***"


def test_a_callback_without_an_amount_is_kept_before_it_is_thanked_for(town: Towns) -> None:
    """As MVola calls back. The process dies just after: the next one knows where to look."""
    door = Door(town(pay_seconds=1, callback_times=0))
    door.town.node.payer.stopService()  # it will not look by itself
    door.town.wait(5)
    (entry,) = door.town.platform.books.entries.values()
    bare = {"transactionStatus": "completed", "transactionReference": entry.reference}
    with counted("noted"):
        assert door.put(json.dumps(bare).encode()) == 204
    (row,) = door.town.payments()
    assert (row.state, row.reference, row.look_at) == ("pending", entry.reference, door.town.now())
    assert row.server_correlation_id == entry.server
    before = len(door.town.platform.asked)
    door.town.restart()
    door.town.wait(1)
    assert list(door.town.platform.asked)[before:] == [("GET", f"/transactions/{entry.reference}")]
    assert (door.state, door.town.codes()) == ("completed", 1)


def test_a_callback_without_an_amount_that_cannot_be_kept_is_to_come_again(door: Door) -> None:
    door.town.node.dead = True
    bare = {"transactionStatus": "completed", "transactionReference": "R1"}
    assert door.put(json.dumps(bare).encode()) == 503
    assert door.town.payments()[0].reference == ""


# A refund that has failed, as we were told, and is tried again.


class Failed:
    """A refund that failed; the node sleeps while staff try it again."""

    def __init__(self, town: Town) -> None:
        self.town = town
        visit = town.book()
        town.wait(10)
        town.platform.conditions = town.platform.conditions.changed({"pay_refund_fails": 1, "callback_times": 0})
        town.cancel(visit)
        town.wait(60)
        town.platform.conditions = town.platform.conditions.changed({"pay_refund_fails": 0})
        (self.refund,) = town.payments("refund")
        assert self.refund.state == "failed"
        self.entry = town.platform.books.entries[self.refund.correlation_id]
        self.returned = town.balance()

    def after_all(self) -> None:
        """What the platform called failed has gone through."""
        self.town.platform.wallets.account(PHONE).balance += self.entry.amount
        self.entry.status, self.entry.taken, self.entry.reference = "completed", self.entry.amount, "LATE1"

    def retry(self) -> None:
        self.town.store.run_now(troubles.retry, payment=self.refund.id, by="102", now=self.town.now())

    def asked(self) -> list[Any]:
        """The refunds that the platform has been asked for."""
        return [each for each in self.town.platform.books.entries.values() if each.type == "adjustment"]

    def call_back(self) -> int:
        """As the platform calls back under the id of the first try."""
        told = {
            "amount": "12.50", "currency": "CNY", "type": "adjustment", "transactionStatus": "completed",
            "transactionReference": "LATE1", "requestingOrganisationTransactionReference": self.refund.correlation_id,
        }  # fmt: skip
        body, callbacks = json.dumps(told).encode(), self.town.node.callbacks
        token = callbacks._addresses.token(PROVIDER, self.refund.correlation_id)
        answer: list[Any] = []
        taken = callbacks.take(PROVIDER, self.refund.correlation_id, token, Shown("shared", "", ""), body)
        Deferred.fromCoroutine(taken).addBoth(answer.append)
        return int(answer[0])


def test_the_provider_is_asked_about_the_old_try_before_a_new_one(town: Towns) -> None:
    failed = Failed(town())
    failed.after_all()
    failed.retry()
    failed.town.wait(10)
    (row,) = failed.town.payments("refund")
    assert (row.state, row.reference, len(failed.asked())) == ("completed", "LATE1", 1)
    failed.town.check()


def test_where_the_old_try_has_surely_failed_it_is_paid_by_a_new_one(town: Towns) -> None:
    failed = Failed(town())
    failed.retry()
    failed.town.wait(30)
    (row,) = failed.town.payments("refund")
    assert row.state == "completed"
    assert [each.status for each in failed.asked()] == ["failed", "completed"]
    failed.town.check()


def test_while_the_provider_does_not_say_nothing_new_is_asked_for(town: Towns) -> None:
    failed = Failed(town())
    failed.town.platform.conditions = failed.town.platform.conditions.changed({"answer_unavailable": 1})
    failed.retry()
    failed.town.wait(60)
    assert len(failed.asked()) == 1
    failed.town.platform.conditions = failed.town.platform.conditions.changed({"answer_unavailable": 0})
    failed.town.wait(600, step=10)
    assert [each.status for each in failed.asked()] == ["failed", "completed"]
    assert failed.town.payments("refund")[0].state == "completed"


def test_a_late_word_under_the_old_id_settles_the_refund_once(town: Towns) -> None:
    failed = Failed(town())
    failed.town.node.payer.stopService()
    failed.retry()
    failed.after_all()
    with counted("settled"):
        assert failed.call_back() == 204
    (row,) = failed.town.payments("refund")
    assert (row.state, row.reference) == ("completed", "LATE1")
    with counted("nothing new"):
        assert failed.call_back() == 204
    failed.town.restart()
    failed.town.wait(60)
    assert len(failed.asked()) == 1
    failed.town.check()
