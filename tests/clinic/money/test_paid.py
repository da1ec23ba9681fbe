"""A visit paid by mobile money: asked for, answered, lost, late, twice, wrong."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from clinic.errors import NotEnough, NotPossible
from clinic.money import asking, troubles
from clinic.money.ways import OnItsWay
from clinic.rows import reads
from clinic.tables import Message, Payment, Visit, Voucher
from tests.clinic.conftest import OTHER_PHONE
from tests.clinic.money.conftest import FEE, PROVIDER, Till


def test_a_visit_is_held_until_it_is_paid_and_then_has_its_code(till: Till) -> None:
    visit = till.book()
    assert (visit.state, visit.number, visit.hold_until) == ("pending", "", till.now + dt.timedelta(minutes=15))
    assert till.texts() == []
    (due,) = till.claim()
    assert (due.kind, due.provider, due.phone, due.amount, due.currency) == ("charge", PROVIDER, *SAID)
    assert (due.next, due.tries, due.state) == ("ask", 1, "asked")
    assert till.run(asking.pending, payment=due.id, server_correlation_id="s1", now=till.now)
    till.clinic.wait(seconds=30)
    (due,) = till.claim()
    assert (due.next, due.server_correlation_id, due.tries) == ("poll", "s1", 2)

    assert till.complete(due.id) == "booked"

    assert till.visits() == [("booked", 1250)]
    assert till.clinic.rows(Voucher.state) == ["issued"]
    assert [text[:4] for text in till.texts()] == ["预约成功"]
    assert till.books() == {"provider:wallet": 1250, "fees": -1250}
    assert till.claim() == []
    assert till.broken() == []


SAID = ("+8615400000001", FEE, "CNY")


def test_what_is_said_twice_counts_once(till: Till) -> None:
    till.book()
    (due,) = till.claim()
    assert [till.complete(due.id) for _ in range(3)] == ["booked", "repeated", "repeated"]
    assert till.fail(due.id) == "repeated"
    assert till.books() == {"provider:wallet": 1250, "fees": -1250}
    assert len(till.texts()) == 1


def test_the_answer_may_be_here_before_the_acceptance(till: Till) -> None:
    till.book()
    (due,) = till.claim()
    till.complete(due.id)
    assert not till.run(asking.pending, payment=due.id, server_correlation_id="late", now=till.now)
    assert not till.run(asking.unknown, payment=due.id, now=till.now)
    assert till.payments() == [("charge", "mobile", "completed", 1250)]


def test_no_answer_is_no_failure_it_is_asked_again_with_the_same_correlation(till: Till) -> None:
    till.book()
    seen, pauses = [], []
    for _ in range(5):
        (due,) = till.claim()
        seen.append((due.correlation_id, due.next, due.tries))
        assert till.run(asking.unknown, payment=due.id, now=till.now)
        looks = till.clinic.rows(Payment.look_at)[0] - till.now
        pauses.append(looks.total_seconds())
        assert till.claim() == []
        till.clinic.wait(seconds=looks.total_seconds())
    assert len({correlation for correlation, _, _ in seen}) == 1
    assert [(what, tries) for _, what, tries in seen] == [("ask", n) for n in range(1, 6)]
    assert pauses == [5, 10, 20, 40, 80]
    assert till.visits() == [("pending", 0)]


def test_pauses_grow_to_six_hours_and_not_further() -> None:
    assert [asking.pause(tries) for tries in (0, 1, 2)] == [dt.timedelta(seconds=s) for s in (5, 5, 10)]
    assert asking.pause(60) == asking.pause(10_000) == dt.timedelta(hours=6)


def test_what_one_has_claimed_is_nobody_elses_for_the_lease(till: Till) -> None:
    till.book()
    assert len(till.claim()) == 1
    assert till.claim() == []
    till.clinic.wait(seconds=31)
    assert [due.tries for due in till.claim()] == [2]


def test_a_failed_payment_is_told_and_the_place_stays_held_to_be_paid_again(till: Till) -> None:
    visit = till.book()
    (due,) = till.claim()
    assert till.fail(due.id) == "failed"
    assert till.texts() == ["支付未成功：全科3月8日周一上午，12.50元。该号为您保留到07:45，请在“我的账户”中重新支付。"]
    till.clinic.wait(minutes=5)
    held = till.again(visit.id)
    assert (held.state, held.hold_until) == ("pending", visit.hold_until)
    (second,) = till.claim()
    assert second.correlation_id != due.correlation_id
    assert till.complete(second.id, reference="R2") == "booked"
    assert till.payments() == [("charge", "mobile", "failed", 1250), ("charge", "mobile", "completed", 1250)]
    assert till.broken() == []


def test_it_may_be_paid_another_way_from_the_account(till: Till) -> None:
    visit = till.book()
    till.account(2000)
    (due,) = till.claim()
    till.fail(due.id)
    booked = till.again(visit.id, "account")
    assert (booked.state, booked.paid.fen) == ("booked", 1250)
    assert booked.number
    assert [text[:4] for text in till.texts()] == ["支付未成", "预约成功"]
    assert till.books() == {"cash": 2000, "resident:1": -750, "fees": -1250}
    assert till.broken() == []


def test_an_account_that_holds_too_little_changes_nothing(till: Till) -> None:
    visit = till.book()
    till.account(1249)
    till.fail(till.claim()[0].id)
    with pytest.raises(NotEnough):
        till.again(visit.id, "account")
    assert till.visits() == [("pending", 0)]
    assert till.broken() == []


def test_nobody_pays_twice_while_the_first_may_still_come(till: Till) -> None:
    visit = till.book()
    with pytest.raises(OnItsWay):
        till.again(visit.id)
    till.claim()
    with pytest.raises(OnItsWay):
        till.again(visit.id)


def test_only_who_booked_pays_again_and_only_as_long_as_it_is_held(till: Till) -> None:
    visit = till.book()
    till.fail(till.claim()[0].id)
    with pytest.raises(NotPossible):
        till.again(visit.id, phone=OTHER_PHONE)
    till.clinic.wait(minutes=15)
    with pytest.raises(NotPossible):
        till.again(visit.id)


def test_a_failed_one_that_completes_after_all_books_if_nothing_else_has(till: Till) -> None:
    """A provider that says no, and then yes: the money has moved."""
    till.book()
    (due,) = till.claim()
    till.fail(due.id)
    assert till.complete(due.id) == "booked"
    assert till.broken() == []


def test_two_that_complete_are_one_visit_and_one_refund(till: Till) -> None:
    visit = till.book()
    (first,) = till.claim()
    till.fail(first.id)
    till.again(visit.id)
    (second,) = till.claim()
    assert till.complete(second.id, reference="R2") == "booked"
    assert till.complete(first.id, reference="R1") == "refunding"
    assert till.payments()[-1] == ("refund", "mobile", "created", 1250)
    assert till.books() == {"provider:wallet": 2500, "fees": -1250, "suspense:refunds": -1250}
    assert till.broken() == []


# Too late.


def test_what_comes_after_its_time_goes_back_at_once(till: Till) -> None:
    till.book()
    (due,) = till.claim()
    till.clinic.wait(minutes=16)
    assert till.give_up_unpaid() == 1
    assert till.clinic.places()[0] == 0
    assert till.complete(due.id) == "refunding"
    assert till.books() == {"provider:wallet": 1250, "suspense:refunds": -1250}
    (refund,) = till.claim()
    assert (refund.kind, refund.next, refund.amount, refund.original_reference) == ("refund", "ask", FEE, "R1")
    assert till.complete(refund.id, reference="R2") == "refunded"
    assert till.complete(refund.id, reference="R2") == "repeated"
    assert till.books() == {}
    assert [text[:6] for text in till.texts()] == ["预约未成功：", "收到您为全科", "全科3月8日"]
    assert till.broken() == []


def test_who_gives_up_before_paying_is_never_asked(till: Till) -> None:
    visit = till.book()
    till.clinic.cancel(visit.id)
    assert till.claim() == []
    assert till.payments() == [("charge", "mobile", "failed", 1250)]


def test_who_gives_up_what_is_on_its_way_has_it_back_when_it_comes(till: Till) -> None:
    visit = till.book()
    (due,) = till.claim()
    till.clinic.cancel(visit.id)
    assert till.complete(due.id) == "refunding"
    assert till.visits() == [("cancelled", 0)]
    assert till.broken() == []


def test_who_gives_up_what_is_on_its_way_hears_nothing_of_its_failure(till: Till) -> None:
    visit = till.book()
    (due,) = till.claim()
    till.clinic.cancel(visit.id)
    before = len(till.texts())
    assert till.fail(due.id) == "failed"
    assert len(till.texts()) == before


def test_a_paid_visit_that_is_given_up_the_day_before_is_given_back(till: Till) -> None:
    visit = till.book(offered=4)
    till.complete(till.claim()[0].id)
    till.clinic.cancel(visit.id)
    assert till.visits() == [("cancelled", 0)]
    assert till.books() == {"provider:wallet": 1250, "suspense:refunds": -1250}
    till.complete(till.claim()[0].id, reference="R2")
    assert till.books() == {}
    assert till.broken() == []


# Refunds that fail.


def test_a_refund_that_failed_is_staffs_and_can_be_tried_again(till: Till) -> None:
    visit = till.book(offered=4)
    till.complete(till.claim()[0].id)
    till.clinic.cancel(visit.id)
    (refund,) = till.claim()
    assert till.fail(refund.id, "account closed") == "failed"
    assert till.claim() == []
    assert till.books()["suspense:refunds"] == -1250
    (seen,) = till.run(troubles.listed, now=till.now)
    assert (seen.what, seen.amount.fen, seen.said, seen.phone) == (
        "refund-failed",
        1250,
        "account closed",
        "+86154****0001",
    )
    till.run(troubles.retry, payment=refund.id, by="102", now=till.now)
    with pytest.raises(troubles.NotSo, match="no refund that has failed"):
        till.run(troubles.retry, payment=refund.id, by="102", now=till.now)
    (once_more,) = till.claim()
    assert (once_more.id, once_more.next, once_more.tries) == (refund.id, "ask", 1)
    assert once_more.correlation_id != refund.correlation_id
    ids = [each.correlation_id for each in once_more.formers]
    assert ids == [refund.correlation_id]
    found = till.run(asking.found, provider=PROVIDER, correlation_id=refund.correlation_id)
    assert (found.id, found.state, found.correlation_id) == (refund.id, "failed", refund.correlation_id)
    assert till.run(asking.found, provider="other", correlation_id=refund.correlation_id) is None
    assert till.complete(refund.id, reference="R2") == "refunded"
    assert till.broken() == []


# Something else came.


@pytest.mark.parametrize(
    ("amount", "currency", "books"),
    [
        (Decimal("10.00"), "CNY", {"provider:wallet": 1000, "suspense:unmatched": -1000}),
        (Decimal("12.5"), "CNY", {"provider:wallet": 1250, "fees": -1250}),
        (Decimal("12.50"), "ZMW", {"provider:wallet:ZMW": 1250, "suspense:unmatched:ZMW": -1250}),
        (Decimal("12.505"), "CNY", {}),
        (Decimal("12.50"), "Ar", {}),
    ],
)
def test_another_amount_or_currency_goes_to_suspense(
    till: Till, amount: Decimal, currency: str, books: dict[str, int]
) -> None:
    till.book()
    (due,) = till.claim()
    as_asked = books.get("fees") is not None
    assert till.complete(due.id, amount, currency) == ("booked" if as_asked else "differs")
    assert till.books() == books
    assert till.complete(due.id) == "repeated"
    assert till.visits() == [("booked", 1250) if as_asked else ("pending", 0)]
    assert till.broken() == []


def test_staff_give_back_what_was_not_asked_for(till: Till) -> None:
    visit = till.book()
    (due,) = till.claim()
    till.complete(due.id, Decimal("10.00"))
    assert [(seen.what, seen.said) for seen in till.run(troubles.listed, now=till.now)] == [
        ("differs", "10.00 CNY came")
    ]
    till.run(troubles.give_back, payment=due.id, by="102", now=till.now)
    with pytest.raises(troubles.NotSo, match="given back already"):
        till.run(troubles.give_back, payment=due.id, by="102", now=till.now)
    assert till.books() == {"provider:wallet": 1000, "suspense:refunds": -1000}
    (refund,) = till.claim()
    assert (refund.amount, refund.original_reference) == (Decimal("10.00"), "R1")
    assert till.broken() == []
    till.complete(refund.id, Decimal("10.00"), reference="R2")
    assert till.books() == {}
    till.again(visit.id)
    assert till.complete(till.claim()[0].id, reference="R3") == "booked"
    assert till.broken() == []


def test_what_nobody_answers_for_an_hour_is_shown(till: Till) -> None:
    till.book()
    till.claim()
    till.clinic.wait(minutes=59)
    assert till.run(troubles.listed, now=till.now) == []
    till.clinic.wait(minutes=1)
    assert [seen.what for seen in till.run(troubles.listed, now=till.now)] == ["unanswered"]


def test_a_callback_is_matched_by_either_correlation_id_and_its_provider(till: Till) -> None:
    till.book()
    (due,) = till.claim()
    till.run(asking.pending, payment=due.id, server_correlation_id="s1", now=till.now)

    def find(**by: str) -> Any:
        return till.run(asking.found, **{"provider": PROVIDER, **by})

    assert find(correlation_id=due.correlation_id).id == due.id
    assert find(server_correlation_id="s1").id == due.id
    assert find(correlation_id=due.correlation_id, provider="other") is None
    assert find(correlation_id="nobody's") is find() is None


@reads
def _told(session: Any) -> list[str]:
    return list(session.scalars(select(Message.occasion)))


def test_each_change_is_told_once_under_its_own_occasion(till: Till) -> None:
    visit = till.book()
    till.fail(till.claim()[0].id)
    till.again(visit.id)
    till.complete(till.claim()[0].id)
    assert till.run(_told) == ["payment-failed:1", f"code:{visit.id}"]
    assert till.clinic.rows(Visit.state) == ["booked"]
