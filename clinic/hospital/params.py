"""Search parameters (hl7.org/fhir/R4/search.html) as conditions upon our columns. What is not known is refused."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_

from clinic.hospital.issues import Issue, Rejected

Pairs = Sequence[tuple[str, str]]
PAGE, MOST = 50, 500
EVERYWHERE: Final = ("_count", "_cursor", "_sort", "_format", "_id", "_lastUpdated")
_PREFIX = re.compile(r"(eq|ne|gt|lt|ge|le)?(.*)", re.DOTALL)
_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "lt": operator.lt, "ge": operator.ge, "le": operator.le,
}  # fmt: skip


def refused(name: str, text: str) -> Rejected:
    return Rejected(400, Issue("value", f"{name}: {text}"))


def known(pairs: Pairs, names: Sequence[str]) -> None:
    """Refuse parameters that would be left aside: what is asked for would be more than what is wanted."""
    allowed = {*EVERYWHERE, *names}
    for name, _ in pairs:
        if name not in allowed:
            raise Rejected(
                400, Issue("not-supported", f"{name}: no such parameter; there are {', '.join(sorted(allowed))}")
            )


def values(pairs: Pairs, name: str) -> list[str]:
    return [value for key, value in pairs if key == name]


def one(pairs: Pairs, name: str, default: str = "") -> str:
    found = values(pairs, name)
    if len(found) > 1:
        raise refused(name, "given twice")
    return found[0] if found else default


def count(pairs: Pairs) -> int:
    written = one(pairs, "_count", str(PAGE))
    if not re.fullmatch(r"\d{1,9}", written):
        raise refused("_count", f"{written!r} is not a number of entries, at most {MOST}")
    return max(1, min(int(written), MOST))


def days(pairs: Pairs, name: str, column: Any) -> list[ColumnElement[bool]]:
    """`date=ge2027-03-08&date=lt2027-03-15`: whole days of the centre."""
    found = []
    for written in values(pairs, name):
        compare, rest = _prefixed(written)
        try:
            found.append(compare(column, dt.date.fromisoformat(rest)))
        except ValueError:
            raise refused(name, f"{rest!r} is not a day, such as 2027-03-08, or ge2027-03-08") from None
    return found


def moments(pairs: Pairs, name: str, column: Any) -> list[ColumnElement[bool]]:
    found = []
    for written in values(pairs, name):
        compare, rest = _prefixed(written)
        try:
            # In an address a plus sign is a blank.
            moment = dt.datetime.fromisoformat(re.sub(r" (\d\d:\d\d)$", r"+\1", rest))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise refused(name, f"{rest!r} is not a moment with its offset, such as 2027-03-08T08:00:00Z")
        found.append(compare(column, moment))
    return found


def words(pairs: Pairs, name: str, column: Any, allowed: Sequence[str]) -> list[ColumnElement[bool]]:
    """`status=booked,arrived`: one of these."""
    found = []
    for written in values(pairs, name):
        chosen = written.split(",")
        if unknown := [word for word in chosen if word not in allowed]:
            raise refused(name, f"{unknown[0]!r} is none of {', '.join(allowed)}")
        found.append(column.in_(chosen))
    return found


def numbers(pairs: Pairs, name: str, kind: str, column: Any) -> list[ColumnElement[bool]]:
    """`patient=Patient/7,8`: references to one of these, or ids."""
    return [column.in_([reference(name, kind, each) for each in written.split(",")]) for written in values(pairs, name)]


def reference(name: str, kind: str, written: str) -> int:
    number = written.removeprefix(f"{kind}/")
    if not re.fullmatch(r"[0-9]{1,18}", number):
        raise refused(name, f"{written!r} is not like {kind}/7")
    return int(number)


def token(name: str, written: str) -> tuple[str, str]:
    """`system|value`."""
    system, bar, value = written.partition("|")
    if not bar or not system or not value:
        raise refused(name, "it is SYSTEM|VALUE")
    return system, value


def cursor(pairs: Pairs, keys: Sequence[Any]) -> str:
    """Where the next page of this very search begins. Nothing in it is anybody's business."""
    packed = json.dumps([_digest(pairs), *keys]).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def after(pairs: Pairs) -> list[Any] | None:
    """The keys that a cursor has brought; None on the first page."""
    written = one(pairs, "_cursor")
    if not written:
        return None
    keys: list[Any]
    try:
        found = json.loads(base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)))
        digest, *keys = found
    except (ValueError, TypeError):
        digest, keys = "", []
    if digest != _digest(pairs) or not all(isinstance(key, int) for key in keys):
        raise refused("_cursor", "it is of another search, or damaged; follow the link `next` of a Bundle as it is")
    return keys


def beyond(columns: Sequence[Any], keys: Sequence[Any]) -> ColumnElement[bool]:
    """Rows after these keys, in the order of the columns."""
    parts = []
    for place, (column, key) in enumerate(zip(columns, keys, strict=True)):
        before = [other == same for other, same in zip(columns[:place], keys[:place], strict=True)]
        parts.append(and_(*before, column > key))
    return or_(*parts)


def _prefixed(written: str) -> tuple[Callable[[Any, Any], Any], str]:
    found = _PREFIX.fullmatch(written)
    prefix, rest = (found[1], found[2]) if found else (None, written)
    return _COMPARED[prefix or "eq"], rest


def _digest(pairs: Pairs) -> str:
    of_search = sorted(pair for pair in pairs if pair[0] not in ("_cursor", "_count", "_format"))
    return hashlib.sha256(json.dumps(of_search).encode()).hexdigest()[:16]
