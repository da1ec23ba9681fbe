"""The weekly roster from a file, and capacities of a file for sessions whose places are shared out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from clinic import imports, invariants
from clinic.imports import BadFile
from clinic.places import changing
from clinic.places.shares import Rule
from clinic.tables import ClinicSession, SessionShare, SessionTemplate
from tests.clinic.conftest import HOUSE, NOW

HEAD = "centre,department,practitioner,weekday,half,capacity,fee,from,kind,release,draw_hours,shares,flow\n"
SESSIONS = "centre,department,practitioner,day,half,capacity,fee,release\n"


@pytest.fixture
def load(clinic: Any, tmp_path: Path) -> Any:
    def load(kind: str, written: str) -> int:
        path = tmp_path / f"{kind}.csv"
        path.write_text(written, encoding="utf-8")
        given = {"vault": clinic.vault, "installation": HOUSE, "now": clinic.moment}
        return int(clinic.run(imports.load, kind=kind, path=path, **given))

    return load


def test_lines_are_added_and_a_known_one_gets_new_terms(clinic: Any, load: Any) -> None:
    rows = "DY,QK,1,mon,am,20,6.00,+7,expert,-14d 07:30,24,,\nDY,EB,,tue,pm,30,0,,,,,onsite=30%:2-,-1d 18:00\n"
    assert load("templates", HEAD + rows) == 2
    columns = (SessionTemplate.capacity, SessionTemplate.kind, SessionTemplate.valid_from, SessionTemplate.draw_hours)
    monday = NOW.date()
    assert clinic.rows(*columns) == [
        (20, "expert", monday + dt.timedelta(days=7), 24),
        (30, "general", monday, None),
    ]
    assert clinic.rows(SessionTemplate.release_days, SessionTemplate.release_at) == [
        (14, dt.time(7, 30)),
        (7, dt.time(7)),
    ]
    clinic.wait(days=3)
    assert load("templates", HEAD + "DY,QK,1,mon,am,25,6.00,+7,expert,-14d 07:30,24,,\n") == 1
    assert clinic.rows(SessionTemplate.capacity, SessionTemplate.valid_from)[0] == (25, monday + dt.timedelta(days=7))
    assert len(clinic.rows(SessionTemplate.id)) == 2


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("DY,QK,1,monday,am,20,6,,,,,,", "weekday: 'monday' is neither of mon, tue, wed, thu, fri, sat, sun"),
        ("DY,QK,1,mon,night,20,6,,,,,,", "half: 'night' is neither am nor pm"),
        ("DY,QK,1,mon,am,20,6,,guru,,,,", "kind: 'guru' is neither of general, expert"),
        ("DY,QK,1,mon,am,20,6,,,soon,,,", "release: 'soon' is neither empty nor like -7d 07:00"),
        ("DY,QK,1,mon,am,20,6,,,,many,,", "draw_hours: 'many' is neither empty nor a number of hours"),
        ("DY,QK,1,mon,am,20,6,,,,,onsite,", "shares: 'onsite' is not like onsite=30%"),
        ("DY,QK,1,mon,am,20,6,,,,,,-1d 18:00", "flow: places that are not shared out cannot go anywhere"),
    ],
)
def test_a_row_that_cannot_be_says_why(clinic: Any, load: Any, row: str, told: str) -> None:
    with pytest.raises(BadFile) as refused:
        load("templates", f"{HEAD}{row}\n")
    assert refused.value.mistakes[0].startswith(f"line 2: {told}")
    assert clinic.rows(SessionTemplate.id) == []


def test_a_new_capacity_from_a_file_changes_the_pools_with_it(clinic: Any, load: Any) -> None:
    given = {"rule": Rule.parse("onsite=50%"), "by": "li", "now": clinic.moment}
    clinic.run(changing.change, offered=5, **given)
    clinic.change(5, release_at=NOW)
    load("sessions", f"{SESSIONS}DY,QK,,{NOW.date() + dt.timedelta(days=1)},pm,20,12.50,\n")
    assert clinic.rows(ClinicSession.capacity)[4] == 20
    assert clinic.rows(SessionShare.pool, SessionShare.places) == [("booked", 10), ("onsite", 10)]
    assert clinic.run(invariants.broken) == []
