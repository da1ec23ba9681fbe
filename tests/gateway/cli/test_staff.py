"""`caredial staff` as somebody at the duty desk types it, on the sample centres."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic.staff import answers
from clinic.tables import Message, Staff

HEAD = "centre,code,name,phone,role\n"


def documents(result: Any) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def say(place: Any, code: str, text: str) -> str | None:
    """A member of the staff answers by SMS."""
    phone = place.store.run_now(lambda session: session.scalar(select(Staff.phone).where(Staff.code == code)))
    said, now = answers.read(text), dt.datetime.now(dt.UTC)
    assert said is not None
    return place.store.run_now(answers.take, phone=phone, said=said, inbox=0, language="zh", now=now)


def arrive(place: Any) -> None:
    place.store.run_now(lambda session: session.execute(update(Message).values(state="delivered")) and None)


def outbox(place: Any) -> list[str]:
    return place.store.run_now(lambda session: list(session.scalars(select(Message.text).order_by(Message.id))))


def test_staff_are_listed_masked(caredial: Any, place: Any) -> None:
    shown = caredial("staff", "list", "--centre", "DY", "--role", "Doctor").stdout
    for part in ("12 staff", "东苑", "DY-QK-1", "欧阳雨桐", "+86154****0001", "doctor"):
        assert part in shown
    assert "15488880001" not in shown
    assert "nurse" not in shown


def test_by_the_roster(caredial: Any, place: Any) -> None:
    night = documents(caredial("staff", "list", "--on-duty", "today", "--shift", "night", "--json"))
    assert [(each["code"], each["shifts"]) for each in night] == [
        ("DY-QK-1", ["night"]),
        ("NH-QK-1", ["night"]),
        ("XS-QK-1", ["night"]),
    ]
    assert set(night[0]) == {"code", "name", "role", "centre", "phone", "active", "shifts"}
    assert "0 staff" in caredial("staff", "list", "--on-duty", "-1").stdout


def test_an_afternoon_at_the_duty_desk(caredial: Any, place: Any) -> None:
    words = ("staff", "notify", "16:00 全体培训", "--centre", "NH", "--role", "nurse")
    asked = caredial(*words, input="n\n")
    assert asked.exit_code == 1
    for part in ("NH-N1", "NH-N3", "16:00 全体培训 收到请回复：收到1", "3 staff, 3 messages of 1 segment", "Send it?"):
        assert part in asked.stdout
    assert outbox(place) == []
    assert "notice 1 is on its way" in caredial(*words, input="y\n").stdout
    assert outbox(place) == ["16:00 全体培训 收到请回复：收到1"] * 3
    arrive(place)
    assert say(place, "NH-N2", "收到") == "通知1已记录收到，谢谢。"
    assert "1 of 3" in caredial("staff", "notices").stdout
    shown = caredial("staff", "notice", "1").stdout
    assert "notice 1: 1 of 3 have acknowledged it" in shown
    assert shown.index("NH-N1") < shown.index("NH-N3") < shown.index("NH-N2")  # first who has not answered
    for part in ("not yet", "delivered", "收到", "+86154****"):
        assert part in shown
    assert "Remind 2 of the staff" in caredial("staff", "remind", "1", input="n\n").stdout
    assert "2 staff are reminded, 2 messages of 1 segment" in caredial("staff", "remind", "1", "--yes").stdout
    assert outbox(place)[3:] == ["再次提醒：16:00 全体培训 收到请回复：收到1"] * 2
    assert "notice 1 is closed" in caredial("staff", "close", "1").stdout
    assert say(place, "NH-N1", "收到1") == "通知1已结束，无需再回复，谢谢。"


def test_the_same_for_programs(caredial: Any, place: Any) -> None:
    sent = documents(caredial("staff", "notify", "一", "--code", "DY-N1", "--code", "XS-N1", "--yes", "--json"))
    assert sent == [{"notice": 1, "text": "一 收到请回复：收到1", "members": 2, "phones": 2, "segments": 1}]
    arrive(place)
    say(place, "DY-N1", "OK 1")
    (listed,) = documents(caredial("staff", "notices", "--open", "--json"))
    assert (listed["notice"], listed["recipients"], listed["acknowledged"], listed["closed_at"]) == (1, 2, 1, None)
    (shown,) = documents(caredial("staff", "notice", "1", "--json"))
    recipients = [(each["code"], each["answer"], each["message"], each["asked"]) for each in shown["recipients"]]
    assert recipients == [("XS-N1", "", "delivered", 1), ("DY-N1", "OK 1", "delivered", 1)]
    assert "15488880" not in json.dumps(shown)
    (reminded,) = documents(caredial("staff", "remind", "1", "--yes", "--json"))
    assert (reminded["members"], reminded["segments"]) == (1, 1)


def test_a_text_from_a_pipe(caredial: Any, place: Any) -> None:
    result = caredial("staff", "notify", "-", "--code", "DY-N1", "--yes", input="晚上停电\n")
    assert result.exit_code == 0
    assert outbox(place) == ["晚上停电 收到请回复：收到1"]


def test_many_are_counted_not_listed(caredial: Any, place: Any) -> None:
    shown = caredial("staff", "notify", "停电" * 40, "--all", input="n\n").stdout
    assert "and 21 more" in shown
    assert "41 staff, 41 messages of 2 segments" in shown


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (("notify", "x"), 2, "say who: --all, or some of"),
        (("notify", "x", "--all", "--centre", "NH"), 2, "say who: --all, or some of"),
        (("notify", "x", "--all", "--json"), 2, "it needs --yes"),
        (("remind", "1", "--json"), 2, "it needs --yes"),
        (("notify", "x", "--centre", "QQ"), 2, "there is no centre 'QQ'; there are: DY, NH, XS"),
        (("notify", "x", "--role", "cook", "--yes"), 2, "there is no role 'cook'; there are: doctor, nurse"),
        (("list", "--shift", "pm"), 2, "Say --on-duty DAY too"),
        (("list", "--on-duty", "never"), 2, "--on-duty: 'never' is neither a date"),
        (("notify", "  ", "--all", "--yes"), 1, "the text is empty"),
        (("notify", "x", "--on-duty", "-9", "--yes"), 1, "none of the staff is meant by this"),
        (("notice", "7"), 1, "there is no notice 7"),
        (("remind", "7", "--yes"), 1, "there is no open notice 7"),
        (("remind", "7"), 1, "there is no open notice 7"),
        (("close", "7"), 1, "there is no open notice 7"),
    ],
)
def test_what_is_refused(caredial: Any, place: Any, words: tuple[str, ...], status: int, why: str) -> None:
    result = caredial("staff", *words)
    assert (result.exit_code, why in result.stderr) == (status, True)
    assert outbox(place) == []


def test_imported_and_told(caredial: Any, place: Any) -> None:
    Path("new.csv").write_text(f"{HEAD}NH,D9,钱医生,154 8888 0077,doctor\n")
    assert caredial("import", "staff", "new.csv").stdout == "1 staff imported\n"
    Path("duty.csv").write_text("staff,day,shift\nD9,+1,pm\n")
    assert caredial("import", "roster", "duty.csv").stdout == "1 roster imported\n"
    found = documents(caredial("staff", "list", "--on-duty", "tomorrow", "--code", "D9", "--json"))
    assert [(each["name"], each["shifts"]) for each in found] == [("钱医生", ["pm"])]
