"""Copies for the family: asked first, agreed, sent at their time, and ended at any time by either side."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic.care import copies as care_copies
from clinic.care import family, reminders
from clinic.care.family import AskedLately, Themselves, TooMany
from clinic.tables import CarePlan, FamilyCopy, Message
from tests.clinic.care.conftest import DAUGHTER, LI, WANG
from tests.clinic.conftest import SHANGHAI

ASKED = (
    "王*英希望把自己的健康读数和随访提醒抄送给您。同意请回复1，不同意回复2；同意后随时可回复“停止抄送”。不认识请回复2。"
)


def end_to(care: Any, phone: str = DAUGHTER) -> Any:
    return care.run(family.end_to, phone=phone, proof="停止抄送", now=care.moment)


def end_of(care: Any, resident: int = 1, phone: str | None = None) -> Any:
    given = {"resident": resident, "actor": "resident:1", "proof": "停止抄送", "phone": phone}
    return care.run(family.end_of, **given, now=care.moment)


def copies(care: Any) -> list[str]:
    """What the daughter was told, the question left out."""
    return [text for text in care.sent(DAUGHTER) if text != ASKED]


@pytest.fixture
def agreed(care: Any) -> Any:
    care.enrol()
    care.grant()
    care.wait(hours=2)  # 09:30
    assert care.agree() == "王*英"
    return care


def test_the_phone_is_asked_and_told_nothing_of_health_before_it_agrees(care: Any) -> None:
    care.enrol()
    assert care.grant() == "asked"
    care.text("血压165/95")
    care.text("血压190/110")
    assert care.sent(DAUGHTER) == [ASKED]
    assert care.grant() == "asked_before"


def test_asked_at_night_it_is_asked_in_the_morning(care: Any) -> None:
    care.wait(hours=15)  # 22:30
    care.grant()
    ((due, message_class),) = care.messages(Message.due_at, Message.message_class)
    assert (f"{due.astimezone(SHANGHAI):%d %H:%M}", message_class) == ("09 08:00", "notice")
    assert care.asked(DAUGHTER, family.KIND) == []  # it cannot answer what it was not asked


def test_the_very_words_are_kept(agreed: Any) -> None:
    kept = select(FamilyCopy.proof, FamilyCopy.granted_by, FamilyCopy.agreed_proof)
    assert agreed.run(lambda s: tuple(s.execute(kept).one())) == ("form 7", "staff:A", "1")


def test_beyond_the_target_a_copy_goes_at_once(agreed: Any) -> None:
    agreed.text("血压165/95")
    assert copies(agreed) == [
        "抄送：王*英 3月8日周一09:30 血压165/95，未达标。请提醒按时服药、休息后复测。停止请回复：停止抄送"
    ]


def test_on_target_there_is_one_text_a_week(agreed: Any) -> None:
    for words in ("血压128/78", "血压126/76", "血压129/79"):
        agreed.text(words)
        agreed.wait(days=1)
    assert copies(agreed) == []
    assert agreed.run(family.weekly, **agreed.given).count == 0  # the week is not over
    agreed.moment = dt.datetime(2027, 3, 15, 6, tzinfo=SHANGHAI)
    assert [agreed.run(family.weekly, **agreed.given).count for _ in range(2)] == [1, 0]
    assert copies(agreed) == ["每周抄送：王*英上周测了3次，0次未达标，平均血压128/78。停止请回复：停止抄送"]


def test_a_week_without_readings_is_not_told(agreed: Any) -> None:
    agreed.wait(days=7)
    assert agreed.run(family.weekly, **agreed.given).count == 0


def test_at_night_a_copy_waits_and_an_emergency_does_not(agreed: Any) -> None:
    agreed.wait(hours=13)  # 22:30
    agreed.text("血压165/95")
    agreed.text("血压190/100")
    rows = agreed.messages(Message.phone, Message.kind, Message.message_class, Message.due_at)
    found = {kind: (of, f"{due.astimezone(SHANGHAI):%d %H:%M}") for phone, kind, of, due in rows if phone == DAUGHTER}
    assert found["copy.reading_sms"] == ("notice", "09 08:00")
    assert found["copy.emergency_sms"] == ("code", "08 22:30")


def test_a_visit_that_was_missed_asks_the_family_to_come_along(agreed: Any) -> None:
    on = dt.date(2027, 3, 1)
    agreed.run(lambda s: s.execute(update(CarePlan).values(next_on=on, look_on=on)) and None)
    agreed.run(reminders.scan, **agreed.given)
    assert copies(agreed) == [
        "抄送：王*英的健康随访已于3月1日周一到期未做，请在3月9日周二前后陪同到东苑中心随访。停止请回复：停止抄送"
    ]


def test_and_is_called_off_when_the_visit_is_made(agreed: Any) -> None:
    on = dt.date(2027, 3, 1)
    agreed.run(lambda s: s.execute(update(CarePlan).values(next_on=on, look_on=on)) and None)
    agreed.run(reminders.scan, **agreed.given)
    assert agreed.visit(systolic=128, diastolic=76).cancelled == 2
    assert copies(agreed) == []


def test_a_refusal_is_one(care: Any) -> None:
    care.grant()
    care.wait(hours=2)
    care.agree(yes=False)
    care.text("血压190/110")
    assert care.sent(DAUGHTER) == [ASKED]
    with pytest.raises(AskedLately):
        care.grant()
    care.wait(days=8)
    assert care.grant() == "asked"


@pytest.mark.parametrize("end", [end_to, end_of])
def test_either_side_ends_it_and_what_is_queued_is_not_sent(agreed: Any, end: Any) -> None:
    agreed.text("血压165/95")
    agreed.text("血压190/100")
    assert len(copies(agreed)) == 2
    assert end(agreed)
    agreed.text("血压191/100")
    agreed.moment = dt.datetime(2027, 3, 15, 6, tzinfo=SHANGHAI)
    assert agreed.run(family.weekly, **agreed.given).count == 0
    assert copies(agreed) == []
    assert not end(agreed)


def test_a_resident_who_has_ended_it_may_begin_anew_at_once(agreed: Any) -> None:
    end_of(agreed)
    assert agreed.grant() == "asked"
    agreed.text("血压165/95")
    assert [text for text in copies(agreed) if text.startswith("抄送")] == []  # not before it agrees again
    end_to(agreed)
    with pytest.raises(AskedLately):
        agreed.grant()


def test_what_belongs_to_others_is_still_sent(agreed: Any) -> None:
    """The daughter gets copies of her mother, and a message of her own."""
    agreed.grant(resident=2)
    agreed.text("血压165/95")
    end_of(agreed, 1)
    states = [row for row in agreed.messages(Message.resident_id, Message.state) if row[0] == 2]
    assert states == [(2, "queued")]


def test_of_several_phones_one_may_be_ended(agreed: Any) -> None:
    agreed.grant(phone="+8615400000010")
    assert end_of(agreed, 1, DAUGHTER) == 1
    lines = agreed.run(care_copies.listed, resident=1, ended_too=True)
    assert [(line.phone, line.state) for line in lines] == [
        ("+86154****0009", "ended"),
        ("+86154****0010", "asked"),
    ]


def test_an_answer_after_the_resident_has_changed_their_mind_is_none(care: Any) -> None:
    care.grant()
    care.wait(hours=2)
    care.arrives(DAUGHTER)
    end_of(care)
    assert care.agree() is None
    care.text("血压190/110")
    assert copies(care) == []


def test_a_question_that_was_not_sent_yet_is_called_off(care: Any) -> None:
    care.grant()
    end_of(care)
    assert care.sent(DAUGHTER) == []


def test_ones_own_phone_needs_none_and_there_is_an_end_to_it(care: Any) -> None:
    with pytest.raises(Themselves):
        care.grant(phone=WANG)
    with pytest.raises(Themselves):
        care.grant(resident=2, phone=LI)
    for number in range(5):
        care.grant(phone=f"+861540000002{number}")
    with pytest.raises(TooMany):
        care.grant()
