"""Until when giving up has no consequence: the rule's moment to the minute, paid and unpaid, moved, not paid yet."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic.errors import NotCancellable
from clinic.fairness import cancelling
from clinic.money import ledger
from clinic.tables import AccountPhone, Centre, LedgerAccount, Payment, Visit
from conf.texts.words import Money
from tests.clinic.conftest import PHONE


def then(fair: Any, visit: int) -> Any:
    """What giving it up now would mean: late, whether money comes back."""
    found = fair.clinic.run(cancelling.consequence, visit=visit, now=fair.clinic.moment)
    return found.late, found.refunds


def account_with(fair: Any, amount: int) -> None:
    """The phone has an account at the first centre, with this much in it."""

    def open_(session: Any) -> None:
        centre, now = session.get_one(Centre, 1), fair.clinic.moment
        cash = ledger.account(session, centre, "cash", now=now)
        held = ledger.account(session, centre, "resident", "1", now=now)
        session.add(AccountPhone(account_id=held.id, phone=PHONE, linked_at=now, linked_by="test"))
        sides = {cash.id: amount, held.id: -amount}
        ledger.post(session, occasion="top-up", kind="topup", sides=sides, by="test", now=now)

    fair.clinic.run(open_)


def balance(fair: Any) -> int:
    return -fair.clinic.rows(LedgerAccount.balance, LedgerAccount.kind)[1][0]


def test_without_a_rule_an_unpaid_visit_is_given_up_freely_until_its_session_ends(fair: Any) -> None:
    visit = fair.book("2027-03-10")
    fair.at("2027-03-10", 11, 29)
    assert then(fair, visit.id) == (False, True)
    fair.clinic.cancel(visit.id)
    assert fair.clinic.rows(Visit.state, Visit.cancelled_for) == [("cancelled", "own")]


def test_a_session_that_is_over_cannot_be_given_up(fair: Any) -> None:
    visit = fair.book("2027-03-10")
    fair.at("2027-03-10", 11, 30)
    with pytest.raises(NotCancellable):
        fair.clinic.cancel(visit.id)


@pytest.mark.parametrize(
    ("at", "refunded"), [(("2027-03-09", 23, 59), True), (("2027-03-10", 0, 0), False), (("2027-03-10", 7, 0), False)]
)
def test_what_was_paid_comes_back_up_to_the_day_before(fair: Any, at: Any, refunded: bool) -> None:
    fair.at("2027-03-08")
    account_with(fair, 2000)
    visit = fair.clinic.book(fair.offered("2027-03-10"), pays="account")
    assert balance(fair) == 750
    fair.at(*at)
    assert then(fair, visit.id) == (False, refunded)
    fair.clinic.cancel(visit.id)
    assert balance(fair) == (2000 if refunded else 750)
    assert ("refund" in fair.clinic.rows(Payment.kind)) is refunded
    assert fair.clinic.rows(Visit.state, Visit.cancelled_for, Visit.paid) == [
        ("cancelled", "own", 0 if refunded else 1250)
    ]


@pytest.mark.parametrize(("minute", "late"), [(0, False), (1, True)])
def test_a_rule_says_to_the_minute_when_it_is_too_late(fair: Any, minute: int, late: bool) -> None:
    fair.cancel_rule(1, dt.time(15))
    fair.at("2027-03-08")
    account_with(fair, 2000)
    visit = fair.clinic.book(fair.offered("2027-03-10"), pays="account")
    fair.at("2027-03-09", 15, minute)
    found = fair.clinic.run(cancelling.consequence, visit=visit.id, now=fair.clinic.moment)
    assert (found.late, found.refunds, found.paid) == (late, not late, Money(1250))
    assert found.until.isoformat() == "2027-03-09T15:00:00+08:00"
    fair.clinic.cancel(visit.id)
    assert fair.clinic.rows(Visit.cancelled_for) == ["late" if late else "own"]
    assert balance(fair) == (750 if late else 2000)
    assert fair.clinic.places(fair.offered("2027-03-10"))[0] == 0  # the place is free for others, late or not


def test_a_centres_own_rule_goes_before_the_installations(fair: Any) -> None:
    fair.cancel_rule(3, dt.time(8))
    fair.cancel_rule(0, dt.time(7, 30), centre="DY")
    fair.at("2027-03-08")
    here, elsewhere = (fair.clinic.book(fair.offered("2027-03-10", each)) for each in (1, 3))
    fair.at("2027-03-09", 12)
    assert then(fair, here.id) == (False, True)
    assert then(fair, elsewhere.id) == (True, False)


def test_the_rule_that_holds_on_the_day_of_giving_up_counts(fair: Any) -> None:
    fair.cancel_rule(5, dt.time(8), valid_until=dt.date(2027, 3, 8))
    fair.cancel_rule(1, dt.time(8), valid_from=dt.date(2027, 3, 9))
    visit = fair.book("2027-03-12")
    fair.at("2027-03-08")
    assert then(fair, visit.id) == (True, False)
    fair.at("2027-03-09")
    assert then(fair, visit.id) == (False, True)


def test_whom_the_centre_moved_too_late_is_never_late(fair: Any) -> None:
    fair.cancel_rule(1, dt.time(15))
    visit = fair.book("2027-03-10")
    fair.at("2027-03-10", 7)
    fair.set(Visit, visit.id, moved_at=fair.clinic.moment - dt.timedelta(hours=1))
    assert then(fair, visit.id) == (False, True)


def test_what_waits_to_be_paid_is_no_visit_yet(fair: Any) -> None:
    fair.cancel_rule(1, dt.time(15))
    visit = fair.book("2027-03-10", pays="mobile")
    assert then(fair, visit.id) == (False, True)


def test_what_was_paid_is_told_in_the_centres_currency(fair: Any) -> None:
    visit = fair.book("2027-03-10")
    fair.clinic.run(lambda s: setattr(s.get_one(Centre, 1), "currency", "ZMW"))
    found = fair.clinic.run(cancelling.consequence, visit=visit.id, now=fair.clinic.moment)
    assert found.paid == Money(0, "ZMW")
