"""Messages of clients: queued once for a key, all or none; read page by page; cancelled while they wait."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import update

from clinic import client_messages, clients, consent
from clinic.client_messages import KeyTaken, NotQueued, Order
from clinic.installation import Installation
from clinic.rules import Rules
from clinic.tables import ClientBatch, Message, Push

HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")


class Hospital:
    """A client and what it asks for."""

    def __init__(self, clinic: Any, name: str = "hospital", webhook: str = "http://127.0.0.1:9/hook") -> None:
        self.clinic = clinic
        words = {"classes": ["notice", "bulk"], "vault": clinic.vault, "now": clinic.moment}
        self.id = clinic.run(clients.new, name=name, webhook=webhook, **words)[0].id

    def queue(self, *orders: Order, key: str | None = None, digest: str = "body", rules: Any = None) -> Any:
        return self.clinic.run(
            client_messages.queue,
            client=self.id,
            key=key,
            digest=digest,
            orders=orders,
            rules=rules or Rules(),
            installation=HOUSE,
            now=self.clinic.moment,
        )

    def page(self, **asked: Any) -> Any:
        return self.clinic.run(client_messages.page, client=self.id, **asked)

    def get(self, message: int) -> Any:
        return self.clinic.run(client_messages.get, client=self.id, message=message)

    def cancel(self, message: int) -> Any:
        return self.clinic.run(client_messages.cancel, client=self.id, message=message, now=self.clinic.moment)


def order(n: int = 1, **given: Any) -> Order:
    return Order(**{"phone": f"+86154{n:08d}", "text": "您好", "message_class": "notice", "language": "zh", **given})


def bulk(n: int = 1, consent_class: Any = "education", **given: Any) -> Order:
    return order(n, message_class="bulk", consent_class=consent_class, **given)


@pytest.fixture
def hospital(clinic: Any) -> Hospital:
    clinic.wait(hours=2)  # half past nine
    return Hospital(clinic)


def test_messages_stand_in_the_outbox_in_the_order_of_the_request(clinic: Any, hospital: Hospital) -> None:
    queued = hospital.queue(order(1, reference="order-1"), order(2, text="x" * 161, message_class="code"), key="k")
    assert [reference for _, reference in queued.messages] == ["order-1", None]
    columns = (Message.phone, Message.state, Message.message_class, Message.channel, Message.segments)
    assert clinic.rows(*columns) == [
        ("+8615400000001", "queued", "notice", "sms", 1),
        ("+8615400000002", "queued", "code", "sms", 2),
    ]
    lives = [expires - clinic.moment for expires in clinic.rows(Message.expires_at)]
    assert lives == [dt.timedelta(hours=24), dt.timedelta(minutes=5)]
    first = hospital.get(queued.messages[0][0])
    assert (first.reference, first.batch, first.state, first.parts) == ("order-1", queued.batch, "queued", ())


def test_the_sender_is_woken(clinic: Any, hospital: Hospital) -> None:
    def told(session: Any) -> bool:
        given = {"client": hospital.id, "key": None, "digest": "", "rules": Rules(), "installation": HOUSE}
        client_messages.queue(session, orders=[order()], now=clinic.moment, **given)
        return bool(session.info["told"])

    assert clinic.run(told)


def test_the_same_key_and_body_queue_once_and_are_answered_alike(clinic: Any, hospital: Hospital) -> None:
    first = hospital.queue(order(1, reference="a"), order(2), key="k")
    again = hospital.queue(order(1, reference="a"), order(2), key="k")
    assert (first.repeated, again.repeated) == (False, True)
    assert (again.batch, again.messages, again.refused) == (first.batch, first.messages, first.refused)
    assert len(clinic.rows(Message.id)) == 2
    seen = clinic.run(client_messages.repeated, client=hospital.id, key="k", digest="body")
    assert seen == again


def test_the_same_key_with_another_body_is_refused(clinic: Any, hospital: Hospital) -> None:
    hospital.queue(order(), key="k")
    with pytest.raises(KeyTaken):
        hospital.queue(order(2), key="k", digest="another")
    with pytest.raises(KeyTaken):
        clinic.run(client_messages.repeated, client=hospital.id, key="k", digest="another")
    assert len(clinic.rows(Message.id)) == 1


def test_a_key_is_the_clients_own_and_without_one_each_request_counts(clinic: Any, hospital: Hospital) -> None:
    other = Hospital(clinic, "platform")
    hospital.queue(order(), key="k")
    assert other.queue(order(), key="k").repeated is False
    hospital.queue(order())
    hospital.queue(order())
    assert len(clinic.rows(Message.id)) == 4


def test_of_equal_requests_at_once_one_is_queued_and_all_are_answered(clinic: Any, hospital: Hospital) -> None:
    start = Barrier(6)

    def send(_: int) -> Any:
        start.wait()
        return hospital.queue(*(order(n) for n in range(20)), key="k")

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(send, range(6)))
    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 5
    assert len({answer.messages for answer in answers}) == 1
    assert len(clinic.rows(Message.id)) == 20


def test_batches_written_at_once_keep_their_own_messages(clinic: Any, hospital: Hospital) -> None:
    start = Barrier(4)

    def send(batch: int) -> Any:
        start.wait()
        return hospital.queue(*(order(n, reference=f"{batch}-{n}") for n in range(100)), key=f"k{batch}")

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(send, range(4)))
    for batch, answer in enumerate(answers):
        assert [reference for _, reference in answer.messages] == [f"{batch}-{n}" for n in range(100)]
        for number, reference in answer.messages[::33]:
            assert hospital.get(number).phone == f"+86154{int(reference.split('-')[1]):08d}"


def test_a_crash_before_the_commit_leaves_nothing_and_the_key_free(clinic: Any, hospital: Hospital) -> None:
    def crash(session: Any) -> None:
        given = {"client": hospital.id, "key": "k", "digest": "body", "rules": Rules(), "installation": HOUSE}
        client_messages.queue(session, orders=[order()], now=clinic.moment, **given)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        clinic.run(crash)
    assert (clinic.rows(Message.id), clinic.rows(ClientBatch.id)) == ([], [])
    assert hospital.queue(order(), key="k").repeated is False


def test_bulk_does_not_go_to_who_has_refused_and_the_client_is_told(clinic: Any, hospital: Hospital) -> None:
    clinic.run(consent.refuse, phone=order(2).phone, source="staff", now=clinic.moment)
    queued = hospital.queue(bulk(1), bulk(2, reference="b"), bulk(2, "public"), key="k")
    assert queued.refused == 1
    assert clinic.rows(Message.state, Message.error) == [
        ("queued", None),
        ("cancelled", consent.REFUSED),
        ("queued", None),
    ]
    assert clinic.rows(Push.message_id, Push.state) == [(queued.messages[1][0], "cancelled")]
    assert hospital.queue(bulk(1), key="k").refused == 1, "the answer is that of the first time"


def test_what_needs_consent_goes_only_to_who_has_agreed(clinic: Any, hospital: Hospital) -> None:
    clinic.run(consent.agree, phone=order(2).phone, source="staff", now=clinic.moment)
    hospital.queue(bulk(1, "commercial"), bulk(2, "commercial"))
    assert clinic.rows(Message.state) == ["cancelled", "queued"]


def test_bulk_tells_how_to_refuse_it_and_waits_out_the_quiet_hours(clinic: Any, hospital: Hospital) -> None:
    clinic.wait(hours=12)  # half past nine in the evening
    hospital.queue(bulk(1), bulk(1, "public"), order(1))
    texts, due = clinic.rows(Message.text), clinic.rows(Message.due_at)
    assert texts[0].startswith("您好。")
    assert "退订" in texts[0]
    assert texts[1:] == ["您好", "您好"]
    eight = clinic.moment.replace(hour=8, minute=0) + dt.timedelta(days=1)
    assert due == [eight, eight, clinic.moment]
    assert clinic.rows(Message.expires_at)[0] == eight + dt.timedelta(hours=24)


def test_pages_follow_one_another_and_can_be_narrowed(clinic: Any, hospital: Hospital) -> None:
    first = hospital.queue(*(order(n, reference="r" if n % 2 else None) for n in range(5)), key="k")
    second = hospital.queue(order(9, reference="r"), key="l")
    ids = [number for number, _ in (*first.messages, *second.messages)]
    seen: list[int] = []
    after = 0
    while after is not None:
        page = hospital.page(after=after, most=4)
        seen += [view.id for view in page.messages]
        after = page.after
    assert seen == ids
    assert [view.id for view in hospital.page(batch=second.batch).messages] == ids[5:]
    assert [view.id for view in hospital.page(reference="r").messages] == [ids[1], ids[3], ids[5]]
    narrowed = hospital.page(reference="r", batch=first.batch, most=1)
    assert ([view.id for view in narrowed.messages], narrowed.after) == ([ids[1]], ids[1])
    hospital.cancel(ids[4])
    assert [view.id for view in hospital.page(state="cancelled").messages] == [ids[4]]
    assert hospital.page(after=ids[5]).messages == ()


def test_a_page_by_state_looks_only_so_far(clinic: Any, hospital: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_messages, "LOOKED_AT", 3)
    ids = [number for number, _ in hospital.queue(*(order(n) for n in range(7))).messages]
    hospital.cancel(ids[5])
    first = hospital.page(state="cancelled")
    assert (first.messages, first.after) == ((), ids[2])
    second = hospital.page(state="cancelled", after=first.after)
    assert ([view.id for view in second.messages], second.after) == ([ids[5]], ids[5])
    assert hospital.page(state="cancelled", after=second.after).after is None


def test_a_batch_counts_its_messages_by_state(clinic: Any, hospital: Hospital) -> None:
    queued = hospital.queue(order(1), order(2), order(3), key="k")
    hospital.cancel(queued.messages[0][0])
    found = clinic.run(client_messages.batch, client=hospital.id, batch=queued.batch)
    assert (found.count, found.states) == (3, {"queued": 2, "cancelled": 1})


def test_nobody_elses_messages_are_seen_or_cancelled(clinic: Any, hospital: Hospital) -> None:
    queued = hospital.queue(order(1, reference="r"), key="k")
    message, other = queued.messages[0][0], Hospital(clinic, "platform")
    assert other.get(message) is None
    assert other.cancel(message) is None
    assert clinic.run(client_messages.batch, client=other.id, batch=queued.batch) is None
    for asked in ({}, {"batch": queued.batch}, {"reference": "r"}):
        assert other.page(**asked).messages == ()
    assert hospital.get(message).state == "queued"


def test_only_what_is_queued_can_be_cancelled(clinic: Any, hospital: Hospital) -> None:
    message = hospital.queue(order()).messages[0][0]
    assert hospital.cancel(message).state == "cancelled"
    assert hospital.cancel(message).state == "cancelled"
    assert clinic.rows(Push.state) == ["cancelled"]
    clinic.run(lambda session: session.execute(update(Message).values(state="sending")) and None)
    with pytest.raises(NotQueued, match="sending"):
        hospital.cancel(message)
