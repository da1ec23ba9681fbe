"""The waiting list in conversation: joined by USSD, SMS and voice, the offer by SMS, answered; and by menu."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic import invariants, visits
from clinic.residents import NewPerson
from clinic.rules import Provider, Rules
from clinic.sessions import lottery, waiting
from clinic.tables import Centre, ClinicSession, Department, DrawEntry, Message, PlaceOffer, Subscriber, WaitEntry
from conf import texts
from conf.texts import LANGUAGES, Money, Name
from dialogs.account import my_account
from dialogs.booking import book_visit
from dialogs.waiting import my_waiting
from smpp.text import measure
from tests.clinic.conftest import nth_identity
from tests.dialogs.conftest import HOUSE, MONDAY, PHONE, Caller, now_or_never, offered
from ussd_menus.commands import Commands
from ussd_menus.settings import MenuSettings

IDENTITY = "110101195808142424"
RECORDING = "0f3c9a7e5b1d2c4860a1b2c3d4e5f607"
OTHER = "+8615400000002"
FULL = 4
"""Tuesday's afternoon in general practice: two places, both taken."""


def own_phone(n: int) -> str:
    return f"+861540001{n:04d}"


@pytest.fixture
def full(house: Any) -> Any:
    """Persons 0 and 1 have the places of Tuesday's afternoon; it is nine in the morning on Monday."""
    house.moment = MONDAY.replace(hour=9)
    for n in range(2):
        book(house, n)
    return house


def book(house: Any, n: int, session: int = FULL) -> Any:
    return house.store.run_now(
        visits.book,
        clinic_session=session,
        patient=NewPerson("李明", house.vault.seal(nth_identity(n))),
        phone=own_phone(n),
        language="zh",
        occasion=f"others:{n}:{session}",
        installation=HOUSE,
        now=house.moment,
    )


def cancel(house: Any, n: int) -> None:
    """Person n gives their place back, and the job runs: what it writes is sent."""
    (visit,) = house.store.run_now(visits.upcoming, phone=own_phone(n), installation=HOUSE, now=house.moment)
    words = {"visit": visit.id, "phone": own_phone(n), "language": "zh", "installation": HOUSE}
    house.store.run_now(visits.cancel, now=house.moment, **words)
    scan(house)


def scan(house: Any) -> None:
    given = {"rules": Rules(), "installation": HOUSE, "now": house.moment}
    while house.store.run_now(waiting.scan, **given).more:
        pass
    sent = update(Message).values(state="sent")
    house.store.run_now(lambda s: s.execute(sent) and None)


def told(house: Any, phone: str = PHONE) -> list[str]:
    sent = select(Message.text).where(Message.phone == phone).order_by(Message.id)
    return list(house.store.run_now(lambda s: list(s.scalars(sent))))


def sound(house: Any) -> None:
    assert house.store.run_now(invariants.broken) == []


@pytest.fixture
def texter(house: Any) -> Any:
    """`texter("1")`: the reply to a text to the service number."""
    numbers = count(1)

    async def allow(_key: str, **_limits: int) -> bool:
        return True

    def send(text: str, phone: str = PHONE) -> Any:
        commands = Commands(house.desk, house.drafts, allow=allow, settings=MenuSettings())
        return now_or_never(commands.answer(phone, text, next(numbers)))

    return send


OFFER = "有号：王*，11月24日周二下午14:00，东苑社区卫生服务中心全科，12.50元。需要请回1，放弃请回0，先回先得。"
BOOKED = "预约成功：东苑社区卫生服务中心全科，11月24日周二下午14:00，第3号。T码以短信发送。"


# Journeys: join, be offered, say yes.


def test_by_ussd_to_a_place_from_the_booking_menu(caller: Any, full: Any, texter: Any) -> None:
    assert caller.talk(book_visit, "1", "1", "3", "2", "王芳", IDENTITY, "1") == (
        "选择中心\n1.东苑社区卫生服务中心\n2.南河社区卫生服务中心\n"
        "> 1\n"
        "选择科室\n1.全科 余82\n0<\n"
        "> 1\n"
        "选择日期\n1.11月23日周一 余42\n2.11月24日周二 余40\n3.已满时段候补、摇号\n0<\n"
        "> 3\n"
        "候补或摇号\n1.候补任一时段\n2.候补11月24日周二下午14:00\n0<\n"
        "> 2\n"
        "请输入就诊人姓名\n0<\n"
        "> 王芳\n"
        "请输入王芳的18位身份证号\n0<\n"
        "> 110101195808142424\n"
        "是否候补该号？\n东苑社区卫生服务中心 全科\n11月24日周二下午14:00\n王芳\n1.确认\n2.取消\n0<\n"
        "> 1\n"
        "已候补，您排第一。有号时短信通知您，回复1即可。\n(end)\n"
    )
    cancel(full, 0)
    assert told(full) == [OFFER]
    assert texter("1") == BOOKED
    assert full.visits()[-1] == ("王芳", FULL, 3, "booked")
    assert "T码" in told(full)[-1]
    sound(full)


def test_by_sms_from_a_booking_that_came_too_late(house: Any, texter: Any) -> None:
    house.moment = MONDAY.replace(hour=9)
    replies = [texter(text) for text in ("预约", "1", "1", "2", "2", "王芳", IDENTITY)]
    assert replies[-1].startswith("确认预约？\n")
    book(house, 0)
    book(house, 1)
    assert texter("1") == (
        "该选项已失效，请另选。\n选择时段\n1.上午08:00 欧阳雨桐 12.50元 余40\n2.已满时段候补、摇号\n0.返回"
    )
    assert texter("2") == "候补或摇号\n1.候补任一时段\n2.候补11月24日周二下午14:00\n0.返回"
    replies = [texter(text) for text in ("2", "王芳", IDENTITY, "1")]
    assert replies[-1] == "已候补，您排第一。有号时短信通知您，回复1即可。"
    cancel(house, 1)
    assert told(house)[-1] == OFFER
    assert texter("1。") == BOOKED
    assert texter("1")[:2] != "预约成功"  # the question is answered: another "1" begins the menu
    sound(house)


def test_by_voice_and_the_answer_by_voice(caller: Any, full: Any) -> None:
    said = caller.talk(book_visit, "1", "1", "3", "1", "2", IDENTITY, RECORDING, "1", letters=False)
    assert "候补任一时段" in said
    assert "候补到哪天？\n1.到11月30日周一\n2.到12月7日周一\n3.到12月23日周三\n" in said
    assert said.endswith("已候补，您排第一。有号时短信通知您，回复1即可。\n(end)\n")
    cancel(full, 0)
    assert told(full)[-1].startswith("有号：尾号2424，")
    assert caller.talk(my_waiting, "1", "1", letters=False) == (
        "我的候补和摇号\n1.有号：11月24日周二下午14:00 全科 尾号2424\n2.尾号2424 全科 至12月7日周一\n"
        "> 1\n"
        "是否预约该号？\n东苑社区卫生服务中心 全科\n11月24日周二下午14:00\n尾号2424 12.50元\n"
        "1.预约\n2.不预约，继续候补\n0<\n"
        "> 1\n"
        f"{BOOKED}\n(end)\n"
    )
    assert full.visits()[-1] == ("尾号2424", FULL, 3, "booked")
    sound(full)


def test_two_answer_at_once_and_one_wins(full: Any, texter: Any) -> None:
    for phone, who in ((PHONE, 10), (OTHER, 11)):
        join(full, phone, who)
    cancel(full, 0)
    gate, replies = Barrier(2), {}

    def answer(phone: str) -> None:
        gate.wait(30)
        replies[phone] = texter("1", phone)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(answer, (PHONE, OTHER)))
    (winner,) = [phone for phone, reply in replies.items() if reply == BOOKED]
    (loser,) = {PHONE, OTHER} - {winner}
    assert replies[loser] == "号已被别人约走，您仍在候补。"
    scan(full)
    gone = "王*候补的11月24日周二下午14:00东苑社区卫生服务中心全科，号已被别人约走。您仍在候补，有号再通知您。"
    assert told(full, loser)[-1] == gone
    assert full.visits()[-1] == ("王芳", FULL, 3, "booked")
    sound(full)


def join(house: Any, phone: str, n: int, session: int = FULL) -> Any:
    return house.store.run_now(
        waiting.join,
        patient=NewPerson("王芳", house.vault.seal(nth_identity(n))),
        phone=phone,
        language="zh",
        occasion=f"join:{n}",
        offered=session,
        now=house.moment,
    )


# What else one may say.


@pytest.mark.parametrize("yes", ["要", "需要。", "YES"])
def test_yes_in_words_takes_it(full: Any, texter: Any, yes: str) -> None:
    join(full, PHONE, 10)
    cancel(full, 0)
    assert texter(yes) == BOOKED


@pytest.mark.parametrize("no", ["0", "不要", "放弃", "不需要。", "NO.", "０"])
def test_no_leaves_it_to_the_next(full: Any, texter: Any, no: str) -> None:
    for n in range(10, 15):
        join(full, own_phone(n), n)
    cancel(full, 0)
    assert told(full, own_phone(13)) == []
    assert texter(no, own_phone(10)) == "好的，号已让给下一位，您仍在候补。"
    scan(full)
    assert len(told(full, own_phone(13))) == 1


def test_too_late_is_told_and_one_keeps_waiting(full: Any, texter: Any) -> None:
    join(full, PHONE, 10)
    cancel(full, 0)
    full.wait(minutes=16)
    scan(full)
    assert texter("1") == "号已被别人约走，您仍在候补。"
    full.store.run_now(lambda s: s.execute(update(ClinicSession).values(taken=0)) and None)
    assert [each.state for each in full.store.run_now(waiting.mine, phone=PHONE)] == ["waiting"]


def test_a_text_that_is_no_answer_is_taken_as_ever(full: Any, texter: Any) -> None:
    join(full, PHONE, 10)
    cancel(full, 0)
    assert texter("预约").startswith("选择中心")
    assert texter("0").startswith("社区卫生服务\n")  # a step back in the conversation that is open
    assert full.store.run_now(lambda s: list(s.scalars(select(PlaceOffer.state)))) == ["open"]


def test_what_stands_in_the_way_is_said(full: Any, texter: Any) -> None:
    join(full, PHONE, 10)
    cancel(full, 0)
    given = {"patient": 3, "phone": PHONE, "language": "zh", "occasion": "twice", "installation": HOUSE}
    full.store.run_now(visits.book, clinic_session=3, now=full.moment, **given)
    assert texter("1") == "就诊人当天已约该科室。"


def test_where_payment_is_demanded_it_is_held_until_then(full: Any, texter: Any) -> None:
    full.store.run_now(lambda s: s.execute(update(Centre).values(payment="required")) and None)
    full.rules = Rules(providers=(Provider("purse"),))
    join(full, PHONE, 10)
    cancel(full, 0)
    assert texter("1") == (
        "号已为您保留至09:45：东苑社区卫生服务中心全科，11月24日周二下午14:00，第3号。请在手机上确认支付12.50元。"
    )
    assert full.visits()[-1] == ("王芳", FULL, 3, "pending")
    sound(full)


def test_an_answer_that_is_handled_twice_books_once(full: Any, house: Any) -> None:
    join(full, PHONE, 10)
    cancel(full, 0)

    async def allow(_key: str, **_limits: int) -> bool:
        return True

    commands = Commands(full.desk, full.drafts, allow=allow, settings=MenuSettings())
    assert now_or_never(commands.answer(PHONE, "1", 77)) == now_or_never(commands.answer(PHONE, "1", 77)) == BOOKED
    assert len([visit for visit in full.visits() if visit[0] == "王芳"]) == 1


# By menu.


def test_one_looks_at_an_entry_and_leaves_it_by_the_account_menu(caller: Any, full: Any) -> None:
    join(full, PHONE, 10)
    menu = caller.talk(my_account)
    place = next(line.split(".")[0] for line in menu.splitlines() if line.endswith("候补和摇号"))
    said = caller.talk(my_account, place, "1", "1")
    assert said.endswith(
        "我的候补和摇号\n1.王* 全科 11月24日周二下午14:00\n0<\n"
        "> 1\n"
        "王* 候补全科，您排第一\n东苑社区卫生服务中心\n11月24日周二下午14:00\n1.退出候补\n2.继续候补\n0<\n"
        "> 1\n"
        "已退出候补。\n(end)\n"
    )
    assert caller.talk(my_waiting) == "您没有候补或摇号。\n(end)\n"


def test_or_keeps_it(caller: Any, full: Any) -> None:
    join(full, PHONE, 10)
    assert caller.talk(my_waiting, "1", "2", language="en").endswith("> 2\nYou stay on the waiting list.\n(end)\n")


def test_an_offer_is_declined_by_menu(caller: Any, full: Any) -> None:
    join(full, PHONE, 10)
    cancel(full, 0)
    assert caller.talk(my_waiting, "1", "2").endswith("> 2\n好的，号已让给下一位，您仍在候补。\n(end)\n")
    assert caller.talk(my_waiting).startswith("我的候补和摇号\n1.王* 全科 ")


def test_a_department_without_any_place_is_still_there_to_wait_in(caller: Any, full: Any) -> None:
    for session in (1, 2, 3):
        fill(full, session)
    said = caller.talk(book_visit, "1", "1", "1", "2", "王芳", IDENTITY, "1")
    assert "选择科室\n1.全科 已满（可候补）\n0<\n> 1\n候补或摇号\n1.候补任一时段\n2.候补11月23日周一下午14:00\n" in said
    assert "是否候补任一时段？\n东苑社区卫生服务中心 全科\n至12月7日周一\n王芳\n" in said
    assert said.endswith("已候补，您排第一。有号时短信通知您，回复1即可。\n(end)\n")
    (row,) = full.store.run_now(lambda s: s.execute(select(WaitEntry.clinic_session_id, WaitEntry.last_day)).all())
    assert tuple(row) == (None, dt.date(2026, 12, 7))


def fill(house: Any, session: int) -> None:
    taken = update(ClinicSession).where(ClinicSession.id == session).values(taken=ClinicSession.capacity)
    house.store.run_now(lambda s: s.execute(taken) and None)


def test_to_choose_another_time_leads_back_to_the_sessions(caller: Any, full: Any) -> None:
    def others_were_faster() -> None:
        fill(full, 2)

    said = caller.talk(book_visit, "1", "1", "1", "2", "王芳", IDENTITY, others_were_faster, "1", "2")
    assert said.endswith(
        "> 1\n该时段已约满。\n1.候补该时段\n2.另选时段\n0<\n"
        "> 2\n该时段已约满，请另选。\n选择时段\n1.上午08:00 欧阳雨桐 12.50元 余40\n2.已满时段候补、摇号\n0<\n(gone)\n"
    )


def test_no_means_nothing_is_written(caller: Any, full: Any) -> None:
    assert caller.talk(book_visit, "1", "1", "3", "2", "王芳", IDENTITY, "2").endswith("> 2\n未候补。\n(end)\n")
    assert full.store.run_now(lambda s: list(s.scalars(select(WaitEntry.id)))) == []


def test_who_waits_already_is_told_so(caller: Any, full: Any) -> None:
    caller.talk(book_visit, "1", "1", "3", "2", "王芳", IDENTITY, "1")
    said = caller.talk(book_visit, "1", "1", "3", "2", "1", "1")
    assert said.endswith("> 1\n就诊人已在该科室候补。\n(end)\n")


# Draws.


@pytest.fixture
def drawn(house: Any) -> Any:
    """An expert session on Thursday with one place, drawn on Tuesday at noon."""
    house.moment = MONDAY.replace(hour=9)

    def make(session: Any) -> None:
        draw_at = MONDAY.replace(day=24, hour=12, minute=0)
        row = offered(dt.date(2026, 11, 26), "am", practitioner_id=1, capacity=1, state="draw", draw_at=draw_at)
        session.add(row)
        session.flush()
        lottery.commit(session, row, house.vault, house.moment)

    house.store.run_now(make)
    return house


def draw(house: Any) -> None:
    house.moment = MONDAY.replace(day=24, hour=12, minute=0)
    given = {"rules": Rules(), "installation": HOUSE, "vault": house.vault, "now": house.moment}
    while house.store.run_now(lottery.scan, **given).more:
        pass


ENTER = ("1", "1", "3", "1", "王芳", IDENTITY, "1", "1")


def test_a_draw_is_entered_drawn_and_its_loser_waits(caller: Any, drawn: Any, texter: Any) -> None:
    said = caller.talk(book_visit, *ENTER)
    assert said.endswith(
        "> 3\n"
        "候补或摇号\n1.摇号11月26日周四上午08:00 欧阳雨桐 12.50元\n0<\n"
        "> 1\n"
        "请输入就诊人姓名\n0<\n> 王芳\n请输入王芳的18位身份证号\n0<\n> 110101195808142424\n"
        "未中签时，是否候补该时段？\n1.候补\n2.不候补\n0<\n"
        "> 1\n"
        "是否参加摇号？1个号，已有0人\n东苑社区卫生服务中心 全科\n11月26日周四上午08:00 欧阳雨桐\n王芳 12.50元\n"
        "11月24日周二12:00摇号\n1.确认\n2.取消\n0<\n"
        "> 1\n"
        "已参加摇号，签号1。11月24日周二12:00摇号，结果以短信通知。\n(end)\n"
    )
    other = Caller(drawn, OTHER)
    other.talk(book_visit, "1", "1", "3", "1", "李明", nth_identity(5), "1", "1")
    draw(drawn)
    states = drawn.store.run_now(lambda s: dict(s.execute(select(DrawEntry.phone, DrawEntry.state)).all()))
    (winner,) = [phone for phone, state in states.items() if state == "won"]
    (loser,) = {PHONE, OTHER} - {winner}
    assert told(drawn, winner)[-1].startswith("中签：")
    assert "可核对：https://care.example/draw/5" in told(drawn, winner)[-1]
    assert "已为您候补" in told(drawn, loser)[-1]
    (visit,) = drawn.store.run_now(visits.upcoming, phone=winner, installation=HOUSE, now=drawn.moment)
    words = {"visit": visit.id, "phone": winner, "language": "zh", "installation": HOUSE, "now": drawn.moment}
    drawn.store.run_now(visits.cancel, **words)
    scan(drawn)
    assert told(drawn, loser)[-1].startswith("有号：")
    assert texter("1", loser).startswith("预约成功：")
    sound(drawn)


def test_a_ticket_is_looked_at_and_taken_back(caller: Any, drawn: Any) -> None:
    caller.talk(book_visit, *ENTER)
    assert caller.talk(my_waiting, "1", "1") == (
        "我的候补和摇号\n1.摇号签1：王* 11月26日周四上午 全科\n"
        "> 1\n"
        "签号1：王*\n东苑社区卫生服务中心 全科\n11月26日周四上午08:00 欧阳雨桐\n11月24日周二12:00摇号\n"
        "1.退出摇号\n2.不退出\n0<\n"
        "> 1\n"
        "已退出摇号。\n(end)\n"
    )
    assert caller.talk(my_waiting) == "您没有候补或摇号。\n(end)\n"


def test_a_draw_by_voice_in_english(caller: Any, drawn: Any) -> None:
    said = caller.talk(book_visit, "1", "1", "3", "1", IDENTITY, RECORDING, "2", "1", letters=False, language="en")
    assert "Draw: Thu 26 Nov am 08:00, Dr Yutong Ouyang, ¥12.50" in said
    assert said.endswith("You are in the draw with ticket 1. It is drawn on Tue 24 Nov at 12:00; we text you.\n(end)\n")


def test_a_draw_that_closes_meanwhile_leads_back(caller: Any, drawn: Any) -> None:
    said = caller.talk(book_visit, *ENTER[:-1], lambda: drawn.wait(days=2), "1")
    assert "这次摇号已截止。" in said
    assert drawn.store.run_now(lambda s: list(s.scalars(select(DrawEntry.id)))) == []


def test_who_says_no_enters_nothing(caller: Any, drawn: Any) -> None:
    assert caller.talk(book_visit, *ENTER[:-1], "2").endswith("> 2\n未参加摇号。\n(end)\n")


# Texts.


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fixed_line_hears_its_offer(full: Any, language: Any) -> None:
    """Who is reached by voice is told where to answer."""
    full.store.run_now(lambda s: s.add(Subscriber(phone=PHONE, contact="voice", created_at=full.moment)))
    join(full, PHONE, 10)
    full.store.run_now(lambda s: s.execute(update(WaitEntry).values(language=language)) and None)
    cancel(full, 0)
    row = select(Message.channel, Message.kind).where(Message.phone == PHONE)
    assert tuple(full.store.run_now(lambda s: s.execute(row).one())) == ("voice", "waiting.offer_sms")
    assert full.store.run_now(lambda s: s.scalar(select(Department.name_zh).where(Department.id == 1))) == "全科"


LONG = {
    "name": "欧*桐",
    "centre": Name("东苑社区卫生服务中心", "Dongyuan Community Health Centre"),
    "department": Name("儿童保健科", "Child health and vaccination"),
    "practitioner": Name("欧阳雨桐", "Dr Yutong Ouyang"),
    "day": dt.date(2026, 11, 24),
    "half": "pm",
    "starts": dt.time(14),
    "fee": Money(125050),
    "queue": 120,
    "ticket": 12345,
    "drawday": dt.date(2026, 11, 24),
    "drawat": dt.time(12),
    "last": dt.date(2026, 12, 24),
    "code": "*120#",
    "link": "https://caredial.dongyuan.example/draw/123456",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sms_fits_two_segments(language: Any) -> None:
    found = [key for key in texts.keys(language) if key.startswith(("waiting.", "lottery.")) and key.endswith("_sms")]
    assert len(found) == 10
    most = 306 if language == "en" else 134
    assert {key for key in found if measure(texts.say(language, key, **LONG))[1] > most} == set()
