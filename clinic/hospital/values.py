"""FHIR's primitives, and what they are here: days and hours of the centre, amounts in its smallest unit, versions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from clinic.hospital import names
from clinic.hospital.forms import Extension, Identifier, Money
from clinic.hospital.issues import missing, wrong
from clinic.money import amounts
from clinic.money.amounts import BadAmount
from conf.fhir import vocabulary

YEARS = range(2000, 2200)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


def instant(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local(day: dt.date, hour: dt.time, zone: dt.tzinfo) -> str:
    """An hour of the centre, with its offset."""
    return dt.datetime.combine(day, hour, tzinfo=zone).isoformat(timespec="seconds")


def money(units: int, currency: str) -> dict[str, Any]:
    return {"value": amounts.decimal(units, currency), "currency": currency}


def version(updated_at: dt.datetime | None) -> str:
    """A row's version: the moment it was written, in microseconds; 0 before such moments were kept."""
    if updated_at is None:
        return "0"
    since = updated_at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return str(since // dt.timedelta(microseconds=1))


def meta(updated_at: dt.datetime | None) -> dict[str, Any]:
    moved = {"lastUpdated": instant(updated_at)} if updated_at else {}
    return {"versionId": version(updated_at), **moved}


def etag(number: str) -> str:
    return f'W/"{number}"'


def of_etag(written: str) -> str:
    """The version that an ETag names, weak or strong."""
    return written.strip().removeprefix("W/").strip('"')


def plain(name: str, kind: str, value: Any) -> dict[str, Any]:
    """An extension of ours with one value: `plain("turn", "Integer", 4)`."""
    return {"url": names.extension(name), f"value{kind}": value}


def nested(name: str, parts: Mapping[str, tuple[str, Any]], *more: dict[str, Any]) -> dict[str, Any]:
    """An extension of ours made of several values: `{"taken": ("UnsignedInt", 3)}`."""
    inner = [{"url": key, f"value{kind}": value} for key, (kind, value) in parts.items()]
    return {"url": names.extension(name), "extension": [*inner, *more]}


def identifier(system: str, value: str) -> dict[str, str]:
    return {"system": system, "value": value}


def moment(written: str, where: str, zone: dt.tzinfo) -> dt.datetime:
    """An instant, in the centre's time. Raises Rejected."""
    if not _INSTANT.fullmatch(written):
        told = "an instant with its offset, such as 2027-03-08T08:00:00+08:00"
        raise wrong(where, f"{written!r} is not {told}") if written else missing(where)
    try:
        found = dt.datetime.fromisoformat(written).astimezone(zone)
    except (ValueError, OverflowError):
        raise wrong(where, f"{written!r} is no moment that there is") from None
    if found.year not in YEARS:
        raise wrong(where, f"{written} is not in this age")
    return found


def units(money: Money, currency: str, where: str) -> int:
    """An amount in the centre's currency and smallest unit. Raises Rejected."""
    if money.currency not in ("", currency):
        raise wrong(f"{where}.currency", f"the centre's is {currency}")
    try:
        found = amounts.units(money.value, currency)
    except BadAmount as error:
        raise wrong(f"{where}.value", str(error)) from None
    if not 0 <= found <= amounts.most_fee(currency):
        raise wrong(f"{where}.value", "a fee is neither negative nor more than a million")
    return found


def ours(extensions: Iterable[Extension], name: str, where: str) -> tuple[Extension, str] | None:
    """Our extension of this name with its place, None where there is none; wrong where there are two."""
    url, found = names.extension(name), None
    for number, each in enumerate(extensions):
        if each.url == url:
            if found is not None:
                raise wrong(f"{where}.extension[{number}]", "twice")
            found = each, f"{where}.extension[{number}]"
    return found


def fee(extensions: Iterable[Extension], currency: str, where: str) -> int | None:
    """What is said of the fee, in units; None where nothing is."""
    found = ours(extensions, "fee", where)
    if found is None:
        return None
    extension, place = found
    if extension.valueMoney is None:
        raise missing(f"{place}.valueMoney")
    return units(extension.valueMoney, currency, f"{place}.valueMoney")


def known(extensions: Iterable[Extension], allowed: Iterable[str], where: str) -> None:
    """Refuse extensions that nobody here reads."""
    urls = {names.extension(name) for name in allowed}
    for number, each in enumerate(extensions):
        if each.url not in urls:
            told = "this extension is not kept here: leave it out"
            raise wrong(f"{where}.extension[{number}].url", told, "not-supported")


def hospitals(identifiers: Iterable[Identifier], where: str, own: str) -> str:
    """The hospital's own number among these identifiers, "" where there is none. `own`: the system of ours."""
    found = ""
    for number, each in enumerate(identifiers):
        place = f"{where}.identifier[{number}]"
        if each.system == own:
            continue
        if each.system not in vocabulary().identifiers.hospital:
            raise wrong(f"{place}.system", f"{each.system!r} is none of conf/fhir.toml", "not-supported")
        if found and found != each.value:
            raise wrong(place, "the hospital has two numbers for it")
        found = number_of(each.value, f"{place}.value")
    return found


def number_of(written: str, where: str) -> str:
    if not names.is_number(written):
        raise wrong(where, f"1 to {names.LONGEST} visible ASCII characters")
    return written


def own_id(written: str) -> int:
    """A number of ours, as an id has it; -1 for what is none."""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else -1
