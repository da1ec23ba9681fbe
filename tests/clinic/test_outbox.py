"""The outbox from the sender's side, and the delivery receipts that come back for it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import chain
from threading import Barrier
from typing import Any, get_args

import pytest
from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from clinic import messages, outbox, receipts
from clinic.outbox import Lane, SentPart, Settled, Trace
from clinic.outbox.claiming import CLASSES
from clinic.receipts import Told
from clinic.tables import Broadcast, Message, MessagePart, Receipt, SmsUsage
from smpp.kinds import MessageClass

PHONE = "+8615400000001"
LEASE = dt.timedelta(minutes=5)
SECOND = dt.timedelta(seconds=1)


def tell(clinic: Any, occasion: str, **given: Any) -> None:
    words = {"phone": PHONE, "text": f"text of {occasion}", **given}
    clinic.run(messages.tell_text, occasion=occasion, now=clinic.moment, **words)


ALL = frozenset(get_args(MessageClass))


def rooms(most: int = 50) -> dict[Any, int]:
    return dict.fromkeys(ALL, most)


def claim(clinic: Any, sender: str = "one", most: int = 50, **given: Any) -> list[Any]:
    return clinic.run(outbox.claim, sender=sender, rooms=rooms(most), now=clinic.moment, **given)


def settle(clinic: Any, message: Any, *parts: SentPart, **outcome: Any) -> None:
    clinic.run(outbox.settle_many, outcomes=[Settled(message, parts, **outcome)], now=clinic.moment)


def receipt(clinic: Any, smsc_id: str, state: str, error: str | None = None, link: str = "main") -> bool:
    """Whether it found its segment."""
    told = [Told(smsc_id, state, error)]
    return bool(clinic.run(receipts.record, link=link, told=told, now=clinic.moment))


def states(clinic: Any) -> list[str]:
    return clinic.rows(Message.state)


def test_what_falls_due_first_is_claimed_first_and_only_once(clinic: Any) -> None:
    for occasion in ("a", "b", "c"):
        tell(clinic, occasion)
    assert [message.text for message in claim(clinic, most=2)] == ["text of a", "text of b"]
    assert [message.text for message in claim(clinic)] == ["text of c"]
    assert claim(clinic) == []
    assert states(clinic) == ["sending"] * 3


def test_an_occasion_is_told_once(clinic: Any) -> None:
    tell(clinic, "notice:7")
    tell(clinic, "notice:7", text="other words")
    assert clinic.texts() == [(PHONE, "text of notice:7")]


def test_nothing_is_claimed_before_it_is_due(clinic: Any) -> None:
    tell(clinic, "a")
    [message] = claim(clinic)
    settle(clinic, message, error="link down", retry_at=clinic.moment + 5 * SECOND, counts=False)
    clinic.wait(seconds=4)
    assert claim(clinic) == []
    clinic.wait(seconds=1)
    assert [again.id for again in claim(clinic)] == [message.id]


def test_a_try_counts_only_when_the_fault_was_the_messages(clinic: Any) -> None:
    tell(clinic, "a")
    attempts = []
    for counts in (False, True, True):
        [message] = claim(clinic)
        attempts.append(message.attempts)
        settle(clinic, message, error="ESME_RSYSERR", retry_at=clinic.moment, counts=counts)
    assert attempts == [0, 0, 1]
    assert clinic.rows(Message.attempts, Message.error) == [(2, "ESME_RSYSERR")]


def test_without_another_try_it_has_failed(clinic: Any) -> None:
    tell(clinic, "a")
    settle(clinic, claim(clinic)[0], error="ESME_RINVDSTADR")
    assert clinic.rows(Message.state, Message.error) == [("failed", "ESME_RINVDSTADR")]
    assert claim(clinic) == []


def test_a_try_after_the_end_of_its_life_is_not_made(clinic: Any) -> None:
    tell(clinic, "a")
    settle(clinic, claim(clinic)[0], error="link down", retry_at=clinic.moment + dt.timedelta(hours=24))
    assert states(clinic) == ["failed"]


def test_a_message_that_waited_too_long_expires_unsent(clinic: Any) -> None:
    tell(clinic, "old")
    clinic.wait(hours=23)
    tell(clinic, "young")
    clinic.wait(hours=1)
    assert [message.text for message in claim(clinic)] == ["text of young"]
    assert states(clinic) == ["expired", "sending"]


def test_those_that_have_expired_do_not_take_the_places_of_others(clinic: Any) -> None:
    for n in range(7):
        tell(clinic, f"old {n}")
    clinic.wait(hours=24)
    for n in range(3):
        tell(clinic, f"young {n}")
    assert [message.text for message in claim(clinic, most=2)] == ["text of young 0", "text of young 1"]
    assert states(clinic) == ["expired"] * 7 + ["sending"] * 2 + ["queued"]


def test_segments_that_were_taken_are_remembered_for_the_next_try(clinic: Any) -> None:
    tell(clinic, "long")
    [message] = claim(clinic)
    settle(clinic, message, SentPart(1, "main", "A1"), error="ESME_RTHROTTLED", retry_at=clinic.moment, counts=False)
    [again] = claim(clinic)
    assert again.sent == {1}
    settle(clinic, again, SentPart(2, "main", "A2"))
    assert clinic.rows(MessagePart.number, MessagePart.smsc_id) == [(1, "A1"), (2, "A2")]
    assert clinic.rows(Message.state, Message.error) == [("sent", None)]


def test_a_sender_that_comes_back_takes_up_its_own_at_once(clinic: Any) -> None:
    tell(clinic, "a")
    claim(clinic, sender="one")
    assert clinic.run(outbox.recover, sender="one", now=clinic.moment, lease=LEASE) == 1
    [again] = claim(clinic, sender="one")
    assert again.attempts == 1


def test_a_dead_nodes_messages_are_taken_over_after_the_lease(clinic: Any) -> None:
    tell(clinic, "a")
    claim(clinic, sender="one")
    clinic.moment += LEASE
    assert clinic.run(outbox.recover, sender="two", now=clinic.moment, lease=LEASE) == 0
    clinic.moment += SECOND
    assert clinic.run(outbox.recover, sender="two", now=clinic.moment, lease=LEASE) == 1
    assert len(claim(clinic, sender="two")) == 1


def test_what_a_living_sender_renews_is_left_to_it(clinic: Any) -> None:
    tell(clinic, "slow")
    tell(clinic, "forgotten")
    slow, _ = claim(clinic, sender="one")
    for _ in range(3):
        clinic.moment += LEASE
        clinic.run(outbox.renew, sender="one", messages={slow.id}, now=clinic.moment)
    assert clinic.run(outbox.recover, sender="two", now=clinic.moment) == 1
    assert states(clinic) == ["sending", "queued"]


def test_only_what_is_still_ones_own_is_renewed(clinic: Any) -> None:
    tell(clinic, "taken over")
    [message] = claim(clinic, sender="one")
    clinic.moment += 2 * LEASE
    clinic.run(outbox.recover, sender="two", now=clinic.moment)
    claim(clinic, sender="two")
    clinic.run(outbox.renew, sender="one", messages={message.id}, now=clinic.moment + LEASE)
    assert clinic.rows(Message.claimed_by, Message.claimed_at) == [("two", clinic.moment)]


def test_a_sender_that_knows_what_it_had_posted_leaves_only_that_in_doubt(clinic: Any) -> None:
    for name in ("fresh", "taken", "open", "half"):
        tell(clinic, name, message_class="bulk")
    fresh, taken, doubtful, half = claim(clinic, sender="one")
    traces = {
        taken.id: Trace(1, (SentPart(1, "main", "A1"),)),
        doubtful.id: Trace(1, (), frozenset({1})),
        half.id: Trace(2, (SentPart(1, "main", "A2"),)),
    }
    assert clinic.run(outbox.recover, sender="one", now=clinic.moment, traces=traces) == 2
    assert states(clinic) == ["queued", "sent", "unknown", "queued"]
    assert clinic.rows(MessagePart.message_id, MessagePart.smsc_id) == [(taken.id, "A1"), (half.id, "A2")]
    again = claim(clinic, sender="one")
    assert [(message.id, message.attempts, message.sent) for message in again] == [
        (fresh.id, 0, frozenset()),
        (half.id, 0, {1}),
    ]
    assert clinic.run(outbox.recover, sender="one", now=clinic.moment, traces=traces) == 2  # what it knew already


def test_what_is_under_way_is_not_recovered(clinic: Any) -> None:
    tell(clinic, "slow")
    tell(clinic, "lost")
    slow, _ = claim(clinic, sender="one")
    clinic.moment += 2 * LEASE
    assert clinic.run(outbox.recover, sender="", now=clinic.moment, under_way={slow.id}) == 1
    assert states(clinic) == ["sending", "queued"]


@pytest.mark.parametrize(("message_class", "most"), [("answer", 5), ("code", 2), ("notice", 2), ("bulk", 1)])
def test_a_message_that_kills_its_sender_each_time_is_given_up(clinic: Any, message_class: str, most: int) -> None:
    tell(clinic, "poison", message_class=message_class)
    tries = 0
    while claim(clinic):
        tries += 1
        clinic.run(outbox.recover, sender="one", now=clinic.moment, lease=LEASE)
    assert tries == most
    assert clinic.rows(Message.state, Message.error) == [("unknown", "outcome unknown")]


def test_two_nodes_never_claim_the_same_message(clinic: Any) -> None:
    for n in range(60):
        tell(clinic, f"m{n}")
    start = Barrier(6)

    def node(n: int) -> list[int]:
        start.wait()
        found = []
        while batch := claim(clinic, sender=f"node{n}", most=5):
            found += [message.id for message in batch]
        return found

    with ThreadPoolExecutor(6) as pool:
        claimed = list(chain.from_iterable(pool.map(node, range(6))))
    assert sorted(claimed) == clinic.rows(Message.id)


ABROAD = "+4915112345678"


def claim_for(clinic: Any, *lanes: Lane, configured: tuple[Lane, ...] | None = None, most: int = 50) -> list[str]:
    """The texts that these links get, by class; what fell due in the same instant has no order of its own."""
    given = {"lanes": lanes, "configured": lanes if configured is None else configured}
    claimed = claim(clinic, most=most, **given)
    return [each.text for each in sorted(claimed, key=lambda each: (CLASSES.index(each.message_class), each.id))]


def told(clinic: Any, *texts: str, **given: Any) -> None:
    for text in texts:
        tell(clinic, f"{text}:{len(clinic.texts())}", text=text, **given)


def test_without_a_link_that_is_up_nothing_is_claimed(clinic: Any) -> None:
    told(clinic, "one")
    assert claim_for(clinic, configured=(Lane("main"),)) == []
    assert claim_for(clinic, Lane("main")) == ["one"]


def test_a_link_gets_its_numbers_and_its_classes(clinic: Any) -> None:
    told(clinic, "home answer")
    told(clinic, "home bulk", message_class="bulk")
    told(clinic, "abroad", phone=ABROAD)
    told(clinic, "short", phone="10086")
    main, spare = Lane("main", prefixes=("+86", "100"), classes=("answer", "code")), Lane("spare")
    assert claim_for(clinic, main, configured=(main, spare)) == ["home answer", "short"]
    assert claim_for(clinic, spare, configured=(main, spare)) == ["abroad", "home bulk"]


def test_a_prefix_is_meant_as_it_is_written(clinic: Any) -> None:
    told(clinic, "abroad", phone=ABROAD)
    assert claim_for(clinic, Lane("main", prefixes=("5",)), configured=(Lane("main"),)) == []
    assert claim_for(clinic, Lane("main", prefixes=("49",)), configured=(Lane("main"),)) == ["abroad"]


def test_a_message_that_names_a_link_waits_for_it(clinic: Any) -> None:
    told(clinic, "named", link="spare")
    assert claim_for(clinic, Lane("main"), configured=(Lane("main"), Lane("spare"))) == []
    assert claim_for(clinic, Lane("spare"), configured=(Lane("main"), Lane("spare"))) == ["named"]


def test_a_link_that_is_for_named_messages_only_gets_no_others(clinic: Any) -> None:
    told(clinic, "any")
    told(clinic, "named", link="spare")
    main, spare = Lane("main"), Lane("spare", named_only=True)
    assert claim_for(clinic, spare, configured=(main, spare)) == ["named"]


def test_what_no_link_will_ever_carry_is_claimed_to_be_told_so(clinic: Any) -> None:
    told(clinic, "abroad", phone=ABROAD)
    told(clinic, "named", link="gone")
    told(clinic, "home")
    assert claim_for(clinic, configured=(Lane("main", prefixes=("86",)),)) == ["abroad", "named"]


def test_what_is_too_old_is_settled_though_its_link_is_down(clinic: Any) -> None:
    told(clinic, "old")
    clinic.wait(hours=24)
    assert claim_for(clinic, configured=(Lane("main"),)) == []
    assert states(clinic) == ["expired"]


@pytest.mark.parametrize(
    ("full", "claimed"),
    [
        (Lane("full", cost=Decimal("0.01"), full=ALL), []),  # cheaper: they wait for it
        (Lane("full", cost=Decimal("0.05"), full=ALL), ["home", "abroad"]),  # as dear as the free one
        (Lane("full", prefixes=("+86",), cost=Decimal(1), full=ALL), ["abroad"]),  # a longer prefix goes first
        (Lane("full", classes=("bulk",), full=ALL), ["home", "abroad"]),  # it would not carry them
        (Lane("full", cost=Decimal("0.01"), full=ALL, throttled=True), ["home", "abroad"]),  # goes last
        (Lane("full", cost=Decimal("0.01"), full=ALL, named_only=True), ["home", "abroad"]),
    ],
)
def test_what_belongs_to_a_link_without_room_waits_for_it(clinic: Any, full: Lane, claimed: list[str]) -> None:
    told(clinic, "home")
    told(clinic, "abroad", phone=ABROAD)
    assert claim_for(clinic, full, Lane("free", cost=Decimal("0.05"))) == claimed


def test_those_that_cannot_go_do_not_take_the_places_of_those_that_can(clinic: Any) -> None:
    told(clinic, *(f"down {n}" for n in range(5)))
    told(clinic, "up", phone=ABROAD)
    down, up = Lane("down", prefixes=("86",)), Lane("up", prefixes=("49",))
    assert claim_for(clinic, up, configured=(down, up), most=2) == ["up"]


def test_an_error_of_any_length_is_borne(clinic: Any) -> None:
    told(clinic, "one")
    settle(clinic, claim(clinic)[0], error="x" * 300)
    assert clinic.rows(Message.error) == ["x" * 80]


def test_a_claimed_message_tells_its_class_its_link_and_over_which_it_was_begun(clinic: Any) -> None:
    told(clinic, "one", message_class="notice", link="spare")
    [message] = claim(clinic)
    assert (message.message_class, message.link, message.sent_over) == ("notice", "spare", "")
    settle(clinic, message, SentPart(1, "spare", "A1"), error="link down", retry_at=clinic.moment, counts=False)
    [again] = claim(clinic)
    assert (again.sent, again.sent_over) == ({1}, "spare")


@pytest.mark.parametrize(
    ("state", "becomes"),
    [
        ("delivered", "delivered"),
        ("enroute", "sent"),
        ("accepted", "sent"),
        ("unknown", "sent"),
        ("undeliverable", "failed"),
        ("rejected", "failed"),
        ("deleted", "failed"),
        ("expired", "failed"),
    ],
)
def test_a_receipt_tells_what_became_of_it(clinic: Any, state: str, becomes: str) -> None:
    tell(clinic, "a")
    settle(clinic, claim(clinic)[0], SentPart(1, "main", "A1"))
    assert receipt(clinic, "A1", state, "27") is True
    assert states(clinic) == [becomes]
    assert clinic.rows(MessagePart.state, MessagePart.error) == [(state, "27")]


def test_a_long_message_is_delivered_when_all_its_segments_are(clinic: Any) -> None:
    tell(clinic, "long")
    settle(clinic, claim(clinic)[0], SentPart(1, "main", "A1"), SentPart(2, "main", "A2"))
    receipt(clinic, "A2", "delivered")
    assert states(clinic) == ["sent"]
    receipt(clinic, "A1", "delivered")
    assert states(clinic) == ["delivered"]


def test_one_lost_segment_spoils_the_message(clinic: Any) -> None:
    tell(clinic, "long")
    settle(clinic, claim(clinic)[0], SentPart(1, "main", "A1"), SentPart(2, "main", "A2"))
    receipt(clinic, "A1", "undeliverable", "1")
    receipt(clinic, "A2", "delivered")
    assert clinic.rows(Message.state, Message.error) == [("failed", "1")]


def test_a_receipt_that_overtakes_the_answer_waits_for_it(clinic: Any) -> None:
    tell(clinic, "a")
    [message] = claim(clinic)
    assert receipt(clinic, "A1", "enroute") is False
    assert receipt(clinic, "A1", "delivered") is False
    assert receipt(clinic, "B1", "delivered") is False  # somebody else's
    settle(clinic, message, SentPart(1, "main", "A1"))
    assert states(clinic) == ["delivered"]
    assert clinic.rows(Receipt.smsc_id) == ["B1"]


def test_an_early_receipt_of_a_message_put_back_is_applied_when_it_has_all_gone(clinic: Any) -> None:
    tell(clinic, "long")
    [message] = claim(clinic)
    receipt(clinic, "A1", "delivered")
    settle(clinic, message, SentPart(1, "main", "A1"), error="link down", retry_at=clinic.moment, counts=False)
    assert states(clinic) == ["queued"]
    [again] = claim(clinic)
    receipt(clinic, "A2", "delivered")
    settle(clinic, again, SentPart(2, "main", "A2"))
    assert states(clinic) == ["delivered"]


def test_the_same_receipt_twice_changes_nothing(clinic: Any) -> None:
    tell(clinic, "a")
    settle(clinic, claim(clinic)[0], SentPart(1, "main", "A1"))
    for _ in range(2):
        assert receipt(clinic, "A1", "delivered", "000") is True
    assert states(clinic) == ["delivered"]
    clinic.wait(hours=1)
    assert clinic.run(receipts.forget, now=clinic.moment) == 1


@pytest.mark.parametrize("later", ["undeliverable", "enroute", "unknown"])
def test_the_last_word_is_never_overwritten(clinic: Any, later: str) -> None:
    tell(clinic, "a")
    settle(clinic, claim(clinic)[0], SentPart(1, "main", "A1"))
    receipt(clinic, "A1", "delivered", "000")
    receipt(clinic, "A1", later, "27")
    assert clinic.rows(MessagePart.state, MessagePart.error) == [("delivered", "000")]
    assert states(clinic) == ["delivered"]


def test_a_failed_message_does_not_rise_again(clinic: Any) -> None:
    tell(clinic, "a")
    settle(clinic, claim(clinic)[0], SentPart(1, "main", "A1"))
    receipt(clinic, "A1", "rejected", "8")
    receipt(clinic, "A1", "delivered")
    assert clinic.rows(Message.state, Message.error) == [("failed", "8")]


def test_an_id_belongs_to_its_link_and_its_newest_segment(clinic: Any) -> None:
    tell(clinic, "first")
    tell(clinic, "second")
    first, second = claim(clinic)
    settle(clinic, first, SentPart(1, "main", "7"))
    settle(clinic, second, SentPart(1, "main", "7"))  # the SMS centre began to count anew
    assert receipt(clinic, "7", "delivered", link="other") is False
    assert receipt(clinic, "7", "delivered") is True
    assert states(clinic) == ["sent", "delivered"]


def test_ids_and_errors_of_any_length_are_borne(clinic: Any) -> None:
    tell(clinic, "a")
    [message] = claim(clinic)
    assert receipt(clinic, "9" * 300, "enroute", "x" * 300) is False
    settle(clinic, message, SentPart(1, "main", "9" * 300))
    assert receipt(clinic, "9" * 300, "delivered", "0" * 300) is True
    assert states(clinic) == ["delivered"]
    assert clinic.rows(Receipt.id) == []


def test_receipts_that_found_nothing_are_forgotten(clinic: Any) -> None:
    receipt(clinic, "old", "delivered")
    clinic.wait(days=1)
    receipt(clinic, "new", "delivered")
    assert clinic.run(receipts.forget, now=clinic.moment) == 0
    clinic.wait(days=1)
    assert clinic.run(receipts.forget, now=clinic.moment) == 1
    assert clinic.rows(Receipt.smsc_id) == ["new"]


def test_receipts_of_an_older_version_are_forgotten_too(clinic: Any) -> None:
    old = {"link": "main", "smsc_id": "A1", "state": "delivered", "received_at": clinic.moment}
    clinic.run(lambda session: session.add(Receipt(**old)))
    clinic.wait(days=2)
    assert clinic.run(receipts.forget, now=clinic.moment) == 1


# Broadcasts


def broadcast(clinic: Any, many: int, *, centre: int | None = None, **given: Any) -> int:
    """A broadcast that is being sent, with so many messages; its number."""
    now = clinic.moment
    owner = {"title": "t", "consent_class": "public", "expression": "all", "texts": {}, "created_by": "test"}
    started = {"state": "sending", "created_at": now, "start_at": now, "centre_id": centre, **given}

    def write(session: Session) -> int:
        made = Broadcast(**owner, **started)
        session.add(made)
        session.flush()
        row = {"phone": PHONE, "text": f"b{made.id}", "message_class": "bulk", "broadcast_id": made.id, "due_at": now}
        row |= {"expires_at": now + dt.timedelta(hours=24), "created_at": now, "state": "queued"}
        session.execute(insert(Message), [{**row, "occasion": f"broadcast:{made.id}:{n:08}"} for n in range(many)])
        return made.id

    return int(clinic.run(write))


def shares(clinic: Any, most: int, turn: int = 0) -> Counter[str]:
    return Counter(message.text for message in claim(clinic, most=most, turn=turn))


def test_a_small_broadcast_does_not_wait_for_a_large_one(clinic: Any) -> None:
    broadcast(clinic, 100)
    broadcast(clinic, 3)
    assert shares(clinic, 20) == {"b1": 17, "b2": 3}


def test_centres_share_evenly_however_many_broadcasts_they_have(clinic: Any) -> None:
    for centre, many in ((1, 3), (2, 1), (None, 1)):
        for _ in range(many):
            broadcast(clinic, 50, centre=centre)
    tell(clinic, "of none", message_class="bulk", text="alone")
    assert shares(clinic, 40) == {"alone": 1, "b1": 5, "b2": 4, "b3": 4, "b4": 13, "b5": 13}


def test_where_there_is_less_room_than_broadcasts_they_take_turns(clinic: Any) -> None:
    for _ in range(3):
        broadcast(clinic, 9)
    assert sum((shares(clinic, 1, turn=turn) for turn in range(6)), Counter()) == {"b1": 2, "b2": 2, "b3": 2}


@pytest.mark.parametrize("state", ["draft", "preparing", "waiting", "paused", "done", "cancelled"])
def test_only_what_is_sending_is_claimed(clinic: Any, state: str) -> None:
    broadcast(clinic, 1, state=state)
    broadcast(clinic, 1, start_at=clinic.moment + SECOND)
    assert claim(clinic) == []


def test_each_class_has_a_room_of_its_own(clinic: Any) -> None:
    broadcast(clinic, 50)
    for n in range(9):
        tell(clinic, f"n{n}", message_class="notice")
        tell(clinic, f"a{n}")
    claimed = clinic.run(outbox.claim, sender="one", rooms={"answer": 3, "notice": 2, "bulk": 5}, now=clinic.moment)
    assert Counter(each.message_class for each in claimed) == {"answer": 3, "notice": 2, "bulk": 5}


def test_a_broadcast_is_found_by_its_index_however_much_the_outbox_holds(clinic: Any) -> None:
    for _ in range(3):
        broadcast(clinic, 3000)
    seen: list[str] = []
    engine = clinic.run.__self__.engine
    explain = "explain " if engine.dialect.name == "postgresql" else "explain query plan "

    def look(_c: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM message" in statement and "broadcast_id =" in statement:
            cursor.execute(explain + statement, parameters)
            seen.append("\n".join(str(row[-1]) for row in cursor.fetchall()))

    event.listen(engine, "before_cursor_execute", look)
    try:
        claim(clinic)
    finally:
        event.remove(engine, "before_cursor_execute", look)
    assert len(seen) >= 3
    assert all("ix_message_broadcast" in plan for plan in seen)


def test_what_a_broadcast_has_is_counted_by_state(clinic: Any) -> None:
    number = broadcast(clinic, 5)
    claim(clinic, most=1)
    assert clinic.run(outbox.counts, broadcast=number) == {"sending": 1, "queued": 4}


def test_segments_are_counted_by_the_month_of_the_installation(clinic: Any) -> None:
    for occasion in ("a", "b", "c"):
        tell(clinic, occasion)
    for message, parts, own in zip(claim(clinic), (1, 3, 2), (True, True, False), strict=True):
        settle(clinic, message, *(SentPart(n, "main", f"{message.id}-{n}") for n in range(1, parts + 1)), on_net=own)
    assert clinic.rows(SmsUsage.month, SmsUsage.on_net, SmsUsage.segments) == [
        ("2027-03", True, 4),
        ("2027-03", False, 2),
    ]


# Messages of which nobody knows what became of them


def lost(clinic: Any, phone: str = PHONE, **given: Any) -> None:
    """One that was written, and not answered."""
    tell(clinic, f"lost {len(clinic.texts())}", phone=phone, message_class="bulk", **given)
    settle(clinic, claim(clinic)[0], error="not answered", unknown=True, segments=1)


def receipt_of(clinic: Any, phone: str, state: str = "delivered", smsc_id: str = "X1") -> bool:
    """A receipt with an id that we were never told."""
    told = [Told(smsc_id, state, "000", None, (phone.removeprefix("+"), "12580120"))]
    return bool(clinic.run(receipts.record, link="main", told=told, now=clinic.moment))


@pytest.mark.parametrize(("state", "becomes"), [("delivered", "delivered"), ("undeliverable", "failed")])
def test_a_receipt_tells_what_became_of_an_unknown_one(clinic: Any, state: str, becomes: str) -> None:
    lost(clinic)
    assert states(clinic) == ["unknown"]
    assert receipt_of(clinic, PHONE, state)
    assert states(clinic) == [becomes]
    assert clinic.rows(Receipt.id) == []


def test_a_receipt_from_another_phone_tells_nothing(clinic: Any) -> None:
    lost(clinic)
    assert not receipt_of(clinic, "+8615400000099")
    assert states(clinic) == ["unknown"]


def test_of_two_unknown_ones_to_a_phone_neither_is_guessed(clinic: Any) -> None:
    lost(clinic)
    lost(clinic)
    assert not receipt_of(clinic, PHONE)
    assert states(clinic) == ["unknown", "unknown"]


def test_while_another_is_on_its_way_to_the_phone_it_may_be_that_ones(clinic: Any) -> None:
    lost(clinic)
    tell(clinic, "code")
    [code] = claim(clinic)
    assert not receipt_of(clinic, PHONE)
    settle(clinic, code, SentPart(1, "main", "X1"))
    assert states(clinic) == ["unknown", "delivered"]


def test_an_unknown_long_one_is_delivered_when_all_its_segments_are(clinic: Any) -> None:
    tell(clinic, "long", message_class="bulk")
    settle(clinic, claim(clinic)[0], SentPart(1, "main", "A1"), error="not answered", unknown=True, segments=2)
    receipt(clinic, "A1", "delivered")
    assert states(clinic) == ["unknown"]
    assert receipt_of(clinic, PHONE)
    assert states(clinic) == ["delivered"]
