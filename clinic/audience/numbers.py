"""Lists of phones from CSV files: UTF-8, the columns' names in the first line.

    phone,language,name,due:date,amount:number
    15400000001,zh,王芳,2027-03-15,2

`phone` must be there; `language` (zh, en or empty) may. Every other column is a word for texts, by default a text;
`:date` (2027-03-15) and `:number` (whole) say otherwise. Such a column must be filled in every row: texts count on it.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from clinic import audit, phones
from clinic.audience.stored import NameTaken, check_title
from clinic.batches import look_over
from clinic.phones import BadPhone
from clinic.rows import reads
from clinic.tables import PhoneList, PhoneListEntry
from conf.texts.words import LANGUAGES, Language

Kind = Literal["text", "number", "date"]
Progress = Callable[[int, int], None]
CHUNK = 5000
LONGEST_WORD = 200  # characters
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")


class BadList(ValueError):
    """The file was not taken; `mistakes` says why, a line each, with the number of the row's line."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = list(mistakes)


@dataclass(frozen=True, slots=True)
class Number:
    """A row that can be taken."""

    phone: str
    language: Language | None
    words: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: `columns` are the types of its further columns, `mistakes` tells of rows that are no good."""

    columns: Mapping[str, Kind]
    rows: Sequence[Number]
    mistakes: Sequence[str]

    @property
    def twice(self) -> int:
        """How many rows have a phone that a row before them has: these get no second message."""
        return len(self.rows) - len({row.phone for row in self.rows})


@dataclass(frozen=True, slots=True)
class ListView:
    name: str
    columns: Mapping[str, str]
    rows: int
    created_by: str
    created_at: dt.datetime


def read(path: Path, *, region: str, progress: Progress = lambda done, total: None) -> Reading:  # noqa: ARG005
    """Read a file and check it row by row; BadList where it is no such file. `progress`: lines so far, and all."""
    total, columns, kept, mistakes = 0, dict[str, Kind](), list[Number](), list[str]()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            total = sum(1 for _ in file)
            file.seek(0)
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            columns = _columns(header)
            for cells in filter(any, reader):
                try:
                    kept.append(_row(header, cells, columns, region))
                except ValueError as error:
                    mistakes.append(f"line {reader.line_num}: {error}")
                if reader.line_num % CHUNK == 0:
                    progress(reader.line_num, total)
    except OSError as error:
        raise BadList([f"{path}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise BadList([f"{path}: not UTF-8; save it as CSV UTF-8"]) from error
    except csv.Error as error:
        raise BadList([f"{path}: not CSV: {error}"]) from error
    progress(total, total)
    if not kept and not mistakes:
        raise BadList(["the file has no rows"])
    return Reading(columns, kept, mistakes)


def store(
    session: Session,
    *,
    name: str,
    reading: Reading,
    by: str,
    now: dt.datetime,
    replace: bool = False,
    skip_bad: bool = False,
    progress: Progress = lambda done, total: None,  # noqa: ARG005
) -> ListView:
    """Keep what was read under a name; a list that was there is replaced as a whole.

    Raises BadTitle, NameTaken (without `replace`), BadList (bad rows without `skip_bad`, or no good one at all).
    """
    check_title(name)
    if (reading.mistakes and not skip_bad) or not reading.rows:
        raise BadList(reading.mistakes)
    row = session.scalars(select(PhoneList).where(PhoneList.name == name)).one_or_none()
    if row is not None and not replace:
        raise NameTaken(f"there is a list {name} already")
    if row is None:
        row = PhoneList(name=name)
        session.add(row)
    row.columns, row.created_by, row.created_at = dict(reading.columns), by, now
    session.flush()
    entries: Any = PhoneListEntry.__table__  # not through the ORM, which takes twice as long
    session.execute(delete(PhoneListEntry).where(PhoneListEntry.phone_list_id == row.id))
    for done, chunk in _chunks(row.id, reading.rows):
        session.execute(insert(entries), chunk)
        progress(done, len(reading.rows))
    look_over(session, entries)
    audit.note(session, "staff", "list.store", f"list:{name}", now=now, rows=len(reading.rows), by=by)
    return ListView(name, reading.columns, len(reading.rows), by, now)


@reads
def lists(session: Session) -> list[ListView]:
    """All lists by their names."""
    counts = select(PhoneListEntry.phone_list_id, func.count()).group_by(PhoneListEntry.phone_list_id)
    rows = {row[0]: row[1] for row in session.execute(counts)}
    found = session.scalars(select(PhoneList).order_by(PhoneList.name))
    return [ListView(row.name, row.columns, rows.get(row.id, 0), row.created_by, row.created_at) for row in found]


def _chunks(number: int, rows: Sequence[Number]) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        yield (
            start + len(chunk),
            [
                {"phone_list_id": number, "phone": row.phone, "language": row.language, "words": row.words}
                for row in chunk
            ],
        )


def _columns(header: Sequence[str]) -> dict[str, Kind]:
    """The further columns and their types; BadList for a header that cannot be read."""
    if "phone" not in header:
        raise BadList(["column phone: missing; the first line names the columns"])
    found: dict[str, Kind] = {}
    mistakes = []
    for written in header:
        name, kind = _name(written), written.replace("：", ":").partition(":")[2].strip()
        if not name.isidentifier():
            mistakes.append(f"column {written!r}: no name for a word: letters, digits, _, and no digit first")
        elif name in found or header.count(written) > 1:
            mistakes.append(f"column {name}: stands there twice")
        elif kind not in ("", *get_args(Kind)):
            mistakes.append(f"column {name}: {kind!r} is no type; there are {', '.join(get_args(Kind))}")
        elif name not in ("phone", "language"):
            found[name] = cast(Kind, kind or "text")
    if mistakes:
        raise BadList(list(dict.fromkeys(mistakes)))
    return found


@cache
def _name(written: str) -> str:
    return written.replace("：", ":").partition(":")[0].strip()


def _row(header: Sequence[str], cells: Sequence[str], columns: Mapping[str, Kind], region: str) -> Number:
    """ValueError, with the reason, for a row that cannot be taken."""
    if len(cells) > len(header):
        raise ValueError("more values than columns; a value with a comma stands in double quotes")
    if len(cells) < len(header):
        raise ValueError("fewer values than columns")
    row = dict(zip((_name(written) for written in header), map(str.strip, cells), strict=True))
    words = {name: _word(name, kind, row[name]) for name, kind in columns.items()}
    return Number(_phone(row["phone"], region), _language(row.get("language", "")), words)


def _phone(written: str, region: str) -> str:
    """As `phones.canonical`; nearly all rows have a mobile number, which takes no library."""
    if region == "CN" and (found := _MOBILE.fullmatch(written)):
        return f"+86{found[1]}"
    try:
        phone = phones.canonical(written, region)
    except BadPhone as error:
        raise ValueError(f"phone: {error}") from error
    if not phone.startswith("+"):
        raise ValueError(f"phone: {phone} is a short number")
    return phone


def _language(written: str) -> Language | None:
    if not written:
        return None
    for language in LANGUAGES:
        if written == language:
            return language
    raise ValueError(f"language: {written!r} is neither of {', '.join(LANGUAGES)}")


def _word(name: str, kind: Kind, written: str) -> str | int:
    if not written:
        raise ValueError(f"{name}: empty")
    if len(written) > LONGEST_WORD or not written.isprintable():
        raise ValueError(f"{name}: longer than {LONGEST_WORD} characters, or with one that cannot be printed")
    if kind == "number":
        if not re.fullmatch(r"-?[0-9]{1,15}", written):
            raise ValueError(f"{name}: {written!r} is not a whole number")
        return int(written)
    if kind == "date":
        try:
            return dt.date.fromisoformat(written).isoformat()
        except ValueError:
            raise ValueError(f"{name}: {written!r} is not a date, such as 2027-03-15") from None
    return written
