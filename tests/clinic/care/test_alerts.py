"""Alerts: told again until somebody has seen to them, each once, and none is lost in noise."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from clinic.care import alerts
from clinic.outbox.claiming import CLASSES
from clinic.tables import Audit, Centre, Message
from tests.clinic.care.conftest import DAUGHTER, DOCTOR, DUTY, LAST, STRANGER
from tests.clinic.care.corpus import samples
from tests.clinic.care.silences import silences


def close(care: Any, alert: int, by: str = "desk") -> bool:
    return bool(care.run(alerts.close, alert=alert, by=by, now=care.moment))


def seen(care: Any, phone: str, inbox: int = 700) -> Any:
    asked = care.asked(phone, alerts.KIND)[0]
    given = {"question": asked.id, "alert": asked.subject["alert"], "phone": phone, "words": "1", "inbox": inbox}
    return care.run(alerts.seen, **given, now=care.moment)


def test_at_night_it_goes_at_once_and_first(care: Any) -> None:
    care.wait(hours=16)  # 23:30
    care.text("血压190/100")
    ((message_class, due),) = care.messages(Message.message_class, Message.due_at)
    assert (message_class, CLASSES.index(message_class), due) == ("code", 0, care.moment)


def test_the_very_same_is_told_once_while_it_is_open(care: Any) -> None:
    care.text("血压190/100")
    care.wait(minutes=2)
    care.text("血压 190／100")
    assert (len(care.alerts()), len(care.sent(DUTY)), len(care.readings())) == (1, 1, 2)


def test_a_worse_one_minutes_later_is_told_too(care: Any) -> None:
    care.text("血压190/100")
    care.wait(minutes=2)
    care.text("血压210/110 胸口痛")
    assert len(care.sent(DUTY)) == 2


def test_the_same_after_somebody_has_seen_to_it_is_told_again(care: Any) -> None:
    care.text("血压190/100")
    close(care, 1)
    care.wait(minutes=2)
    care.text("血压190/100")
    assert len(care.alerts()) == 2


def test_what_nobody_has_seen_to_is_told_again_and_the_last_resort_with_it(care: Any) -> None:
    care.enrol()
    care.text("血压190/100")
    care.wait(minutes=14)
    assert care.escalate().count == 0
    care.wait(minutes=1)
    assert (care.escalate().count, care.escalate().count) == (1, 0)
    for phone in (DOCTOR, DUTY, LAST):
        assert care.sent(phone)[-1].startswith("仍未处理！紧急1：王秀英68岁 07:30 血压190/100。")
    for _ in range(9):
        care.wait(minutes=15)
        care.escalate()
    assert len(care.sent(DUTY)) == 4  # at once and three times more


def test_after_a_time_without_jobs_it_is_told_once(care: Any) -> None:
    care.text("血压190/100")
    care.wait(hours=5)
    assert (care.escalate().count, care.escalate().count) == (1, 0)
    care.wait(hours=24)
    assert care.escalate().count == 0


def test_the_desk_closes_it_and_what_waits_is_not_sent(care: Any) -> None:
    care.text("血压190/100")
    assert (close(care, 1, "张护士"), close(care, 1), close(care, 7)) == (True, False, False)
    assert care.sent() == []
    care.wait(minutes=20)
    assert care.escalate().count == 0
    assert care.alerts()[0][2] == "张护士"
    actions = care.run(lambda s: list(s.scalars(select(Audit.action).order_by(Audit.id))))
    assert actions[-2:] == ["care_alert.raise", "care_alert.close"]


def test_the_doctor_closes_it_by_sms_and_the_next_one_is_told_so(care: Any) -> None:
    care.enrol()
    care.text("血压190/100")
    first = seen(care, DOCTOR)
    assert (first.alert, first.name, first.by_us, first.left) == (1, "王*英", True, 0)
    late = seen(care, DUTY, 701)
    assert (late.by_us, late.closed_by) == (False, "陈医生")


def test_of_several_the_last_is_meant_and_the_others_are_counted(care: Any) -> None:
    care.text("血压190/100")
    care.wait(minutes=1)
    care.text("血压200/120")
    answered = seen(care, DUTY)
    assert (answered.alert, answered.left) == (2, 1)


def test_the_list_masks_names_and_phones(care: Any) -> None:
    care.text("血压190/100")
    ((masked,), (plain,)) = (care.run(alerts.listed, shown=shown) for shown in (False, True))
    assert (masked.name, masked.phone, masked.age, masked.told) == ("王*英", "+86154****0001", 68, 1)
    assert (plain.name, plain.phone) == ("王秀英", "+8615400000001")


def test_a_stranger_cannot_keep_the_duty_phone_ringing_but_all_is_listed(care: Any) -> None:
    for pressure in range(200, 220):
        care.text(f"血压{pressure}/120", STRANGER)
    assert (len(care.alerts()), len(care.sent(LAST))) == (20, alerts.MOST_OF_A_STRANGER)


def test_without_any_duty_phone_it_is_on_the_list(care: Any) -> None:
    care.run(lambda s: s.execute(update(Centre).values(duty_phone="")) and None)
    care.set_rules(duty="")
    noted = care.text("血压190/100")
    assert (noted.alarm, noted.doctor_told, noted.duty_told) == (True, False, False)  # so nobody is said to be
    assert (len(care.alerts()), care.sent()) == (1, [])


def test_signs_of_danger_are_told_to_the_family_too(care: Any) -> None:
    care.grant()
    care.wait(hours=2)
    care.agree()
    care.text("胸口痛，喘不上气")
    assert care.sent(DAUGHTER)[-1].startswith("紧急抄送：王*英 3月8日周一09:30 胸痛、呼吸困难，情况危险！")


@pytest.mark.parametrize("seed", range(3))
def test_noise_loses_none(care: Any, seed: int) -> None:
    """Texts as people write them, each with what it means: every emergency is told to somebody."""
    care.enrol()
    lost = []
    for sample in samples(60, seed):
        care.wait(hours=1)
        before = len(care.alerts())
        care.text(sample.text)
        if sample.emergency and len(care.alerts()) == before:
            lost.append(sample)
    assert not lost


def test_and_silence_raises_none(care: Any) -> None:
    for text in silences(60, 1):
        care.text(text)
    assert care.alerts() == []
