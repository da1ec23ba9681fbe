"""`caredial medication` as staff use it: by the phone of a resident of the sample, masked, with what to do next."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from clinic.tables import Medication, MedicationIntake, RelatedPerson, Resident, Subscriber

NOW = dt.datetime.now(ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def someone(place: Any) -> Any:
    """A resident of the sample with a phone of their own and no medicine yet."""
    told = (
        select(Subscriber.phone, Resident.id, Resident.name)
        .join(RelatedPerson, RelatedPerson.subscriber_id == Subscriber.id)
        .join(Resident, Resident.id == RelatedPerson.resident_id)
        .where(RelatedPerson.is_told)
    )
    rows = place.store.run_now(lambda s: [tuple(row) for row in s.execute(told)])
    takers = set(place.store.run_now(lambda s: s.scalars(select(Medication.resident_id)).all()))
    phones, people = Counter(row[0] for row in rows), Counter(row[1] for row in rows)
    return next(row for row in rows if phones[row[0]] == people[row[1]] == 1 and row[1] not in takers)


def add(caredial: Any, phone: str, *more: str) -> Any:
    return caredial("medication", "add", phone, "氨氯地平", "--dose", "5毫克1片", "--times", "08:00,18:00", *more)


def number(result: Any) -> str:
    return str(result.stdout.split()[1])


def test_a_medicine_is_added_shown_changed_and_listed(caredial: Any, someone: Any) -> None:
    phone, resident, name = someone
    result = add(caredial, phone, "--left", "28", "--refill-at", "7", "--caution", "勿与西柚同服", "--until", "+30")
    assert result.exit_code == 0, result.output
    assert f"(氨氯地平) of resident {resident} is on record" in result.stdout
    assert "next reminder: " in result.stdout
    shown = caredial("medication", "show", number(result)).stdout
    for told in ("08:00 18:00", "caution: 勿与西柚同服", "refill notice: at 7 doses left", "running", " to "):
        assert told in shown
    assert name not in shown
    assert caredial("medication", "change", number(result), "--times", "9:00", "--no-end", "--no-count").exit_code == 0
    shown = caredial("medication", "show", number(result), "--shown").stdout
    for told in ("09:00", "on, no end", "refill notice: none", name, phone):
        assert told in shown


def test_the_list_is_masked(caredial: Any, someone: Any) -> None:
    phone, _, name = someone
    add(caredial, phone)
    listed = caredial("medication", "list", "--resident", phone).stdout
    assert ("1 medicines" in listed, name in listed, phone in listed) == (True, False, False)
    shown = caredial("medication", "list", "--resident", phone, "--shown").stdout
    assert (name in shown, phone in shown) == (True, True)
    assert "21 medicines" in caredial("medication", "list").stdout  # with those of the sample


def test_stop_resume_refill(caredial: Any, someone: Any) -> None:
    which = number(add(caredial, someone[0], "--left", "0"))
    assert "(氨氯地平)" in caredial("medication", "refill", which, "28").stdout
    assert "28" in caredial("medication", "show", which).stdout
    assert "is stopped, 0 texts" in caredial("medication", "stop", which, "other medicine").stdout
    result = caredial("medication", "stop", which)
    assert (result.exit_code, f"medication {which} is stopped already" in result.stderr) == (2, True)
    assert "stopped" in caredial("medication", "list", "--all").stdout
    assert "goes on" in caredial("medication", "resume", which).stdout


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--times", "22:00"), "--times: 22:00 lies in the centre's quiet hours (21:00 to 08:00)"),
        (("--times", "8"), "--times: '8' is no time of day, such as 08:00"),
        (("--refill-at", "3"), "--refill-at: nobody counts the doses; give left too"),
        (("--until", "yesterday"), "--until: "),
        (("--until", "soon"), "--until: 'soon' is neither a date"),
        (("--caution", "x" * 91), "--caution: at most 90"),
    ],
)
def test_what_is_wrong_is_said_of_its_option(caredial: Any, someone: Any, given: Any, told: str) -> None:
    result = add(caredial, someone[0], *given)
    assert (result.exit_code, told in result.stderr) == (2, True), result.stderr


def test_whoever_is_not_one_resident_is_asked_for(caredial: Any, place: Any) -> None:
    result = add(caredial, "15400000001")  # a family's
    assert (result.exit_code, "is several residents'; give one's number:\n  1: 周*强" in result.stderr) == (2, True)
    result = add(caredial, "15400099999")
    assert (result.exit_code, "no resident has the number" in result.stderr) == (2, True)


def test_there_is_no_such_medicine_or_centre(caredial: Any, place: Any) -> None:
    for command in (("show", "999"), ("stop", "999"), ("refill", "999", "3"), ("change", "999", "--dose", "x")):
        result = caredial("medication", *command)
        assert (result.exit_code in (1, 2), "there is no medication 999" in result.stderr) == (True, True)
    for command in ("list", "report"):
        assert "there are: DY, NH, XS" in caredial("medication", command, "--centre", "QQ").stderr
    assert "say what is to be changed" in caredial("medication", "change", "1").stderr


def test_the_report_has_the_share_and_who_has_missed_several(caredial: Any, place: Any) -> None:
    def write(session: Any) -> None:
        for day in range(1, 6):
            at = NOW - dt.timedelta(days=day)
            taken = {1: day > 3, 2: True}
            for medicine, is_taken in taken.items():
                session.add(MedicationIntake(medication_id=medicine, planned_at=at, taken_at=at if is_taken else None))

    place.store.run_now(write)
    report = caredial("medication", "report").stdout
    for told in ("2 residents, the last 30 days", "2 of 5", "40%", "5 of 5", "100%", "氨氯地平"):
        assert told in report
    assert "1 residents" in caredial("medication", "report", "--missed", "3").stdout
    assert "0 residents" in caredial("medication", "report", "--missed", "4").stdout
    assert "*" in report


def test_a_file_is_imported(caredial: Any, place: Any, tmp_path: Path) -> None:
    sample = Path(__file__).parents[3] / "conf" / "sample" / "medications.csv"
    assert "20 medications imported" in caredial("import", "medications", str(sample)).stdout
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(sample.read_text(encoding="utf-8").replace("08:00", "03:00"), encoding="utf-8")
    result = caredial("import", "medications", str(wrong))
    assert (result.exit_code, "line 2: times: 03:00 lies in the centre's quiet hours" in result.stderr) == (1, True)


@pytest.mark.parametrize("command", ["add", "list", "show", "change", "stop", "resume", "refill", "report"])
def test_help_teaches_with_examples(caredial: Any, command: str) -> None:
    text = caredial("medication", command, "--help").stdout
    assert f"caredial medication {command}" in text
    assert "Example" in text
