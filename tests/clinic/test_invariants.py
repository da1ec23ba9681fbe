"""What must be true at every moment, and that each rule notices when it is not."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from clinic import invariants

BROKEN = {
    "update clinic_session set taken = taken + 1 where id = 1": "session 1: taken 2, capacity 40, held 1",
    "update clinic_session set capacity = 0 where id = 1": "session 1: taken 1, capacity 0, held 1",
    "insert into session_share (clinic_session_id, pool, places, taken) values (1, 'onsite', 39, 1)": (
        "session 1: capacity 40, taken 1, places 39, pooled 1, over 0"
    ),
    "update clinic_session set last_number = 0 where id = 1": "visit 1: queue 1, last_number 0",
    "update voucher set state = 'cancelled'": "visit 1: state booked, voucher cancelled",
    "delete from voucher": "visit 1: state booked, voucher None",
    "update visit set hold_until = booked_at": "visit 1: state booked, waits 1",
    "update visit set paid = 5": "visit 1: state booked, paid 5, charged 0, back 0",
    "insert into ledger_account (centre_id, kind, key, currency, balance, opened_at)"
    " values (1, 'cash', '', 'CNY', 7, '2027-03-08')": "account 1: balance 7, postings 0",
    "insert into ledger_entry (occasion, centre_id, kind, at, by, note)"
    " values ('x', 1, 'topup', '2027-03-08', '', '')": "entry 1: sum None, postings 0",
    "insert into payment (occasion, kind, method, provider, centre_id, phone, amount, currency, state, correlation_id,"
    " server_correlation_id, reference, tries, error, created_at) values"
    " ('x', 'charge', 'cash', '', 1, '', 5, 'CNY', 'completed', 'x', '', '', 0, '', '2027-03-08')": (
        "payment 1: state completed, entries 0"
    ),
}


def test_nothing_is_broken_where_people_book_and_cancel(clinic: Any) -> None:
    visit = clinic.book()
    clinic.book(2, clinic.person("李强", "360426199101010071"))
    clinic.cancel(visit.id)
    assert clinic.run(invariants.broken) == []


@pytest.mark.parametrize(("change", "found"), BROKEN.items(), ids=[words.split(" values")[0] for words in BROKEN])
def test_what_is_broken_is_found(clinic: Any, change: str, found: str) -> None:
    clinic.book()
    clinic.run(lambda session: session.execute(text(change)) and None)
    assert [f"{each.subject}: {each.said}" for each in clinic.run(invariants.broken)] == [found]


def test_at_most_so_many_of_each_rule(clinic: Any) -> None:
    clinic.book_many(5)
    clinic.run(lambda session: session.execute(text("update visit set paid = 5")) and None)
    assert len(clinic.run(invariants.broken, most=3)) == 3
