"""Visits that were booked before there were notices are looked at, too."""

from __future__ import annotations

from sqlalchemy import text

from clinic import schema
from gateway.store import connect

ROWS = (
    "insert into centre (id, code, name_zh, name_en, address) values (1, 'DY', '东苑', '', '')",
    "insert into department (id, centre_id, code, name_zh, name_en, room) values (1, 1, 'QK', '全科', '', '')",
    "insert into clinic_session (id, department_id, day, half, starts, ends, capacity, fee, release_at, state, taken,"
    " last_number) values (1, 1, '2027-03-08', 'am', '08:00', '11:30', 9, 0, '2027-03-01', 'open', 2, 2)",
    "insert into resident (id, name, identity_sealed, identity_digest, birth, sex, created_at)"
    " values (1, '王芳', '', 'd', '1980-01-01', 'female', '2027-03-01')",
    "insert into resident (id, name, identity_sealed, identity_digest, birth, sex, created_at)"
    " values (2, '李强', '', 'e', '1980-01-01', 'male', '2027-03-01')",
    *(
        "insert into visit (id, clinic_session_id, resident_id, department_id, day, phone, language, name, queue, fee,"
        f" state, occasion, booked_at) values ({n}, 1, {n}, 1, '2027-03-08', '+86154', 'zh', '王芳', {n}, 0,"
        f" '{state}', 'o{n}', '2027-03-01 01:02:03')"
        for n, state in ((1, "booked"), (2, "cancelled"))
    ),
)


def test_visits_that_stand_are_looked_at_and_others_are_not(database_url: str) -> None:
    engine = connect(database_url)
    with engine.begin() as connection:
        schema.upgrade(connection, "0005")
        for row in ROWS:
            connection.execute(text(row))
    with engine.begin() as connection:
        schema.upgrade(connection)
        found = connection.execute(text("select state, cast(look_at as text) from visit order by id")).all()
    assert [(state, at and at[:19]) for state, at in found] == [("booked", "2027-03-01 01:02:03"), ("cancelled", None)]
    engine.dispose()
