"""Reminders of statutory visits: when, to whom, in which words, and each once."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import select, update

from clinic.care import reminders
from clinic.tables import CarePlan, Message, RelatedPerson, Subscriber
from tests.clinic.care.conftest import DAUGHTER, LI, WANG
from tests.clinic.conftest import SHANGHAI


def at(care: Any, day: str, hour: int = 7) -> None:
    care.moment = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour), SHANGHAI)


def due(care: Any, day: str, resident: int = 1, condition: str = "hypertension") -> None:
    """A plan whose next visit is due on this day."""
    care.enrol(resident, condition)
    on = dt.date.fromisoformat(day)
    values = {"next_on": on, "look_on": on - dt.timedelta(days=7)}
    chosen = (CarePlan.resident_id == resident, CarePlan.condition == condition)
    care.run(lambda s: s.execute(update(CarePlan).where(*chosen).values(values)) and None)


def scan(care: Any, **more: Any) -> int:
    found = care.run(reminders.scan, **care.given, **more)
    return int(found.count)


def test_a_week_before_on_the_day_and_when_it_was_missed(care: Any) -> None:
    due(care, "2027-04-15")  # a Thursday
    told = []
    for days in range(70):
        at(care, f"{dt.date(2027, 4, 6) + dt.timedelta(days=days)}")
        told += [f"{care.moment:%m-%d}"] * scan(care)
    assert told == ["04-08", "04-15", "04-19", "04-29", "05-27"]  # the 18th is a Sunday
    assert care.sent() == [
        "您的血压随访将于4月15日周四到期，请在4月15日周四前后到东苑中心当面随访，带上用药和读数记录。",
        "您的血压随访今天到期，请于4月15日周四到东苑中心当面随访，带上用药和读数记录。",
        "您的血压随访已于4月15日周四到期，请尽快（4月20日周二起）到东苑中心当面随访。有困难请拨12580。",
        "您的血压随访已于4月15日周四到期，请尽快（4月30日周五起）到东苑中心当面随访。有困难请拨12580。",
        "您的血压随访已于4月15日周四到期，请尽快（5月28日周五起）到东苑中心当面随访。有困难请拨12580。",
    ]


def test_told_at_the_hour_of_notices_and_once(care: Any) -> None:
    due(care, "2027-03-15")
    assert (scan(care), scan(care)) == (1, 0)
    ((due_at, message_class),) = care.messages(Message.due_at, Message.message_class)
    assert (due_at.astimezone(SHANGHAI).time(), message_class) == (dt.time(9), "notice")


def test_after_days_without_jobs_only_the_last_stage_is_told(care: Any) -> None:
    due(care, "2027-04-15")
    at(care, "2027-05-06")
    assert (scan(care), scan(care)) == (1, 0)
    assert care.sent()[0].startswith("您的血压随访已于4月15日")


def test_on_days_off_nothing_is_told_and_the_next_working_day_has_it(care: Any) -> None:
    due(care, "2027-03-20")  # the week before is a Saturday
    at(care, "2027-03-13")
    assert scan(care) == 0
    at(care, "2027-03-15")
    assert scan(care) == 1
    assert "请在3月22日周一前后" in care.sent()[0]  # the day itself is a Saturday


def test_late_on_a_friday_evening_nobody_is_told_on_saturday(care: Any) -> None:
    due(care, "2027-03-19")  # the week before is a Friday
    at(care, "2027-03-12", hour=22)
    assert scan(care) == 0
    at(care, "2027-03-15")
    assert scan(care) == 1


def test_a_shared_phone_is_told_a_name_and_no_illness(care: Any) -> None:
    due(care, "2027-03-15", resident=2)
    due(care, "2027-03-15", resident=3, condition="diabetes")
    assert scan(care) == 2
    texts = care.sent(LI)
    assert texts == [
        "李*强的健康随访将于3月15日周一到期，请在3月15日周一前后到东苑中心当面随访。",
        "赵*兰的健康随访将于3月15日周一到期，请在3月15日周一前后到东苑中心当面随访。",
    ]
    assert not any(word in text for text in texts for word in ("血压", "血糖", "高血压", "糖尿病"))


def test_nor_is_a_relatives_phone_told_the_illness(care: Any) -> None:
    def relate(session: Any) -> None:
        session.add(Subscriber(phone=DAUGHTER, created_at=care.moment, language="en"))
        session.flush()
        number = session.scalar(select(Subscriber.id).where(Subscriber.phone == DAUGHTER))
        session.add(RelatedPerson(subscriber_id=number, resident_id=1, name="王秀英", is_self=False, is_told=True))

    care.run(relate)
    due(care, "2027-03-15", condition="diabetes")
    assert scan(care) == 2
    assert care.sent(WANG)[0].startswith("您的血糖随访")
    assert care.sent(DAUGHTER) == [
        "The health visit of 王*英 is due on Mon 15 Mar: please come to Dongyuan Centre about Mon 15 Mar."
    ]


def test_in_english_for_who_chose_it(care: Any) -> None:
    care.run(lambda s: s.execute(update(Subscriber).values(language="en")) and None)
    due(care, "2027-03-15")
    scan(care)
    assert care.sent(WANG)[0].startswith("Your blood pressure visit is due on Mon 15 Mar")


def test_batches_go_on_until_nothing_is_left(care: Any) -> None:
    for resident in (1, 2, 3):
        due(care, "2027-03-15", resident=resident)
    counts, more = [], True
    while more:
        found = care.run(reminders.scan, **care.given, most=2)
        counts, more = [*counts, found.count], found.more
    assert counts == [2, 1]


def test_a_visit_that_is_made_is_reminded_of_anew(care: Any) -> None:
    due(care, "2027-03-15")
    scan(care)
    care.visit(systolic=128, diastolic=76)
    at(care, "2027-06-01")
    assert scan(care) == 1  # 8 June, a week before
    assert "6月8日" in care.sent()[-1]


def test_two_scans_at_once_tell_each_once(care: Any, store: Any) -> None:
    """The second one passes over what the first has in hand (PostgreSQL), or waits (SQLite)."""
    for resident in (1, 2, 3):
        due(care, "2027-03-15", resident=resident)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: store.run_now(reminders.scan, **care.given), range(4)))
    assert sum(each.count for each in found) == 3
    assert len(care.sent()) == 3
