"""Readings, alerts and copies by SMS, the whole way in: transcripts of what people send and get."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic import consent
from clinic.care import copies, followup, meters
from clinic.notices import questions
from clinic.rules import CareRules, Rules
from clinic.tables import FamilyCopy, Inbound, Message, Reading, Staff, Subscriber
from tests.dialogs.test_care import PAIR, PHONE, people
from tests.ussd_menus.test_commands import CENTRES, ROOT

DAUGHTER, DOCTOR, DUTY, METER = "+8615400000009", "+8615488880001", "+8615499990001", "+8615400000055"
RULES = Rules(care=CareRules(meters={"omega": "BP:{systolic}/{diastolic},P:{pulse}"}))


class Village:
    """The small clinic with its people; everybody may send texts."""

    def __init__(self, house: Any, texter: Any) -> None:
        self.house, self._texter, self._inbox = house, texter, 0

    def send(self, phone: str, *said: str) -> list[str | None]:
        return [self._one(phone, text) for text in said]

    def _one(self, phone: str, text: str) -> str | None:
        self._inbox += 1
        now = self.house.moment
        row = {"link": "main", "bind": "b", "phone": phone, "text": text, "fingerprint": "", "received_at": now}
        self.house.store.run_now(lambda s: s.add(Inbound(id=self._inbox, **row)))
        self._texter.phone = phone
        return self._texter.answer(text, self._inbox)

    def sent(self, phone: str) -> list[str]:
        """What went to this phone beside replies; it has arrived by now."""
        waits = (Message.phone == phone, Message.state != "cancelled")
        told = select(Message.text).where(*waits).order_by(Message.id)
        texts = self.house.store.run_now(lambda s: list(s.scalars(told)))
        arrives = update(Message).where(*waits, Message.state == "queued").values(state="delivered")
        self.house.store.run_now(lambda s: s.execute(arrives) and None)
        return texts

    def readings(self) -> list[tuple[int, int | None, int | None]]:
        columns = select(Reading.resident_id, Reading.systolic, Reading.diastolic).order_by(Reading.id)
        return self.house.store.run_now(lambda s: [tuple(row) for row in s.execute(columns)])


@pytest.fixture
def village(house: Any, texter: Any, monkeypatch: pytest.MonkeyPatch) -> Village:
    house.wait(hours=2)  # 09:30, after quiet hours
    house.store.run_now(people, house=house)
    house.store.run_now(
        lambda s: s.add(Staff(centre_id=1, code="D1", name="陈医生", phone=DOCTOR, role="doctor", active=True))
    )
    house.store.run_now(
        followup.enrol,
        resident=1,
        condition="hypertension",
        doctor="D1",
        since=house.moment.date(),
        actor="staff",
        rules=RULES,
        now=house.moment,
    )
    plain = type(house).desk.fget
    monkeypatch.setattr(type(house), "desk", property(lambda self: replace(plain(self), rules=RULES)))
    return Village(house, texter)


def test_an_old_woman_her_daughter_and_her_doctor(village: Village) -> None:
    """Three spellings, one file; the daughter gets the copy, the doctor the alert, and answers it."""
    assert village.send(PHONE, "抄送 15400000009 女儿") == [
        "已向15400000009发短信询问，对方同意后开始抄送。停止请回复：停止抄送"
    ]
    assert village.sent(DAUGHTER)[0].startswith("王*英希望把自己的健康读数和随访提醒抄送给您。")
    assert village.send(DAUGHTER, "1") == ["好的，王*英的健康读数和随访提醒会抄送给您。停止请回复：停止抄送"]
    assert village.send(PHONE, "医生您好，血压１５０／９５", "高压148，低压92", "BP 152 over 90") == [
        "已记录王*英：血压150/95。\n未达标（目标低于130/80）。请按时服药，休息后复测，并尽快联系您的医生。",
        "已记录王*英：血压148/92。\n未达标（目标低于130/80）。请按时服药，休息后复测，并尽快联系您的医生。",
        "已记录王*英：血压152/90。\n未达标（目标低于130/80）。请按时服药，休息后复测，并尽快联系您的医生。"
        "近3次平均150/92。",
    ]
    assert village.readings() == [(1, 150, 95), (1, 148, 92), (1, 152, 90)]
    assert village.sent(DAUGHTER)[1:] == [
        f"抄送：王*英 11月23日周一09:30 血压{figures}，未达标。请提醒按时服药、休息后复测。停止请回复：停止抄送"
        for figures in ("150/95", "148/92", "152/90")
    ]
    assert village.send(PHONE, "血压190/120，胸口痛") == [
        "已记录王*英：血压190/120。\n危险值！请立即坐下休息，不要走动，不要开车，马上拨打120。"
        "您说的情况可能很危险：请坐下或躺下，不要走动，不要开车，马上拨打120。"
        "近4次平均160/99。已通知您的医生和值班人员。"
    ]
    assert village.sent(DAUGHTER)[-1] == (
        "紧急抄送：王*英 11月23日周一09:30 血压190/120，胸痛，情况危险！请立即联系本人，必要时拨打120。中心电话12580。"
    )
    assert village.sent(DOCTOR) == [
        "紧急1：王秀英68岁 09:30 血压190/120，胸痛。电话+8615400000001。请立即联系，处理后回复1或：确认1"
    ]
    assert village.send(DOCTOR, "1") == ["紧急1（王*英）已确认，谢谢。"]
    assert village.send(DUTY, "确认7", "处理 1") == [
        "没有发给您编号7的紧急通知。",
        "紧急1（王*英）已由陈医生处理，谢谢。",
    ]


def test_a_shared_phone_is_asked_and_answers(village: Village) -> None:
    assert village.send(PAIR, "血压150/95", "2", "李国强 138/86") == [
        "收到血压150/95，是谁的？\n1 李*强\n2 赵*兰\n3 其他人（不保存）",
        "已记录赵*兰：血压150/95。\n偏高（正常低于140/90）。请按时服药，休息后复测，并尽快联系您的医生。",
        "已记录李*强：血压138/86。\n略高（正常低于130/85）。请少盐、多活动，至少半年测一次。",
    ]
    assert village.readings() == [(3, 150, 95), (2, 138, 86)]


def test_what_is_not_clear_is_asked_for_with_an_example(village: Village) -> None:
    assert village.send(PHONE, "高压150", "血压95/150") == [
        "只看到一个血压数值（150），请把高压和低压一起发，例如：血压150/95",
        "已记录王*英：血压150/95。\n未达标（目标低于130/80）。请按时服药，休息后复测，并尽快联系您的医生。\n"
        "高低压像是写反了，已按血压150/95记，不对请重发。",
    ]


def test_a_stranger_gets_advice(village: Village) -> None:
    assert village.send("+8615400000077", "血压150/95") == [
        "收到血压150/95。本机没有登记居民，未保存。\n偏高（正常低于140/90）。请按时服药，休息后复测，并尽快联系您的医生。"
    ]
    assert village.readings() == []


def test_in_english(village: Village) -> None:
    chosen = update(Subscriber).where(Subscriber.phone == PHONE).values(language="en")
    village.house.store.run_now(lambda s: s.execute(chosen) and None)
    assert village.send(PHONE, "BP 150/95 pulse 72") == [
        "Recorded for 王*英: BP 150/95 pulse 72.\n"
        "Above the target (below 130/80). "
        "Take your medicine on time, rest and measure again, and call your doctor soon."
    ]


def test_in_the_middle_of_a_booking_it_is_kept_and_the_booking_goes_on(village: Village) -> None:
    assert village.send(PHONE, "预约", "血压128/78", "1") == [
        CENTRES,
        "已记录王*英：血压128/78。\n达标（目标低于130/80）。请继续保持。",
        "选择科室\n1.全科 余84\n0.返回",
    ]


def test_a_phone_that_gets_no_more_replies_loses_no_emergency(village: Village) -> None:
    village._texter.allowed = False
    assert village.send(PHONE, "血压190/120") == [None]
    assert len(village.sent(DOCTOR)) == 1


def test_a_meter_is_never_answered(village: Village) -> None:
    given = {"phone": METER, "serial": "", "resident": 1, "format": "omega", "actor": "staff"}
    village.house.store.run_now(meters.register, **given, now=village.house.moment)
    assert village.send(METER, "BP:150/95,P:72", "LOW BATTERY", "菜单") == [None, None, None]
    assert village.readings() == [(1, 150, 95)]
    assert village.sent(METER) == []


# Copies.


def copied(village: Village) -> str:
    state = select(FamilyCopy.agreed_at, FamilyCopy.ended_at)
    agreed, ended = village.house.store.run_now(lambda s: s.execute(state).one())
    return "ended" if ended else "agreed" if agreed else "asked"


def agree(village: Village) -> None:
    village.send(PHONE, "抄送15400000009女儿")
    village.sent(DAUGHTER)
    village.send(DAUGHTER, "1")
    assert copied(village) == "agreed"


def test_the_family_says_no(village: Village) -> None:
    village.send(PHONE, "抄送：15400000009，女儿")
    village.sent(DAUGHTER)
    assert village.send(DAUGHTER, "2") == ["好的，不会给您发送抄送，谢谢。"]
    assert village.send(PHONE, "抄送 15400000009") == ["该号码近日不接受抄送，请过些天再试。"]
    assert copied(village) == "ended"


@pytest.mark.parametrize("phone", [PHONE, DAUGHTER])
def test_either_ends_it_by_the_word(village: Village, phone: str) -> None:
    agree(village)
    assert village.send(phone, "停止抄送", "停止抄送。") == ["已停止抄送，之后不会再发送。", "目前没有抄送。"]
    assert copied(village) == "ended"


@pytest.mark.parametrize("word", ["退订", "TD", "STOP"])
def test_the_general_refusal_ends_copies_too_and_says_so(village: Village, word: str) -> None:
    agree(village)
    (said,) = village.send(DAUGHTER, word)
    assert ("也不会再给您发送家人的抄送。" in str(said)) or ("Nor will you get copies" in str(said))
    assert copied(village) == "ended"
    assert village.house.store.run_now(consent.said, phone=DAUGHTER) == {"commercial": False, "education": False}


def test_for_everybody_else_it_is_what_it_was(village: Village) -> None:
    (said,) = village.send("+8615400000077", "退订")
    assert str(said).endswith("重新接收请回复：订阅")


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("抄送", "要抄送给家人，请发送：抄送 手机号 称呼，例如：抄送 15400000009 女儿"),
        ("抄送 1234567890123456789012", "要抄送给家人，请发送：抄送 手机号 称呼，例如：抄送 15400000009 女儿"),
        ("抄送 15400000001", "这是本人的号码，不需要抄送。"),
        ("抄送是什么意思", ROOT),
        ("停止抄送 15400000009", "目前没有抄送。"),
    ],
)
def test_words_about_copies(village: Village, text: str, reply: str) -> None:
    assert village.send(PHONE, text) == [reply]


def test_a_shared_phone_says_whose_copies(village: Village) -> None:
    assert village.send(PAIR, "抄送 15400000009 女儿") == [
        "本机登记了几位居民，请在后面写明姓名，例如：抄送 15400000009 女儿 李国强"
    ]
    village.send(PAIR, "抄送 15400000009 女儿 赵玉兰")
    (line,) = village.house.store.run_now(copies.listed, shown=True)
    assert (line.name, line.relation, line.state) == ("赵玉兰", "女儿", "asked")


def test_who_is_not_on_record_grants_nothing(village: Village) -> None:
    assert village.send("+8615400000077", "抄送 15400000009") == ["本机没有登记居民，不能设置抄送，请到中心窗口办理。"]
    assert village.sent(DAUGHTER) == []


def test_a_figure_without_a_question_is_the_menus(village: Village) -> None:
    assert village.send(DAUGHTER, "1") == [CENTRES]
    assert village.house.store.run_now(questions.open_to, phone=DAUGHTER, inbox=0, now=village.house.moment) == []
