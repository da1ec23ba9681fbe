"""A conversation by SMS between two texts: in memory where it can be, and nobody notices where it is not."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.logger import LogEvent, globalLogPublisher

from clinic.errors import StoreBusy
from dialogs.drafts import Draft
from ussd_menus import texting

IDENTITY = "110101195808142424"
PHONE, OTHER, THIRD = "+8615400000001", "+8615400000002", "+8615400000003"
CENTRES = "选择中心\n1.东苑社区卫生服务中心\n2.南河社区卫生服务中心\n0.返回"
DEPARTMENTS = "选择科室\n1.全科 余84\n0.返回"
DAYS = "选择日期\n1.11月23日周一 余42\n2.11月24日周二 余42\n0.返回"
HALVES = "选择时段\n1.上午08:00 欧阳雨桐 12.50元 余40\n2.下午14:00 12.50元 余2\n0.返回"
WHO = "请输入就诊人姓名和身份证号，中间空一格\n0.返回"
RESUME = "继续上次的预约？\n1.继续\n2.重新开始"
BUSY, FAILED = "系统繁忙，请稍后再试。", "系统故障，请稍后再试。"
READS = ("nearest", "departments", "full_departments", "open_sessions", "is_any", "listed")
BOOKING = ("预约", "9", "1", "0", "1", "1", "1", "1", "王芳", IDENTITY, "1")
BOOKED = (
    f"> 预约\n{CENTRES}\n> 9\n输入有误，请重输。\n{CENTRES}\n> 1\n{DEPARTMENTS}\n> 0\n{CENTRES}\n> 1\n{DEPARTMENTS}\n"
    f"> 1\n{DAYS}\n> 1\n{HALVES}\n> 1\n{WHO}\n> 王芳\n请输入王芳的18位身份证号\n0.返回\n> {IDENTITY}\n"
    "确认预约？\n东苑社区卫生服务中心 全科\n11月23日周一上午08:00 欧阳雨桐\n王芳 12.50元\n1.确认\n2.取消\n0.返回\n"
    "> 1\n预约成功，第1号。\n东苑社区卫生服务中心 全科\n11月23日周一上午08:00\nT码将以短信发送，到院扫码。\n"
)


class Asked:
    """A store that notes which use cases it ran, and in which of them something is `broken`, and how."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.ran: list[str] = []
        self.broken: dict[str, Exception] = {}

    def run(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        self.ran.append(fn.__name__)
        if fn.__name__ in self.broken:
            raise self.broken[fn.__name__]
        return self._inner.run(fn, *args, **kwargs)

    def looks(self) -> list[str]:
        """What it ran since it was last looked at; whose language it is, is asked of every text."""
        ran, self.ran = [name for name in self.ran if name != "language"], []
        return ran


@pytest.fixture
def store(house: Any) -> Asked:
    house.runs = Asked(house.runs)
    return house.runs  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def nothing_unhandled() -> Iterator[None]:
    """Twisted logs the error of a Deferred that nobody has looked at when the Deferred is collected."""
    gc.collect()
    failures: list[LogEvent] = []

    def observe(event: LogEvent) -> None:
        if "log_failure" in event:
            failures.append(event)

    globalLogPublisher.addObserver(observe)
    yield
    gc.collect()
    globalLogPublisher.removeObserver(observe)
    assert failures == []


def test_the_next_text_asks_only_what_is_new(texter: Any, store: Asked) -> None:
    texter.send("预约", "1")
    store.looks()
    assert texter.send("1") == f"> 1\n{DAYS}\n"
    assert store.looks() == ["open_sessions", "is_any"]
    assert texter.send("1") == f"> 1\n{HALVES}\n"
    assert store.looks() == []


def test_where_nothing_waits_all_is_asked_again_and_the_same_is_said(texter: Any, store: Asked) -> None:
    texter.send("预约", "1")
    texter.restart()
    store.looks()
    assert texter.send("1") == f"> 1\n{DAYS}\n"
    assert store.looks() == ["nearest", "departments", "full_departments", "open_sessions", "is_any"]


def waits(texter: Any) -> None:
    texter.house.wait(seconds=texting.KEPT.total_seconds())


def is_silent(texter: Any) -> None:
    texter.house.wait(seconds=texting.KEPT.total_seconds() + 1)


def is_restarted(texter: Any) -> None:
    texter.restart()


@pytest.mark.parametrize(("between", "asks"), [(waits, 9), (is_silent, 46), (is_restarted, 46)])
def test_a_booking_reads_the_same_with_and_without_memory(
    texter: Any, house: Any, store: Asked, between: Callable[[Any], None], asks: int
) -> None:
    for text in BOOKING:
        texter.send(text)
        between(texter)
    assert texter.said == BOOKED
    assert house.visits() == [("王芳", 1, 1, "booked")]
    assert len([name for name in store.looks() if name in READS]) == asks


def test_the_same_dialog_goes_on_by_another_node(texter: Any, house: Any) -> None:
    other = texter.beside(PHONE)
    other.restart()
    texter.send("预约", "1")
    assert other.send("1") == f"> 1\n{DAYS}\n"
    assert texter.send("1") == f"> 1\n{HALVES}\n"
    assert other.send("1") == f"> 1\n{WHO}\n"


def test_and_by_ussd(texter: Any, network: Any) -> None:
    texter.send("预约", "1")
    phone = network.phone(PHONE.removeprefix("+"))
    assert phone.dial("*120#", "1", "1") == f"> *120#\n{RESUME}\n> 1\n{DEPARTMENTS}\n> 1\n{DAYS}\n"
    phone.hangs_up()
    assert texter.send("1", "1", "1") == f"> 1\n{RESUME}\n> 1\n{DAYS}\n> 1\n{HALVES}\n"


def test_who_dialled_and_hung_up_without_an_answer_goes_on_where_they_were(texter: Any, network: Any) -> None:
    texter.send("预约", "1")
    phone = network.phone(PHONE.removeprefix("+"))
    assert phone.dial("*120#") == f"> *120#\n{RESUME}\n"
    phone.hangs_up()
    assert texter.send("1") == f"> 1\n{DAYS}\n"


def test_a_keyword_leaves_what_waited(texter: Any) -> None:
    texter.send("预约", "1")
    assert texter.send("查询") == "> 查询\n您没有预约。\n"
    assert PHONE not in texter.commands.waiting
    assert texter.send("1") == f"> 1\n{CENTRES}\n"


def test_a_text_that_is_answered_at_once_leaves_it_waiting(texter: Any, store: Asked) -> None:
    texter.send("预约", "1", "帮助")
    store.looks()
    assert texter.send("1") == f"> 1\n{DAYS}\n"
    assert store.looks() == ["open_sessions", "is_any"]


def test_pages_are_turned_without_asking_anything(texter: Any, store: Asked, house: Any) -> None:
    texter.settings = texter.settings.model_copy(update={"sms_segments": 1})
    house.speaks(PHONE, "en")
    texter.send("BOOK", "1", "1", "1", "1", "王芳", IDENTITY)
    store.looks()
    first = "Book this?\nDongyuan Community Health Centre, General practice\nMon 23 Nov am 08:00, Dr Yutong Ouyang\n"
    assert texter.send("98", "0") == (f"> 98\n王芳, ¥12.50\n1.Yes\n2.No\n0.Back\n> 0\n{first}98.More 0.Back\n")
    assert store.looks() == []
    assert texter.send("0") == "> 0\nIdentity number of 王芳 (18 characters):\n0.Back\n"


# At least once: the inbox may hand in a text twice.


@pytest.mark.parametrize("crash", [lambda _: None, is_restarted], ids=["without a crash", "after a crash"])
def test_a_text_that_is_handled_again_is_fed_in_once(texter: Any, crash: Callable[[Any], None]) -> None:
    texter.send("预约")
    assert texter.answer("1", 90) == DEPARTMENTS
    crash(texter)
    assert texter.answer("1", 90) == DEPARTMENTS
    assert texter.answer("1", 91) == DAYS


def test_a_crash_before_the_reply_was_kept_does_not_feed_it_in_twice(texter: Any, house: Any) -> None:
    """The answer was kept by a conversation that had waited; then the process died."""
    texter.send("预约", "1")
    blobs: list[bytes] = []
    save = house.kept.save

    async def noting(phone: str, blob: bytes, seconds: int) -> None:
        blobs.append(blob)
        await save(phone, blob, seconds)

    house.kept.save = noting
    assert texter.answer("1", 90) == DAYS
    house.kept.blobs[PHONE] = blobs[0]
    texter.restart()
    assert texter.answer("1", 90) == DAYS
    assert texter.answer("1", 91) == HALVES


# Trouble.


def test_without_shared_state_nothing_begins_and_nothing_waits(texter: Any, house: Any) -> None:
    house.kept.down = True
    assert texter.send("预约") == f"> 预约\n{BUSY}\n"
    assert PHONE not in texter.commands.waiting
    house.kept.down = False
    assert texter.send("预约", "1") == f"> 预约\n{CENTRES}\n> 1\n{DEPARTMENTS}\n"


def test_where_it_went_away_meanwhile_the_question_before_stands(texter: Any, house: Any) -> None:
    texter.send("预约", "1")
    house.kept.down = True
    assert texter.send("1") == f"> 1\n{BUSY}\n"
    assert PHONE not in texter.commands.waiting
    house.kept.down = False
    assert texter.send("1") == f"> 1\n{DAYS}\n"


def test_where_only_the_reply_could_not_be_kept_the_next_question_is_asked_again(texter: Any, house: Any) -> None:
    texter.send("预约", "1")
    save = house.kept.save

    async def once(phone: str, blob: bytes, seconds: int) -> None:
        await save(phone, blob, seconds)
        house.kept.down = True

    house.kept.save = once
    assert texter.send("1") == f"> 1\n{BUSY}\n"
    assert PHONE not in texter.commands.waiting
    house.kept.down, house.kept.save = False, save
    assert texter.send("1", "1") == f"> 1\n选项有变，请重选。\n{DAYS}\n> 1\n{HALVES}\n"


def test_those_asked_longest_ago_are_forgotten_first(
    texter: Any, store: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texting, "MOST_KEPT", 2)
    other, third = texter.beside(OTHER), texter.beside(THIRD)
    texter.send("预约")
    other.send("预约")
    texter.send("预约", "1")  # asked anew, so the other one is the first to go
    third.send("预约")
    kept = texter.commands.waiting
    assert (PHONE in kept, OTHER in kept, THIRD in kept) == (True, False, True)
    gc.collect()
    store.looks()
    assert texter.send("1") == f"> 1\n{DAYS}\n"
    assert other.send("1") == f"> 1\n{DEPARTMENTS}\n"
    assert store.looks() == ["open_sessions", "is_any", "nearest", "departments", "full_departments"]


def test_who_is_silent_is_forgotten_also_where_one_that_was_asked_before_goes_on(texter: Any, house: Any) -> None:
    other = texter.beside(OTHER)
    texter.send("预约")
    other.send("预约")
    house.wait(seconds=40)
    texter.send("预约")
    house.wait(seconds=40)
    kept = texter.commands.waiting
    assert (PHONE in kept, OTHER in kept) == (True, False)


def test_an_error_after_it_had_waited_is_told_and_it_waits_no_more(
    texter: Any, store: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    texter.send("预约", "1")
    store.broken["open_sessions"] = ZeroDivisionError()
    with caplog.at_level(logging.ERROR):
        assert texter.send("1") == f"> 1\n{FAILED}\n"
    assert "ZeroDivisionError" in caplog.text
    assert PHONE not in texter.commands.waiting
    assert texter.left == []  # the draft is there: they go on with their next text, in their place
    store.broken.clear()
    assert texter.send("1", "1") == f"> 1\n选项有变，请重选。\n{DAYS}\n> 1\n{HALVES}\n"


def test_so_is_an_error_in_the_first_step(texter: Any, store: Asked) -> None:
    store.broken["nearest"] = ZeroDivisionError()
    assert texter.send("预约") == f"> 预约\n{FAILED}\n"
    assert PHONE not in texter.commands.waiting


def test_last_words_that_cannot_be_written_leave_nobody_without_a_reply(
    texter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Any) -> str:
        raise KeyError

    texter.send("菜单")
    monkeypatch.setattr(texting, "whole", broken)
    assert texter.send("2") == f"> 2\n{FAILED}\n"


# The line of those who want to talk with us.


def test_in_a_crowd_a_text_waits_for_its_turn(texter: Any, store: Asked) -> None:
    texter.crowd.waits = True
    said: list[str | None] = []
    Deferred.fromCoroutine(texter.hand_in("预约", 1)).addCallback(said.append)
    assert (said, store.looks()) == ([], [])
    texter.crowd.serve()
    assert said == [CENTRES]
    assert texter.left == []


def test_who_refuses_what_we_send_leaves_the_line(texter: Any) -> None:
    texter.send("退订")
    assert texter.left == [PHONE]


def test_so_does_a_robot_that_gets_no_more_replies(texter: Any) -> None:
    texter.allowed = False
    assert texter.send("预约") == "> 预约\nNone\n"
    assert texter.left == [PHONE]


def test_and_whom_the_database_cannot_serve(texter: Any, store: Asked) -> None:
    store.broken["language"] = StoreBusy()
    assert texter.send("预约") == f"> 预约\n{BUSY}\n"
    assert texter.left == [PHONE]


@pytest.mark.parametrize("channel", ["sms", "ussd", "ivr"])
def test_but_none_of_them_while_a_conversation_goes_on_whatever_the_channel(
    texter: Any, house: Any, channel: str
) -> None:
    Deferred.fromCoroutine(house.drafts.write(PHONE, Draft(channel, inbox=0)))
    texter.allowed = False
    texter.send("1")
    assert texter.left == []


def test_nor_while_one_waits_in_memory(texter: Any, store: Asked) -> None:
    texter.send("预约", "退订")
    store.broken["language"] = StoreBusy()
    texter.send("1")
    store.broken.clear()
    texter.allowed = False
    texter.send("1")
    assert texter.left == []
