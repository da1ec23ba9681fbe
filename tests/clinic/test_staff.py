"""Notices to staff: who is meant, what they are told, who has acknowledged it and who is reminded."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic import imports, inbox
from clinic.imports import BadFile
from clinic.staff import answers, looking, notices, people
from clinic.staff.notices import BadNotice, NoSuchNotice
from clinic.staff.people import Among
from clinic.tables import Audit, Message, Roster, Staff, StaffNoticeRecipient
from tests.clinic.conftest import HOUSE

MONDAY = dt.date(2027, 3, 8)
STAFF = (
    "centre,code,name,phone,role\n"
    "DY,D1,李医生,15400000101,doctor\n"
    "DY,N1,王护士,154 0000 0102,Nurse\n"
    "NH,D2,赵医生,+8615400000103,doctor\n"
    "NH,D3,钱医生,8615400000103,doctor\n"  # shares the phone of D2
)

ROSTER = "staff,day,shift\nD1,2027-03-08,am\nD1,2027-03-08,night\nN1,2027-03-08,pm\nD2,2027-03-09,pm\n"
LI, WANG, SHARED = "+8615400000101", "+8615400000102", "+8615400000103"


@dataclass
class Team:
    """The small clinic's staff; `says` is what a phone gets back for a text, None where the menus answer it."""

    clinic: Any
    folder: Path
    language: Any = "zh"
    number: int = 0
    texts: list[str] = field(default_factory=list)

    def load(self, kind: str, rows: str) -> int:
        path = self.folder / f"{kind}.csv"
        path.write_text(rows)
        given = {"vault": self.clinic.vault, "installation": HOUSE, "now": self.clinic.moment}
        return int(self.clinic.run(imports.load, kind=kind, path=path, **given))

    def mistakes(self, kind: str, rows: str) -> list[str]:
        with pytest.raises(BadFile) as refusal:
            self.load(kind, rows)
        return refusal.value.mistakes

    def codes(self, **among: Any) -> list[str]:
        return [member.code for member in self.clinic.run(people.found, among=Among(**among))]

    def notify(self, text: str, **among: Any) -> Any:
        self.clinic.wait(minutes=1)
        meant = self.clinic.run(people.found, among=Among(**among))
        return self.clinic.run(
            notices.notify,
            staff=[member.id for member in meant],
            text=text,
            by="duty desk",
            language=self.language,
            now=self.clinic.moment,
        )

    def remind(self, notice: int) -> Any:
        self.clinic.wait(minutes=1)
        return self.clinic.run(notices.remind, notice=notice, language=self.language, now=self.clinic.moment)

    def close(self, notice: int) -> bool:
        return bool(self.clinic.run(notices.close, notice=notice, now=self.clinic.moment))

    def receive(self, phone: str, text: str) -> Any:
        self.clinic.wait(seconds=10)
        came = {"link": "main", "bind": "1", "live": ["1"], "phone": phone, "text": text, "now": self.clinic.moment}
        return self.clinic.run(inbox.receive, **came)

    def answer(self, incoming: Any) -> str | None:
        said = answers.read(incoming.text)
        if said is None:
            return None
        given = {"said": said, "inbox": incoming.id, "language": self.language, "now": self.clinic.moment}
        reply: str | None = self.clinic.run(answers.take, phone=incoming.phone, **given)
        return reply

    def says(self, phone: str, text: str) -> str | None:
        return self.answer(self.receive(phone, text))

    def missing(self, notice: int) -> list[str]:
        _, told = self.clinic.run(looking.one, notice=notice)
        return [each.code for each in told if each.acknowledged_at is None]

    def arrived(self, state: str = "delivered") -> None:
        """What is in the outbox comes to this end."""
        self.clinic.run(lambda session: session.execute(update(Message).values(state=state)) and None)

    def told(self) -> list[tuple[str, str]]:
        """What is new in the outbox."""
        found, before = self.clinic.texts(), len(self.texts)
        self.texts += [text for _, text in found[before:]]
        return list(found[before:])


@pytest.fixture
def team(clinic: Any, tmp_path: Path) -> Team:
    team = Team(clinic, tmp_path)
    assert team.load("staff", STAFF) == 4
    assert team.load("roster", ROSTER) == 4
    return team


# Who is meant


@pytest.mark.parametrize(
    ("among", "codes"),
    [
        ({}, ["D1", "N1", "D2", "D3"]),
        ({"centres": ("NH",)}, ["D2", "D3"]),
        ({"roles": ("doctor",)}, ["D1", "D2", "D3"]),
        ({"roles": ("nurse",)}, ["N1"]),
        ({"codes": ("D3", "N1")}, ["N1", "D3"]),
        ({"day": MONDAY}, ["D1", "N1"]),
        ({"day": MONDAY, "shift": "night"}, ["D1"]),
        ({"day": MONDAY, "shift": "pm", "roles": ("doctor",)}, []),
        ({"day": MONDAY + dt.timedelta(days=1), "centres": ("NH",)}, ["D2"]),
    ],
)
def test_who_is_meant(team: Team, among: dict[str, Any], codes: list[str]) -> None:
    assert team.codes(**among) == codes


def test_of_the_day_asked_for_the_shifts_are_told(team: Team) -> None:
    found = team.clinic.run(people.found, among=Among(day=MONDAY))
    assert [(each.code, each.shifts, each.phone) for each in found] == [
        ("D1", ("am", "night"), "+86154****0101"),
        ("N1", ("pm",), "+86154****0102"),
    ]


def test_a_slip_of_the_pen_is_told(team: Team) -> None:
    among = Among(centres=("NH", "XX"), roles=("cook",), codes=("D9",))
    assert team.clinic.run(people.unknown, among=among) == [
        "there is no centre 'XX'; there are: DY, NH",
        "there is no role 'cook'; there are: doctor, nurse",
        "there is no member of staff 'D9'",
    ]
    assert not team.clinic.run(people.unknown, among=Among(centres=("NH",)))


# Importing


def test_numbers_are_kept_in_one_form_and_a_second_import_changes_nothing(team: Team) -> None:
    rows = team.clinic.rows(Staff.code, Staff.phone, Staff.role, Staff.active)
    assert rows[1:3] == [("N1", WANG, "nurse", True), ("D2", SHARED, "doctor", True)]
    team.load("staff", STAFF)
    team.load("roster", ROSTER)
    assert team.clinic.rows(Staff.code, Staff.phone, Staff.role, Staff.active) == rows
    assert len(team.clinic.rows(Roster.id)) == 4


def test_bad_rows_are_told_one_by_one(team: Team) -> None:
    assert team.mistakes(
        "staff",
        "centre,code,name,phone,role,active\nXX,D7,甲,15400000107,doctor,\nDY,a b,甲,15400000107,doctor,\n"
        "DY,D7,甲,no phone,doctor,\nDY,D7,,15400000107,doctor,\nDY,D7,甲,15400000107,doctor,maybe\n",
    ) == [
        "line 2: centre: there is no centre 'XX'",
        "line 3: code: 'a b' is not 1 to 32 letters, digits, dots or hyphens",
        "line 4: phone: not a phone number",
        "line 5: name: empty",
        "line 6: active: 'maybe' is neither yes nor no",
    ]
    assert team.mistakes("roster", "staff,day,shift\nD9,+0,am\nD1,soon,am\nD1,+0,evening\n") == [
        "line 2: staff: nobody on the staff has the code 'D9'; import staff first",
        "line 3: day: 'soon' is neither a date (2027-03-08) nor days from today (+3)",
        "line 4: shift: 'evening' is neither of am, pm, night",
    ]
    assert team.codes() == ["D1", "N1", "D2", "D3"]


def test_a_roster_is_changed_by_another_file(team: Team) -> None:
    team.load("roster", "staff,day,shift,duty\nD1,+0,night,no\nN1,+0,night,yes\nD3,+0,am,no\n")
    assert team.codes(day=MONDAY, shift="night") == ["N1"]
    assert team.codes(day=MONDAY, shift="am") == ["D1"]


def test_who_has_left_keeps_the_history_and_is_told_nothing_more(team: Team) -> None:
    notice = team.notify("16:00 全体培训").notice
    team.says(LI, "收到")
    leaving = (
        "centre,code,name,phone,role,active\nDY,D1,李医生,15400000101,doctor,no\nDY,N1,王护士,15400000102,nurse,no\n"
    )
    team.load("staff", leaving)
    team.arrived()
    team.told()
    assert team.remind(notice).members == 2
    assert {phone for phone, _ in team.told()} == {SHARED}
    _, told = team.clinic.run(looking.one, notice=notice)
    assert [(each.code, each.active, each.answer) for each in told if each.code in ("D1", "N1")] == [
        ("N1", False, ""),
        ("D1", False, "收到"),
    ]
    assert team.codes() == ["D2", "D3"]
    assert team.codes(left_too=True) == ["D1", "N1", "D2", "D3"]
    assert team.says(WANG, "收到") is None  # who has left is not staff any more


def test_who_comes_back_is_so_only_where_the_file_says_it(team: Team) -> None:
    team.load("staff", "centre,code,name,phone,role,active\nDY,D1,李医生,15400000101,doctor,no\n")
    team.load("staff", STAFF)
    assert "D1" not in team.codes()
    team.load("staff", "centre,code,name,phone,role,active\nDY,D1,李医生,15400000101,doctor,yes\n")
    assert "D1" in team.codes()


# Telling


def test_a_notice_ends_with_how_to_answer_and_a_shared_phone_is_told_once(team: Team) -> None:
    sent = team.notify("  16:00 全体培训\n")
    assert (sent.notice, sent.members, sent.phones) == (1, 4, 3)
    text = "16:00 全体培训 收到请回复：收到1"
    assert team.told() == [(LI, text), (WANG, text), (SHARED, text)]
    kept = team.clinic.rows(Message.occasion, Message.message_class, Message.channel)
    assert kept == [
        ("staff:1:1:1", "notice", "sms"),
        ("staff:1:2:1", "notice", "sms"),
        ("staff:1:3:1", "notice", "sms"),
    ]


def test_in_english_too(team: Team) -> None:
    team.language = "en"
    team.notify("Training at 16:00.", roles=("nurse",))
    assert team.told() == [(WANG, "Training at 16:00. Please answer: OK 1")]
    assert team.says(WANG, "ok 1") == "Notice 1 is acknowledged, thank you."


def test_looking_before_sending_sends_nothing(team: Team) -> None:
    team.notify("一")
    team.told()
    draft = team.clinic.run(notices.draft, among=Among(centres=("NH",)), text="二", language="zh")
    assert ([each.code for each in draft.members], draft.phones) == (["D2", "D3"], 1)
    assert draft.text == "二 收到请回复：收到2"
    assert not team.told()


@pytest.mark.parametrize(
    ("text", "why"),
    [(" \n", "empty"), ("长" * 501, "longer than 500"), ("a\0b", "cannot be printed")],
)
def test_a_text_that_cannot_be_sent(team: Team, text: str, why: str) -> None:
    with pytest.raises(BadNotice, match=why):
        team.notify(text)
    assert not team.told()


def test_nobody_is_no_audience(team: Team) -> None:
    with pytest.raises(BadNotice, match="none of the staff"):
        team.notify("x", roles=("cook",))
    with pytest.raises(BadNotice, match="none of the staff"):
        team.clinic.run(notices.draft, among=Among(roles=("cook",)), text="x", language="zh")


# Acknowledging


@pytest.mark.parametrize(
    "text",
    ["收到1", "收到 1", " 收到1。", "收到：１", "收到１", "1 收到", "1收到", "1，收到！", "OK 1", "ok1", "Ok.1",
     "ＯＫ１", "1 ok", "收到#1", "“收到1”", "收到", "ok", "OK!"],
)  # fmt: skip
def test_words_that_acknowledge(team: Team, text: str) -> None:
    team.notify("16:00 全体培训")
    assert team.says(LI, text) == "通知1已记录收到，谢谢。"
    assert team.missing(1) == ["N1", "D2", "D3"]


@pytest.mark.parametrize(
    "text",
    ["没收到", "收到你的信", "收不到1", "1", "", "okay", "book", "OK 1 2", "收到一", "预约", "收到12a", "-1", "收到?",
     "收到1234567890"],
)  # fmt: skip
def test_words_that_do_not(team: Team, text: str) -> None:
    team.notify("16:00 全体培训")
    assert team.says(LI, text) is None
    assert team.missing(1) == ["D1", "N1", "D2", "D3"]


def test_who_was_never_told_a_notice_gets_the_usual_treatment(team: Team) -> None:
    team.notify("16:00 全体培训", roles=("doctor",))
    assert team.says("+8615400000001", "收到1") is None
    assert team.says(WANG, "收到") is None


def test_an_afternoon_with_two_notices(team: Team) -> None:
    first = team.notify("16:00 全体培训")
    second = team.notify("明早流感疫苗到货", centres=("DY",))
    assert (first.notice, second.notice) == (1, 2)
    assert team.says(LI, "收到") == "您有多条通知未回复：1、2。请写明编号，例如：收到2"
    assert team.missing(1) == ["D1", "N1", "D2", "D3"]
    assert team.says(LI, "收到2") == "通知2已记录收到，谢谢。"
    assert team.says(LI, "2 收到") == "通知2您已回复过，谢谢。"
    assert team.says(LI, "收到7") == "没有发给您编号7的通知。尚未回复的通知：1。"
    assert team.says(LI, "收到") == "通知1已记录收到，谢谢。"
    assert team.says(LI, "收到") == "通知2您已回复过，谢谢。"
    assert team.says(LI, "收到7") == "没有发给您编号7的通知。"
    assert team.says(SHARED, "收到2") == "没有发给您编号2的通知。尚未回复的通知：1。"
    assert (team.missing(1), team.missing(2)) == (["N1", "D2", "D3"], ["N1"])


def test_a_closed_notice_wants_no_answer(team: Team) -> None:
    team.notify("16:00 全体培训")
    team.says(LI, "收到1")
    assert team.close(1)
    assert not team.close(1)
    assert team.says(LI, "收到1") == "通知1您已回复过，谢谢。"
    assert team.says(WANG, "收到1") == "通知1已结束，无需再回复，谢谢。"
    assert team.says(WANG, "收到") == "通知1已结束，无需再回复，谢谢。"
    assert team.missing(1) == ["N1", "D2", "D3"]
    team.notify("二")
    assert team.says(WANG, "收到") == "通知2已记录收到，谢谢。"  # the closed one does not make it two


def test_one_answer_of_a_shared_phone_counts_for_all_of_them(team: Team) -> None:
    team.notify("16:00 全体培训")
    assert team.says(SHARED, "收到") == "通知1已记录收到，谢谢。"
    assert team.missing(1) == ["D1", "N1"]
    acknowledged = [who for who, what in team.clinic.rows(Audit.actor, Audit.action) if what.endswith("acknowledge")]
    assert acknowledged == ["staff:3", "staff:4"]


def test_a_text_that_is_handled_twice_counts_once_and_is_answered_alike(team: Team) -> None:
    """A crash came after the acknowledgement was noted and before the reply was."""
    team.notify("一")
    incoming = team.receive(LI, "收到")
    assert team.answer(incoming) == "通知1已记录收到，谢谢。"
    team.notify("二")  # and another notice, which that text does not mean
    assert team.answer(incoming) == "通知1已记录收到，谢谢。"
    assert "D1" in team.missing(2)
    assert [action for action in team.clinic.rows(Audit.action) if action.endswith("acknowledge")] == [
        "staff_notice.acknowledge"
    ]


def test_the_moment_is_that_of_the_text_and_the_words_are_kept(team: Team) -> None:
    team.notify("一")
    incoming = team.receive(LI, "ＯＫ 1\n")
    team.clinic.wait(hours=2)  # the database was away
    team.answer(incoming)
    line, told = team.clinic.run(looking.one, notice=1)
    assert (line.recipients, line.acknowledged, line.created_by) == (4, 1, "duty desk")
    assert (told[-1].code, told[-1].acknowledged_at, told[-1].answer) == ("D1", incoming.received_at, "ＯＫ 1")


# Who has not answered


def test_a_notice_shows_what_became_of_each_message(team: Team) -> None:
    team.notify("一")
    failed = update(Message).where(Message.phone == WANG).values(state="failed", error="0x0000000B")
    team.clinic.run(lambda session: session.execute(failed) and None)
    _, told = team.clinic.run(looking.one, notice=1)
    assert [(each.code, each.phone, each.message, each.error, each.asked) for each in told] == [
        ("D1", "+86154****0101", "queued", None, 1),
        ("N1", "+86154****0102", "failed", "0x0000000B", 1),
        ("D2", "+86154****0103", "queued", None, 1),
        ("D3", "+86154****0103", "queued", None, 1),
    ]
    assert team.clinic.run(looking.one, notice=2) is None


def test_only_who_has_not_answered_is_reminded(team: Team) -> None:
    team.notify("16:00 全体培训")
    team.arrived()
    team.says(LI, "收到")
    team.told()
    sent = team.remind(1)
    assert (sent.members, sent.phones) == (3, 2)
    text = "再次提醒：16:00 全体培训 收到请回复：收到1"
    assert team.told() == [(WANG, text), (SHARED, text)]
    assert team.clinic.rows(StaffNoticeRecipient.asked) == [1, 2, 2, 2]
    assert team.says(WANG, "收到") == "通知1已记录收到，谢谢。"


def test_whose_message_is_still_to_be_sent_is_not_reminded(team: Team) -> None:
    team.notify("一")
    assert team.clinic.run(notices.to_remind, notice=1) == 0
    with pytest.raises(BadNotice, match="nobody is to be reminded"):
        team.remind(1)
    team.arrived("sent")
    assert team.clinic.run(notices.to_remind, notice=1) == 4
    team.remind(1)
    assert team.clinic.run(notices.to_remind, notice=1) == 0
    team.arrived("failed")
    assert team.remind(1).members == 4
    assert team.clinic.rows(StaffNoticeRecipient.asked) == [3, 3, 3, 3]


def test_a_closed_or_unknown_notice_is_not_reminded_of(team: Team) -> None:
    team.notify("一")
    team.close(1)
    for number in (1, 9):
        with pytest.raises(NoSuchNotice):
            team.remind(number)
        with pytest.raises(NoSuchNotice):
            team.clinic.run(notices.to_remind, notice=number)


def test_who_has_another_phone_now_is_reminded_there_and_answers_from_there(team: Team) -> None:
    team.notify("一", codes=("D3",))
    team.arrived()
    team.told()
    team.load("staff", "centre,code,name,phone,role\nNH,D3,钱医生,15400000109,doctor\n")
    team.remind(1)
    assert [phone for phone, _ in team.told()] == ["+8615400000109"]
    assert team.says("+8615400000109", "收到1") == "通知1已记录收到，谢谢。"


def test_notices_are_listed_the_newest_first(team: Team) -> None:
    team.notify("一")
    team.notify("二", centres=("NH",))
    team.says(SHARED, "收到2")
    team.close(1)
    found = team.clinic.run(looking.listed)
    assert [(each.notice, each.text, each.acknowledged, each.recipients) for each in found] == [
        (2, "二", 2, 2),
        (1, "一", 0, 4),
    ]
    assert [each.notice for each in team.clinic.run(looking.listed, opened=True)] == [2]
    assert [each.notice for each in team.clinic.run(looking.listed, most=1)] == [2]


def test_nothing_of_a_phone_is_in_the_audit_trail(team: Team) -> None:
    team.notify("一")
    team.says(LI, "收到")
    rows = team.clinic.run(lambda session: session.execute(select(Audit.actor, Audit.subject, Audit.detail)).all())
    assert [tuple(row) for row in rows] == [
        ("staff", "staff_notice:1", {"members": 4}),
        ("staff:1", "staff_notice:1", {}),
    ]
