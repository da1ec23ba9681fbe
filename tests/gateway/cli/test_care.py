"""`caredial care` as a doctor and the desk type it, on the sample centres; and the files that are imported."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from clinic.care import readings
from clinic.installation import Installation
from clinic.rules import Rules
from clinic.tables import Audit, CarePlan, CareVisit, Message, RelatedPerson, Subscriber
from tests.gateway.cli.conftest import SHANGHAI

HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")


def documents(result: Any) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def first_plan(place: Any) -> dict[str, str]:
    with (Path(__file__).parents[3] / "conf" / "sample" / "care-plans.csv").open(encoding="utf-8") as file:
        return next(iter(csv.DictReader(file)))


def patient(place: Any) -> tuple[int, str, str]:
    """Somebody of the sample who is followed up, and has a phone of their own."""
    alone = select(RelatedPerson.subscriber_id).group_by(RelatedPerson.subscriber_id).having(func.count() == 1)
    wanted = (
        select(CarePlan.resident_id, CarePlan.condition, Subscriber.phone)
        .join(RelatedPerson, RelatedPerson.resident_id == CarePlan.resident_id)
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .where(Subscriber.id.in_(alone), CarePlan.condition == "hypertension")
        .order_by(CarePlan.id)
    )
    return tuple(place.store.run_now(lambda s: s.execute(wanted).first()))  # type: ignore[return-value]


def text(place: Any, phone: str, words: str, inbox: int) -> Any:
    given = {"phone": phone, "text": words, "inbox": inbox, "rules": Rules(), "installation": HOUSE}
    return place.store.run_now(readings.take, **given, now=dt.datetime.now(SHANGHAI))


def actions(place: Any) -> list[str]:
    return place.store.run_now(lambda s: list(s.scalars(select(Audit.action).order_by(Audit.id))))


def test_a_morning_of_a_doctor(caredial: Any, place: Any) -> None:
    resident, condition, phone = patient(place)
    shown = caredial("care", "show", str(resident)).stdout
    assert f"resident {resident}: " in shown
    assert "hypertension: since" in shown
    assert phone not in shown
    made = caredial("care", "visit", str(resident), "--condition", condition, "--bp", "118/72", "--examination")
    assert made.exit_code == 0, made.output
    assert "written down: controlled" in made.stdout
    assert "(118/72 is below 1" in made.stdout
    assert "3 months later" in made.stdout
    for number, words in enumerate(("血压150/95", "血压128/76", "血压190/120"), start=1):
        text(place, phone, words, number)
    (alert,) = documents(caredial("care", "alerts", "--json"))
    assert (alert["resident"], alert["phone"][:6], alert["closed_at"]) == (resident, "+86154", None)
    assert "BP 190/120" in caredial("care", "alerts").stdout
    assert "alert 1 is closed" in caredial("care", "alerts", "close", "1", "--by", "陈医生").stdout
    assert "陈医生" in caredial("care", "alerts", "--all").stdout
    assert "0 alerts" in caredial("care", "alerts").stdout
    shown = caredial("care", "show", phone, "--shown").stdout
    for part in (phone, "BP 150/95", "118/72", "on target: 1 of 3 readings (33 %)", "1 of 1 examinations"):
        assert part in shown
    listed = documents(caredial("care", "readings", str(resident), "--json"))
    assert [each["reading"]["systolic"] for each in listed] == [190, 128, 150]
    found = [each for each in documents(caredial("care", "risk", "--json")) if each["resident"] == resident]
    assert [risk["why"] for risk in found[0]["risks"]] == ["emergency"]
    assert "care.show" in actions(place)


def test_a_chart(caredial: Any, place: Any) -> None:
    resident, _, phone = patient(place)
    assert "has no readings of this kind" in caredial("care", "trend", str(resident)).stderr
    for number in range(4):
        text(place, phone, f"血压{130 + number}/80", number)
    result = caredial("care", "trend", str(resident), "--out", "x.png")
    assert "x.png is written" in result.stdout
    assert "132/80 │ 130/80 │ 133/80" in result.stdout
    assert Path("x.png").read_bytes().startswith(b"\x89PNG")


def test_lists_are_masked_unless_asked_for_and_that_is_audited(caredial: Any, place: Any) -> None:
    masked = documents(caredial("care", "list", "--json"))
    assert masked
    assert all("*" in each["name"] and "****" in each["phone"] for each in masked)
    assert "care.list" not in actions(place)
    plain = documents(caredial("care", "list", "--shown", "--json"))
    assert [each["plan"] for each in plain] == [each["plan"] for each in masked]
    assert not any("*" in each["name"] for each in plain)
    assert "care.list" in actions(place)
    mine = documents(caredial("care", "list", "--doctor", "DY-QK-1", "--due", "--json"))
    assert {each["doctor_code"] for each in mine} == {"DY-QK-1"}
    overdue = documents(caredial("care", "list", "--overdue", "--json"))
    assert all(each["overdue"] > 0 for each in overdue)
    referred = documents(caredial("care", "list", "--refer", "--json"))
    assert {each["refer"] for each in referred} <= {True}
    assert "at risk" in caredial("care", "risk").stdout


def test_into_the_list_and_out_of_it(caredial: Any, place: Any) -> None:
    resident = first_plan(place)["identity"]
    words = ("care", "enrol", resident, "--condition", "diabetes", "--doctor", "DY-QK-1")
    assert "is followed up for diabetes" in caredial(*words).stdout
    assert "for diabetes no more" in caredial("care", "end", resident, "--condition", "diabetes").stdout
    assert "is not followed up" in caredial("care", "end", resident, "--condition", "diabetes").stderr


def test_copies_at_the_desk(caredial: Any, place: Any) -> None:
    resident, _, phone = patient(place)
    words = ("care", "copies", "grant", str(resident), "154 8888 9999", "--relation", "女儿", "--proof", "form 1")
    assert "is asked by SMS" in caredial(*words).stdout
    assert "has not answered yet" in caredial(*words).stdout
    told = place.store.run_now(lambda s: list(s.scalars(select(Message.phone))))
    assert told == ["+8615488889999"]
    (line,) = documents(caredial("care", "copies", "--json"))
    assert (line["state"], line["relation"], line["phone"]) == ("asked", "女儿", "+86154****9999")
    assert "1 copy ended" in caredial("care", "copies", "end", str(resident)).stdout
    assert "no copies of resident" in caredial("care", "copies", "end", str(resident)).stderr
    assert "is asked by SMS" in caredial(*words).stdout
    own = caredial("care", "copies", "grant", str(resident), phone, "--proof", "x")
    assert "the resident's own phone" in own.stderr


def test_meters(caredial: Any, place: Any) -> None:
    resident, *_ = patient(place)
    assert "1 meters" in caredial("care", "meters").stdout
    added = caredial("care", "meters", "add", str(resident), "15400009002", "--format", "example")
    assert f"is resident {resident}'s" in added.stdout
    assert "+86154****9002" in caredial("care", "meters").stdout
    assert "meter 2 is removed" in caredial("care", "meters", "remove", "2").stdout


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (("show", "nobody"), 1, "nobody on record is 'nobody'"),
        (("show", "110101195808142425"), 2, "is not a valid identity number"),
        (("list", "--doctor", "X"), 2, "there is no member of staff 'X'"),
        (("list", "--centre", "X"), 2, "there is no centre 'X'; there are: DY, NH, XS"),
        (("visit", "8", "--condition", "hypertension", "--bp", "135"), 2, "--bp: '135' is no blood pressure"),
        (("visit", "8", "--condition", "diabetes", "--glucose", "5,3"), 2, "--glucose: '5,3' is no glucose"),
        (("visit", "8", "--condition", "hypertension"), 1, "enrol them first"),
        (("enrol", "8", "--condition", "diabetes", "--doctor", "X"), 1, "nobody who works here has the code 'X'"),
        (("enrol", "8", "--condition", "diabetes", "--since", "tomorrow"), 1, "still to come"),
        (("alerts", "close", "9"), 1, "there is no open alert 9"),
        (("meters", "add", "8", "15400009002", "--format", "x"), 2, "the settings have no [care.meters.x]"),
        (("meters", "remove", "9"), 1, "there is no meter 9"),
        (("copies", "grant", "8", "abc", "--proof", "x"), 2, "'abc' is not a phone number"),
    ],
)
def test_what_is_refused(caredial: Any, place: Any, words: tuple[str, ...], status: int, why: str) -> None:
    result = caredial("care", *words)
    assert (result.exit_code, why in result.stderr) == (status, True), result.output


# Files.


def imported(caredial: Any, kind: str, text: str) -> Any:
    Path("rows.csv").write_text(text, encoding="utf-8")
    return caredial("import", kind, "rows.csv")


def test_plans_and_visits_from_files(caredial: Any, place: Any) -> None:
    number = "110101195808142424"
    head = "name,identity,phone,centre,language\n"
    assert imported(caredial, "residents", f"{head}王秀英,{number},15400000999,DY,zh\n").exit_code == 0
    plans = "identity,condition,since,staff\n"
    assert imported(caredial, "care-plans", f"{plans}{number},diabetes,2016-01-28,DY-QK-1\n").exit_code == 0
    days = ("-900d", "-800d", "-2d")
    rows = "".join(f"{number},diabetes,{day},5.3,yes\n" for day in days)
    assert imported(caredial, "care-visits", f"identity,condition,day,glucose,examination\n{rows}").exit_code == 0
    shown = caredial("care", "show", number).stdout
    assert "under control on" in shown
    assert "(5.3 is below 7.0): 3 months later" in shown
    assert imported(caredial, "care-plans", f"{plans[:-1]},ended\n{number},diabetes,2016-01-28,,yes\n").exit_code == 0
    assert "ended" in caredial("care", "show", number).stdout


@pytest.mark.parametrize(
    ("kind", "row", "why"),
    [
        ("care-plans", "{n},gout,2020-01-01,", "condition: 'gout' is none of hypertension, diabetes"),
        ("care-plans", "{n},diabetes,2090-01-01,", "since: 2090-01-01 is still to come"),
        ("care-plans", "{n},diabetes,soon,", "since: 'soon' is neither a date"),
        ("care-plans", "{n},diabetes,2020-01-01,X", "staff: nobody who works here has the code 'X'"),
        ("care-plans", "110101195808142424,diabetes,2020-01-01,", "identity: nobody on record has this number"),
        ("care-visits", "{n},hypertension,-3d,150,,", "blood pressure: systolic and diastolic only together"),
        ("care-visits", "{n},hypertension,-3d,95,150,", "95/150 is nobody's"),
        ("care-visits", "{n},hypertension,-3d,15O,95,", "systolic: '15O' is no pressure"),
        ("care-visits", "{n},hypertension,-3d,,,5.33", "glucose: '5.33' is no fasting glucose"),
        ("meters", "15400009002,{n},Omega 1", "format: 'Omega 1' is no name of [care.meters.NAME]"),
        ("meters", "abc,{n},omega", "phone: not a phone number"),
    ],
)
def test_what_a_file_cannot_say(caredial: Any, place: Any, kind: str, row: str, why: str) -> None:
    heads = {
        "care-plans": "identity,condition,since,staff",
        "care-visits": "identity,condition,day,systolic,diastolic,glucose",
        "meters": "phone,identity,format",
    }
    before = place.store.run_now(lambda s: len(s.scalars(select(CareVisit.id)).all()))
    result = imported(caredial, kind, f"{heads[kind]}\n{row.format(n=first_plan(place)['identity'])}\n")
    assert (result.exit_code, why in result.stderr) == (1, True), result.output
    assert place.store.run_now(lambda s: len(s.scalars(select(CareVisit.id)).all())) == before
