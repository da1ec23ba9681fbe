"""Reminders that come by themselves: on which day which family reads what, and that nobody reads it twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from clinic import consent, visits
from clinic.children import reminders
from clinic.jobs import Found
from clinic.tables import ChildFile, Message, RelatedPerson, Subscriber, Visit
from tests.clinic.children.families import FATHER, HOUSE, MOTHER, NEWBORN, Families, at, day, long

BORN = "2026-01-12"  # two months old, with HepB and BCG: IPV and DTaP come next
BEFORE = "接种提醒：3月12日周四起可接种脊灰灭活疫苗第1剂、百白破疫苗第1剂。地点：东苑中心。请带接种证。咨询请拨12580。"
NOW = "接种提醒：现在可接种脊灰灭活疫苗第1剂、百白破疫苗第1剂。地点：东苑中心。请带接种证。咨询请拨12580。"
OVERDUE = "接种提醒：请尽快补种脊灰灭活疫苗第1剂、百白破疫苗第1剂。地点：东苑中心。请带接种证。咨询请拨12580。"
UP_TO_SIX_MONTHS = (
    *NEWBORN, ("IPV", 61), ("IPV", 92), ("bOPV", 125), ("DTaP", 61), ("DTaP", 122), ("DTaP", 184), ("HepB", 184),
    ("MPSV-A", 184),
)  # fmt: skip


@pytest.fixture
def families(run: Any) -> Families:
    return Families(run)


class TestStages:
    def test_a_week_before_when_due_and_some_days_after_it_was_overdue(self, families: Families) -> None:
        child = families.child(BORN, *NEWBORN)
        assert families.days("2026-03-01", "2026-04-30") == [
            ("2026-03-05", BEFORE),
            ("2026-03-12", NOW),
            ("2026-04-20", OVERDUE),  # overdue on 12 April, 7 days later is a Sunday
        ]
        assert families.reminders() == [
            ("polio", 1, 0), ("DTP", 1, 0), ("polio", 1, 1), ("DTP", 1, 1), ("polio", 1, 2), ("DTP", 1, 2)
        ]  # fmt: skip
        assert families.look_on(child) == day("2026-05-03")

    def test_after_the_last_stage_nothing_more_comes_for_that_dose(self, families: Families) -> None:
        families.notices(vaccine_overdue=(7,))
        families.child(BORN, *NEWBORN)
        assert [on for on, _ in families.days("2026-03-01", "2026-07-03")] == ["2026-03-05", "2026-03-12", "2026-04-20"]

    def test_of_stages_that_were_missed_only_the_last_is_told(self, families: Families) -> None:
        """The machine stood still from the day before the first stage to a week after the third."""
        families.child(BORN, *NEWBORN)
        away = tuple((day("2026-03-04") + dt.timedelta(days=n)).isoformat() for n in range(54))
        assert families.days("2026-03-01", "2026-05-02", without=away) == [("2026-04-27", OVERDUE)]

    def test_one_dose_is_told_by_its_name(self, families: Families) -> None:
        families.child(BORN, *NEWBORN, ("IPV", 59))
        assert families.days("2026-03-13", "2026-03-13") == [
            ("2026-03-13", "接种提醒：百白破疫苗第1剂现在可以接种，请到东苑中心。请带接种证。咨询请拨12580。")
        ]

    def test_a_dose_that_came_is_followed_by_the_next_one(self, families: Families) -> None:
        child = families.child(BORN, *NEWBORN)
        families.scan("2026-03-12")
        families.give(child, "IPV", 1, "2026-03-13")
        families.give(child, "DTaP", 1, "2026-03-13")
        assert families.days("2026-03-13", "2026-05-12") == [
            ("2026-04-07", "接种提醒：脊灰灭活疫苗第2剂，4月13日周一起可在东苑中心接种。请带接种证。咨询请拨12580。"),
            ("2026-04-13", "接种提醒：脊灰灭活疫苗第2剂现在可以接种，请到东苑中心。请带接种证。咨询请拨12580。"),
            ("2026-05-06", "接种提醒：百白破疫苗第2剂，5月12日周二起可在东苑中心接种。请带接种证。咨询请拨12580。"),
            ("2026-05-12", "接种提醒：百白破疫苗第2剂现在可以接种，请到东苑中心。请带接种证。咨询请拨12580。"),
        ]

    def test_urgent_ones_first_and_what_comes_later_with_its_day(self, families: Families) -> None:
        """MMR overdue, JE-L too, and MPSV-A 2 in a few days."""
        families.child("2025-06-10", *UP_TO_SIX_MONTHS, look_on="2026-03-05")
        families.scan("2026-03-05")
        assert families.texts() == [
            (
                MOTHER,
                "接种提醒：现在可接种麻腮风疫苗第1剂、乙脑减毒活疫苗第1剂；3月11日周三起可接种A群流脑多糖疫苗第2剂。"
                "地点：东苑中心。请带接种证。咨询请拨12580。",
            )
        ]

    @pytest.mark.parametrize("standing", ["out_of_area", "lost", "moved", "died"])
    def test_who_is_not_looked_after_is_not_reminded_and_not_looked_at_again(
        self, families: Families, standing: str
    ) -> None:
        child = families.child(BORN, *NEWBORN, standing=standing)
        assert families.scan("2026-03-12") == Found(0, more=False)
        assert families.look_on(child) is None

    def test_a_grown_child_is_done(self, families: Families) -> None:
        child = families.child("2005-01-01", look_on="2026-03-12")
        assert families.scan("2026-03-12").count == 0
        assert families.look_on(child) is None

    def test_contraindicated_and_too_old_are_not_told(self, families: Families) -> None:
        """BCG from four years on; live vaccines with an immune deficiency."""
        child = families.child("2022-01-10", *NEWBORN[:1], look_on="2026-03-11")
        families.contraindicate(child, "live", "2026-03-10")
        families.scan("2026-03-11")
        ((_, told_of),) = families.texts()
        assert not any(name in told_of for name in ("卡介苗", "麻腮风", "减毒"))
        assert "乙脑灭活疫苗第1剂" in told_of


class TestDays:
    def test_not_on_a_weekend_nor_on_a_holiday_but_on_the_next_working_day(self, families: Families) -> None:
        """Due on 1 October: told on the day after the holidays; a day in them is not named."""
        families.child("2026-08-01", *NEWBORN)
        assert families.days("2026-09-20", "2026-10-12") == [
            (
                "2026-09-24",
                "接种提醒：10月8日周四起可接种脊灰灭活疫苗第1剂、百白破疫苗第1剂。地点：东苑中心。请带接种证。咨询请拨12580。",
            ),
            ("2026-10-08", NOW),
        ]

    def test_a_centre_that_is_open_then_says_so(self, families: Families) -> None:
        families.notices(open=(day("2026-10-01"),))
        families.child("2026-08-01", *NEWBORN)
        assert [on for on, _ in families.days("2026-09-20", "2026-10-12")] == ["2026-09-24", "2026-10-01"]

    def test_it_goes_at_the_hour_of_notices_and_not_in_quiet_hours(self, families: Families) -> None:
        families.child(BORN, *NEWBORN)
        families.hour = dt.time(0, 10)
        families.scan("2026-03-05")
        assert families.rows(Message.due_at, Message.message_class) == [(at("2026-03-05"), "notice")]
        families.hour = dt.time(21, 30)
        families.scan("2026-03-12")
        assert families.rows(Message.due_at)[1] == (at("2026-03-13", dt.time(8)),)

    def test_a_refusal_of_broadcasts_does_not_stop_it(self, families: Families) -> None:
        families.child(BORN, *NEWBORN)
        families.run(consent.refuse, phone=MOTHER, source="sms", now=at("2026-01-20"), proof="TD")
        assert families.scan("2026-03-05").count == 1


class TestPhones:
    def test_each_guardian_gets_one_text_in_their_language(self, families: Families) -> None:
        families.child(BORN, *NEWBORN, phones=(MOTHER,), language="zh")
        families.child(BORN, *NEWBORN, phones=(FATHER,), language="en")
        families.scan("2026-03-05")
        english = (
            "Vaccine reminder: from Thu 12 Mar on: polio vaccine (IPV) dose 1, DTaP vaccine dose 1."
            " Place: Dongyuan Centre. Bring the vaccination certificate. Questions? Call 12580."
        )
        assert families.texts() == [(MOTHER, BEFORE), (FATHER, english)]

    def test_both_parents_of_one_child_are_told(self, families: Families) -> None:
        families.child(BORN, *NEWBORN, phones=(MOTHER, FATHER))
        assert families.scan("2026-03-05").count == 2
        assert families.texts() == [(MOTHER, BEFORE), (FATHER, BEFORE)]

    def test_on_a_shared_phone_each_child_is_named(self, families: Families) -> None:
        families.child(BORN, *NEWBORN, name="王小明")
        families.child("2026-01-12", *NEWBORN, name="王小红")
        families.scan("2026-03-05")
        assert [said.split("：")[0] for _, said in families.texts()] == ["王*明的接种提醒", "王*红的接种提醒"]

    def test_who_has_no_phone_is_told_once_there_is_one(self, families: Families) -> None:
        child = families.child(BORN, *NEWBORN, phones=())
        assert families.scan("2026-03-05").count == 0
        assert families.reminders() == []

        def put_on_record(session: Session) -> None:
            who = Subscriber(phone=MOTHER, created_at=at("2026-03-06"))
            session.add(who)
            session.flush()
            session.add(
                RelatedPerson(subscriber_id=who.id, resident_id=child, name="王小明", is_self=False, is_told=True)
            )
            session.execute(update(ChildFile).values(look_on=day("2026-03-06")))

        families.run(put_on_record)
        families.scan("2026-03-06")
        assert families.texts() == [(MOTHER, BEFORE)]

    def test_a_stranger_who_has_typed_the_number_is_not_told(self, families: Families) -> None:
        families.child(BORN, *NEWBORN)
        families.run(lambda s: s.execute(update(RelatedPerson).values(is_told=False)) and None)
        assert families.scan("2026-03-05").count == 0

    def test_who_is_reached_by_voice_is_called_with_what_can_be_spoken(self, families: Families) -> None:
        families.child(BORN, *NEWBORN, ("IPV", 59), contact="voice")
        families.scan("2026-03-13")
        ((channel, speech),) = families.rows(Message.channel, Message.speech)
        assert channel == "voice"
        assert speech["key"] == "vaccine.due_sms"
        assert speech["words"]["vaccine"] == {"zh": "百白破疫苗", "en": "DTaP vaccine"}


class TestBooking:
    def test_the_text_says_how_where_a_place_can_be_booked(self, families: Families) -> None:
        families.vaccinates(2, "2026-03-11")
        families.child(BORN, *NEWBORN)
        families.scan("2026-03-05")
        assert families.texts()[-1][1].endswith("咨询请拨12580。")  # that session is too early
        families.vaccinates(2, "2026-03-13")
        families.scan("2026-03-12")
        assert families.texts()[-1][1] == NOW.replace("咨询请拨12580", "回复1预约")

    def test_not_where_all_places_are_taken(self, families: Families) -> None:
        families.vaccinates(2, "2026-03-13", capacity=0)
        families.child(BORN, *NEWBORN)
        families.scan("2026-03-05")
        assert families.texts() == [(MOTHER, BEFORE)]

    def test_it_can_be_answered_until_the_next_stage_at_most_thirty_days(self, families: Families) -> None:
        child = families.child(BORN, *NEWBORN)
        families.scan("2026-03-05")
        families.scan("2026-03-12")
        first, second = families.questions()
        doses = [["polio", 1, 0, "2026-03-12"], ["DTP", 1, 0, "2026-03-12"]]
        assert first == (MOTHER, {"resident": child, "doses": doses}, at("2026-03-05"), at("2026-03-12"))
        assert second[2:] == (at("2026-03-12"), at("2026-04-11"))

    def test_who_has_a_place_is_not_reminded_until_the_day_after(self, families: Families) -> None:
        families.vaccinates(2, "2026-03-13")
        child = families.child(BORN, *NEWBORN)
        families.scan("2026-03-05")
        book(families, child)
        assert families.days("2026-03-06", "2026-03-15") == []
        assert families.days("2026-03-16", "2026-03-16")[0][1].startswith("接种提醒：现在可接种")


def book(families: Families, child: int) -> None:
    (offered,) = families.run(lambda s: list(s.scalars(text("select max(id) from clinic_session"))))
    families.run(
        visits.book, clinic_session=offered, patient=child, phone=MOTHER, language="zh", occasion="t",
        installation=HOUSE, now=at("2026-03-06"),
    )  # fmt: skip
    families.run(lambda s: s.execute(text("delete from message where kind = 'visit.code_sms'")) and None)
    assert families.rows(Visit.state) == [("booked",)]


class TestNotes:
    def test_after_a_live_vaccine_the_other_one_waits_and_the_text_says_so(self, families: Families) -> None:
        child = families.child("2025-08-01", *UP_TO_SIX_MONTHS)
        families.scan("2026-04-01")
        families.give(child, "MMR", 1, "2026-04-02")
        assert families.days("2026-04-02", "2026-04-23") == [
            (
                "2026-04-23",
                "接种提醒：乙脑减毒活疫苗第1剂，4月30日周四起可在东苑中心接种。乙脑减毒活疫苗与上一种活疫苗须隔开，请勿提前。"
                "请带接种证。咨询请拨12580。",
            )
        ]

    def test_a_skin_test_comes_first(self, families: Families) -> None:
        families.child("2025-11-20", ("HepB", 0), ("HepB", 31), ("IPV", 61), ("IPV", 92), ("DTaP", 61))
        families.scan("2026-03-05")
        assert families.texts()[0][1] == (
            "接种提醒：卡介苗第1剂已过推荐时间，请尽快到东苑中心补种。卡介苗须先做结核菌素试验，阴性才能接种。请带接种证。咨询请拨12580。"
        )

    def test_a_contraindication_on_record_is_to_be_told_to_the_doctor(self, families: Families) -> None:
        child = families.child(BORN, *NEWBORN)
        families.contraindicate(child, "BCG", "2026-02-01")
        families.scan("2026-03-05")
        assert "孩子有禁忌记录，请先告诉医生。" in families.texts()[0][1]

    def test_while_a_child_is_ill_it_is_not_told_to_come(self, families: Families) -> None:
        child = families.child(BORN, *NEWBORN)
        families.contraindicate(child, "all", "2026-03-03", "2026-03-20")
        assert [on for on, _ in families.days("2026-03-03", "2026-03-31")] == ["2026-03-16", "2026-03-23"]


class TestOnce:
    def test_a_scan_that_runs_twice_tells_once(self, families: Families) -> None:
        families.child(BORN, *NEWBORN)
        families.scan("2026-03-05")
        families.run(lambda s: s.execute(update(ChildFile).values(look_on=day("2026-03-05"))) and None)
        assert families.scan("2026-03-05") == Found(0, more=False)
        assert families.texts() == [(MOTHER, BEFORE)]

    def test_batches_are_bounded_and_tell_whether_there_is_more(self, families: Families) -> None:
        for _ in range(5):
            families.child(BORN, *NEWBORN)
        given = {"rules": families.rules, "installation": HOUSE, "now": at("2026-03-05"), "most": 2}
        found = [families.run(reminders.scan, **given) for _ in range(3)]
        assert found == [Found(2, more=True), Found(2, more=True), Found(1, more=False)]

    def test_who_is_looked_at_comes_by_the_index_without_sorting(self, store: Any, families: Families) -> None:
        if store.engine.dialect.name != "sqlite":
            pytest.skip("PostgreSQL reads a table of some rows whole")
        query = reminders._due_files(day("2026-03-05"), 500)
        written = query.compile(store.engine, compile_kwargs={"literal_binds": True})
        steps = families.run(lambda s: [row[3] for row in s.execute(text(f"explain query plan {written}"))])
        assert "INDEX ix_child_file_look_on" in steps[0]
        assert not [step for step in steps if "TEMP B-TREE" in step]

    def test_two_schedulers_share_the_children_and_tell_each_once(self, store: Any, families: Families) -> None:
        """Two transactions at the same time on PostgreSQL; on SQLite one waits for the other."""
        for _ in range(4):
            families.child(BORN, *NEWBORN)
        given: Any = {"rules": families.rules, "installation": HOUSE, "now": at("2026-03-05"), "most": 2}
        if store.engine.dialect.name == "sqlite":
            found = [families.run(reminders.scan, **given) for _ in range(2)]
        else:
            with Session(store.engine) as one, Session(store.engine) as other, one.begin(), other.begin():
                found = [reminders.scan(session, **given) for session in (one, other)]
        assert found == [Found(2, more=True), Found(2, more=True)]
        assert families.scan("2026-03-05").count == 0
        occasions = families.rows(Message.occasion)
        assert len(occasions) == len(set(occasions)) == 4


class TestLength:
    def test_what_comes_at_most_on_one_day_fits_two_segments(self, families: Families) -> None:
        """At eighteen months with nothing given, on a shared phone: four are named, the others counted."""
        families.child("2024-09-05", name="欧阳小明", look_on="2026-03-05")
        families.child("2024-09-05", name="欧阳小红", look_on="2026-03-05", phones=(MOTHER, FATHER), language="en")
        families.scan("2026-03-05")
        chinese = [said for phone, said in families.texts() if phone == MOTHER]
        assert chinese[0] == (
            "欧*明的接种提醒：请尽快补种乙肝疫苗第1剂、卡介苗第1剂、脊灰灭活疫苗第1剂、百白破疫苗第1剂；另有4剂。"
            "地点：东苑中心。卡介苗须先做结核菌素试验，阴性才能接种。请带接种证。咨询请拨12580。"
        )
        assert [long(said) for said in chinese] == [2, 2]
        ((english,),) = families.run(lambda s: s.execute(select(Message.text).where(Message.phone == FATHER)).all())
        assert english.startswith("Vaccine reminder: overdue, please soon: hepatitis B vaccine dose 1, BCG vaccine")
        assert long(english) == 2


def test_a_month_of_days_for_many_with_days_when_nobody_looked(families: Families) -> None:
    """Born on each day of two months: each family reads each stage once, in its order, on a working day."""
    births = [day("2026-01-01") + dt.timedelta(days=n) for n in range(0, 60, 3)]
    children = {families.child(born.isoformat(), *NEWBORN): born for born in births}
    said = families.days("2026-03-01", "2026-04-04", without=("2026-03-10", "2026-03-11", "2026-03-24"))
    by_child: dict[int, list[str]] = {}
    for resident, written in families.rows(Message.resident_id, Message.text):
        by_child.setdefault(resident, []).append(written)
    assert sum(map(len, by_child.values())) == len(said)
    for child, born in children.items():
        texts = by_child.get(child, [])
        assert len(texts) == len(set(texts)), born
    assert {on for on, _ in said}.isdisjoint({"2026-03-10", "2026-03-11", "2026-03-24"})
    assert all(day(on).weekday() < 5 for on, _ in said)
    stages = families.run(
        lambda s: s.execute(text("select resident_id, series, dose, stage from vaccine_reminder")).all()
    )
    assert len(stages) == len(set(stages))
    assert families.run(lambda s: s.scalar(select(ChildFile.id).where(ChildFile.look_on <= day("2026-04-03")))) is None


def test_a_batch_writes_to_some_and_leaves_the_others_to_the_next(
    families: Families, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "MOST_TOLD", 2)
    for _ in range(3):
        families.child(BORN, *NEWBORN)
    given = {"rules": families.rules, "installation": HOUSE, "now": at("2026-03-05")}
    assert [families.run(reminders.scan, **given) for _ in range(2)] == [Found(2, more=True), Found(1, more=False)]
    assert len(families.texts()) == 3
