"""Receipts, many at a time: matched by the index, in few statements, each with its own effect."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from clinic import messages, outbox, receipts
from clinic.batches import by_index
from clinic.outbox import SentPart, Settled
from clinic.receipts import Told
from clinic.tables import Message, MessagePart, Receipt

PHONE = "+8615400000001"


def send(clinic: Any, *messages_of_ids: list[str], link: str = "main", **settled: Any) -> None:
    """Messages that an SMS centre took, each under the ids of its segments."""
    for n, ids in enumerate(messages_of_ids):
        clinic.run(
            messages.tell_text, occasion=f"{link}:{ids}:{n}:{clinic.moment}", phone=PHONE, text="t", now=clinic.moment
        )
        [message] = clinic.run(outbox.claim, sender="one", rooms={"answer": 1}, now=clinic.moment)
        parts = [SentPart(number, link, smsc_id) for number, smsc_id in enumerate(ids, start=1)]
        clinic.run(outbox.settle_many, outcomes=[Settled(message, parts, **settled)], now=clinic.moment)


def record(clinic: Any, *told: Told, link: str = "main") -> int:
    return clinic.run(receipts.record, link=link, told=told, now=clinic.moment)


@contextmanager
def statements(clinic: Any) -> Iterator[list[str]]:
    """The statements run meanwhile."""
    engine, seen = clinic.run.__self__.engine, []
    listen = lambda _c, _cursor, statement, *_: seen.append(statement)  # noqa: E731
    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def test_each_of_many_finds_its_own(clinic: Any) -> None:
    send(clinic, ["A1"], ["B1", "B2"], ["C1"], ["D1"])
    told = [
        Told("B2", "delivered", "000"),
        Told("X9", "delivered"),  # nobody's yet
        Told("A1", "delivered", "000"),
        Told("C1", "undeliverable", "27"),
        Told("D1", "enroute"),
        Told("B1", "delivered", "000"),
    ]
    assert record(clinic, *told) == 5
    assert clinic.rows(Message.state, Message.error) == [
        ("delivered", None),
        ("delivered", None),
        ("failed", "27"),
        ("sent", None),
    ]
    assert clinic.rows(Receipt.smsc_id, Receipt.state) == [("X9", "delivered")]


def test_a_hundred_take_few_statements(clinic: Any) -> None:
    send(clinic, *([f"id{n}"] for n in range(100)))
    with statements(clinic) as seen:
        assert record(clinic, *(Told(f"id{n}", "delivered", "000") for n in range(100))) == 100
    assert len([statement for statement in seen if not statement.startswith("BEGIN")]) <= 5
    assert set(clinic.rows(Message.state)) == {"delivered"}


def test_within_one_batch_the_final_state_stands(clinic: Any) -> None:
    send(clinic, ["A1"])
    assert record(clinic, Told("A1", "enroute"), Told("A1", "delivered", "000"), Told("A1", "rejected", "9")) == 3
    assert clinic.rows(MessagePart.state, MessagePart.error) == [("delivered", "000")]
    assert clinic.rows(Message.state, Message.error) == [("delivered", None)]


def test_a_batch_twice_is_harmless(clinic: Any) -> None:
    send(clinic, ["A1"], ["B1", "B2"])
    batch = [Told("A1", "delivered"), Told("B1", "expired", "5")]
    before = record(clinic, *batch), clinic.rows(MessagePart.state), clinic.rows(Message.state)
    assert (record(clinic, *batch), clinic.rows(MessagePart.state), clinic.rows(Message.state)) == before


def test_an_empty_batch_is_nothing(clinic: Any) -> None:
    assert record(clinic) == 0


def test_odd_ones_do_no_harm_to_the_others(clinic: Any) -> None:
    send(clinic, ["A1"])
    odd = [Told("\0" * 9 + "9" * 300, "enroute", "x\0" * 300), Told("'; drop table message; --", "delivered")]
    assert record(clinic, *odd, Told("A1", "delivered")) == 1
    assert clinic.rows(Message.state) == ["delivered"]
    assert clinic.rows(Receipt.smsc_id) == ["9" * 65, "'; drop table message; --"]


def test_what_anybody_could_have_written_counts_only_for_their_own_phone(clinic: Any) -> None:
    send(clinic, ["A1"], ["B1"])
    mine, other = frozenset({PHONE, "12580120"}), frozenset({"+8615400000009", "12580120"})
    assert record(clinic, Told("A1", "delivered", None, other), Told("B1", "delivered", None, mine)) == 1
    assert clinic.rows(Message.state) == ["sent", "delivered"]


def test_what_anybody_could_have_written_waits_for_its_own_phones_message(clinic: Any) -> None:
    mine, other = frozenset({PHONE, "12580120"}), frozenset({"+8615400000009", "12580120"})
    record(clinic, Told("A1", "rejected", None, other), Told("A1", "delivered", None, mine))  # ids can be guessed
    send(clinic, ["A1"])
    assert clinic.rows(Message.state) == ["delivered"]
    assert clinic.rows(Receipt.state, Receipt.phones) == [("rejected", "+8615400000009 12580120")]
    clinic.wait(hours=1)
    assert clinic.run(receipts.forget, now=clinic.moment) == 1


def test_a_number_that_contains_anothers_is_another(clinic: Any) -> None:
    record(clinic, Told("A1", "delivered", None, frozenset({PHONE + "1"})))
    send(clinic, ["A1"])
    assert clinic.rows(Message.state) == ["sent"]


def test_of_an_id_that_is_used_again_the_receipt_waits_for_the_new_message(clinic: Any) -> None:
    send(clinic, ["7"])
    assert record(clinic, Told("7", "delivered")) == 1
    clinic.wait(days=1)
    record(clinic, Told("7", "enroute"), Told("7", "undeliverable", "27"))  # before the answer is settled
    send(clinic, ["7"])
    assert clinic.rows(Message.state, Message.error) == [("delivered", None), ("failed", "27")]
    assert clinic.rows(Receipt.id) == []


def test_a_repetition_does_no_harm_to_the_message_that_gets_its_id_next(clinic: Any) -> None:
    send(clinic, ["7"])
    record(clinic, Told("7", "delivered"))
    record(clinic, Told("7", "delivered"))
    clinic.wait(minutes=2)
    send(clinic, ["7"], since=clinic.moment)
    assert clinic.rows(Message.state) == ["delivered", "sent"]
    assert record(clinic, Told("7", "undeliverable")) == 1
    assert clinic.rows(Message.state) == ["delivered", "failed"]


def test_what_came_since_it_was_submitted_is_its_own(clinic: Any) -> None:
    begun = clinic.moment
    clinic.wait(seconds=5)
    record(clinic, Told("7", "delivered"))
    clinic.wait(seconds=5)
    send(clinic, ["7"], since=begun)
    assert clinic.rows(Message.state) == ["delivered"]


def test_early_ones_are_applied_in_their_order(clinic: Any) -> None:
    record(clinic, Told("A1", "enroute"), Told("A2", "delivered"), Told("A1", "delivered"), Told("A1", "expired"))
    send(clinic, ["A1", "A2"])
    assert clinic.rows(MessagePart.state) == ["delivered", "delivered"]
    assert clinic.rows(Message.state) == ["delivered"]
    assert clinic.rows(Receipt.id) == []


def test_segments_are_found_by_the_index(clinic: Any) -> None:
    def plan(session: Session) -> str:
        fill = [
            {"message_id": 1, "number": n, "link": f"link{n % 3}", "smsc_id": f"{n:08x}", "state": "sent"}
            for n in range(2, 5000)
        ]
        session.execute(insert(MessagePart), fill)
        dialect = session.get_bind().dialect
        by_index(session)  # as `outbox.enter` does: PostgreSQL has not counted the new rows yet
        query = receipts.looked_up(session, "link1", [f"{n:08x}" for n in range(1, 600, 3)])
        written = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        explain = "explain " if dialect.name == "postgresql" else "explain query plan "
        return "\n".join(str(row) for row in session.execute(text(explain + written.replace("%%", "%"))))

    send(clinic, ["A1"])
    found = clinic.run(plan)
    assert "ix_message_part_smsc_id_link" in found
    assert "SCAN message_part" not in found
    assert "Seq Scan on message_part" not in found


@pytest.mark.parametrize(
    ("before", "phones"),
    [
        ([], None),
        ([], frozenset({PHONE})),
        (["A1"], None),  # an older message, final, with the same id
        (["A1"], frozenset({PHONE})),
    ],
)
def test_a_receipt_that_comes_while_its_answer_is_settled_is_not_lost(
    clinic: Any, before: list[str], phones: Any
) -> None:
    """The settling has looked for early receipts already, and has not committed yet."""
    for smsc_id in before:
        send(clinic, [smsc_id])
        record(clinic, Told(smsc_id, "delivered"))
    clinic.run(messages.tell_text, occasion="a", phone=PHONE, text="t", now=clinic.moment)
    [message] = clinic.run(outbox.claim, sender="one", rooms={"answer": 1}, now=clinic.moment)
    settled, recorded = Event(), Event()

    def settle(session: Session) -> None:
        outbox.settle_many(session, outcomes=[Settled(message, [SentPart(1, "main", "A1")])], now=clinic.moment)
        settled.set()
        recorded.wait(0.3)  # the receipt waits for us; without that it would be recorded now, for nobody

    def receive() -> None:
        settled.wait()
        record(clinic, Told("A1", "delivered", None, phones))
        recorded.set()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(clinic.run, settle), pool.submit(receive)]:
            done.result()
    assert set(clinic.rows(Message.state)) == {"delivered"}
    assert clinic.rows(Receipt.id) == []


def test_receipts_of_one_messages_segments_at_the_same_moment_conclude_it(clinic: Any) -> None:
    send(clinic, ["A1", "A2"])
    recorded, other = Event(), Event()

    def first(session: Session) -> None:
        receipts.record(session, link="main", told=[Told("A1", "delivered")], now=clinic.moment)
        recorded.set()
        other.wait(0.3)  # the other one waits for us; else neither would see that the message is complete

    def second() -> None:
        recorded.wait()
        record(clinic, Told("A2", "delivered"))
        other.set()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(clinic.run, first), pool.submit(second)]:
            done.result()
    assert clinic.rows(Message.state) == ["delivered"]
