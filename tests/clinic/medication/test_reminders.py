"""Reminders to take medicines: when, to whom, in which words, each once; answers, the box, and their end."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from clinic import voice
from clinic.medication import reminders
from clinic.tables import Centre, Medication, Message, RelatedPerson, Resident, Subscriber
from smpp import segments
from tests.clinic.care.conftest import DAUGHTER, LI, WANG
from tests.clinic.conftest import SHANGHAI
from tests.clinic.medication.medicine_chest import MONDAY, Chest

DUE = "08:00 请服药：氨氯地平 5mg 1片。吃了回复1，没吃回复2。"
STOP_HINT = "不需要提醒请回复：停止用药提醒"


@pytest.fixture
def chest(care: Any) -> Chest:
    return Chest(care)


def daughter(chest: Chest, language: str = "zh") -> None:
    """She is told of 王秀英 too, with a phone that stands for nobody else."""

    def relate(session: Any) -> None:
        session.add(Subscriber(phone=DAUGHTER, created_at=chest.care.moment, language=language))
        session.flush()
        number = session.scalar(select(Subscriber.id).where(Subscriber.phone == DAUGHTER))
        session.add(RelatedPerson(subscriber_id=number, resident_id=1, name="王秀英", is_self=False, is_told=True))

    chest.run(relate)


# When


def test_at_its_times_each_day_and_once(chest: Chest) -> None:
    chest.add(times="08:00,18:00")
    for day in (0, 1):
        for time in ("07:59", "08:00", "08:01", "12:00", "18:00", "18:01"):
            chest.clock(time, day)
            chest.scan()
    assert [planned for _, planned, _ in chest.intakes()] == ["08 08:00", "08 18:00", "09 08:00", "09 18:00"]
    assert chest.care.sent() == [DUE + STOP_HINT, DUE.replace("08:00", "18:00"), DUE, DUE.replace("08:00", "18:00")]


def test_days_off_are_days_like_any_other(chest: Chest) -> None:
    chest.add()
    for day in range(7):
        chest.clock("08:00", day)
        assert chest.scan() == 1


def test_from_the_first_day_on(chest: Chest) -> None:
    number = chest.add(since=MONDAY + dt.timedelta(days=2))
    assert chest.next(number) == "10 08:00"
    chest.clock("08:00", 1)
    assert chest.scan() == 0
    chest.clock("08:00", 2)
    assert chest.scan() == 1


def test_the_last_reminder_says_so_and_then_there_is_none(chest: Chest) -> None:
    number = chest.add(until=MONDAY + dt.timedelta(days=1))
    for day in (0, 1, 2):
        chest.clock("08:00", day)
        chest.scan()
    assert chest.care.sent() == [DUE + STOP_HINT, DUE + "这是最后一次提醒，之后请遵医嘱。"]
    assert chest.next(number) == ""


def test_of_several_the_one_that_ends_says_so(chest: Chest) -> None:
    chest.add(until=MONDAY)
    chest.add("二甲双胍")
    chest.clock("08:00")
    chest.scan()
    assert "氨氯地平 5mg 1片（最后一次）、二甲双胍 5mg 1片。" in chest.care.sent()[0]


@pytest.mark.parametrize(("back", "told"), [("08:59", 1), ("09:00", 0), ("12:00", 0)])
def test_after_a_standstill_no_reminder_is_an_hour_late(chest: Chest, back: str, told: int) -> None:
    number = chest.add(times="08:00,18:00")
    chest.clock(back)
    assert chest.scan() == told
    assert chest.next(number) == "08 18:00"
    chest.clock("18:00")
    assert chest.scan() == 1


def test_after_days_without_jobs_only_what_is_due_now_is_told(chest: Chest) -> None:
    chest.add(times="08:00,18:00")
    chest.clock("18:20", 5)
    assert (chest.scan(), chest.scan()) == (1, 0)
    assert chest.intakes() == [(1, "13 18:00", False)]


def test_what_waited_an_hour_in_the_outbox_is_not_sent(chest: Chest) -> None:
    chest.add()
    chest.clock("08:10")
    chest.scan()
    chest.clock("09:01")
    assert chest.send() == 0
    assert chest.care.messages(Message.state) == [("expired",)]


def test_a_reminder_that_failed_is_not_told_by_a_call_later(chest: Chest) -> None:
    chest.add()
    chest.clock("08:00")
    chest.scan()
    chest.run(lambda s: s.execute(update(Message).values(state="failed")) and None)
    chest.clock("11:00")
    assert chest.run(voice.fall_back, now=chest.care.moment) == 0


def test_who_is_reached_by_voice_is_called_with_words_for_the_ear(chest: Chest) -> None:
    chest.add()
    chest.run(lambda s: s.execute(update(Subscriber).values(contact="voice")) and None)
    chest.clock("08:00")
    chest.scan()
    ((channel, speech),) = chest.care.messages(Message.channel, Message.speech)
    assert (channel, speech["key"]) == ("voice", "medication.first_sms")
    assert speech["words"]["medicines"] == "氨氯地平 5mg 1片"


def test_not_in_quiet_hours_that_were_changed_meanwhile(chest: Chest) -> None:
    chest.add()
    late = {"quiet_from": dt.time(22), "quiet_until": dt.time(9, 30)}
    chest.run(lambda s: s.execute(update(Centre).values(late)) and None)
    chest.clock("08:00")
    assert chest.scan() == 0
    near = {"quiet_from": dt.time(22), "quiet_until": dt.time(8, 30)}
    chest.run(lambda s: s.execute(update(Centre).values(near)) and None)
    chest.clock("08:00", 1)
    assert chest.scan() == 1
    (due,) = chest.care.messages(Message.due_at)[0]
    assert due.astimezone(SHANGHAI).time() == dt.time(8, 30)


# A change of the clocks


@pytest.mark.parametrize(
    ("day", "planned"),
    [
        ("2027-03-27", ["27 02:30", "28 03:30", "29 02:30"]),  # 02:30 of the 28th is not
        ("2027-10-30", ["30 02:30", "31 02:30", "01 02:30"]),  # 02:30 of the 31st is twice
    ],
)
def test_once_a_day_also_when_the_clocks_change(chest: Chest, day: str, planned: list[str]) -> None:
    chest.in_zone(ZoneInfo("Europe/Berlin"), dt.time(5), dt.time(1))
    chest.at(day, "00:30")
    chest.add(times="02:30", since=dt.date.fromisoformat(day))
    start = chest.care.moment.astimezone(dt.UTC)
    for quarter in range(3 * 24 * 4):
        moment = start + dt.timedelta(minutes=15) * quarter
        chest.care.moment = moment.astimezone(chest.house.timezone)
        chest.scan()
    assert [at for _, at, _ in chest.intakes()] == planned
    assert len(chest.care.sent()) == 3


# To whom, in which words


def test_one_text_for_all_that_somebody_takes_then(chest: Chest) -> None:
    chest.add()
    chest.add("二甲双胍", "08:00,18:00", dose="0.5g 1片")
    chest.add("阿司匹林", "09:00")
    chest.clock("08:00")
    assert chest.scan() == 1
    assert chest.care.sent() == [
        "08:00 请服药：氨氯地平 5mg 1片、二甲双胍 0.5g 1片。吃了回复1，没吃回复2。" + STOP_HINT
    ]


def test_a_shared_phone_is_told_names_and_figures_of_each_and_no_illness(chest: Chest) -> None:
    for resident in (2, 3):
        chest.add(resident=resident)
    chest.clock("08:00")
    assert chest.scan() == 2
    assert chest.care.sent(LI) == [
        "08:00 李*强请服药：氨氯地平 5mg 1片。吃了回复1，没吃回复2。" + STOP_HINT,
        "08:00 赵*兰请服药：氨氯地平 5mg 1片。吃了回复3，没吃回复4。" + STOP_HINT,
    ]


def test_a_relatives_phone_is_told_whose_it_is(chest: Chest) -> None:
    daughter(chest, "en")
    chest.add()
    chest.clock("08:00")
    assert chest.scan() == 2
    assert chest.care.sent(DAUGHTER) == [
        "08:00 medicine for 王*英: 氨氯地平 5mg 1片. Answer 1 when taken, 2 if not. To end this: STOP MEDICINE"
    ]


def test_only_phones_on_record_that_are_still_theirs(chest: Chest) -> None:
    number = chest.add()
    chest.run(lambda s: s.execute(update(Subscriber).values(wrong_at=chest.care.moment)) and None)
    chest.clock("08:00")
    assert (chest.scan(), chest.intakes(), chest.next(number)) == (0, [], "09 08:00")


def test_the_caution_comes_with_the_first_reminder_and_when_it_changes(chest: Chest) -> None:
    number = chest.add(caution="勿与西柚同服。")
    for day in (0, 1):
        chest.clock("08:00", day)
        chest.scan()
    assert chest.care.sent()[1:] == ["服用氨氯地平请注意：勿与西柚同服。有疑问请拨12580。", DUE]
    chest.send()
    chest.change(number, caution="起身要慢")
    assert chest.care.sent()[3:] == ["服用氨氯地平请注意：起身要慢。有疑问请拨12580。"]


def test_few_doses_stand_in_the_reminder(chest: Chest) -> None:
    chest.add(left=3, refill_at=3)
    chest.clock("08:00")
    chest.scan()
    assert chest.care.sent()[0].startswith("08:00 请服药：氨氯地平 5mg 1片（剩3次）。")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_text_fits_two_segments_however_much_somebody_takes(chest: Chest, language: str) -> None:
    """The longest names and doses that are taken, of eight medicines, with everything that is told of a box."""
    daughter(chest, language)
    chest.run(lambda s: s.execute(update(Subscriber).values(language=language)) and None)
    chest.run(lambda s: s.execute(update(Resident).values(name="欧阳买买提·阿卜杜拉")) and None)
    letter = "药" if language == "zh" else "m"
    for number in range(8):
        more = {"dose": "片" * 20, "left": 1 + number % 2, "refill_at": 2, "caution": letter * 62}
        chest.add(f"{number}" + letter * 29, **more, until=MONDAY)
    chest.clock("08:00")
    assert chest.scan() == 2
    assert "已记录" in str(chest.sms("1")) or language == "en"
    for text in chest.care.sent():
        assert segments.count(text) <= 2, text
    assert len(chest.care.sent()) > 20


def test_a_plain_reminder_is_one_segment(chest: Chest) -> None:
    chest.add()
    chest.add("二甲双胍", dose="0.5g 1片")
    chest.clock("08:00")
    chest.scan()
    chest.clock("08:00", 1)
    chest.scan()
    assert [segments.count(text) for text in chest.care.sent()] == [1, 1]


# Answers


@pytest.mark.parametrize("words", ["1", "１。", "1 吃了", "吃了", "已服！", "taken", "Taken."])
def test_taken_counts_the_box_down(chest: Chest, words: str) -> None:
    number = chest.add(left=10)
    chest.clock("08:00")
    chest.scan()
    assert chest.sms(words) == "已记录 08:00已服：氨氯地平（剩9次）。"
    assert (chest.intakes(), chest.row(number).left) == ([(1, "08 08:00", True)], 9)


@pytest.mark.parametrize("words", ["2", "没吃", "还没吃。", "忘了", "not taken"])
def test_not_taken_is_noted_and_the_box_stays(chest: Chest, words: str) -> None:
    number = chest.add(left=10)
    chest.clock("08:00")
    chest.scan()
    assert chest.sms(words) == "已记录 08:00未服：氨氯地平。请勿自行补服加倍，有疑问请拨12580。"
    assert (chest.intakes(), chest.row(number).left) == ([(1, "08 08:00", False)], 10)


@pytest.mark.parametrize("words", ["3", "吃了什么", "你好", "预约", "今天吃了两片", ""])
def test_other_texts_are_no_answers(chest: Chest, words: str) -> None:
    chest.add(left=10)
    chest.clock("08:00")
    chest.scan()
    assert chest.sms(words) is None
    assert chest.intakes() == [(1, "08 08:00", False)]


def test_a_text_that_is_handled_twice_counts_once(chest: Chest) -> None:
    number = chest.add(left=10)
    chest.clock("08:00")
    chest.scan()
    first = chest.sms("1")
    assert chest.again(1, "1") == first
    assert chest.row(number).left == 9


def test_two_phones_that_answer_count_once(chest: Chest) -> None:
    daughter(chest)
    number = chest.add(left=10)
    chest.clock("08:00")
    chest.scan()
    assert chest.sms("1") == "已记录 08:00已服：氨氯地平（剩9次）。"
    assert chest.sms("吃了", DAUGHTER) == "已记录王*英 08:00已服：氨氯地平（剩9次）。"
    assert chest.row(number).left == 9


def test_two_answers_at_the_same_moment_count_once(chest: Chest) -> None:
    daughter(chest)
    number = chest.add(left=10)
    chest.clock("08:00")
    chest.scan()
    chest.send()
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda phone: chest.sms("1", phone), (WANG, DAUGHTER)))
    assert all("已服" in str(reply) for reply in replies)
    assert chest.row(number).left == 9


def test_on_a_shared_phone_figures_say_who_and_words_are_asked_back(chest: Chest) -> None:
    li, zhao = chest.add(resident=2, left=10), chest.add("二甲双胍", resident=3, left=10)
    chest.clock("08:00")
    chest.scan()
    assert chest.sms("吃了", LI) == "是谁的药？\n李*强：吃了回复1，没吃回复2\n赵*兰：吃了回复3，没吃回复4"
    assert chest.sms("1", LI) == "已记录李*强 08:00已服：氨氯地平（剩9次）。"
    assert chest.sms("吃了", LI) == "已记录赵*兰 08:00已服：二甲双胍（剩9次）。"  # only hers is open
    assert (chest.row(li).left, chest.row(zhao).left) == (9, 9)


def test_it_can_be_answered_until_the_next_reminder_and_six_hours_at_most(chest: Chest) -> None:
    chest.add(times="08:00,11:00")
    chest.clock("08:00")
    chest.scan()
    chest.clock("11:00")
    chest.scan()
    chest.clock("11:01")
    assert chest.sms("1") == "已记录 11:00已服：氨氯地平。"
    assert chest.sms("1") is None  # that of 08:00 is over
    chest.clock("08:00", 1)
    chest.scan()
    chest.send()
    chest.clock("10:59", 1)
    assert chest.sms("1") is not None
    chest.clock("11:00", 1)
    chest.scan()
    chest.send()
    chest.clock("17:00", 1)
    assert chest.sms("1") is None


def test_what_never_came_cannot_be_answered(chest: Chest) -> None:
    chest.add()
    chest.clock("08:00")
    chest.scan()
    chest.run(lambda s: s.execute(update(Message).values(state="failed")) and None)
    assert chest.sms("1") is None


# The box


def take(chest: Chest, days: range, words: str = "1") -> list[str]:
    """The texts that came beside the reminders on these days."""
    before = len(chest.care.sent())
    for day in days:
        chest.clock("08:00", day)
        chest.scan()
        chest.sms(words)
    return [text for text in chest.care.sent()[before:] if "请服药" not in text]


def test_few_doses_are_told_once_and_an_empty_box_ends_the_reminders(chest: Chest) -> None:
    number = chest.add(left=4, refill_at=2)
    assert take(chest, range(1)) == []
    assert take(chest, range(1, 3)) == ["您的氨氯地平还剩2次，请及时到东苑中心取药。"]
    assert take(chest, range(3, 4)) == ["您的氨氯地平已用完，提醒已停止。请到东苑中心取药，取药后恢复提醒。"]
    assert chest.next(number) == ""
    chest.clock("08:00", 4)
    assert chest.scan() == 0


def test_after_a_refill_it_goes_on_and_few_doses_are_told_again(chest: Chest) -> None:
    number = chest.add(left=1, refill_at=2)
    take(chest, range(1))
    written = chest.refill(number, 3)
    assert (written.left, chest.next(number)) == (3, "09 08:00")
    assert take(chest, range(1, 3)) == ["您的氨氯地平还剩2次，请及时到东苑中心取药。"]
    chest.refill(number, 1)  # too few again, and told again with the next dose
    assert take(chest, range(3, 4)) == ["您的氨氯地平还剩1次，请及时到东苑中心取药。"]


def test_a_refill_calls_off_what_waits_of_the_empty_box(chest: Chest) -> None:
    number = chest.add(left=1)
    chest.clock("08:00")
    chest.scan()
    chest.sms("1")
    assert chest.refill(number, 5).cancelled == 1
    states = dict(chest.care.messages(Message.kind, Message.state))
    assert states["medication.empty_own_sms"] == "cancelled"


def test_of_what_nobody_counts_nothing_is_told(chest: Chest) -> None:
    chest.add()
    assert take(chest, range(3)) == []


def test_other_phones_are_told_of_the_box_by_name(chest: Chest) -> None:
    daughter(chest)
    chest.add(left=2, refill_at=1)
    chest.clock("08:00")
    chest.scan()
    chest.sms("1")
    assert chest.care.sent(DAUGHTER)[-1] == "王*英的氨氯地平还剩1次，请及时到东苑中心取药。"


# The end


@pytest.mark.parametrize("words", ["停止用药提醒", "停止用药提醒。", "Stop Medicine", "STOPMED"])
def test_a_resident_stops_the_reminders_and_nothing_comes_after_that(chest: Chest, words: str) -> None:
    chest.add()
    chest.add("二甲双胍", "18:00")
    chest.clock("08:00")
    chest.scan()
    assert chest.sms(words) == ("用药提醒已停止：氨氯地平、二甲双胍。请继续遵医嘱服药；恢复提醒请联系中心12580。")
    for time in ("18:00", "20:00"):
        chest.clock(time)
        assert chest.scan() == 0
    assert chest.sms(words) == "本机目前没有用药提醒。"


def test_what_waits_is_called_off_with_it(chest: Chest) -> None:
    chest.add(caution="勿饮酒")
    chest.clock("08:00")
    chest.scan()
    assert chest.care.messages(Message.state) == [("queued",), ("queued",)]
    chest.again(1, "停止用药提醒")
    assert chest.care.messages(Message.state) == [("cancelled",), ("cancelled",)]
    assert chest.send() == 0


def test_on_a_shared_phone_the_name_says_whose(chest: Chest) -> None:
    li, zhao = chest.add(resident=2), chest.add(resident=3)
    assert chest.sms("停止用药提醒", LI) == "本机提醒几个人用药，请写明姓名，例如：停止用药提醒 李国强"
    assert str(chest.sms("停止用药提醒 赵玉兰", LI)).startswith("用药提醒已停止：氨氯地平。")
    assert (chest.row(li).stopped_at, chest.row(zhao).stopped_at) == (None, chest.care.moment)


def test_the_other_phones_hear_that_it_was_stopped(chest: Chest) -> None:
    daughter(chest)
    chest.add()
    chest.clock("08:30")
    chest.sms("停止用药提醒", DAUGHTER)
    assert chest.care.sent(WANG) == ["您的用药提醒已由另一部手机停止。需要恢复请联系东苑中心。"]
    assert chest.care.sent(DAUGHTER) == []


def test_after_a_stop_nothing_is_told_of_the_box_either(chest: Chest) -> None:
    number = chest.add(left=2, refill_at=1)
    chest.clock("08:00")
    chest.scan()
    chest.send()
    chest.sms("停止用药提醒")
    before = chest.care.sent()
    assert chest.sms("1") == "已记录 08:00已服：氨氯地平（剩1次）。"
    assert (chest.row(number).left, chest.care.sent()) == (1, before)


def test_a_stranger_stops_nothing(chest: Chest) -> None:
    number = chest.add()
    assert chest.sms("停止用药提醒 王秀英", "+8615400000077") == "本机目前没有用药提醒。"
    assert chest.row(number).stopped_at is None


# Many, and two schedulers


def test_batches_go_on_until_nothing_is_left(chest: Chest) -> None:
    for resident in (1, 2, 3):
        chest.add(resident=resident)
        chest.add("二甲双胍", resident=resident)
    chest.clock("08:00")
    found, told = chest.run(reminders.scan, **chest.care.given, most=2), 0
    while found.more:
        told += found.count
        found = chest.run(reminders.scan, **chest.care.given, most=2)
    assert told + found.count == 3  # a text for each person
    assert len(chest.intakes()) == 6


def test_two_schedulers_remind_each_person_once_of_everything(chest: Chest) -> None:
    for resident in (1, 2, 3):
        chest.add(resident=resident)
        chest.add("二甲双胍", resident=resident)
    chest.clock("08:00")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: chest.run(reminders.scan, **chest.care.given, most=3), range(8)))
    assert sum(each.count for each in found) == 3
    assert len(chest.care.sent()) == 3
    assert len(set(chest.intakes())) == len(chest.intakes()) == 6


def test_a_medicine_that_is_due_again_for_a_time_it_was_told_is_not_told_twice(chest: Chest) -> None:
    """The clock of the machine was set back."""
    number = chest.add()
    chest.clock("08:00")
    chest.scan()
    due = chest.care.moment
    chest.run(lambda s: s.execute(update(Medication).where(Medication.id == number).values(next_at=due)) and None)
    assert chest.scan() == 0
    assert chest.next(number) == "09 08:00"
