"""Sessions, visits and fees as CSV: out, into an empty database, out again, and the same."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from clinic import imports
from clinic.hospital import tables
from clinic.hospital.access import Access
from clinic.hospital.tables import COLUMNS, Wanted
from clinic.hospital.view import View
from clinic.imports import BadFile
from clinic.tables import Centre, ClinicSession, Department, Payment, Practitioner, SessionShare, Visit
from gateway.store import Store, connect
from tests.clinic.conftest import HOUSE, NOW, OTHER_IDENTITY, Clinic, nth_identity
from tests.clinic.hospital.counterpart import His, appointment, patient, slot

WEEK = Wanted(NOW.date(), NOW.date() + dt.timedelta(days=7))


class Desk:
    """Who exports and imports files."""

    def __init__(self, clinic: Any, folder: Path) -> None:
        self.clinic, self.folder = clinic, folder

    def out(self, kind: str, wanted: Wanted = WEEK, *, identities: bool = True) -> str:
        access = Access(0, None, identities)
        words = {"wanted": wanted, "view": lambda s: View(s, access, self.clinic.vault, HOUSE, self.clinic.moment)}
        file = io.StringIO()
        writer = csv.DictWriter(file, COLUMNS[kind], lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.clinic.run(tables.lines, kind=kind, **words))
        return file.getvalue()

    def into(self, kind: str, text: str) -> int:
        path = self.folder / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        given = {"vault": self.clinic.vault, "installation": HOUSE, "now": self.clinic.moment}
        return int(self.clinic.run(imports.load, kind=kind, path=path, **given))

    def mistakes(self, kind: str, text: str) -> list[str]:
        with pytest.raises(BadFile) as refusal:
            self.into(kind, text)
        return refusal.value.mistakes


@pytest.fixture
def desk(clinic: Any, tmp_path: Path) -> Desk:
    return Desk(clinic, tmp_path)


def places_only(session: Any) -> None:
    """The centres of the small clinic, without its sessions."""
    from tests.clinic.conftest import seed  # noqa: PLC0415

    seed(session)
    session.flush()
    session.execute(delete(ClinicSession))


@pytest.fixture
def elsewhere(sqlite_template: Path, tmp_path: Path, clinic: Any) -> Any:
    """Another installation with the same centres and not one session."""
    other = tmp_path / "elsewhere.db"
    other.write_bytes(sqlite_template.read_bytes())
    engine = connect(f"sqlite:///{other}")
    store = Store(engine)
    store.run_now(places_only)
    yield Desk(Clinic(store.run_now, clinic.vault), tmp_path)
    engine.dispose()


def a_day(clinic: Any, his: His) -> None:
    """People of all kinds: by phone, at the window, given up, there, and without a number of the hospital's."""
    his.post(slot("S1", day=0, half="pm", schedule={"reference": "Schedule/1-1"}))
    shares = {"url": "urn:caredial:fhir:shares", "valueString": "onsite=30%:2-5 hospital=3 rest=booked"}
    his.post(slot("S2", extension=[*slot()["extension"], shares]))
    visits = clinic.book_many(3)
    clinic.cancel(visits[1].id, "+8615400010001")
    who = his.post(patient("李明", OTHER_IDENTITY))
    made = his.post(appointment("A1", patient=f"Patient/{who['id']}"))
    his.put({**made, "status": "arrived"}, made["id"])
    fee = {"extension": [{"url": "urn:caredial:fhir:fee", "valueMoney": {"value": 3.5}}]}
    ann = his.post(patient("Ann Smith", nth_identity(9), "15400000009"))
    his.post(appointment("A2", patient=f"Patient/{ann['id']}", slot="Slot/8", **fee))


def test_out_in_and_out_again_is_the_same(clinic: Any, his: His, desk: Desk, elsewhere: Desk) -> None:
    a_day(clinic, his)
    for kind in ("sessions", "visits", "fees"):
        written = desk.out(kind)
        assert elsewhere.into(kind, written) == len(written.splitlines()) - 1
        assert elsewhere.out(kind) == written
        assert elsewhere.into(kind, written)
        assert elsewhere.out(kind) == written
        assert desk.into(kind, written)
        assert desk.out(kind) == written
    assert len(desk.out("sessions").splitlines()) == 9
    assert len(desk.out("visits").splitlines()) == 6


def test_what_stands_in_the_tables(clinic: Any, his: His, desk: Desk) -> None:
    a_day(clinic, his)
    dongyuan = Wanted(NOW.date(), NOW.date(), "DY")
    sessions = list(csv.DictReader(io.StringIO(desk.out("sessions"))))
    assert sessions[-1] == sessions[-1] | {"external_id": "", "centre": "NH"}
    assert next(line for line in sessions if line["external_id"] == "S2") == {
        "centre": "DY", "department": "QK", "practitioner": "1", "day": "2027-03-10", "half": "am", "starts": "08:00",
        "ends": "11:30", "capacity": "10", "fee": "8.50", "release": "-2d 07:30", "external_id": "S2",
        "kind": "general", "shares": "onsite=30%:2-5 hospital=3 rest=booked",
    }  # fmt: skip
    queue = list(csv.DictReader(io.StringIO(desk.out("queue", dongyuan))))
    assert [(line["queue"], line["status"], line["turn"]) for line in queue] == [
        ("1", "booked", ""), ("2", "cancelled", ""), ("3", "booked", ""), ("4", "arrived", "4"),
    ]  # fmt: skip
    assert queue[0]["expected_from"] < queue[0]["expected_until"]
    fees = list(csv.DictReader(io.StringIO(desk.out("fees", WEEK))))
    assert [(line["external_id"], line["fee"], line["currency"]) for line in fees if line["external_id"]] == [
        ("A1", "12.50", "CNY"), ("A2", "3.50", "CNY"),
    ]  # fmt: skip


def test_fees_are_written_in_the_currency_of_their_centre(clinic: Any, desk: Desk) -> None:
    clinic.run(lambda s: s.execute(update(Centre).values(currency="JPY")) and None)
    clinic.change(1, fee=850)
    before = desk.out("sessions")
    assert next(csv.DictReader(io.StringIO(before)))["fee"] == "850"
    assert desk.into("sessions", before)
    assert desk.out("sessions") == before


def test_a_session_that_will_not_be_is_not_written(clinic: Any, his: His, desk: Desk) -> None:
    a_day(clinic, his)
    before = {kind: len(desk.out(kind).splitlines()) for kind in COLUMNS}
    clinic.change(1, state="stopped")
    after = {kind: len(desk.out(kind).splitlines()) for kind in COLUMNS}
    assert {kind: before[kind] - after[kind] for kind in COLUMNS} == {"sessions": 1, "visits": 4, "queue": 0, "fees": 0}


def test_identity_numbers_are_written_only_where_they_are_asked_for(clinic: Any, his: His, desk: Desk) -> None:
    a_day(clinic, his)
    assert OTHER_IDENTITY in desk.out("visits")
    assert OTHER_IDENTITY not in desk.out("visits", identities=False)


FEES = "centre,external_id,visit,fee\n"
VISITS = "centre,department,practitioner,day,half,external_id,name,identity,phone,status\n"
WOMAN = "110101195808142424"


def test_fees_come_in_until_they_are_paid(clinic: Any, his: His, desk: Desk) -> None:
    a_day(clinic, his)
    assert desk.into("fees", f"{FEES}DY,A1,,7.25\nDY,,1,0\n") == 2
    assert dict(clinic.rows(Visit.id, Visit.fee))[1] == 0
    told = desk.mistakes("fees", f"{FEES}DY,nobody,,1\nDY,,,1\nNH,A1,,1\nDY,A1,,many\nDY,A1,,0.005\nDY,A1,,-1\n")
    assert told == [
        "line 2: external_id: DY has no visit 'nobody'",
        "line 3: external_id: empty, and there is no number in the column visit either",
        "line 4: external_id: NH has no visit 'A1'",
        "line 5: fee: 'many' is no amount, as 12.50",
        "line 6: fee: 0.005: CNY has 2 digits after the point",
        "line 7: fee: -1 is negative, or more than 1000000",
    ]
    paid = Payment(
        occasion="t", kind="charge", method="cash", centre_id=1, visit_id=4, amount=725, currency="CNY",
        state="completed", correlation_id="c", created_at=clinic.moment, settled_at=clinic.moment,
    )  # fmt: skip
    clinic.run(lambda session: session.add(paid))
    assert desk.mistakes("fees", f"{FEES}DY,A1,,1\n") == ["line 2: extension: fee: it is paid, or is being paid"]
    assert desk.into("fees", f"{FEES}DY,A1,,7.25\n") == 1


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("DY,QK,1,+0,am,A1,王芳,{w},15400000001,perhaps", "status: 'perhaps' is none of booked, arrived, fulfilled"),
        ("DY,QK,1,+5,am,A1,王芳,{w},15400000001,booked", "day: there is no clinic session of QK on 2027-03-13 am"),
        ("DY,QK,1,+0,am,一,王芳,{w},15400000001,booked", "external_id: '一' is not 1 to 64 visible ASCII characters"),
        ("DY,QK,1,+0,am,A1,王,{w},15400000001,booked", "name: not a name of 2 to 40 letters"),
        ("DY,QK,1,+0,am,A1,王芳,1,15400000001,booked", "identity: "),
        ("DY,QK,1,+0,am,A1,王芳,{w},x,booked", "phone: not a phone number"),
        ("DY,QK,1,+1,am,A1,王芳,{w},15400000001,arrived", "status: it is on 2027-03-09, not today"),
        ("DY,QK,1,+0,am,A1,王芳,{w},15400000001,noshow", "status: the session is not over: they may still come"),
    ],
)
def test_a_visit_that_cannot_be(desk: Desk, clinic: Any, row: str, told: str) -> None:
    [mistake] = desk.mistakes("visits", VISITS + row.format(w=WOMAN) + "\n")
    assert mistake.startswith(f"line 2: {told}")
    assert clinic.rows(Visit.id) == []


def test_a_full_session_is_told(desk: Desk, clinic: Any) -> None:
    clinic.change(1, capacity=0)
    [mistake] = desk.mistakes("visits", f"{VISITS}DY,QK,1,+0,am,A1,王芳,{WOMAN},15400000001,booked\n")
    assert mistake == "line 2: slot[0]: No place is left in this clinic session."


def test_a_session_keeps_and_changes_what_its_file_says(desk: Desk, clinic: Any) -> None:
    head = "centre,department,practitioner,day,half,capacity,fee,release,external_id,kind,shares\n"
    assert desk.into("sessions", f"{head}DY,EB,,+0,am,10,5,,X1,expert,onsite=4 rest=booked\n") == 1
    assert sorted(clinic.rows(SessionShare.pool, SessionShare.places)) == [("booked", 6), ("onsite", 4)]
    plain = "centre,department,practitioner,day,half,capacity,fee,release\nDY,EB,,+0,am,20,5,\n"
    assert desk.into("sessions", plain) == 1
    assert sorted(clinic.rows(SessionShare.pool, SessionShare.places)) == [("booked", 16), ("onsite", 4)]
    assert desk.into("sessions", f"{head}DY,EB,,+0,am,20,5,,,,\n") == 1
    assert clinic.rows(SessionShare.pool) == []
    assert clinic.rows(ClinicSession.external_id, ClinicSession.kind)[-1] == ("DY:X1", "expert")
    assert desk.mistakes(
        "sessions",
        f"{head}DY,EB,,+1,am,1,5,,X1,,\nDY,EB,,+1,pm,1,5,,一,,\nDY,EB,,+1,pm,1,5,,,x,\nDY,EB,,+1,pm,1,5,,,,x\n",
    ) == [
        "line 2: external_id: X1 is another session's already, on 2027-03-08 am",
        "line 3: external_id: '一' is not 1 to 64 visible ASCII characters",
        "line 4: kind: 'x' is neither of general, expert",
        "line 5: shares: 'x' is not like onsite=30%, ussd=10%:2-5, onsite=8 or rest=booked",
    ]
    assert clinic.run(lambda s: s.scalars(select(Centre.code)).all()) == ["DY", "NH"]
    assert clinic.rows(Department.id)
    assert clinic.rows(Practitioner.id)
