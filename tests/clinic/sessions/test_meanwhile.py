"""What a cancellation, a payment, an entry or a switch goes by that has waited for somebody else's change."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from clinic import invariants
from clinic.errors import ClinicError
from clinic.money import charging
from clinic.places import changing
from clinic.places.changing import NotChangeable
from clinic.places.shares import Rule
from clinic.rules import Rules
from clinic.sessions import changes, experts, following
from clinic.sessions.changes import Target
from clinic.sessions.experts import Switched
from clinic.sessions.lottery.entries import DrawClosed, enter
from clinic.tables import ClinicSession, DrawEntry, LedgerAccount, Message, SessionShare, Visit, Voucher
from clinic.visits import holds, withdrawing
from tests.clinic.conftest import HOUSE, NOW, OTHER_IDENTITY, OTHER_PHONE, PHONE
from tests.clinic.hospital.counterpart import His, slot
from tests.clinic.money.conftest import Till, till

__all__ = ["till"]
WEDNESDAY = dt.date(2027, 3, 10)
WAITS = text("select count(*) from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))")


def is_postgresql(clinic: Any) -> bool:
    return bool(clinic.run(lambda session: session.get_bind().dialect.name == "postgresql"))


def meanwhile(clinic: Any, first: Callable[[Session], Any], second: Callable[[], Any]) -> Any:
    """What `second` gives, or the ClinicError that it raises, begun after `first` has written and before it commits.
    On PostgreSQL it waits for a row; on SQLite for its turn."""
    can_ask = is_postgresql(clinic)

    def both(session: Session, pool: ThreadPoolExecutor) -> Any:
        first(session)
        session.flush()
        begun = pool.submit(second)
        until = time.monotonic() + 30
        while can_ask and not session.scalar(WAITS):
            assert time.monotonic() < until, "it does not wait"
            assert not begun.done(), "it has not waited"
        return begun

    with ThreadPoolExecutor(1) as pool:
        begun = clinic.run(both, pool=pool)
        try:
            return begun.result(30)
        except (ClinicError, NotChangeable) as error:
            return error


def sound(clinic: Any) -> bool:
    return bool(clinic.run(invariants.broken) == [])


def move_to_wednesday(clinic: Any, offered: int) -> Callable[[Session], Any]:
    to = Target(WEDNESDAY, "am", dt.time(8), dt.time(11, 30))
    given = {"reason": "医生外出", "by": "wang", "rules": Rules(quiet_from=dt.time(21), quiet_until=dt.time(8))}
    return lambda session: changes.move(session, offered=offered, to=to, installation=HOUSE, now=clinic.moment, **given)


# A visit is given up.


def test_who_gives_up_while_the_session_is_moved_gives_back_where_the_visit_is_now(till: Till) -> None:
    clinic = till.clinic
    visit = till.book(offered=4)
    [due] = till.claim()
    assert till.complete(due.id) == "booked"
    clinic.moment = NOW.replace(day=9, hour=7)  # in quiet hours of the day on which it was to be
    view = meanwhile(clinic, move_to_wednesday(clinic, 4), lambda: clinic.cancel(visit.id))
    assert (view.state, view.day) == ("cancelled", WEDNESDAY)
    assert till.payments()[1:] == [("refund", "mobile", "created", 1250)]  # a day ahead of the new one
    assert dict(clinic.rows(Message.kind, Message.state))["moved.told_sms"] == "cancelled"
    assert clinic.rows(ClinicSession.day, ClinicSession.taken)[-1] == (WEDNESDAY, 0)
    assert (clinic.places(4)[0], clinic.rows(Voucher.state)) == (0, ["cancelled"])
    assert till.broken() == []


def test_who_gives_up_while_places_are_shared_out_gives_back_to_the_new_pool(clinic: Any) -> None:
    visit = clinic.book(5)
    rule = Rule.parse("onsite=2 rest=booked")
    given = {"offered": 5, "by": "li", "now": clinic.moment, "rule": rule}
    view = meanwhile(clinic, lambda s: changing.change(s, **given), lambda: clinic.cancel(visit.id))
    assert view.state == "cancelled"
    assert sorted(clinic.rows(SessionShare.pool, SessionShare.taken)) == [("booked", 0), ("onsite", 0)]
    assert sound(clinic)


def test_who_gives_up_a_visit_that_is_stopped_meanwhile_is_told_that_it_is_gone(clinic: Any) -> None:
    visit = clinic.book(4)
    given = {"offered": 4, "reason": "医生外出", "by": "wang", "rules": Rules(), "installation": HOUSE}
    gone = meanwhile(clinic, lambda s: changes.stop(s, now=clinic.moment, **given), lambda: clinic.cancel(visit.id))
    assert type(gone).__name__ == "NotCancellable"
    assert clinic.rows(Visit.cancelled_for) == ["stopped"]
    assert sound(clinic)


def test_a_hospital_that_changes_places_and_who_gives_up_do_not_wait_for_each_other(clinic: Any) -> None:
    his, visit, tries = His(clinic), clinic.book(4), []

    def give_up(session: Session) -> None:
        row = session.get_one(Visit, visit.id)
        withdrawing.lock(session, row)

    def put() -> Any:
        tries.append("put")
        return his.post(slot("S9", day=1, capacity=50))

    def both(session: Session, pool: ThreadPoolExecutor) -> Any:
        tries.append("give up")
        give_up(session)
        begun = pool.submit(put)
        until = time.monotonic() + 30
        while can_ask and not session.scalar(WAITS):
            assert time.monotonic() < until, "it does not wait"
        row = session.get_one(Visit, visit.id)
        assert withdrawing.withdraw(session, row, why="own", by="subscriber", now=clinic.moment)
        return begun

    can_ask = is_postgresql(clinic)
    with ThreadPoolExecutor(1) as pool:
        clinic.run(both, pool=pool).result(30)
    assert (his.status, tries) == (200, ["give up", "put"])
    assert clinic.rows(ClinicSession.capacity, ClinicSession.taken)[3] == (50, 0)
    assert sound(clinic)


# A payment whose visit's time is over.


def test_a_place_is_held_to_be_paid_no_longer_than_its_session_lasts(till: Till) -> None:
    till.clinic.moment = NOW.replace(hour=11, minute=20)
    till.book(offered=1, hold=dt.timedelta(hours=48))
    assert till.clinic.rows(Visit.hold_until) == [NOW.replace(hour=11, minute=30)]


def test_what_is_paid_after_the_session_books_nothing_and_goes_back(till: Till) -> None:
    till.clinic.moment = NOW.replace(hour=11, minute=20)
    till.book(offered=1)
    [due] = till.claim()
    till.clinic.moment = NOW.replace(hour=11, minute=30)  # before anybody has given the place back
    assert till.complete(due.id) == "refunding"
    assert till.visits() == [("cancelled", 0)]
    assert till.clinic.rows(Visit.cancelled_for) == ["unpaid"]
    assert till.payments() == [("charge", "mobile", "completed", 1250), ("refund", "mobile", "created", 1250)]
    assert (till.clinic.places(1)[0], till.clinic.rows(Voucher.state)) == (0, [])
    assert [kind for kind in till.clinic.rows(Message.kind) if "code" in kind] == []
    assert till.complete(due.id) == "repeated"
    assert till.sums_to_nothing()
    assert till.broken() == []


def test_what_is_paid_while_its_session_is_moved_is_booked_there(till: Till) -> None:
    till.book(offered=4)
    [due] = till.claim()
    assert meanwhile(till.clinic, move_to_wednesday(till.clinic, 4), lambda: till.complete(due.id)) == "booked"
    assert till.clinic.rows(Visit.day, Visit.state) == [(WEDNESDAY, "booked")]
    assert till.broken() == []


# Places whose time to be paid is over.


def test_one_place_after_the_other_is_given_back(till: Till) -> None:
    till.book(offered=4)
    till.book(offered=4, patient=till.clinic.person("李强", OTHER_IDENTITY), phone=OTHER_PHONE)
    till.clinic.wait(minutes=20)
    found = [till.run(holds.scan, installation=HOUSE, now=till.now) for _ in range(3)]
    assert [(each.count, each.more) for each in found] == [(1, True), (1, False), (0, False)]
    assert till.visits() == [("cancelled", 0)] * 2


@pytest.mark.parametrize("what", ["its payments", "the visit"])
def test_what_somebody_has_in_hand_is_passed_over(till: Till, what: str) -> None:
    if not is_postgresql(till.clinic):
        pytest.skip("SQLite has one writer at a time: nobody has anything in hand")
    visit = till.book(offered=4)
    till.book(offered=4, patient=till.clinic.person("李强", OTHER_IDENTITY), phone=OTHER_PHONE)
    till.clinic.wait(minutes=20)

    def hold(session: Session, pool: ThreadPoolExecutor) -> Any:
        if what == "the visit":
            session.execute(select(Visit.id).where(Visit.id == visit.id).with_for_update())
        else:
            charging.lock_payments(session, visit.id)
        return pool.submit(till.run, holds.scan, installation=HOUSE, now=till.now).result(30)

    with ThreadPoolExecutor(1) as pool:
        assert till.run(hold, pool=pool).count == 1
    assert till.visits() == [("pending", 0), ("cancelled", 0)]
    assert till.give_up_unpaid() == 1


# Draws.


def expert(clinic: Any) -> None:
    clinic.change(4, kind="expert", state="closed", draw_at=NOW + dt.timedelta(hours=3))
    clinic.run(experts.open_one, offered=4, by="li", vault=clinic.vault, now=clinic.moment)


def ticket(clinic: Any) -> Callable[[Session], Any]:
    given = {"occasion": "ticket", "installation": HOUSE, "now": clinic.moment, "language": "zh"}
    return lambda session: enter(session, offered=4, patient=clinic.person(), phone=PHONE, **given)


def test_who_enters_while_the_session_is_closed_comes_too_late(clinic: Any) -> None:
    expert(clinic)
    given = {"offered": 4, "by": "li", "now": clinic.moment}
    late = meanwhile(clinic, lambda s: experts.close_one(s, **given), lambda: clinic.run(ticket(clinic)))
    assert (type(late), clinic.rows(DrawEntry.id)) == (DrawClosed, [])
    assert clinic.rows(ClinicSession.state)[3] == "closed"


def test_whoever_closes_it_waits_for_who_enters(clinic: Any) -> None:
    expert(clinic)
    given = {"offered": 4, "by": "li", "now": clinic.moment}
    refused = meanwhile(clinic, ticket(clinic), lambda: clinic.run(experts.close_one, **given))
    assert "people wait for the draw" in str(refused)
    assert clinic.rows(ClinicSession.state)[3] == "draw"


def test_experts_that_are_switched_off_keep_the_session_that_somebody_just_enters(clinic: Any) -> None:
    expert(clinic)
    given = {"department": 1, "on": False, "by": "li", "vault": clinic.vault, "now": clinic.moment}
    switched = meanwhile(clinic, ticket(clinic), lambda: clinic.run(experts.switch, **given))
    assert switched == Switched(changed=(), kept=(4,))
    assert clinic.rows(ClinicSession.state)[3] == "draw"


# Accounts.


def test_of_insured_visits_the_insurers_account_is_locked_with_the_others(till: Till) -> None:
    if not is_postgresql(till.clinic):
        pytest.skip("SQLite has one writer at a time: there is no order of locks")
    till.book("counter", offered=3)
    till.account(5000)
    visit = till.book("account", offered=4)
    till.swap(visit.id)
    free = select(LedgerAccount.kind).with_for_update(skip_locked=True)

    def lock(session: Session, pool: ThreadPoolExecutor) -> Any:
        following._lock_accounts(session, [visit.id])
        return pool.submit(till.run, lambda s: list(s.scalars(free))).result(30)

    with ThreadPoolExecutor(1) as pool:
        left = till.run(lock, pool=pool)
    assert "insurance" in till.clinic.rows(LedgerAccount.kind)
    assert not {"insurance", "fees", "resident"} & set(left)
