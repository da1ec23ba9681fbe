"""Importing tables from CSV: every row is checked before one is written, and a file with one bad row changes nothing.

The formats are described, with an example of each, in conf/sample/README.md.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from clinic.children import files
from clinic.children.errors import NoSuchChild
from clinic.errors import BadIdentity, BadName
from clinic.identity import Vault
from clinic.imports import care, children, fairness, hospital, medication, money, people, places, staff, templates
from clinic.imports.rows import BadRow, Import, Row
from clinic.installation import Installation
from clinic.rules import Rules
from clinic.vaccines.contraindications import NotContraindicated

Progress = Callable[[int, int], None]


class BadFile(ValueError):
    """The file was not imported; `mistakes` says why, a line each, with the number of the row's line."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


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
    installation: Installation,
    now: dt.datetime,
    rules: Rules | None = None,
    progress: Progress = lambda done, total: None,  # noqa: ARG005
) -> int:
    """Import a file of this kind (a key of TABLES, STATEMENTS or EXCHANGED); the number of rows.

    Raises BadFile: nothing is changed then.
    """
    table = (TABLES | STATEMENTS | EXCHANGED)[kind]
    total = _checked(table, path)
    context, mistakes = Import(session, vault, installation, now, rules=rules or Rules()), []
    for done, (line, row) in enumerate(_rows(path), start=1):
        try:
            if row.get(""):
                raise BadRow("more values than columns; a value with a comma stands in double quotes")
            with session.begin_nested():  # what a bad row leaves half made must not trip the rows after it
                table.add(context, row)
        except ValueError as error:
            mistakes.append(f"line {line}: {error}")
        except BadName:
            mistakes.append(f"line {line}: name: not a name of 2 to 40 letters")
        except NotContraindicated as error:
            mistakes.append(f"line {line}: reason: {error.name.zh}：{error.why.zh} / {error}")
        except NoSuchChild as error:
            mistakes.append(f"line {line}: {error}")
        except BadIdentity:
            mistakes.append(f"line {line}: identity: not a valid identity number (GB 11643)")
        progress(done, total)
    if mistakes:
        raise BadFile(mistakes)  # the transaction ends with it, so nothing is half imported
    files.look_again(session, context.touched, now)
    return total


def _checked(table: Table, path: Path) -> int:
    """How many rows there are, once the whole file is known to be readable and its columns to be right."""
    try:
        rows = _rows(path)
        first = next(rows, None)
        if first is None:
            raise BadFile(["the file has no rows"])
        _check_columns(table, first[1])
        return sum(1 for _ in rows) + 1
    except OSError as error:
        raise BadFile([f"{path}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise BadFile([f"{path}: not UTF-8; save it as CSV UTF-8"]) from error
    except csv.Error as error:
        raise BadFile([f"{path}: not CSV: {error}"]) from error


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows with their lines, one after the other: a large file never lies in memory."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        yield from ((reader.line_num, _tidy(row)) for row in reader)


def _tidy(row: dict[Any, Any]) -> Row:
    tidy = {str(name).strip(): (value or "").strip() for name, value in row.items() if name is not None}
    return tidy | ({"": "more values than columns"} if None in row else {})


def _check_columns(table: Table, first: Row) -> None:
    found, known = set(first) - {""}, {*table.required, *table.optional}
    mistakes = [f"column {name}: missing" for name in table.required if name not in found]
    mistakes += [f"column {name}: no such column; there are {', '.join(sorted(known))}" for name in found - known]
    if mistakes:
        raise BadFile(mistakes)


TABLES: dict[str, Table] = {
    "centres": Table(
        ("code", "name_zh", "name_en"),
        ("address", "latitude", "longitude", "duty_phone", "quiet_from", "quiet_until", "currency", "payment"),
        places.centre,
    ),
    "departments": Table(("centre", "code", "name_zh", "name_en"), ("room", "service"), places.department),
    "practitioners": Table(("centre", "department", "code", "name_zh", "name_en"), ("grade",), places.practitioner),
    "sessions": Table(
        ("centre", "department", "practitioner", "day", "half", "capacity", "fee", "release"),
        ("starts", "ends", "external_id", "kind", "shares"),
        places.offered,
    ),
    "templates": Table(
        ("centre", "department", "practitioner", "weekday", "half", "capacity", "fee", "from"),
        ("starts", "ends", "kind", "until", "release", "draw_hours", "shares", "flow"),
        templates.template,
    ),
    "residents": Table(
        ("name", "identity", "phone", "centre", "language"), ("contact", "grid", "tags"), people.resident
    ),
    "children": Table(
        ("name", "centre"),
        (
            "identity",
            "card",
            "birth",
            "sex",
            "guardians",
            "residence",
            "standing",
            "unit",
            "birth_weight",
            "mother_hbsag",
            "language",
        ),
        children.child,
    ),
    "immunizations": Table(("vaccine", "day"), ("identity", "card", "dose", "lot"), children.immunization),
    "contraindications": Table(
        ("reason",), ("identity", "card", "vaccine", "since", "until"), children.contraindication
    ),
    "staff": Table(("centre", "code", "name", "phone", "role"), ("active",), staff.staff),
    "roster": Table(("staff", "day", "shift"), ("duty",), staff.roster),
    "care-plans": Table(("identity", "condition", "since"), ("staff", "ended"), care.plan),
    "care-visits": Table(
        ("identity", "condition", "day"),
        ("systolic", "diastolic", "glucose", "adverse_reaction", "new_complication", "examination", "staff", "note"),
        care.visit,
    ),
    "meters": Table(("phone", "identity", "format"), ("serial",), care.meter),
    "medications": Table(
        ("identity", "name", "dose", "times"),
        ("left", "refill_at", "since", "until", "caution"),
        medication.medicine,
    ),
    "absence-rules": Table(
        ("centre", "what", "times", "months", "block_months"), ("valid_from", "valid_until"), fairness.absence_rule
    ),
    "cancel-rules": Table(("centre", "days", "until"), ("valid_from", "valid_until"), fairness.cancel_rule),
}

STATEMENTS: dict[str, Table] = {
    "provider-statement": Table(
        ("provider", "day", "kind", "reference", "amount", "currency"),
        ("correlation", "state"),
        money.provider_statement,
    ),
    "hospital-fees": Table(("centre", "day", "visit", "amount"), ("kind", "currency", "state"), money.hospital_fees),
}
"""What comes every day, for `caredial settle`, and describes no clinic."""

EXCHANGED: dict[str, Table] = {
    "visits": Table(
        ("centre", "department", "practitioner", "day", "half", "name", "identity", "phone", "status"),
        ("external_id", "language", "channel", "fee", "queue", "paid", "pays"),
        hospital.visit,
    ),
    "fees": Table(
        ("centre", "external_id", "fee"),
        ("visit", "department", "day", "half", "queue", "currency", "paid", "pays", "status"),
        hospital.fee,
    ),
}
"""What the hospital's system gives, as `caredial hospital export` writes it (docs/hospital.md)."""


def kinds() -> Iterator[str]:
    """The kinds of files, in the order in which one needs the other."""
    return iter(TABLES)
