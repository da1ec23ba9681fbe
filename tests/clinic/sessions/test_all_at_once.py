"""All that hangs on a session follows it in one transaction: money, unpaid visits, pools, offers, those who wait."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from clinic import invariants, vouchers
from clinic.places import changing
from clinic.places.changing import NotChangeable
from clinic.places.shares import Rule
from clinic.rules import Rules
from clinic.sessions import changes
from clinic.sessions.changes import Target
from clinic.sessions.lottery.entries import enter
from clinic.sessions.lottery.making import commit
from clinic.sessions.waiting import join
from clinic.tables import (
    ClinicSession,
    Draw,
    DrawEntry,
    Message,
    Payment,
    PlaceOffer,
    Visit,
    Voucher,
    WaitEntry,
)
from tests.clinic.conftest import HOUSE, NOW, OTHER_IDENTITY, OTHER_PHONE, PHONE, nth_identity
from tests.clinic.money.conftest import till

__all__ = ["till"]

WEDNESDAY = dt.date(2027, 3, 10)
GIVEN = {"reason": "医生外出", "by": "wang", "rules": Rules(), "installation": HOUSE}
TO = Target(WEDNESDAY, "pm", dt.time(14), dt.time(17, 30))


@pytest.fixture(autouse=True)
def _by_day(clinic: Any) -> Any:
    """At nine, when what is told comes at once; and all is well in the end."""
    clinic.moment = NOW.replace(hour=9, minute=0)
    yield
    assert clinic.run(invariants.broken) == []


def stop(clinic: Any, offered: int = 5) -> changes.Affected:
    done: changes.Affected = clinic.run(changes.stop, offered=offered, now=clinic.moment, **GIVEN)
    return done


def move(clinic: Any, offered: int = 5, to: Target = TO) -> changes.Affected:
    done: changes.Affected = clinic.run(changes.move, offered=offered, to=to, now=clinic.moment, **GIVEN)
    return done


def told(clinic: Any, prefix: str) -> list[str]:
    rows = clinic.rows(Message.kind, Message.text)
    return [message for kind, message in rows if kind == prefix]


def pools(clinic: Any, offered: int) -> dict[str, tuple[int, int]]:
    view = clinic.run(changing.view, offered=offered)
    return {pool.name: (pool.places, pool.taken) for pool in view.pools}


def share(clinic: Any, offered: int, rule: str, capacity: int) -> None:
    given = {"rule": Rule.parse(rule), "capacity": capacity, "by": "li", "now": clinic.moment}
    clinic.run(changing.change, offered=offered, **given)


def test_what_was_paid_goes_back_and_what_is_unpaid_is_not_wanted_any_more(clinic: Any, till: Any) -> None:
    clinic.book()  # whose account it is has been here before
    till.account(5000)
    person = clinic.person("李强", OTHER_IDENTITY)
    till.book(pays="account", offered=5)
    till.book(pays="mobile", offered=5, patient=person, phone=OTHER_PHONE)
    assert till.visits()[1:] == [("booked", 1250), ("pending", 0)]
    done = stop(clinic)
    assert (done.visits, done.followed.told, done.followed.left) == (2, 2, 0)
    assert till.visits()[1:] == [("cancelled", 0), ("cancelled", 0)]
    assert clinic.rows(Payment.kind, Payment.method, Payment.state) == [
        ("charge", "account", "completed"),
        ("charge", "mobile", "failed"),
        ("refund", "account", "completed"),
    ]
    assert till.sums_to_nothing()
    assert till.broken() == []
    [refunded], [unpaid] = told(clinic, "halted.refunded_sms"), told(clinic, "halted.unpaid_sms")
    assert refunded.endswith("T码作废，费用原路退回。重新预约请回复“预约”，或拨*120#。")
    assert "请勿再付费，已付的会退回" in unpaid
    assert told(clinic, "stopped.told_sms") == []


def test_an_unpaid_visit_moves_and_is_paid_there(clinic: Any, till: Any) -> None:
    visit = till.book(pays="mobile", offered=5)
    done = move(clinic)
    assert done.followed.told == 1
    assert clinic.rows(Visit.state, Visit.day, Visit.look_at) == [("pending", WEDNESDAY, None)]
    [message] = told(clinic, "shifted.unpaid_sms")
    assert "改为3月10日周三下午14:00，第1号（医生外出），付费后生效" in message
    assert clinic.rows(Voucher.id) == []
    [payment] = till.claim()
    till.complete(payment.id)
    assert clinic.rows(Visit.state, Visit.paid) == [("booked", 1250)]
    assert clinic.upcoming()[0].id == visit.id


def test_a_paid_visit_that_is_not_moved_is_refunded(clinic: Any, till: Any) -> None:
    clinic.change(2, day=WEDNESDAY)
    clinic.book(2)
    till.account(5000)
    till.book(pays="account", offered=5)
    done = move(clinic, to=Target(WEDNESDAY, "am", dt.time(8), dt.time(11)))
    assert [each.queue for each in done.followed.not_moved] == [1]
    assert till.visits()[1:] == [("cancelled", 0)]
    assert "T码作废，费用原路退回；当天已约的不变" in told(clinic, "halted.twice_refunded_sms")[0]


def many(clinic: Any, count: int, channel: str, offered: int = 5) -> None:
    first = clinic.booked
    for n in range(first, first + count):
        clinic.book(offered, clinic.person("王芳", nth_identity(n)), f"+8615400{n:06d}", channel=channel)


def test_visits_move_into_the_pools_of_the_other_session(clinic: Any) -> None:
    share(clinic, 5, "onsite=4 ussd=3", 10)
    many(clinic, 3, "ussd")
    many(clinic, 2, "counter")
    clinic.run(lambda s: s.add(_like(s, 5, shares=Rule.parse("onsite=1").stored(), capacity=4)))
    share(clinic, 7, "onsite=1", 4)
    done = move(clinic)
    assert (done.to, done.added) == (7, 1)
    assert pools(clinic, 7) == {"onsite": (2, 2), "booked": (3, 3)}
    assert clinic.rows(Visit.pool, Visit.clinic_session_id) == [("booked", 7)] * 3 + [("onsite", 7)] * 2
    assert clinic.rows(ClinicSession.capacity, ClinicSession.taken)[6] == (5, 5)


def test_a_session_made_by_a_move_is_shared_out_alike_and_flows_as_long_before_it(clinic: Any) -> None:
    share(clinic, 5, "onsite=4 ussd=3", 10)
    clinic.change(5, flow_at=NOW.replace(hour=18), kind="expert")
    many(clinic, 4, "ussd")
    done = move(clinic)
    assert done.to is not None
    assert pools(clinic, done.to) == {"onsite": (4, 0), "booked": (3, 1), "ussd": (3, 3)}
    row = clinic.rows(ClinicSession.kind, ClinicSession.state, ClinicSession.flow_at)[done.to - 1]
    assert row == ("expert", "open", NOW.replace(day=9, hour=18))


def test_into_one_whose_places_are_not_shared_out(clinic: Any) -> None:
    share(clinic, 5, "onsite=4", 10)
    many(clinic, 2, "sms")
    clinic.run(lambda s: s.add(_like(s, 5)))
    assert move(clinic).to == 7
    assert clinic.rows(Visit.pool) == ["", ""]


def _like(session: Any, offered: int, **values: Any) -> ClinicSession:
    row = session.get(ClinicSession, offered)
    copied = ("department_id", "half", "starts", "ends", "capacity", "fee", "release_at")
    return ClinicSession(day=WEDNESDAY, **({name: getattr(row, name) for name in copied} | values))


def test_offers_are_released_and_who_waits_for_exactly_this_one_is_told(clinic: Any) -> None:
    clinic.change(5, capacity=1)
    visit = clinic.book(5)
    person = clinic.person("李强", OTHER_IDENTITY)
    wait = {"patient": person, "phone": OTHER_PHONE, "language": "zh", "now": clinic.moment}
    clinic.run(join, offered=5, occasion="wait", **wait)
    clinic.cancel(visit.id, PHONE)
    assert clinic.rows(PlaceOffer.state) == ["open"]
    assert clinic.places(5) == (1, 1)
    other = {"patient": clinic.person("王芳", nth_identity(1)), "phone": "+8615400000003"}
    clinic.run(join, department=1, last=WEDNESDAY, occasion="any", **(wait | other))
    done = stop(clinic)
    assert (done.visits, done.waiting, done.followed.left) == (0, 1, 0)
    assert (clinic.rows(PlaceOffer.state), clinic.rows(WaitEntry.state)) == (["released"], ["over", "waiting"])
    assert clinic.places(5) == (0, 1)
    assert told(clinic, "halted.waiting_sms") == [
        "候补取消：李*，您候补的3月9日周二下午14:00东苑中心全科已停诊（医生外出）。改约他日请回复“预约”，或拨*120#。"
    ]


def test_tickets_of_a_draw_end_with_its_session(clinic: Any) -> None:
    clinic.change(5, state="draw", draw_at=NOW.replace(hour=20))
    clinic.run(lambda s: commit(s, s.get(ClinicSession, 5), clinic.vault, clinic.moment) and None)
    person = clinic.person("李强", OTHER_IDENTITY)
    ticket = {"offered": 5, "patient": person, "phone": OTHER_PHONE, "language": "zh", "occasion": "t"}
    clinic.run(enter, installation=HOUSE, now=clinic.moment, **ticket)
    with pytest.raises(NotChangeable, match="the places of clinic session 5 are not drawn yet; move it then, or stop"):
        move(clinic)
    assert stop(clinic).waiting == 1
    assert clinic.rows(DrawEntry.state) == ["lost"]
    assert clinic.rows(Draw.finished_at) == [clinic.moment]
    [message] = told(clinic, "halted.draw_sms")
    assert message.startswith("摇号取消：李*，您参加摇号的3月9日周二下午14:00东苑中心全科已停诊（医生外出）")


def test_it_is_one_transaction(clinic: Any, store: Any) -> None:
    for n in range(30):
        clinic.book(5, clinic.person("王芳", nth_identity(n)), f"+861540001{n:04d}")
    commits: list[int] = []
    event.listen(store.engine, "commit", lambda _: commits.append(1))
    done = stop(clinic)
    assert (done.followed.told, len(commits)) == (30, 1)


def test_what_dies_in_the_middle_has_done_nothing(clinic: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        clinic.book(5, clinic.person("王芳", nth_identity(n)), f"+861540001{n:04d}")
    real, calls = changes.following.withdraw, []

    def fails(session: Session, visit: Visit, **given: Any) -> bool:
        calls.append(visit.id)
        if len(calls) == 3:
            raise OperationalError("it died", None, Exception("it died"))
        return real(session, visit, **given)

    monkeypatch.setattr(changes.following, "withdraw", fails)
    with pytest.raises(OperationalError):
        stop(clinic)
    assert clinic.rows(Visit.state) == ["booked"] * 3
    assert clinic.rows(ClinicSession.state)[4] == "open"
    assert told(clinic, "stopped.told_sms") == []
    monkeypatch.setattr(changes.following, "withdraw", real)
    assert stop(clinic).followed.told == 3


@pytest.fixture
def postgresql(schema_url: str) -> None:
    if not schema_url.startswith("postgresql"):
        pytest.skip("SQLite has one writer at a time: nobody has anything in hand while a session is stopped")


@pytest.mark.usefixtures("postgresql")
@pytest.mark.parametrize("to", [None, TO])
def test_what_somebody_has_in_hand_follows_after(clinic: Any, to: Target | None) -> None:
    first, second = [clinic.book(5, clinic.person("王芳", nth_identity(n)), f"+861540001{n:04d}") for n in range(2)]

    def change_while_a_kiosk_has_one(session: Session, pool: ThreadPoolExecutor) -> changes.Affected:
        session.execute(select(Voucher.id).where(Voucher.visit_id == first.id).with_for_update())
        change = pool.submit(stop, clinic) if to is None else pool.submit(move, clinic, 5, to)
        return change.result(30)

    with ThreadPoolExecutor(1) as pool:
        done = clinic.run(change_while_a_kiosk_has_one, pool=pool)
    assert (done.followed.told, done.followed.left) == (1, 1)
    assert clinic.run(changes.unfinished) == [5]
    assert clinic.run(invariants.broken) == []  # where it comes to, its place is taken already
    finish = {"rules": Rules(), "installation": HOUSE, "now": clinic.moment}
    assert clinic.run(changes.scan, **finish).count == 1
    assert clinic.run(changes.unfinished) == []
    assert clinic.run(invariants.broken) == []
    assert len(told(clinic, "stopped.told_sms" if to is None else "moved.told_sms")) == 2
    assert clinic.run(vouchers.by_number, number=second.number, centre=1) is not None


@pytest.mark.usefixtures("postgresql")
def test_an_offer_that_somebody_is_taking_is_waited_for(clinic: Any) -> None:
    clinic.book(5)
    offer = PlaceOffer(clinic_session_id=5, pool="", state="open", made_at=NOW, look_at=NOW, told=0)
    clinic.run(lambda s: s.add(offer))
    clinic.run(lambda s: s.execute(update(ClinicSession).where(ClinicSession.id == 5).values(taken=2)) and None)

    def stop_while_it_is_taken(session: Session, pool: ThreadPoolExecutor) -> changes.Affected:
        session.execute(text("select id from place_offer for update"))
        return pool.submit(stop, clinic).result(30)

    with ThreadPoolExecutor(1) as pool:
        done = clinic.run(stop_while_it_is_taken, pool=pool)
    assert (done.followed.told, done.followed.left) == (1, 1)
    clinic.run(changes.scan, rules=Rules(), installation=HOUSE, now=clinic.moment)
    assert clinic.rows(PlaceOffer.state) == ["released"]
    assert (clinic.run(changes.unfinished), clinic.places(5)) == ([], (0, 1))
