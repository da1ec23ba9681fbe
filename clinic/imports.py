"""Importing tables from CSV: every row is checked before one is written, and a file with one bad row changes nothing.

The formats are described, with an example of each, in conf/sample/README.md.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import phones, residents, subscribers
from clinic.errors import BadIdentity, BadName
from clinic.identity import Vault
from clinic.immunizations import VACCINES
from clinic.phones import BadPhone
from clinic.residents import NewPerson
from clinic.tables import Base, Centre, Channel, ClinicSession, Department, Immunization, Practitioner, Resident
from conf.texts.words import LANGUAGES

HOURS = {"am": (dt.time(8), dt.time(11, 30)), "pm": (dt.time(14), dt.time(17, 30))}
MOST_FEN = 1_000_000_00
YEARS = range(2000, 2200)
Row = Mapping[str, str]
Entry = TypeVar("Entry", bound=Base)
Progress = Callable[[int, int], None]


class BadRow(ValueError):
    """Why a row cannot be taken."""


class BadFile(ValueError):
    """The file was not imported; `mistakes` says why, a line each, with the number of the row's line."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Import:
    """What a row is read with. `now` is aware and local: it gives the day of `+3`, and the zone of release times."""

    session: Session
    vault: Vault
    region: str
    now: dt.datetime
    known: dict[tuple[object, ...], Any] = field(default_factory=dict)
    """What rows refer to again and again: centres, departments, practitioners, found once."""


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of file: the columns it must and may have, and what one row does."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    add: Callable[[Import, Row], None]


def load(
    session: Session,
    *,
    kind: str,
    path: Path,
    vault: Vault,
    region: str,
    now: dt.datetime,
    progress: Progress = lambda done, total: None,  # noqa: ARG005
) -> int:
    """Import a file of this kind (a key of TABLES); the number of rows. Raises BadFile: nothing is changed then."""
    table, rows = TABLES[kind], _read(path)
    _check_columns(table, rows)
    context, mistakes = Import(session, vault, region, now), []
    for done, (line, row) in enumerate(rows, start=1):
        try:
            if row.get(""):
                raise BadRow("more values than columns; a value with a comma stands in double quotes")
            with session.begin_nested():  # what a bad row leaves half made must not trip the rows after it
                table.add(context, row)
        except ValueError as error:
            mistakes.append(f"line {line}: {error}")
        except BadName:
            mistakes.append(f"line {line}: name: not a name of 2 to 40 letters")
        except BadIdentity:
            mistakes.append(f"line {line}: identity: not a valid identity number (GB 11643)")
        progress(done, len(rows))
    if mistakes:
        raise BadFile(mistakes)  # the transaction ends with it, so nothing is half imported
    return len(rows)


def _read(path: Path) -> list[tuple[int, Row]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            return [(reader.line_num, _tidy(row)) for row in reader]
    except OSError as error:
        raise BadFile([f"{path}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise BadFile([f"{path}: not UTF-8; save it as CSV UTF-8"]) from error
    except csv.Error as error:
        raise BadFile([f"{path}: not CSV: {error}"]) from error


def _tidy(row: dict[Any, Any]) -> Row:
    tidy = {str(name).strip(): (value or "").strip() for name, value in row.items() if name is not None}
    return tidy | ({"": "more values than columns"} if None in row else {})


def _check_columns(table: Table, rows: list[tuple[int, Row]]) -> None:
    if not rows:
        raise BadFile(["the file has no rows"])
    found, known = set(rows[0][1]) - {""}, {*table.required, *table.optional}
    mistakes = [f"column {name}: missing" for name in table.required if name not in found]
    mistakes += [f"column {name}: no such column; there are {', '.join(sorted(known))}" for name in found - known]
    if mistakes:
        raise BadFile(mistakes)


def _centre(context: Import, row: Row) -> None:
    centre = _find(context, Centre, code=_code(row, "code")) or _new(context, Centre(code=row["code"]))
    centre.name_zh, centre.name_en = _filled(row, "name_zh"), _text(row, "name_en", 80)
    centre.address = _text(row, "address", 200)
    centre.latitude, centre.longitude = _degrees(row, "latitude", 90), _degrees(row, "longitude", 180)
    if "duty_phone" in row:  # a file without the column does not silence the duty phones
        centre.duty_phone = _phone(context, row, "duty_phone") if row["duty_phone"] else ""


def _department(context: Import, row: Row) -> None:
    centre = _known_centre(context, row["centre"])
    key = {"centre_id": centre.id, "code": _code(row, "code")}
    department = _find(context, Department, **key) or _new(context, Department(**key))
    department.name_zh, department.name_en = _filled(row, "name_zh"), _text(row, "name_en", 80)
    department.room = _text(row, "room", 40)


def _practitioner(context: Import, row: Row) -> None:
    department = _known_department(context, row)
    key = {"centre_id": department.centre_id, "code": _code(row, "code")}
    person = _find(context, Practitioner, **key) or _new(context, Practitioner(**key, department_id=department.id))
    person.department_id = department.id
    person.name_zh, person.name_en = _filled(row, "name_zh"), _text(row, "name_en", 80)
    person.grade = _text(row, "grade", 32)


def _session(context: Import, row: Row) -> None:
    """A known session keeps its bookings: its capacity never falls below what is taken."""
    department = _known_department(context, row)
    day, half = _day(row["day"], context.now.date()), row["half"]
    if half not in HOURS:
        raise BadRow(f"half: {half!r} is neither am nor pm")
    key = {
        "department_id": department.id,
        "practitioner_id": _known_practitioner(context, department, row["practitioner"]),
        "day": day,
        "half": half,
    }
    offered = _find(context, ClinicSession, **key)
    offered = offered or _new(context, ClinicSession(**key, taken=0, last_number=0, state="open"))
    offered.capacity = _whole(row, "capacity")
    if offered.capacity < offered.taken:
        raise BadRow(f"capacity: {offered.taken} places are taken already")
    offered.starts = _time(row.get("starts") or HOURS[half][0].isoformat(), "starts")
    offered.ends = _time(row.get("ends") or HOURS[half][1].isoformat(), "ends")
    if offered.ends <= offered.starts:
        raise BadRow("ends: not after starts")
    offered.fee, offered.release_at = _fen(row["fee"]), _release(row["release"], day, context.now)


def _resident(context: Import, row: Row) -> None:
    """The file is the centre's own record: it also corrects a name, which nobody can do by phone.

    The phone in the row is told the name from now on, and no other: who has the number alone may be a stranger.
    """
    centre = _known_centre(context, row["centre"])
    person = NewPerson(residents.check_name(row["name"]), context.vault.seal(row["identity"]))
    if row["language"] not in LANGUAGES:
        raise BadRow(f"language: {row['language']!r} is neither of {', '.join(LANGUAGES)}")
    contact, phone = _contact(row), _phone(context, row, "phone")
    resident = residents.register(context.session, person, centre=centre.id, now=context.now)
    resident.centre_id = centre.id
    subscriber = subscribers.known(context.session, phone, context.now)
    subscriber.language = subscriber.language or row["language"]
    subscriber.contact = contact or subscriber.contact
    residents.put_on_record(context.session, resident, subscriber, person.name)


def _immunization(context: Import, row: Row) -> None:
    digest = context.vault.seal(row["identity"]).digest
    problem = "identity: nobody on record has this number; import residents first"
    resident = _refer(context, Resident, problem, identity_digest=digest)
    if row["vaccine"] not in VACCINES:
        raise BadRow(f"vaccine: {row['vaccine']!r} is none of {', '.join(VACCINES)}")
    if not re.fullmatch(r"[1-9]\d?", row["dose"]):
        raise BadRow(f"dose: {row['dose']!r} is not a number from 1")
    key = {"resident_id": resident.id, "vaccine": row["vaccine"], "dose": int(row["dose"])}
    given_on = _past(row["day"], resident.birth, context.now.date())
    given = _find(context, Immunization, **key) or _new(context, Immunization(**key))
    given.given_on, given.lot = given_on, _text(row, "lot", 40)


TABLES: dict[str, Table] = {
    "centres": Table(("code", "name_zh", "name_en"), ("address", "latitude", "longitude", "duty_phone"), _centre),
    "departments": Table(("centre", "code", "name_zh", "name_en"), ("room",), _department),
    "practitioners": Table(("centre", "department", "code", "name_zh", "name_en"), ("grade",), _practitioner),
    "sessions": Table(
        ("centre", "department", "practitioner", "day", "half", "capacity", "fee", "release"),
        ("starts", "ends"),
        _session,
    ),
    "residents": Table(("name", "identity", "phone", "centre", "language"), ("contact",), _resident),
    "immunizations": Table(("identity", "vaccine", "dose", "day"), ("lot",), _immunization),
}


def _find(context: Import, table: type[Entry], **key: Any) -> Entry | None:
    return context.session.scalars(select(table).filter_by(**key)).one_or_none()


def _new(context: Import, row: Entry) -> Entry:
    context.session.add(row)
    return row


def _refer(context: Import, table: type[Entry], problem: str, **key: Any) -> Entry:
    """The row that another row refers to; BadRow with this problem where there is none."""
    name = (table, *key.values())
    if name not in context.known:
        found = _find(context, table, **key)
        if found is None:
            raise BadRow(problem)
        context.known[name] = found
    entry: Entry = context.known[name]
    return entry


def _known_centre(context: Import, code: str) -> Centre:
    return _refer(context, Centre, f"centre: there is no centre {code!r}", code=code)


def _known_department(context: Import, row: Row) -> Department:
    centre = _known_centre(context, row["centre"])
    problem = f"department: {row['centre']} has no department {row['department']!r}"
    return _refer(context, Department, problem, centre_id=centre.id, code=row["department"])


def _known_practitioner(context: Import, department: Department, code: str) -> int | None:
    if not code:
        return None
    problem = f"practitioner: the centre has no practitioner {code!r}"
    return _refer(context, Practitioner, problem, centre_id=department.centre_id, code=code).id


def _text(row: Row, name: str, most: int) -> str:
    """What the column holds, nothing where the file lacks it; no longer than the database takes."""
    written = row.get(name, "")
    if len(written) > most:
        raise BadRow(f"{name}: longer than {most} characters")
    if not written.isprintable():
        raise BadRow(f"{name}: has a character that cannot be printed")
    return written


def _filled(row: Row, name: str) -> str:
    if not row[name]:
        raise BadRow(f"{name}: empty")
    return _text(row, name, 80)


def _code(row: Row, name: str) -> str:
    if not re.fullmatch(r"[\w.-]{1,32}", row[name]):
        raise BadRow(f"{name}: {row[name]!r} is not 1 to 32 letters, digits, dots or hyphens")
    return row[name]


def _degrees(row: Row, name: str, most: int) -> float | None:
    written = row.get(name, "")
    if not written:
        return None
    try:
        degrees = float(written)
    except ValueError:
        raise BadRow(f"{name}: {written!r} is not a number of degrees") from None
    if not -most <= degrees <= most:
        raise BadRow(f"{name}: {written} is not between -{most} and {most}")
    return degrees


def _whole(row: Row, name: str) -> int:
    if not re.fullmatch(r"\d{1,4}", row[name]):
        raise BadRow(f"{name}: {row[name]!r} is not a whole number of places")
    return int(row[name])


def _fen(written: str) -> int:
    try:
        fen = Decimal(written) * 100
    except InvalidOperation:
        raise BadRow(f"fee: {written!r} is not an amount in yuan, such as 12.50") from None
    if not fen.is_finite() or fen != int(fen) or not 0 <= fen <= MOST_FEN:
        raise BadRow(f"fee: {written!r} is not an amount in yuan with at most two decimals")
    return int(fen)


def _day(written: str, today: dt.date) -> dt.date:
    if re.fullmatch(r"\+\d{1,3}", written):
        return today + dt.timedelta(days=int(written))
    try:
        day = dt.date.fromisoformat(written)
    except ValueError:
        raise BadRow(f"day: {written!r} is neither a date (2027-03-08) nor days from today (+3)") from None
    if day.year not in YEARS:
        raise BadRow(f"day: {written} is not in this age")
    return day


def _contact(row: Row) -> Channel | None:
    """How the phone is to be reached; None where the file does not say."""
    written = row.get("contact", "")
    for channel in get_args(Channel):
        if written == channel:
            return cast(Channel, channel)
    if written:
        raise BadRow(f"contact: {written!r} is neither of {', '.join(get_args(Channel))}")
    return None


def _past(written: str, birth: dt.date, today: dt.date) -> dt.date:
    """The day of something that has happened to a person."""
    try:
        day = dt.date.fromisoformat(written)
    except ValueError:
        raise BadRow(f"day: {written!r} is not a date, such as 2024-03-08") from None
    if not birth <= day <= today:
        raise BadRow(f"day: {written} is {'before the birth' if day < birth else 'still to come'}")
    return day


def _phone(context: Import, row: Row, name: str) -> str:
    try:
        return phones.canonical(row[name], context.region)
    except BadPhone as error:
        raise BadRow(f"{name}: {error}") from error


def _time(written: str, name: str) -> dt.time:
    try:
        return dt.time.fromisoformat(written)
    except ValueError:
        raise BadRow(f"{name}: {written!r} is not an hour, such as 08:30") from None


def _release(written: str, day: dt.date, now: dt.datetime) -> dt.datetime:
    """`-7d 07:00`: seven days before `day` at 07:00 of the centre's time; empty: now."""
    if not written:
        return now
    found = re.fullmatch(r"-(\d{1,3})d (\d\d:\d\d)", written)
    if found is None:
        raise BadRow(f"release: {written!r} is neither empty nor like -7d 07:00")
    moment = dt.datetime.combine(day - dt.timedelta(days=int(found[1])), _time(found[2], "release"))
    return moment.replace(tzinfo=now.tzinfo)


def kinds() -> Iterator[str]:
    """The kinds of files, in the order in which one needs the other."""
    return iter(TABLES)
