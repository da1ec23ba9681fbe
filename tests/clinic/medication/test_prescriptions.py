"""Medicines on record: what can be written down, changes, stopping and resuming, lists, the report, the file."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic import imports
from clinic.imports import BadFile
from clinic.medication import prescriptions, views
from clinic.medication.prescriptions import BadMedication
from clinic.rules import Rules
from clinic.tables import Audit, Centre, Medication, MedicationIntake, Message, RelatedPerson
from tests.clinic.care.conftest import IDENTITIES, LI
from tests.clinic.medication.medicine_chest import MONDAY, Chest

DAY = dt.timedelta(days=1)


@pytest.fixture
def chest(care: Any) -> Chest:
    return Chest(care)


def listed(chest: Chest, **more: Any) -> list[Any]:
    given = {"rules": chest.rules, "installation": chest.house, "today": chest.care.moment.date(), **more}
    return list(chest.run(views.listed, **given))


def audit(chest: Chest) -> list[str]:
    actions = chest.run(lambda s: s.scalars(select(Audit.action).order_by(Audit.id)).all())
    return [action for action in actions if action.startswith("medication.")]


# What can be written down


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": " "}, "name: empty"),
        ({"name": "药" * 31}, "name: at most 30 printable characters"),
        ({"dose": "片" * 21}, "dose: at most 20 printable characters"),
        ({"caution": "x" * 91}, "caution: at most 90 printable characters"),
        ({"name": "药" * 30, "caution": "水" * 90}, "caution: more than two SMS"),
        ({"times": "07:59"}, "times: 07:59 lies in the centre's quiet hours .* possible is 08:00 until before 21:00"),
        ({"since": dt.date(1957, 1, 1)}, "since: 1957-01-01 is before the birth"),
        ({"until": MONDAY - DAY}, "until: 2027-03-07 is not on or after 2027-03-08"),
        ({"left": -1}, "left: 0 to 2000 doses"),
        ({"refill_at": 3}, "refill_at: nobody counts the doses"),
        ({"resident": 99}, "there is no resident 99"),
    ],
)
def test_what_cannot_be_written_down_is_told(chest: Chest, given: dict[str, Any], told: str) -> None:
    with pytest.raises(BadMedication, match=told):
        chest.add(**given)
    assert listed(chest) == []


def test_the_centres_own_quiet_hours_count(chest: Chest) -> None:
    own = {"quiet_from": dt.time(22), "quiet_until": dt.time(6)}
    chest.run(lambda s: s.execute(update(Centre).where(Centre.code == "DY").values(own)) and None)
    chest.add(times="06:00,21:30")
    with pytest.raises(BadMedication, match="possible is 06:00 until before 22:00"):
        chest.add("二甲双胍", times="22:00")


def test_one_medicine_is_not_written_down_twice(chest: Chest) -> None:
    number = chest.add()
    with pytest.raises(BadMedication, match=f"has 氨氯地平 on record as {number}; change that one"):
        chest.add()
    chest.stop(number)
    chest.add()


def test_how_many_phones_are_told_is_told(chest: Chest) -> None:
    chest.run(lambda s: s.execute(update(RelatedPerson).values(is_told=False)) and None)
    entry = prescriptions.Entry("氨氯地平", "1片", (dt.time(9),), MONDAY)
    written = chest.run(prescriptions.add, resident=1, entry=entry, actor="staff:A", **chest.care.given)
    assert written.reached == 0


# Changes


def test_a_change_counts_from_the_next_time_on(chest: Chest) -> None:
    number = chest.add(times="08:00")
    chest.change(number, times=(dt.time(9), dt.time(19)), dose="10mg 1片")
    assert chest.next(number) == "08 09:00"
    chest.clock("09:00")
    chest.scan()
    assert chest.care.sent()[0].startswith("09:00 请服药：氨氯地平 10mg 1片。")
    with pytest.raises(BadMedication, match="quiet hours"):
        chest.change(number, times=(dt.time(5),))
    assert (chest.next(number), audit(chest)) == ("08 19:00", ["medication.add", "medication.change"])


def test_what_waits_with_the_old_words_is_called_off(chest: Chest) -> None:
    number = chest.add()
    chest.clock("08:00")
    chest.scan()
    assert chest.change(number, dose="半片").cancelled == 1
    assert chest.care.sent() == []
    chest.clock("08:01")
    assert chest.scan() == 1
    assert chest.care.sent()[0].startswith("08:00 请服药：氨氯地平 半片。")
    chest.change(number, times=(dt.time(8, 30),))
    assert (chest.care.sent(), chest.next(number)) == ([], "08 08:30")


def test_a_change_of_the_count_leaves_what_waits(chest: Chest) -> None:
    number = chest.add(left=5)
    chest.clock("08:00")
    chest.scan()
    assert chest.change(number, left=9).cancelled == 0
    assert len(chest.care.sent()) == 1


def test_nothing_changed_is_nothing_written(chest: Chest) -> None:
    number = chest.add()
    chest.change(number, dose="5mg 1片")
    assert audit(chest) == ["medication.add"]


# Stopping


def test_of_one_that_is_stopped_nothing_is_sent_and_the_others_are_reminded_of_anew(chest: Chest) -> None:
    number, other = chest.add(), chest.add("二甲双胍")
    chest.clock("08:00")
    chest.scan()
    assert chest.stop(number).cancelled == 1
    chest.clock("08:01")
    assert chest.scan() == 1
    assert [text[:16] for text in chest.care.sent()] == ["08:00 请服药：二甲双胍 5"]
    assert chest.intakes() == [(other, "08 08:00", False)]
    assert chest.sms("1") == "已记录 08:00已服：二甲双胍。"


def test_what_a_phone_has_already_is_not_sent_again(chest: Chest) -> None:
    number = chest.add()
    chest.add("二甲双胍")
    chest.clock("08:00")
    chest.scan()
    chest.send()
    assert chest.stop(number).cancelled == 0
    chest.clock("08:01")
    assert chest.scan() == 0
    with pytest.raises(BadMedication, match="is stopped already"):
        chest.stop(number)


def test_what_was_stopped_is_resumed_with_its_caution(chest: Chest) -> None:
    number = chest.add(caution="勿饮酒")
    chest.clock("08:00")
    chest.scan()
    chest.send()
    chest.stop(number)
    chest.clock("12:00", 3)
    chest.resume(number)
    assert chest.next(number) == "12 08:00"
    assert chest.care.sent()[2:] == ["服用氨氯地平请注意：勿饮酒。有疑问请拨12580。"]
    assert audit(chest) == ["medication.add", "medication.stop", "medication.resume"]
    with pytest.raises(BadMedication, match="is not stopped"):
        chest.resume(number)


def test_a_change_or_a_refill_does_not_resume_it(chest: Chest) -> None:
    number = chest.add(left=0)
    chest.stop(number)
    chest.change(number, dose="半片")
    chest.refill(number, 10)
    assert chest.next(number) == ""


@pytest.mark.parametrize("doses", [0, -3, 2001])
def test_a_refill_is_some_doses(chest: Chest, doses: int) -> None:
    with pytest.raises(BadMedication, match="doses: 1 to 2000"):
        chest.refill(chest.add(left=0), doses)


def test_no_such_medicine(chest: Chest) -> None:
    for act in (lambda: chest.stop(7), lambda: chest.refill(7, 1), lambda: chest.change(7, dose="x")):
        with pytest.raises(BadMedication, match="there is no medication 7"):
            act()


def test_staff_and_the_scan_at_once_leave_nothing_behind(chest: Chest) -> None:
    """Whoever comes first: after the stop nothing waits, and nothing is due."""
    numbers = [chest.add(name) for name in ("甲药", "乙药", "丙药")]
    chest.clock("08:00")
    with ThreadPoolExecutor(4) as pool:
        acts = [pool.submit(chest.scan), *(pool.submit(chest.stop, number) for number in numbers)]
        assert all(act.exception() is None for act in acts)
    chest.scan()
    waiting = [state for state, kind in chest.care.messages(Message.state, Message.kind) if state == "queued"]
    assert (waiting, [chest.next(number) for number in numbers]) == ([], ["", "", ""])


# Lists


def test_lists_are_masked_unless_somebody_must_call(chest: Chest) -> None:
    chest.add(resident=2, left=10)
    (line,) = listed(chest, centre="DY")
    assert (line.name, line.phones, line.centre, line.left) == ("李*强", ("+86154****0002",), "DY", 10)
    (line,) = listed(chest, shown=True)
    assert (line.name, line.phones) == ("李国强", (LI,))
    assert listed(chest, centre="NH") == []


def test_each_is_in_a_state(chest: Chest) -> None:
    chest.add("甲药")
    chest.add("乙药", left=0)
    chest.add("丙药", since=MONDAY - 9 * DAY, until=MONDAY - DAY)
    chest.stop(chest.add("丁药"))
    assert [line.state for line in listed(chest, stopped_too=True)] == ["running", "empty", "over", "stopped"]
    assert [line.state for line in listed(chest)] == ["running", "empty", "over"]
    chest.care.rules = Rules(quiet_from=dt.time(20), quiet_until=dt.time(9))
    assert listed(chest)[0].state == "quiet"


def test_one_is_shown_with_its_last_reminders(chest: Chest) -> None:
    number = chest.add()
    for day in (0, 1):
        chest.clock("08:00", day)
        chest.scan()
    chest.sms("1")
    given = {"rules": chest.rules, "installation": chest.house, "today": MONDAY}
    line, intakes = chest.run(views.one, medication=number, **given)
    assert line.medicine == "氨氯地平"
    assert [intake.taken_at is not None for intake in intakes] == [True, False]
    assert chest.run(views.one, medication=9, **given) is None


# The report


def answers(chest: Chest, said: str, resident: int = 1) -> None:
    """A medicine of this resident, and what of ten days was taken: `1` or `0` for each."""
    number = chest.add(resident=resident)
    start = chest.care.moment

    def write(session: Any) -> None:
        for day, taken in enumerate(said):
            at = start + dt.timedelta(days=day)
            session.add(MedicationIntake(medication_id=number, planned_at=at, taken_at=at if taken == "1" else None))

    chest.run(write)


def reported(chest: Chest, **more: Any) -> list[tuple[str, int, int, int, str]]:
    given = {"since": chest.care.moment - 30 * DAY, "now": chest.care.moment, **more}
    found = chest.run(views.report, **given)
    return [(line.name, line.taken, line.reminded, line.missed, line.medicine) for line in found]


def test_the_share_of_each_and_who_has_missed_most_in_a_row_comes_first(chest: Chest) -> None:
    answers(chest, "1111111111", 1)
    answers(chest, "0010111000", 2)
    answers(chest, "0000000000", 3)
    chest.clock("23:00", 9)
    assert reported(chest) == [
        ("赵*兰", 0, 10, 10, "氨氯地平"),
        ("李*强", 4, 10, 3, "氨氯地平"),
        ("王*英", 10, 10, 0, ""),
    ]
    assert [name for name, *_ in reported(chest, missed=3)] == ["赵*兰", "李*强"]
    assert [line[1:3] for line in reported(chest, since=chest.care.moment - 2 * DAY)] == [(0, 2), (0, 2), (2, 2)]


def test_what_can_still_be_answered_does_not_count(chest: Chest) -> None:
    answers(chest, "10", 1)
    chest.clock("08:00", 1)
    assert reported(chest) == [("王*英", 1, 1, 0, "")]


def test_a_doctor_sees_whom_they_follow_up(chest: Chest) -> None:
    answers(chest, "00", 1)
    answers(chest, "00", 2)
    chest.care.enrol(1)
    chest.clock("23:00", 9)
    found = chest.run(views.report, since=chest.care.moment - 30 * DAY, now=chest.care.moment, doctor="D1", shown=True)
    assert [(line.name, line.doctor, line.share) for line in found] == [("王秀英", "陈医生", 0)]
    assert reported(chest, centre="NH") == []


# The file


HEADER = "identity,name,dose,times,left,refill_at,since,until,caution\n"
WHO = IDENTITIES["王秀英"]


def load(chest: Chest, tmp_path: Path, *rows: str, **more: Any) -> int:
    path = tmp_path / "medications.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    given = {"vault": chest.care.vault, "installation": chest.house, "now": chest.care.moment, **more}
    return int(chest.run(imports.load, kind="medications", path=path, **given))


def test_a_file_adds_and_changes_and_a_second_time_changes_nothing(chest: Chest, tmp_path: Path) -> None:
    row = f"{WHO},氨氯地平,5mg 1片,08:00;20:00,28,7,-3d,+30d,勿与西柚同服"
    assert load(chest, tmp_path, row) == 1
    (line,) = listed(chest)
    assert (line.times, line.left, line.since, line.until) == (
        ("08:00", "20:00"),
        28,
        MONDAY - 3 * DAY,
        MONDAY + 30 * DAY,
    )
    load(chest, tmp_path, row)
    load(chest, tmp_path, f"{WHO},氨氯地平,半片,09:00,,,,,")
    (line,) = listed(chest)
    assert (line.dose, line.times, line.left, line.since) == ("半片", ("09:00",), 28, MONDAY - 3 * DAY)
    assert audit(chest) == ["medication.add", "medication.change"]


def test_a_file_does_not_resume_what_was_stopped(chest: Chest, tmp_path: Path) -> None:
    chest.stop(chest.add())
    load(chest, tmp_path, f"{WHO},氨氯地平,半片,09:00,,,,,")
    assert listed(chest) == []


def test_what_is_wrong_in_a_file_is_told_with_its_line(chest: Chest, tmp_path: Path) -> None:
    with pytest.raises(BadFile) as refusal:
        load(
            chest,
            tmp_path,
            f"{WHO},氨氯地平,1片,22:00,,,,,",
            "110101195808142425,氨氯地平,1片,08:00,,,,,",
            "360426199101010071,氨氯地平,1片,08:00,,,,,",
            f"{WHO},氨氯地平,1片,08:00,many,,,,",
            f"{WHO},氨氯地平,1片,08:00,,,soon,,",
        )
    assert [mistake.partition(" (")[0] for mistake in refusal.value.mistakes] == [
        "line 2: times: 22:00 lies in the centre's quiet hours",
        "line 3: identity: not a valid identity number",
        "line 4: identity: no resident on record has it; import residents first",
        "line 5: left: 'many' is not a number of doses",
        "line 6: since: 'soon' is neither a date",
    ]
    assert chest.run(lambda s: s.query(Medication).count()) == 0


def test_the_settings_hours_count_for_a_file_too(chest: Chest, tmp_path: Path) -> None:
    row = f"{WHO},氨氯地平,1片,06:00,,,,,"
    with pytest.raises(BadFile):
        load(chest, tmp_path, row)
    early = Rules(quiet_from=dt.time(22), quiet_until=dt.time(5))
    assert load(chest, tmp_path, row, rules=early) == 1
