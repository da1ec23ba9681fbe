"""Messages are found by whom, when and what, the newest first, by an index each time; and it is told why they went."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, text

from clinic import clients, correspondence, messages, outbox, receipts, residents
from clinic.correspondence import Wanted
from clinic.outbox import SentPart, Settled
from clinic.staff import notices as staff_notices
from clinic.tables import Audit, Broadcast, Message, Staff
from tests.clinic.conftest import NOW, OTHER_IDENTITY, OTHER_PHONE, PHONE
from tests.clinic.visit_notices.conftest import plan_of

DAY = dt.timedelta(days=1)


def find(clinic: Any, most: int = 50, before: int | None = None, shown: bool = False, **wanted: Any) -> Any:
    return clinic.run(correspondence.find, wanted=Wanted(**wanted), most=most, before=before, shown=shown)


def kinds(found: Any) -> list[str]:
    return [line.kind for line in found]


def tell(clinic: Any, occasion: str, phone: str = PHONE, **given: Any) -> None:
    words = {"text": "t", "now": clinic.moment, "channel": "sms", **given}
    clinic.run(messages.tell_text, occasion=occasion, phone=phone, **words)


def test_by_phone_the_newest_first_and_masked(clinic: Any) -> None:
    visit = clinic.book()
    clinic.book(1, clinic.person("李强", OTHER_IDENTITY), OTHER_PHONE)
    clinic.cancel(visit.id)
    found = find(clinic, phone=PHONE)
    assert kinds(found) == ["visit.cancelled_sms", "visit.code_sms"]
    line = found[1]
    assert (line.phone, line.person, line.state, line.source, line.who) == (
        "+86154****0001",
        "王*",
        "cancelled",
        "booking",
        "",
    )
    assert (line.created_at, line.due_at) == (clinic.moment, clinic.moment)
    assert [(each.phone, each.person) for each in find(clinic, phone=OTHER_PHONE, shown=True)] == [
        (OTHER_PHONE, "李强")
    ]


def test_by_person(clinic: Any) -> None:
    clinic.book()
    clinic.book(1, clinic.person("李强", OTHER_IDENTITY))
    resident = clinic.run(residents.by_digest, digest=clinic.vault.seal(OTHER_IDENTITY).digest)
    assert resident == 2
    assert [line.person for line in find(clinic, resident=resident)] == ["李*"]
    assert clinic.run(residents.by_digest, digest="none") is None


def test_by_day_kind_state_and_class(clinic: Any) -> None:
    clinic.book()
    clinic.wait(days=1)
    tell(clinic, "x:1", kind="care.due", message_class="notice")
    clinic.wait(days=1)
    tell(clinic, "x:2", kind="care.due", message_class="notice")
    midnight = NOW.replace(hour=0, minute=0)
    assert kinds(find(clinic, since=midnight, until=midnight + DAY)) == ["visit.code_sms"]
    assert kinds(find(clinic, since=midnight + DAY)) == ["care.due", "care.due"]
    assert kinds(find(clinic, until=midnight + 2 * DAY)) == ["care.due", "visit.code_sms"]
    assert find(clinic, since=midnight + 9 * DAY) == []
    assert len(find(clinic, kind="care.due", message_class="notice", state="queued")) == 2
    assert find(clinic, state="failed") == []


def test_messages_whose_numbers_do_not_grow_with_their_time_are_found_all_the_same(clinic: Any) -> None:
    """A transaction that takes long writes late what it was told the time of early."""
    order = [0, 40, 10, 50, 20, 70, 60, 130, 90, 100]
    for place, minutes in enumerate(order):
        tell(clinic, f"x:{place}", now=NOW + dt.timedelta(minutes=minutes))
    for since in range(0, 140, 10):
        for until in range(since, 150, 10):
            wanted = {"since": NOW + dt.timedelta(minutes=since), "until": NOW + dt.timedelta(minutes=until)}
            expected = [place + 1 for place, minutes in enumerate(order) if since <= minutes < until]
            assert [line.id for line in find(clinic, **wanted)] == expected[::-1]


def test_page_by_page(clinic: Any) -> None:
    for place in range(5):
        tell(clinic, f"x:{place}")
    first = find(clinic, most=2, phone=PHONE)
    second = find(clinic, most=2, phone=PHONE, before=first[-1].id)
    assert [line.id for line in [*first, *second]] == [5, 4, 3, 2]


def test_what_became_of_it_with_its_segments_and_receipts(clinic: Any) -> None:
    tell(clinic, "x:1")
    [claimed] = clinic.run(outbox.claim, sender="one", rooms={"answer": 1}, now=clinic.moment)
    parts = [SentPart(1, "main", "A1"), SentPart(2, "main", "A2")]
    clinic.run(outbox.settle_many, outcomes=[Settled(claimed, parts)], now=clinic.moment)
    clinic.run(receipts.record, link="main", told=[receipts.Told("A2", "rejected", "8")], now=clinic.moment)
    [line] = find(clinic, phone=PHONE)
    assert (line.state, line.error, line.attempts) == ("failed", "8", 1)
    assert [(part.number, part.link, part.smsc_id, part.state, part.error) for part in line.segments] == [
        (1, "main", "A1", "sent", None),
        (2, "main", "A2", "rejected", "8"),
    ]


def test_why_it_went_and_who_has_sent_it(clinic: Any) -> None:
    def write(session: Any) -> None:
        cast = Broadcast(
            title="体检通知", consent_class="public", expression="", texts={}, state="sending", created_by="wang",
            created_at=NOW, sent_by="li",
        )  # fmt: skip
        session.add(cast)
        session.add(Staff(centre_id=1, code="9", name="赵医生", phone=OTHER_PHONE, role="doctor", active=True))
        session.flush()

    clinic.run(write)
    clinic.run(clients.new, name="his", classes=["notice"], webhook="", vault=clinic.vault, now=NOW)
    clinic.run(staff_notices.notify, staff=[1], text="开会", by="zhao", language="zh", now=NOW)
    tell(clinic, "reply:7")
    tell(clinic, "cli:1")
    tell(clinic, "visit:1:eve", message_class="notice", kind="remind.eve_sms")
    tell(clinic, f"{messages.INSTEAD}visit:1:eve", message_class="notice", kind="remind.eve_sms", channel="voice")
    clinic.run(
        lambda s: s.add_all(
            [row(occasion="broadcast:1:00000001", broadcast_id=1), row(occasion="client:1:1", client_id=1)]
        )
    )
    assert [(line.source, line.about, line.who) for line in find(clinic)][::-1] == [
        ("staff notice", "1", "zhao"),
        ("reply", "7", ""),
        ("command line", "", ""),
        ("notice", "", ""),
        ("notice", "call instead of an SMS that did not come", ""),
        ("broadcast", "1 体检通知", "li"),
        ("program", "", "his"),
    ]
    assert [line.source for line in find(clinic, broadcast=1)] == ["broadcast"]
    assert [line.source for line in find(clinic, broadcast=1, state="queued")] == ["broadcast"]
    assert find(clinic, broadcast=2) == []
    assert [line.who for line in find(clinic, client="his")] == ["his"]
    assert find(clinic, client="nobody") == []


def row(**given: Any) -> Message:
    return Message(
        phone=PHONE, text="t", message_class="bulk", channel="sms", state="queued", due_at=NOW,
        expires_at=NOW + DAY, created_at=NOW, **given,
    )  # fmt: skip


def test_the_kinds_of_the_last_month_are_counted(clinic: Any) -> None:
    tell(clinic, "x:0", kind="old.kind", now=NOW - 40 * DAY)
    clinic.book_many(2)
    tell(clinic, "x:1", kind="care.due")
    assert clinic.run(correspondence.kinds, now=clinic.moment) == [("care.due", 1), ("visit.code_sms", 2)]


def test_the_whole_text_but_not_that_of_a_code(clinic: Any) -> None:
    tell(clinic, "x:1", text="会议改期")
    tell(clinic, "x:2", text="验证码 123456", message_class="code")
    assert [clinic.run(correspondence.text_of, message=number) for number in (1, 2, 3)] == ["会议改期", "", None]
    assert clinic.run(correspondence.get, message=3) is None


def test_who_has_seen_what_is_written_down(clinic: Any) -> None:
    clinic.run(correspondence.note_shown, messages=[4, 2], what="shown", by="li", now=NOW)
    assert clinic.rows(Audit.actor, Audit.action, Audit.subject) == [
        ("staff:li", "message.shown", "message:4"),
        ("staff:li", "message.shown", "message:2"),
    ]


# How the databases find them


@pytest.fixture
def many(clinic: Any, store: Any) -> Any:
    """Twenty thousand messages, nearly all of two broadcasts, a phone for each ten, in the course of some days."""
    postgresql = store.engine.dialect.name == "postgresql"
    series = (
        "generate_series(1, 20000) as n(i)"
        if postgresql
        else "(with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) select i from n)"
    )
    moment = (
        "timestamp '2027-03-01' + i * interval '30 seconds'"
        if postgresql
        else "strftime('%Y-%m-%d %H:%M:%f', '2027-03-01', '+' || (i * 30) || ' seconds')"
    )
    phone = "'+86154' || lpad((i % 2000)::text, 8, '0')" if postgresql else "'+86154' || printf('%08d', i % 2000)"

    def write(session: Any) -> None:
        for number in (1, 2):
            session.add(
                Broadcast(
                    id=number,
                    title="t",
                    consent_class="public",
                    expression="",
                    texts={},
                    state="sending",
                    created_by="w",
                    created_at=NOW - 7 * DAY,
                )
            )
        session.flush()
        session.execute(
            text(
                "insert into message (occasion, phone, text, message_class, channel, state, due_at, expires_at,"
                " attempts, created_at, broadcast_id, resident_id)"
                f" select 'o' || i, {phone}, 't', 'bulk', 'sms', case when i % 900 = 0 then 'failed' else 'delivered'"
                f" end, {moment}, {moment}, 1, {moment},"
                " case when i % 50 = 0 then null when i < 10000 then 1 else 2 end,"
                f" case when i % 50 = 0 then i else null end from {series}"
            )
        )

    clinic.run(write)
    if postgresql:
        clinic.run(lambda s: s.execute(text("analyze message")) and None)
    return store


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({"phone": "+8615400000007"}, "ix_message_phone"),
        ({"phone": "+8615400000007", "state": "failed"}, "ix_message_phone"),
        ({"resident": 1250}, "ix_message_resident_id"),
        ({"since": NOW - 4 * DAY, "until": NOW - 3 * DAY}, "key"),
        ({"since": NOW - 4 * DAY, "until": NOW - 3 * DAY, "kind": "care.due"}, "key"),
        ({"broadcast": 2}, "key"),
        ({"broadcast": 2, "state": "failed"}, "ix_message_broadcast"),
    ],
)
def test_each_question_has_its_index(many: Any, clinic: Any, wanted: Any, index: str) -> None:
    query = clinic.run(lambda session: correspondence.query(session, Wanted(**wanted)))
    plan = plan_of(many, query, as_it_is=True).lower()
    keys = ("integer primary key", "pk_message") if index == "key" else (index,)
    assert any(key in plan for key in keys), plan
    assert "scan message\n" not in f"{plan}\n"
    assert "seq scan" not in plan


def test_a_day_is_found_by_few_looks_at_the_key(many: Any, clinic: Any) -> None:
    midnight = dt.datetime(2027, 3, 4, tzinfo=dt.UTC)
    number = clinic.run(lambda session: correspondence._number_at(session, midnight))
    assert number == 3 * 24 * 120
    assert len(find(clinic, most=10_000, since=midnight, until=midnight + DAY)) == 24 * 120


def test_an_occasion_is_found_by_its_index(many: Any, clinic: Any) -> None:
    for occasions in (["o50"], ["o50", "o100", "o150"]):
        query = clinic.run(lambda s, o=occasions: select(Message.id).where(messages.under(s, *o)))
        assert "uq_message_occasion" in plan_of(many, query, as_it_is=True)
