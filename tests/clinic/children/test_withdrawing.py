"""A reminder that must not go any more, and that the family is told all the same: by the right phone, when it is so."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic import immunizations, residents, visits, voice, wrong_numbers
from clinic.children import booking, entries, family, files
from clinic.notices import questions
from clinic.rules import Rules
from clinic.sessions import changes
from clinic.tables import ClinicSession, Message, RelatedPerson
from tests.clinic.children.families import FATHER, HOUSE, MOTHER, NEWBORN, SHANGHAI, Families, at, day

BORN = "2026-01-12"  # IPV and DTaP can be given from 12 March, a Thursday
DUE = "2026-03-12"
EIGHT, TEN = at(DUE, dt.time(8)), at(DUE, dt.time(10))
NOW = "接种提醒：现在可接种脊灰灭活疫苗第1剂、百白破疫苗第1剂。"


@pytest.fixture
def families(run: Any) -> Families:
    """The scan is at six; what it writes waits for nine o'clock."""
    return Families(run, hour=dt.time(6))


@pytest.fixture
def write(families: Families, vault: Any) -> Any:
    """`write(child, standing="moved_out")` at eight on the day."""

    def write(child: int, now: dt.datetime = EIGHT, **given: Any) -> None:
        entry = entries.Entry(**given)
        families.run(lambda s: files.write(s, entry, vault=vault, by="w", now=now, child=child))

    return write


def reminded(families: Families, *more: tuple[str, int], **given: Any) -> int:
    child = families.child(given.pop("born", BORN), *NEWBORN, *more, **given)
    assert families.scan(DUE).count
    return child


def set_states(families: Families, state: str, **more: Any) -> None:
    families.run(lambda s: s.execute(update(Message).values(state=state, **more)) and None)


def says_wrong(families: Families, phone: str = MOTHER, now: dt.datetime = EIGHT) -> bool:
    return bool(families.run(wrong_numbers.reported, phone=phone, proof="打错了", now=now))


def guardian(phone: str) -> tuple[entries.Guardian, ...]:
    return (entries.Guardian(phone=phone, relation="father"),)


def queued(families: Families) -> list[tuple[str, str]]:
    return [(phone, text[: len(NOW)]) for phone, text, state in families.rows(
        Message.phone, Message.text, Message.state) if state == "queued"]  # fmt: skip


def fails(families: Families, *, is_called: bool = True) -> None:
    """The SMS does not come; in its place a call waits, where it has come to that."""
    set_states(families, "failed")
    if is_called:
        assert families.run(voice.fall_back, now=at(DUE, dt.time(9, 30))) == 1


class TestAnotherPhone:
    def test_the_new_phone_is_told_what_the_old_one_was_not(self, families: Families, write: Any) -> None:
        child = reminded(families)
        write(child, guardians=guardian(FATHER))
        assert families.states() == ["cancelled"]
        families.scan(DUE)
        assert queued(families) == [(FATHER, NOW)]

    def test_who_was_told_by_another_phone_is_not_told_twice(self, families: Families, write: Any) -> None:
        child = reminded(families, phones=(MOTHER, FATHER))
        write(child, guardians=(entries.Guardian(phone=MOTHER, relation="mother"),))
        families.scan(DUE)
        assert queued(families) == [(MOTHER, NOW)]

    def test_a_phone_that_is_no_guardians_any_more_answers_nothing(self, families: Families, write: Any) -> None:
        child = reminded(families)
        set_states(families, "sent")
        asked: dict[str, Any] = {"phone": MOTHER, "inbox": 1, "now": at(DUE, dt.time(11))}
        assert len(families.run(questions.open_to, **asked)) == 1
        write(child, now=TEN, guardians=guardian(FATHER))
        assert families.run(questions.open_to, **asked) == []

    def test_a_child_that_left_and_came_back_is_told(self, families: Families, write: Any) -> None:
        child = reminded(families)
        write(child, standing="moved_out")
        write(child, standing="active")
        families.scan(DUE)
        assert (families.states(), queued(families)) == (["cancelled", "queued"], [(MOTHER, NOW)])

    def test_at_another_centre_the_text_names_that_one(self, families: Families, write: Any) -> None:
        child = reminded(families)
        write(child, centre=2)
        families.scan(DUE)
        waits = [
            text for (_, text), state in zip(families.texts(), families.states(), strict=True) if state == "queued"
        ]
        assert waits == [NOW + "地点：南河中心。请带接种证。咨询请拨12580。"]


class TestWrongNumber:
    def test_it_reads_nothing_of_the_child_and_books_nothing(self, families: Families) -> None:
        child = reminded(families)
        families.contraindicate(child, "live", "2026-03-01")
        set_states(families, "sent")
        phone = {"phone": MOTHER}
        today = {"child": child, "today": day(DUE)}
        reads: list[tuple[Any, dict[str, Any]]] = [
            (family.against, today),
            (family.coming, today),
            (family.is_told, {"child": child}),
            (immunizations.people, {"day": day(DUE)}),
            (immunizations.given, {"person": child}),
            (questions.open_to, {"inbox": 1, "now": at(DUE, dt.time(11))}),
        ]
        assert all(families.run(fn, **phone, **more) for fn, more in reads)
        assert says_wrong(families, now=TEN)
        assert not any(families.run(fn, **phone, **more) for fn, more in reads)

    def test_the_family_is_told_by_its_new_phone(self, families: Families, write: Any) -> None:
        child = reminded(families)
        says_wrong(families)
        assert families.rows(Message.state, Message.error) == [("cancelled", "wrong number")]
        write(child, guardians=guardian(FATHER))
        families.scan(DUE)
        assert queued(families) == [(FATHER, NOW)]

    def test_what_the_wrong_phone_has_read_the_family_has_not(self, families: Families, write: Any) -> None:
        child = reminded(families)
        set_states(families, "sent")
        says_wrong(families, now=TEN)
        write(child, now=TEN, guardians=guardian(FATHER))
        families.scan(DUE)
        assert queued(families) == [(FATHER, NOW)]

    def test_what_the_other_parent_was_told_is_not_told_again(self, families: Families) -> None:
        reminded(families, phones=(MOTHER, FATHER))
        says_wrong(families)
        families.scan(DUE)
        assert families.states() == ["cancelled", "queued"]

    def test_two_wrong_phones_are_not_each_others_excuse(self, families: Families) -> None:
        reminded(families, phones=(MOTHER, FATHER))
        set_states(families, "sent")
        says_wrong(families, now=TEN)
        assert families.reminders()
        says_wrong(families, FATHER, now=TEN)
        assert families.reminders() == []

    def test_nobody_is_called_instead_of_what_was_on_its_way(self, families: Families) -> None:
        reminded(families)
        set_states(families, "sent")
        says_wrong(families, now=TEN)
        set_states(families, "failed")
        assert families.run(voice.fall_back, now=TEN) == 0

    @pytest.mark.parametrize("how", ["corrected", "guardian", "counter"])
    def test_once_it_is_right_the_children_are_looked_at(self, families: Families, write: Any, how: str) -> None:
        child, other = families.child(BORN, *NEWBORN), families.child("2019-01-01", name="王小红")
        says_wrong(families, now=at("2026-03-01"))
        assert families.days("2026-03-01", "2026-03-13") == []
        moment = at("2026-03-16", dt.time(8))
        if how == "corrected":
            assert families.run(wrong_numbers.corrected, phone=MOTHER, actor="staff:w", now=moment)
        elif how == "guardian":  # the centre has asked for the phone for another child of the family
            write(other, now=moment, guardians=guardian(MOTHER))
        else:
            families.run(lambda s: _counter(s, other, moment))
        families.scan("2026-03-16")
        told = families.run(lambda s: s.scalars(select(Message.text).where(Message.resident_id == child)).all())
        assert [text.split("：")[1][:5] for text in told] == ["现在可接种"]


def _counter(session: Any, child: int, now: dt.datetime) -> None:
    session.execute(update(RelatedPerson).where(RelatedPerson.resident_id == child).values(name="尾号0001"))
    assert residents.complete(session, resident=child, name="王小红", phone=MOTHER, now=now)


IPV = ("IPV", 59)


class TestCalls:
    """What is told by a call because the SMS did not come is taken back like the SMS itself."""

    def test_after_the_dose_nobody_is_called_for_it(self, families: Families) -> None:
        child = reminded(families, IPV, born="2026-01-11")
        fails(families)
        assert families.give(child, "DTaP", 1, DUE, DUE) == 1
        assert families.states() == ["failed", "cancelled"]

    def test_nor_where_the_call_is_yet_to_be_made(self, families: Families) -> None:
        child = reminded(families, IPV, born="2026-01-11")
        fails(families, is_called=False)
        families.give(child, "DTaP", 1, DUE)
        assert families.run(voice.fall_back, now=TEN) == 0

    def test_what_has_gone_may_fail_after_the_dose(self, families: Families) -> None:
        child = reminded(families, IPV, born="2026-01-11")
        set_states(families, "sent")
        assert families.give(child, "DTaP", 1, DUE) == 0
        set_states(families, "failed")
        assert families.run(voice.fall_back, now=TEN) == 0

    def test_what_is_still_so_is_told_by_a_call(self, families: Families) -> None:
        child = reminded(families, IPV, born="2026-01-11")
        fails(families, is_called=False)
        families.give(child, "MPSV-A", 1, DUE)
        assert families.run(voice.fall_back, now=TEN) == 1

    @pytest.mark.parametrize("is_called", [True, False])
    def test_a_new_phone_is_told_where_the_old_one_was_not_reached(
        self, families: Families, write: Any, is_called: bool
    ) -> None:
        child = reminded(families)
        fails(families, is_called=is_called)
        write(child, now=TEN, guardians=guardian(FATHER))
        families.scan(DUE)
        assert queued(families) == [(FATHER, NOW)]
        assert families.run(voice.fall_back, now=TEN) == 0

    def test_a_wrong_phone_is_not_called_and_the_right_one_told(self, families: Families, write: Any) -> None:
        child = reminded(families)
        fails(families)
        says_wrong(families, now=TEN)
        assert families.states() == ["failed", "cancelled"]
        write(child, now=TEN, guardians=guardian(FATHER))
        families.scan(DUE)
        assert queued(families) == [(FATHER, NOW)]


class TestPlaces:
    def booked(self, families: Families, child: int, on: str, now: dt.datetime, by: Any = visits.book) -> Any:
        families.vaccinates(2, on)
        place = families.run(lambda s: s.scalar(select(ClinicSession.id).where(ClinicSession.day == day(on))))
        given: dict[str, Any] = {"language": "zh", "occasion": "t", "installation": HOUSE, "now": now}
        return families.run(by, clinic_session=place, patient=child, phone=MOTHER, **given), place

    def test_who_gives_the_place_back_is_reminded(self, families: Families) -> None:
        child = families.child(BORN, *NEWBORN)
        visit, _ = self.booked(families, child, "2026-04-08", at("2026-03-01"))
        assert families.days("2026-03-01", "2026-03-13") == []
        given: dict[str, Any] = {"language": "zh", "installation": HOUSE, "now": at("2026-03-13", dt.time(5))}
        families.run(visits.cancel, visit=visit.id, phone=MOTHER, **given)
        assert [on for on, text in families.days("2026-03-13", "2026-03-20") if text.startswith(NOW)] == ["2026-03-13"]

    def test_and_who_loses_it_because_the_session_is_stopped(self, families: Families) -> None:
        child = families.child(BORN, *NEWBORN)
        _, place = self.booked(families, child, "2026-04-08", at("2026-03-01"))
        families.days("2026-03-01", "2026-03-12")
        moment = at("2026-03-13", dt.time(5))
        given = {"rules": Rules(), "installation": HOUSE, "now": moment}
        families.run(changes.stop, offered=place, reason="停电", by="w", **given)
        assert [on for on, text in families.days("2026-03-13", "2026-03-20") if text.startswith(NOW)] == ["2026-03-13"]

    def test_a_place_at_another_department_changes_nothing(self, families: Families) -> None:
        child = families.child(BORN, *NEWBORN, look_on="2026-04-01")
        visit, place = self.booked(families, child, "2026-04-08", at("2026-03-01"))
        families.run(lambda s: s.get(ClinicSession, place).department.__setattr__("service", ""))
        families.run(
            visits.cancel, visit=visit.id, phone=MOTHER, language="zh", installation=HOUSE, now=at("2026-03-12")
        )
        assert families.look_on(child) == day("2026-04-01")

    def test_who_books_before_the_text_goes_is_not_asked_to(self, families: Families) -> None:
        child = reminded(families, phones=(MOTHER, FATHER))
        self.booked(families, child, "2026-03-13", EIGHT, booking.book)
        assert families.rows(Message.kind, Message.state) == [
            ("vaccine.several_sms", "cancelled"),
            ("vaccine.several_sms", "cancelled"),
            ("visit.code_sms", "queued"),
        ]
        assert families.days(DUE, "2026-03-15") == []
        assert [text[: len(NOW)] for _, text in families.days("2026-03-16", "2026-03-16")] == [NOW, NOW]  # nobody came

    def test_what_cannot_be_given_at_that_visit_is_told(self, families: Families) -> None:
        child = families.child(BORN, *NEWBORN)
        families.scan("2026-03-05")
        self.booked(families, child, "2026-03-06", at("2026-03-05", dt.time(8)), booking.book)
        assert families.states()[0] == "queued"


class TestPutOff:
    def test_after_the_fever_it_is_told_that_it_can_be_given(self, families: Families) -> None:
        child = families.child(BORN, *NEWBORN)
        families.days("2026-03-01", DUE)
        set_states(families, "sent")
        families.contraindicate(child, "all", DUE, "2026-03-22")
        assert [(on, text[: len(NOW)]) for on, text in families.days(DUE, "2026-04-10")] == [("2026-03-23", NOW)]

    def test_what_can_still_be_given_is_told_once(self, families: Families) -> None:
        child = families.child(BORN, *NEWBORN)
        families.days("2026-03-01", DUE)
        set_states(families, "sent")
        families.contraindicate(child, "BCG", DUE, "2026-03-22")
        assert families.days(DUE, "2026-04-10") == []


def test_late_on_a_friday_evening_nobody_is_told_on_saturday(families: Families) -> None:
    families.child(BORN, *NEWBORN, look_on="2026-03-13")
    families.hour = dt.time(21, 30)
    assert families.scan("2026-03-13").count == 0
    families.hour = dt.time(6)
    families.scan("2026-03-16")
    assert families.rows(Message.due_at) == [(dt.datetime(2026, 3, 16, 9, tzinfo=SHANGHAI),)]
