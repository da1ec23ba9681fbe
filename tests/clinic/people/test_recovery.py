"""Somebody has lost their phone: the counter moves what is theirs to the new one, all of it or nothing."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from clinic import passcodes, vouchers, wrong_numbers
from clinic.errors import NotCancellable, NotPossible
from clinic.notices import questions
from clinic.passcodes import NoCode, WrongCode
from clinic.people import moving, persons, recovery
from clinic.people.recovery import NotRecoverable, Recovered
from clinic.rules import BookingRules
from clinic.tables import (
    AccountPhone,
    Audit,
    FamilyCopy,
    HomeVisit,
    LedgerAccount,
    Message,
    OneTimeCode,
    Question,
    RelatedPerson,
    Visit,
    Voucher,
    WaitEntry,
)
from clinic.views import KioskView
from tests.clinic.conftest import HOUSE, IDENTITY, OTHER_IDENTITY, PHONE

NEW = "+8615400000003"
RULES = BookingRules()


class Desk:
    """The counter, in few words."""

    def __init__(self, clinic: Any) -> None:
        self.clinic = clinic

    def begin(self, *identities: str, to: str = NEW, old: str | None = None) -> Any:
        digests = [self.clinic.vault.digest(each) for each in identities or (IDENTITY,)]
        given = {"by": "desk", "rules": RULES, "installation": HOUSE, "now": self.clinic.moment}
        return self.clinic.run(recovery.begin, identities=digests, to=to, old=old, **given)

    def code(self, phone: str = NEW) -> str:
        (code,) = [
            re.findall(r"\d{6}", text)[0] for to, text in self.clinic.texts() if to == phone and "验证码" in text
        ]
        return code

    def confirm(self, code: str | None = None, phone: str = NEW) -> Any:
        given = {"by": "desk", "rules": RULES, "installation": HOUSE, "now": self.clinic.moment}
        return self.clinic.run(recovery.confirm, phone=phone, code=code or self.code(phone), **given)

    def recover(self, *identities: str, **more: Any) -> Recovered:
        self.begin(*identities, **more)
        done = self.confirm(phone=more.get("to", NEW))
        assert isinstance(done, Recovered)
        return done

    def told(self, phone: str) -> list[str]:
        return [text for to, text in self.clinic.texts() if to == phone]


@pytest.fixture
def desk(clinic: Any) -> Desk:
    return Desk(clinic)


def people(clinic: Any, phone: str) -> list[tuple[str, bool]]:
    return [(each.name, each.is_self) for each in clinic.run(persons.listed, phone=phone)]


def sent(clinic: Any) -> None:
    clinic.run(lambda s: s.query(Message).update({"state": "sent"}) and None)


def test_persons_and_visits_move_to_the_new_phone(clinic: Any, desk: Desk) -> None:
    visit = clinic.book(4)
    sent(clinic)
    begun = desk.begin()
    assert (begun.issued.outcome, begun.old, begun.names) == ("sent", "+86154****0001", ("王芳",))
    assert people(clinic, PHONE) == [("王芳", True)]  # nothing has moved yet
    done = desk.confirm()
    assert (done.old, done.moved.people, done.moved.visits) == ("+86154****0001", 1, 1)
    assert (people(clinic, PHONE), people(clinic, NEW)) == ([], [("王芳", True)])
    assert (clinic.upcoming(PHONE), [each.id for each in clinic.upcoming(NEW)]) == ([], [visit.id])
    with pytest.raises(NotPossible):
        clinic.send_code(visit.id, PHONE)


def test_the_t_code_is_a_new_one_and_the_old_page_and_number_are_worth_nothing(clinic: Any, desk: Desk) -> None:
    before = clinic.book(4)
    desk.recover()
    (now,) = clinic.upcoming(NEW)
    assert (now.number != before.number, now.link != before.link, now.queue) == (True, True, before.queue)
    assert clinic.run(vouchers.by_token, token=before.link.rpartition("/")[2]) is None
    kiosk = KioskView(1, "K", 1, None)  # type: ignore[arg-type]
    used = clinic.run(vouchers.use, claims=None, number=before.number, kiosk=kiosk, now=clinic.moment)
    assert used.outcome == "forged"
    code, summary = desk.told(NEW)[1:]
    assert now.link in code
    assert summary == "今后请用本机预约，已转入就诊人1位、预约1个。原T码作废，新T码另发。咨询12580。"


def test_the_old_phone_learns_only_that_something_was_changed(clinic: Any, desk: Desk) -> None:
    clinic.book(4)
    sent(clinic)
    desk.recover()
    assert desk.told(PHONE)[1:] == ["本机的预约信息已在窗口变更。如您不知情，请致电12580。"]


def test_its_other_persons_stay(clinic: Any, desk: Desk) -> None:
    clinic.book(4)
    other = clinic.book(4, clinic.person("李明", OTHER_IDENTITY))
    desk.recover()
    assert people(clinic, PHONE) == [("李明", True)]
    assert [each.id for each in clinic.upcoming(PHONE)] == [other.id]


def test_a_family_moves_together(clinic: Any, desk: Desk) -> None:
    clinic.book(4)
    clinic.book(4, clinic.person("李明", OTHER_IDENTITY))
    done = desk.recover(IDENTITY, OTHER_IDENTITY)
    assert (done.moved.people, done.moved.visits) == (2, 2)
    assert people(clinic, NEW) == [("王芳", True), ("李明", False)]


def test_what_hangs_on_the_phone_moves_too(clinic: Any, desk: Desk) -> None:
    clinic.book(4)
    day = clinic.moment.date()

    def more(session: Any) -> None:
        session.add(
            WaitEntry(
                occasion="w", resident_id=1, phone=PHONE, language="zh", name="王芳", department_id=1, first_day=day,
                last_day=day, waits_since=clinic.moment,
            )
        )  # fmt: skip
        session.add(
            HomeVisit(
                resident_id=1, centre_id=1, phone=PHONE, name="王芳", state="active", occasion="h",
                requested_at=clinic.moment,
            )
        )  # fmt: skip
        session.add(
            LedgerAccount(centre_id=1, kind="resident", key="1", currency="CNY", resident_id=1, opened_at=clinic.moment)
        )
        session.flush()
        session.add(AccountPhone(account_id=1, phone=PHONE, linked_at=clinic.moment, linked_by="desk"))

    clinic.run(more)
    done = desk.recover()
    assert (done.moved.waiting, done.moved.accounts) == (1, 1)
    for table in (WaitEntry, HomeVisit, AccountPhone):
        assert clinic.rows(table.phone) == [NEW]


def test_notices_that_wait_go_to_the_new_phone_and_no_old_question_can_be_answered(clinic: Any, desk: Desk) -> None:
    visit = clinic.book(4)
    soon = clinic.moment + dt.timedelta(hours=8)

    def notices(session: Any) -> None:
        session.query(Message).delete()
        for occasion, state in (("a", "queued"), ("b", "sent")):
            session.add(
                Message(
                    occasion=occasion, phone=PHONE, text="...", message_class="notice", state=state, due_at=soon,
                    expires_at=soon, created_at=clinic.moment, resident_id=1, attempts=0,
                )
            )  # fmt: skip
            session.add(
                Question(
                    occasion=occasion, phone=PHONE, kind="visit", subject={"visit": visit.id}, asked_at=clinic.moment,
                    expires_at=soon,
                )
            )  # fmt: skip

    clinic.run(notices)
    desk.recover()
    assert [row[1:] for row in clinic.rows(Message.id, Message.occasion, Message.phone)][:2] == [
        ("a", NEW),
        ("b", PHONE),
    ]
    clinic.wait(hours=1)
    assert clinic.run(questions.open_to, phone=PHONE, inbox=0, now=clinic.moment) == []
    assert clinic.rows(Question.phone) == [NEW, PHONE]


def test_a_t_code_that_waits_still_is_not_sent_to_the_old_phone(clinic: Any, desk: Desk) -> None:
    clinic.book(4)
    desk.recover()
    assert clinic.rows(Message.phone, Message.kind, Message.state)[0] == (PHONE, "visit.code_sms", "cancelled")


def test_copies_of_others_readings_follow_their_receiver(clinic: Any, desk: Desk) -> None:
    clinic.book(4)
    clinic.run(persons.add, phone="+8615400000009", person=clinic.person("李明", OTHER_IDENTITY), now=clinic.moment)
    copy = {"phone": PHONE, "relation": "", "granted_by": "", "proof": "", "asked_at": clinic.moment}
    clinic.run(lambda s: s.add(FamilyCopy(resident_id=2, **copy)))
    desk.recover()
    assert clinic.rows(FamilyCopy.phone) == [NEW]


def test_a_wrong_number_that_is_recovered_is_right_again(clinic: Any, desk: Desk) -> None:
    clinic.book(4)
    clinic.run(lambda s: s.query(RelatedPerson).update({"is_told": True}) and None)
    assert clinic.run(wrong_numbers.reported, phone=PHONE, proof="打错了", now=clinic.moment)
    before = len(desk.told(PHONE))
    desk.recover()
    assert len(desk.told(PHONE)) == before  # a stranger has it: nothing to tell
    assert clinic.run(wrong_numbers.listed) == []
    clinic.run(wrong_numbers.reported, phone=NEW, proof="打错了", now=clinic.moment)
    clinic.wait(hours=2)
    desk.clinic.run(lambda s: s.query(Message).delete() and None)
    desk.recover(to=PHONE)  # the number came back
    assert people(clinic, PHONE) == [("王芳", True)]


def test_who_knew_them_already_keeps_one_row(clinic: Any, desk: Desk) -> None:
    clinic.book(4)
    clinic.run(persons.add, phone=NEW, person=clinic.person("小李", OTHER_IDENTITY), now=clinic.moment)
    clinic.run(persons.add, phone=NEW, person=clinic.person("妈妈"), now=clinic.moment)
    desk.recover(old=PHONE)
    assert people(clinic, NEW) == [("小李", True), ("妈妈", False)]
    assert clinic.rows(RelatedPerson.is_told) == [False, True]


def test_of_several_phones_the_lost_one_must_be_named(clinic: Any, desk: Desk) -> None:
    clinic.book(4)
    clinic.run(persons.add, phone="+8615400000009", person=clinic.person(), now=clinic.moment)
    with pytest.raises(NotRecoverable, match=r"2 phones have them \(.*0001.*0009\).*--from"):
        desk.begin()
    desk.recover(old=PHONE)
    assert people(clinic, "+8615400000009") == [("王芳", True)]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"to": PHONE}, "no other phone"),
        ({"to": PHONE, "old": PHONE}, "are the same"),
        ({"old": "+8615400000009"}, "has not all of them"),
    ],
)
def test_what_cannot_be_moved_is_told(clinic: Any, desk: Desk, given: Any, why: str) -> None:
    clinic.book(4)
    with pytest.raises(NotRecoverable, match=why):
        desk.begin(**given)
    with pytest.raises(NotRecoverable, match="nobody has been registered"):
        desk.begin(OTHER_IDENTITY)


def test_without_the_right_code_nothing_moves_and_the_try_counts(clinic: Any, desk: Desk) -> None:
    clinic.book(4)
    assert isinstance(desk.confirm("000000"), NoCode)
    desk.begin()
    wrong = "000000" if desk.code() != "000000" else "000001"
    assert [desk.confirm(wrong).left for _ in range(2)] == [4, 3]
    assert isinstance(desk.confirm(wrong), WrongCode)
    assert people(clinic, PHONE) == [("王芳", True)]
    assert isinstance(desk.confirm(), Recovered)
    assert isinstance(desk.confirm(), NoCode)


def test_a_code_for_something_else_moves_nobody(clinic: Any, desk: Desk) -> None:
    clinic.book(4)
    given = {"rules": RULES, "installation": HOUSE, "now": clinic.moment, "language": "zh"}
    clinic.run(passcodes.issue, phone=NEW, purpose="account", subject={"residents": [1], "old": PHONE}, **given)
    assert isinstance(desk.confirm(), NoCode)


def test_who_has_left_the_old_phone_meanwhile_is_not_moved_and_the_code_stays_good(clinic: Any, desk: Desk) -> None:
    clinic.run(persons.add, phone=PHONE, person=clinic.person(), now=clinic.moment)
    desk.begin()
    clinic.run(persons.remove, phone=PHONE, resident=1, now=clinic.moment)
    with pytest.raises(NotRecoverable, match="begin anew"):
        desk.confirm()
    assert clinic.rows(OneTimeCode.used_at) == [None]


@pytest.mark.parametrize("step", ["_visits", "_accounts", "_notices", "_people"])
def test_broken_off_in_the_middle_nothing_is_half_done(
    clinic: Any, desk: Desk, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.book(4)
    desk.begin()
    code = desk.code()
    seen = (Visit.phone, RelatedPerson.subscriber_id, Voucher.token, OneTimeCode.used_at, Audit.id, Message.text)
    before = [clinic.rows(column) for column in seen]
    with monkeypatch.context() as patch:

        def broken(*_: Any) -> None:
            raise ConnectionAbortedError

        patch.setattr(moving, step, broken)
        with pytest.raises(ConnectionAbortedError):
            desk.confirm(code)
    assert [clinic.rows(column) for column in seen] == before
    assert isinstance(desk.confirm(code), Recovered)


def test_it_is_audited_with_who_did_it(clinic: Any, desk: Desk) -> None:
    clinic.book(4)
    desk.recover()
    rows = clinic.rows(Audit.actor, Audit.action, Audit.subject, Audit.detail)
    assert ("staff:desk", "people.recover", "resident:1", {"old": "subscriber:1"}) in rows
    assert rows[-1] == ("staff:desk", "people.moved", "resident:1", {"old": "subscriber:1", "new": "subscriber:2"})


def test_of_several_confirmations_at_once_one_moves(clinic: Any, desk: Desk) -> None:
    clinic.book(4)
    desk.begin()
    code = desk.code()
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: desk.confirm(code), range(4)))
    assert sum(isinstance(each, Recovered) for each in done) == 1
    assert sum(isinstance(each, NoCode) for each in done) == 3
    assert clinic.rows(Message.kind).count("people.moved_here_sms") == 1


def test_what_the_old_phone_books_and_cancels_meanwhile_is_never_left_with_it(clinic: Any, desk: Desk) -> None:
    """The lost phone is in somebody's hands, who is quick."""
    first = clinic.book(1)
    desk.begin()
    code = desk.code()

    def book() -> None:
        with suppress(NotPossible):
            clinic.book(5, patient=1)

    def cancel() -> None:
        with suppress(NotCancellable):
            clinic.cancel(first.id)

    with ThreadPoolExecutor(3) as pool:
        work = [pool.submit(each) for each in (book, lambda: desk.confirm(code), cancel)]
        done = [each.result() for each in work]
    assert isinstance(done[1], Recovered)
    standing = [(phone, state) for phone, state in clinic.rows(Visit.phone, Visit.state) if state == "booked"]
    assert all(phone == NEW for phone, _ in standing)
    assert [each.id for each in clinic.upcoming(PHONE)] == []
    with pytest.raises(NotPossible):
        clinic.book(6, patient=1)


def test_two_that_swap_their_phones_at_once_do_not_wait_for_each_other(clinic: Any, desk: Desk) -> None:
    clinic.book(4)
    clinic.book(4, clinic.person("李明", OTHER_IDENTITY), phone=NEW)
    desk.begin()
    desk.begin(OTHER_IDENTITY, to=PHONE)
    codes = {phone: desk.code(phone) for phone in (NEW, PHONE)}
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda phone: desk.confirm(codes[phone], phone), codes))
    assert all(isinstance(each, Recovered) for each in done)
    assert (people(clinic, NEW), people(clinic, PHONE)) == ([("王芳", True)], [("李明", True)])
