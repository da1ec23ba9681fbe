"""A clinic session is stopped or moved: all its visits follow at once, each is told, and nobody books it any more."""

from __future__ import annotations

import datetime as dt
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from clinic import voice, vouchers
from clinic.errors import SessionClosed, SessionFull
from clinic.kiosks import enrol
from clinic.places.changing import NotChangeable
from clinic.rules import Rules
from clinic.sessions import changes
from clinic.sessions.changes import Target
from clinic.tables import Audit, ClinicSession, Message, Question, Visit, Voucher
from clinic.vouchers import claims_of
from conf import texts
from conf.texts.words import Code, Name
from smpp import segments
from tests.clinic.conftest import HOUSE, NOW, OTHER_IDENTITY, OTHER_PHONE, PHONE, nth_identity
from tests.clinic.visit_notices.conftest import at_once, wrong

TUESDAY, WEDNESDAY = dt.date(2027, 3, 9), dt.date(2027, 3, 10)
AFTERNOON = (dt.time(14), dt.time(17, 30))


GIVEN = {"by": "wang", "rules": Rules(), "installation": HOUSE}


def stop(clinic: Any, offered: int = 4, reason: str = "医生外出") -> changes.Affected:
    done: changes.Affected = clinic.run(changes.stop, offered=offered, reason=reason, now=clinic.moment, **GIVEN)
    return done


def move(clinic: Any, offered: int, day: dt.date, half: Any = "pm", **more: Any) -> changes.Affected:
    starts, ends = AFTERNOON if half == "pm" else (dt.time(8), dt.time(11, 30))
    given = {"reason": more.pop("reason", "医生外出"), "now": clinic.moment, **GIVEN}
    to = Target(day, half, more.pop("starts", starts), ends, **more)
    done: changes.Affected = clinic.run(changes.move, offered=offered, to=to, **given)
    return done


def leave(clinic: Any, offered: int) -> None:
    """Stopped, and its visits have yet to follow: as a version that let them follow later has left it."""
    clinic.change(offered, state="stopped", change={"reason": "医生外出", "by": "wang"})


def done(told: int) -> changes.Followed:
    return changes.Followed(told, (), 0)


def test_a_stopped_session_cancels_its_visits_and_tells_each(notices: Any, clinic: Any) -> None:
    notices.at(8, 9)
    visits = clinic.book_many(3, 4)
    notices.told()
    assert stop(clinic) == changes.Affected(visits=3, arrived=0, followed=done(3))
    with pytest.raises(SessionClosed):
        clinic.book(4, clinic.person("李强", OTHER_IDENTITY), OTHER_PHONE)
    assert notices.follow(4) == done(0)
    assert notices.states() == ["cancelled"] * 3
    assert clinic.rows(Voucher.state) == ["cancelled"] * 3
    assert notices.session(4) == ("stopped", 0, 3, False)
    told = notices.told()
    assert told[0] == (
        "stopped.told_sms",
        "停诊通知：王*，3月9日周二上午08:00，东苑中心全科第1号已停诊（医生外出），T码作废。重新预约请回复“预约”，或拨*120#。",
    )
    assert len(told) == 3
    assert clinic.rows(Message.message_class, Message.due_at)[-1] == ("notice", clinic.moment)
    assert clinic.rows(Audit.actor, Audit.action, Audit.subject)[3:] == [
        ("staff:wang", "session.stop", "session:4"),
        *[("staff:wang", "visit.stopped", f"visit:{visit.id}") for visit in visits],
    ]


def test_queued_reminders_of_a_stopped_session_are_called_off(notices: Any, clinic: Any) -> None:
    clinic.book(5)
    notices.at(8, 17)
    notices.scan()
    stop(clinic, 5)
    assert ("remind.eve_sms", "cancelled") in clinic.rows(Message.kind, Message.state)


def test_in_quiet_hours_it_is_told_in_the_morning_if_that_is_soon_enough(notices: Any, clinic: Any) -> None:
    clinic.book(4)  # Tuesday 08:00: at the end of quiet hours they would be on their way
    clinic.book(5, clinic.person("李强", OTHER_IDENTITY), OTHER_PHONE)  # Tuesday 14:00
    notices.at(8, 22)
    for offered in (4, 5):
        stop(clinic, offered)
    assert clinic.rows(Message.phone, Message.message_class, Message.due_at)[2:] == [
        (PHONE, "answer", clinic.moment),
        (OTHER_PHONE, "notice", NOW.replace(day=9, hour=8, minute=0)),
    ]


def test_who_has_arrived_stays(notices: Any, clinic: Any) -> None:
    first, _ = clinic.book_many(2, 1)
    notices.arrive(first)
    assert stop(clinic, 1) == changes.Affected(visits=1, arrived=1, followed=done(1))
    assert notices.states() == ["arrived", "cancelled"]
    assert notices.session(1) == ("stopped", 1, 2, False)


def test_batch_by_batch_what_was_left_is_finished_by_the_scan(notices: Any, clinic: Any) -> None:
    clinic.book_many(5, 4)
    leave(clinic, 4)
    assert notices.follow(4, most=2) == changes.Followed(2, (), 3)
    assert notices.states() == ["cancelled"] * 2 + ["booked"] * 3
    found = [notices.act(changes.scan, most=2) for _ in range(3)]
    assert [(each.count, each.more) for each in found] == [(2, True), (1, True), (0, False)]
    assert clinic.run(changes.unfinished) == []
    assert clinic.rows(Message.kind).count("stopped.told_sms") == 5
    assert notices.follow(4) == changes.Followed(0, (), 0)


def test_two_that_finish_it_at_once_tell_each_once(notices: Any, clinic: Any) -> None:
    clinic.book_many(12, 4)
    leave(clinic, 4)
    failed = [
        each for each in at_once(4, lambda _: [notices.follow(4, most=2) for _ in range(3)]) if type(each) is not list
    ]
    assert failed == []
    while notices.follow(4).left:
        pass
    assert clinic.rows(Message.kind).count("stopped.told_sms") == 12
    assert notices.session(4) == ("stopped", 0, 12, False)


def test_a_stop_and_bookings_at_once_leave_nobody_with_a_place(notices: Any, clinic: Any) -> None:
    people = [clinic.person("王芳", identity) for identity in identities(6)]

    def act(n: int) -> Any:
        if n == 3:
            return stop(clinic)
        return clinic.book(4, people[n], f"+861540002{n:04d}", occasion=f"rush:{n}").id

    outcomes = at_once(6, act)
    assert {type(each) for each in outcomes} <= {int, changes.Affected, SessionFull, SessionClosed}
    assert isinstance(outcomes[3], changes.Affected)
    while notices.follow(4).left:
        pass
    assert set(notices.states()) <= {"cancelled"}
    assert notices.session(4)[1] == 0


def identities(many: int) -> list[str]:
    return [nth_identity(n) for n in range(many)]


def test_a_moved_session_keeps_numbers_and_t_codes(notices: Any, clinic: Any) -> None:
    notices.at(8, 9)
    visits = clinic.book_many(3, 4)
    clinic.cancel(visits[1].id, "+8615400010001")
    notices.told()
    affected = move(clinic, 4, WEDNESDAY)
    assert (affected.visits, affected.offset) == (2, 0)
    assert affected.followed == done(2)
    assert clinic.rows(Visit.day, Visit.queue, Visit.state, Visit.clinic_session_id) == [
        (WEDNESDAY, 1, "booked", affected.to),
        (TUESDAY, 2, "cancelled", 4),
        (WEDNESDAY, 3, "booked", affected.to),
    ]
    assert clinic.rows(Voucher.state) == ["issued", "cancelled", "issued"]
    assert notices.session(4) == ("stopped", 0, 3, False)
    assert notices.session(affected.to) == ("open", 2, 3, False)
    [(kind, text), _] = notices.told()
    spelt = " ".join([visits[0].number[:4], visits[0].number[4:8], visits[0].number[8:]])
    assert (kind, text) == (
        "moved.told_sms",
        "改期通知：王*，原3月9日周二08:00的东苑中心全科改为3月10日周三下午14:00 欧阳雨桐，第1号（医生外出），"
        f"T码{spelt}不变。不能来请回复“取消”。",
    )
    view = clinic.upcoming("+8615400010000")[0]
    assert (view.day, view.half, view.queue, view.number) == (WEDNESDAY, "pm", 1, visits[0].number)
    assert clinic.rows(Question.kind, Question.expires_at)[0] == ("visit", NOW.replace(day=10, hour=14, minute=0))
    assert clinic.book(affected.to, clinic.person("李强", OTHER_IDENTITY), OTHER_PHONE).queue == 4


def test_where_numbers_were_given_already_they_come_after_those(notices: Any, clinic: Any) -> None:
    clinic.change(5, practitioner_id=1)
    clinic.book_many(2, 5)
    people = [clinic.person("李强", identity) for identity in identities(10)[7:]]
    for place, person in enumerate(people):
        clinic.book(4, person, f"+861540003{place:04d}")
    affected = move(clinic, 4, TUESDAY)
    assert (affected.to, affected.offset, affected.visits) == (5, 2, 3)
    assert clinic.rows(Visit.clinic_session_id, Visit.queue) == [(5, 1), (5, 2), (5, 3), (5, 4), (5, 5)]
    assert notices.session(5) == ("open", 5, 5, False)


def test_who_has_another_visit_there_that_day_is_told_apart_and_listed(notices: Any, clinic: Any) -> None:
    notices.at(8, 9)
    clinic.run(lambda s: s.add(_like(s, WEDNESDAY)))
    clinic.book(7)
    visit = clinic.book(4)
    clinic.book(4, clinic.person("李强", OTHER_IDENTITY), OTHER_PHONE)
    notices.told()
    affected = move(clinic, 4, WEDNESDAY)
    assert affected.followed == changes.Followed(2, (changes.NotMoved(visit.id, 1, "王*", "+86154****0001"),), 0)
    assert notices.states() == ["booked", "cancelled", "booked"]
    assert notices.told()[0] == (
        "moved.twice_sms",
        "停诊通知：王*，3月9日周二08:00的东苑中心全科改为3月10日周三（医生外出），您当天已约该科室，故原号取消，T码作废；"
        "当天已约的不变。",
    )
    assert notices.session(affected.to) == ("open", 1, 2, False)


def _like(session: Any, day: dt.date) -> ClinicSession:
    """The morning of the same department, without a practitioner."""
    row = session.get(ClinicSession, 4)
    copied = ("department_id", "half", "starts", "ends", "capacity", "fee", "release_at")
    return ClinicSession(day=day, **{name: getattr(row, name) for name in copied})


def test_a_move_within_the_day_and_to_another_practitioner(notices: Any, clinic: Any) -> None:
    notices.at(8, 7, 30)
    clinic.book(1)
    affected = move(clinic, 1, NOW.date(), "pm")
    assert clinic.rows(Visit.day, Visit.clinic_session_id) == [(NOW.date(), affected.to)]
    with pytest.raises(NotChangeable, match="the department has no practitioner 7; there are: 1"):
        move(clinic, 2, NOW.date(), "pm", practitioner="7")
    assert move(clinic, 2, NOW.date(), "pm", practitioner="1").to == affected.to


def test_a_moved_visit_is_reminded_of_its_new_time(notices: Any, clinic: Any) -> None:
    clinic.book(4)
    notices.at(8, 17)
    notices.scan()
    move(clinic, 4, dt.date(2027, 3, 12))
    assert ("remind.eve_sms", "cancelled") in clinic.rows(Message.kind, Message.state)
    notices.scan()
    notices.told()
    notices.at(9, 18)
    assert notices.scan().count == 0
    notices.at(11, 17)
    notices.scan()
    [(kind, text)] = notices.told()
    assert kind == "remind.eve_sms"
    assert "3月12日周五下午14:00" in text


def test_a_qr_that_was_drawn_before_the_move_is_good_on_the_new_day(notices: Any, clinic: Any) -> None:
    visit = clinic.book(4)
    drawn = claims_of(clinic.run(vouchers.by_number, number=visit.number, centre=1))
    move(clinic, 4, WEDNESDAY)
    kiosk, _ = clinic.run(enrol, centre="DY", name="Hall", now=clinic.moment)

    def use(day: int) -> str:
        notices.at(day, 13, 30)
        given = {"claims": drawn, "number": visit.number, "kiosk": kiosk, "now": clinic.moment}
        return str(clinic.run(vouchers.use, **given).outcome)

    assert (use(9), use(10), use(10)) == ("wrong_day", "genuine", "used")


@pytest.mark.parametrize(
    ("offered", "at", "told"),
    [
        (99, (8, 9), "there is no clinic session 99"),
        (1, (8, 11), None),
        (1, (8, 11.5), "clinic session 1 is over"),
    ],
)
def test_what_cannot_be_stopped_says_why(notices: Any, clinic: Any, offered: int, at: Any, told: str | None) -> None:
    notices.at(at[0], int(at[1]), int(at[1] % 1 * 60))
    if told is None:
        leave(clinic, offered)
        with pytest.raises(NotChangeable, match="was stopped or moved already, and is not finished yet"):
            stop(clinic, offered)
        notices.follow(offered)
        told = "clinic session 1 is stopped already"
    with pytest.raises(NotChangeable, match=told):
        stop(clinic, offered)


def test_what_cannot_be_moved_says_why(notices: Any, clinic: Any) -> None:
    with pytest.raises(NotChangeable, match="that is the time and the practitioner that it has already"):
        move(clinic, 4, TUESDAY, "am")
    with pytest.raises(NotChangeable, match=r"2027-03-07 14:00 is over"):
        move(clinic, 4, dt.date(2027, 3, 7))
    with pytest.raises(NotChangeable, match="a reason in Latin letters has at most 60 characters, this has 61"):
        stop(clinic, 4, "x" * 61)
    with pytest.raises(NotChangeable, match="a reason in Chinese has at most 30 characters, this has 31"):
        move(clinic, 4, WEDNESDAY, reason="因" * 31)
    with pytest.raises(NotChangeable, match="a reason has at least one character"):
        stop(clinic, 4, "  ")
    clinic.run(lambda s: s.execute(update(ClinicSession).where(ClinicSession.id == 5).values(state="stopped")) and None)
    clinic.run(
        lambda s: s.execute(update(ClinicSession).where(ClinicSession.id == 5).values(practitioner_id=1)) and None
    )
    with pytest.raises(NotChangeable, match="clinic session 5, at that time, is stopped"):
        move(clinic, 4, TUESDAY)


TOLD = ("remind.", "queue.", "stopped.", "moved.", "missed.", "satisfaction.ask", "substitute.", "halted.", "shifted.")


def test_every_notice_has_at_most_two_segments(notices: Any, clinic: Any) -> None:
    """With the longest names of the sample and a reason as long as may be, in both languages."""
    long = {
        "zh": {"name": "欧阳*明", "centre": "东苑社区卫生服务中心", "department": "妇幼保健科"},
        "en": {
            "name": "A. Featherstonehaugh",
            "centre": "Dongyuan Community Health Centre",
            "department": "Child health",
        },
    }

    for language in ("zh", "en"):
        words = {
            "practitioner": Name("欧阳雨桐", "Dr Yutong Ouyang"),
            "day": dt.date(2027, 11, 24),
            "was": dt.date(2027, 11, 23),
            "wasat": dt.time(8, 30),
            "starts": dt.time(14, 30),
            "half": "pm",
            "queue": 123,
            "ahead": 3,
            "room": "二楼203诊室" if language == "zh" else "203, second floor",
            "number": Code("123456789012"),
            "instead": Name("司徒雨桐", "Dr Yutong Ouyang"),
            "code": "*120*88#",
            "reason": "因" * 30 if language == "zh" else "x" * 60,
            **long[language],
        }
        for key in sorted(texts.keys(language)):
            if key.startswith(TOLD):
                said = texts.say(language, key, **words)
                assert segments.count(said) <= 2, (key, language, len(said))
                if language == "en":
                    assert said.isascii(), key


THURSDAY = dt.date(2027, 3, 11)


def moves(clinic: Any) -> list[tuple[str, str]]:
    """What was written of changes, and whether it goes."""
    return [row for row in clinic.rows(Message.kind, Message.state) if row[0] != "visit.code_sms"]


def test_a_move_that_waits_for_the_morning_is_not_told_once_it_was_cancelled(notices: Any, clinic: Any) -> None:
    notices.at(8, 9)
    visit = clinic.book(5)  # Tuesday 14:00
    notices.at(8, 22)
    move(clinic, 5, THURSDAY)
    assert moves(clinic) == [("moved.told_sms", "queued")]
    notices.at(8, 23)
    clinic.cancel(visit.id)
    assert moves(clinic) == [("moved.told_sms", "cancelled"), ("visit.cancelled_sms", "queued")]


def test_a_move_that_nobody_has_heard_of_is_not_told_when_it_is_moved_again(notices: Any, clinic: Any) -> None:
    notices.at(8, 9)
    clinic.book(5)
    notices.at(8, 22)
    first = move(clinic, 5, THURSDAY)
    notices.at(8, 23)
    move(clinic, first.to, WEDNESDAY)
    assert moves(clinic) == [("moved.told_sms", "cancelled"), ("moved.told_sms", "queued")]
    assert "原3月9日周二14:00的东苑中心全科改为3月10日周三下午14:00" in notices.told()[-1][1]  # not Thursday


def test_a_stop_after_a_move_that_nobody_has_heard_of_names_the_time_that_they_know(notices: Any, clinic: Any) -> None:
    notices.at(8, 9)
    clinic.book(5)
    notices.at(8, 22)
    first = move(clinic, 5, THURSDAY, "am")
    notices.at(8, 23)
    stop(clinic, first.to, "停电")
    assert moves(clinic) == [("moved.told_sms", "cancelled"), ("stopped.told_sms", "queued")]
    assert notices.told()[-1][1].startswith("停诊通知：王*，3月9日周二下午14:00，东苑中心全科第1号已停诊（停电）")


def test_a_move_that_was_told_is_followed_by_the_next(notices: Any, clinic: Any) -> None:
    notices.at(8, 9)
    clinic.book(5)
    first = move(clinic, 5, THURSDAY)
    clinic.run(lambda s: s.execute(update(Message).values(state="sent")) and None)
    stop(clinic, first.to)
    assert moves(clinic) == [("moved.told_sms", "sent"), ("stopped.told_sms", "queued")]
    assert "3月11日周四下午14:00" in notices.told()[-1][1]


def test_nobody_is_called_about_a_move_that_is_over(notices: Any, clinic: Any) -> None:
    notices.at(8, 9)
    visit = clinic.book(5)
    move(clinic, 5, THURSDAY)
    undelivered = update(Message).where(Message.kind == "moved.told_sms").values(state="failed", error="no")
    clinic.run(lambda s: s.execute(undelivered) and None)
    assert clinic.run(voice.fall_back, now=clinic.moment) == 1
    clinic.cancel(visit.id)
    calls = [row for row in clinic.rows(Message.channel, Message.state) if row[0] == "voice"]
    assert calls == [("voice", "cancelled")]


def test_of_two_sessions_without_practitioner_at_one_time_the_first_is_taken(notices: Any, clinic: Any) -> None:
    clinic.book(2)
    there = [clinic.run(lambda s: _added(s, WEDNESDAY)) for _ in range(2)]
    affected = move(clinic, 2, WEDNESDAY)
    assert affected.to == there[0]
    assert clinic.rows(Visit.clinic_session_id) == [there[0]]


def _added(session: Any, day: dt.date) -> int:
    row = _like(session, day)
    row.practitioner_id, row.half = None, "pm"
    session.add(row)
    session.flush()
    return int(row.id)


def test_before_its_visits_have_followed_nobody_is_reminded_or_said_to_be_missing(notices: Any, clinic: Any) -> None:
    notices.at(8, 9)
    clinic.book(5)  # Tuesday 14:00
    clinic.book(2, clinic.person("李强", OTHER_IDENTITY), OTHER_PHONE)  # today 14:00
    notices.told()
    leave(clinic, 5)
    leave(clinic, 2)
    notices.at(8, 18, 1)
    assert notices.scan().count == 0
    notices.at(9, 0, 5)
    assert clinic.run(vouchers.expire, now=clinic.moment) == 0
    notices.scan()
    assert (notices.told(), notices.states()) == ([], ["booked", "booked"])
    while notices.act(changes.scan).count:
        pass
    assert (notices.kinds(), notices.states()) == (["stopped.told_sms"] * 2, ["cancelled"] * 2)


def test_who_was_not_moved_is_known_whoever_did_it(notices: Any, clinic: Any) -> None:
    notices.at(8, 9)
    person = clinic.person("李强", OTHER_IDENTITY)
    visit = clinic.book(5, person, OTHER_PHONE)
    clinic.book(5)
    clinic.change(2, day=WEDNESDAY)
    clinic.book(2, person, OTHER_PHONE)
    move(clinic, 5, WEDNESDAY, "am")
    assert notices.act(changes.scan).count == 0
    assert notices.follow(5) == done(0)
    [left] = clinic.run(changes.not_moved, offered=5)
    assert (left.visit, left.queue, left.name, left.phone) == (visit.id, 1, "李*", "+86154****0002")
    stop(clinic, 1)
    assert clinic.run(changes.not_moved, offered=1) == []


def test_a_phone_that_is_somebody_elses_is_not_told(notices: Any, clinic: Any) -> None:
    notices.at(8, 9)
    clinic.book(4)  # Tuesday 08:00
    clinic.book(5, clinic.person("李强", OTHER_IDENTITY), OTHER_PHONE)
    wrong(clinic, PHONE)
    notices.told()
    notices.at(8, 22)
    stop(clinic, 4)  # which would be told at once
    stop(clinic, 5)
    assert clinic.rows(Message.phone, Message.kind)[2:] == [(OTHER_PHONE, "stopped.told_sms")]
    assert notices.states() == ["cancelled"] * 2


def scan_at_kiosk(clinic: Any, number: str) -> vouchers.Checked:
    kiosk, _ = clinic.run(enrol, centre="DY", name="Hall", now=clinic.moment)
    done: vouchers.Checked = clinic.run(vouchers.use, claims=None, number=number, kiosk=kiosk, now=clinic.moment)
    return done


@pytest.fixture
def postgresql(schema_url: str) -> None:
    if not schema_url.startswith("postgresql"):
        pytest.skip("SQLite has one writer at a time: nobody moves a visit while a kiosk is at it")


@pytest.mark.usefixtures("postgresql")
def test_a_kiosk_that_has_read_a_visit_before_it_was_moved_does_not_use_it(
    notices: Any, clinic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices.at(8, 7, 45)
    visit = clinic.book(1)
    real = vouchers._view

    def meanwhile(row: Voucher) -> Any:
        view = real(row)
        monkeypatch.setattr(vouchers, "_view", real)

        [moved] = at_once(1, lambda _: move(clinic, 1, THURSDAY, "am"))
        assert moved.followed == done(1)
        return view

    monkeypatch.setattr(vouchers, "_view", meanwhile)
    checked = scan_at_kiosk(clinic, visit.number)
    assert checked.voucher is not None
    assert (checked.outcome, checked.voucher.day) == ("wrong_day", THURSDAY)
    assert (notices.states(), clinic.rows(Voucher.state)) == (["booked"], ["issued"])
    notices.at(11, 7, 50)
    assert scan_at_kiosk(clinic, visit.number).outcome == "genuine"


@pytest.mark.usefixtures("postgresql")
def test_a_kiosk_that_waits_for_a_move_goes_by_the_new_day(notices: Any, clinic: Any) -> None:
    notices.at(8, 7, 45)
    visit = clinic.book(1)
    given = {"reason": "医生外出", "now": clinic.moment, **GIVEN}
    to = Target(THURSDAY, "am", dt.time(8), dt.time(11, 30))
    waits = text("select count(*) from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))")

    def move_while_it_waits(session: Session, pool: ThreadPoolExecutor) -> Future[vouchers.Checked]:
        changes.move(session, offered=1, to=to, **given)
        session.flush()
        scanned = pool.submit(scan_at_kiosk, clinic, visit.number)
        until = time.monotonic() + 30
        while not session.scalar(waits):
            assert time.monotonic() < until, "the kiosk does not wait"
        return scanned

    with ThreadPoolExecutor(1) as pool:
        checked = clinic.run(move_while_it_waits, pool=pool).result(30)
    assert (checked.outcome, checked.voucher.day) == ("wrong_day", THURSDAY)
    assert (notices.states(), clinic.rows(Voucher.state)) == (["booked"], ["issued"])
