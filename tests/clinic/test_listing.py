"""What staff look up: the visits of a day, masked, and T-codes of any centre."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic import kiosks, listing, messages, outbox, receipts
from clinic.outbox import SentPart, Settled
from clinic.phones import masked_phone
from tcode import number


def test_visits_are_listed_by_department_and_number_with_name_and_phone_masked(clinic: Any) -> None:
    first, second = clinic.book_many(2)
    rows = clinic.run(listing.visits, day=clinic.moment.date())
    assert [(row.id, row.queue) for row in rows] == [(first.id, 1), (second.id, 2)]
    assert {row.state for row in rows} == {"booked"}
    assert {row.tcode for row in rows} == {"issued"}
    assert all("****" in row.phone for row in rows)
    assert all("*" in row.name for row in rows)


def test_only_the_day_and_the_centre_that_were_asked_for(clinic: Any) -> None:
    clinic.book()
    today = clinic.moment.date()
    assert len(clinic.run(listing.visits, day=today, centre="DY")) == 1
    assert clinic.run(listing.visits, day=today, centre="NH") == []
    assert clinic.run(listing.visits, day=today + dt.timedelta(days=1)) == []


def test_no_more_than_asked_for(clinic: Any) -> None:
    clinic.book_many(3)
    assert [row.queue for row in clinic.run(listing.visits, day=clinic.moment.date(), most=2)] == [1, 2]


def test_a_tcode_is_found_by_its_number_whatever_its_centre(clinic: Any) -> None:
    visit = clinic.book()
    found = clinic.run(listing.voucher, number=visit.number)
    assert (found.visit, found.number) == (visit.id, visit.number)
    assert clinic.run(listing.voucher, number=number.mint()) is None


def test_centres_and_the_last_day_of_their_sessions(clinic: Any) -> None:
    assert clinic.run(listing.centre_codes) == ["DY", "NH"]
    assert clinic.run(listing.last_day) == clinic.moment.date() + dt.timedelta(days=1)


def test_all_kiosks_are_listed_the_revoked_ones_too(clinic: Any) -> None:
    for centre, name in (("NH", "Door"), ("DY", "Hall")):
        clinic.run(kiosks.enrol, centre=centre, name=name, now=clinic.moment)
    clinic.run(kiosks.revoke, kiosk=1, now=clinic.moment)
    rows = clinic.run(kiosks.enrolled)
    assert [(row.centre, row.name, row.revoked_at is None) for row in rows] == [
        ("DY", "Hall", True),
        ("NH", "Door", False),
    ]


@pytest.mark.parametrize(
    ("phone", "shown"), [("+8613800138000", "+86138****8000"), ("12580", "****"), ("1234567890", "****")]
)
def test_of_a_phone_only_its_ends_are_shown(phone: str, shown: str) -> None:
    assert masked_phone(phone) == shown


def test_a_message_of_the_outbox_and_its_segments(clinic: Any) -> None:
    assert clinic.run(listing.message, occasion="cli:1") is None
    clinic.run(messages.tell_text, occasion="cli:1", phone="+8615400000001", text="t", now=clinic.moment)
    assert clinic.run(listing.message, occasion="cli:1").state == "queued"
    [claimed] = clinic.run(outbox.claim, sender="one", rooms={"answer": 1}, now=clinic.moment)
    parts = [SentPart(1, "main", "A1"), SentPart(2, "main", "A2")]
    clinic.run(outbox.settle_many, outcomes=[Settled(claimed, parts)], now=clinic.moment)
    clinic.run(receipts.record, link="main", told=[receipts.Told("A2", "rejected", "8")], now=clinic.moment)
    found = clinic.run(listing.message, occasion="cli:1")
    assert (found.state, found.error, found.attempts) == ("failed", "8", 1)
    assert [(part.number, part.link, part.smsc_id, part.state, part.error) for part in found.segments] == [
        (1, "main", "A1", "sent", None),
        (2, "main", "A2", "rejected", "8"),
    ]
