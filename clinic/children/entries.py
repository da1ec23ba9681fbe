"""What is to stand in a child's file, read from texts: the cells of a row, the options of a command."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from clinic import phones
from clinic.children.errors import BadRecord
from clinic.errors import BadIdentity, BadName
from clinic.identity import SealedIdentity, Vault
from clinic.residents import check_name
from clinic.tables import Residence, Standing
from conf.texts.words import LANGUAGES, Language

RESIDENCES: tuple[Residence, ...] = get_args(Residence)
STANDINGS: tuple[Standing, ...] = get_args(Standing)
HBSAG = ("positive", "negative", "unknown")
SEXES = ("female", "male")
RELATIONS = ("mother", "father", "grandmother", "grandfather", "guardian", "other")
WEIGHTS = range(300, 10_000)
"""Birth weights in grams that can be true."""
MOST_GUARDIANS = 8
NAMES = (
    "identity", "card", "name", "birth", "sex", "centre", "guardians", "residence", "standing", "unit",
    "birth_weight", "mother_hbsag", "language",
)  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Guardian:
    """A phone (E.164) that is told of the child, and whose it is."""

    relation: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is to stand in a file. None: as it is, or as usual in a new one."""

    identity: SealedIdentity | None = None
    card: str | None = None
    name: str | None = None
    birth: dt.date | None = None
    sex: str | None = None
    centre: int | None = None
    guardians: tuple[Guardian, ...] | None = None
    residence: Residence | None = None
    standing: Standing | None = None
    unit: str | None = None
    birth_weight: int | None = None
    mother_hbsag: str | None = None
    language: Language | None = None


def read(given: Mapping[str, str], *, vault: Vault, region: str, today: dt.date, centre: Callable[[str], int]) -> Entry:
    """The entry that these texts mean, by NAMES; an empty one says nothing, but for `guardians`: nobody.

    `centre` finds a centre by its code. Raises BadRecord.
    """
    read: dict[str, Callable[[str], Any]] = {
        "identity": lambda written: sealed(vault, written),
        "card": card,
        "name": _name,
        "birth": lambda written: birth(written, today),
        "sex": lambda written: _one_of("sex", written, SEXES),
        "centre": centre,
        "residence": lambda written: _one_of("residence", written, RESIDENCES),
        "standing": lambda written: _one_of("standing", written, STANDINGS),
        "unit": _unit,
        "birth_weight": _weight,
        "mother_hbsag": lambda written: _one_of("mother_hbsag", written, HBSAG),
        "language": lambda written: _one_of("language", written, LANGUAGES),
    }
    found = {name: read[name](given[name]) for name in read if given.get(name)}
    named = guardians(given["guardians"], region) if "guardians" in given else None
    return Entry(**found, guardians=named)


def sealed(vault: Vault, written: str) -> SealedIdentity:
    try:
        return vault.seal(written)
    except BadIdentity:
        raise BadRecord("identity: not a valid identity number (GB 11643)") from None


def card(written: str) -> str:
    """The number of a vaccination certificate, in capitals."""
    number = written.upper()
    if not re.fullmatch(r"[0-9A-Z.-]{1,40}", number):
        raise BadRecord(f"card: {written!r} is not 1 to 40 letters, digits, dots or hyphens")
    return number


def birth(written: str, today: dt.date) -> dt.date:
    """A day of birth; as in `day`."""
    found = day(written, today, "birth")
    if found > today or found.year < today.year - 20:
        raise BadRecord(f"birth: {written} is {'still to come' if found > today else 'not a child’s'}")
    return found


def day(written: str, today: dt.date, name: str = "day") -> dt.date:
    """`2027-03-08`, or `-45d`: so many days before today."""
    if back := re.fullmatch(r"-(\d{1,4})d", written):
        return today - dt.timedelta(days=int(back[1]))
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", written):
            return dt.date.fromisoformat(written)
    except ValueError:
        pass
    raise BadRecord(f"{name}: {written!r} is not a date, such as 2024-03-08")


def guardians(written: str, region: str) -> tuple[Guardian, ...]:
    """`mother:+8615400000001;father:15400000002`; empty: nobody."""
    found: dict[str, Guardian] = {}
    for each in filter(None, (part.strip() for part in re.split("[;；]", written))):
        relation, colon, phone = each.replace("：", ":").partition(":")
        if not colon or relation.strip() not in RELATIONS:
            raise BadRecord(f"guardians: {_hidden(each)} is not like mother:15400000001; there are {_list(RELATIONS)}")
        try:
            number = phones.canonical(phone, region)
        except phones.BadPhone as error:
            raise BadRecord(f"guardians: {relation}: {error}") from None
        found.setdefault(number, Guardian(relation.strip(), number))
    if len(found) > MOST_GUARDIANS:
        raise BadRecord(f"guardians: more than {MOST_GUARDIANS} phones")
    return tuple(found.values())


def _hidden(written: str) -> str:
    """As it was written, without a phone number in full."""
    return repr(re.sub(r"\d(?=\d{4})", "*", written))


def _name(written: str) -> str:
    try:
        return check_name(written)
    except BadName:
        raise BadRecord("name: not a name of 2 to 40 letters") from None


def _unit(written: str) -> str:
    if len(written) > 60 or not written.isprintable():
        raise BadRecord("unit: longer than 60 characters, or with one that cannot be printed")
    return written


def _weight(written: str) -> int:
    if not re.fullmatch(r"\d{1,5}", written) or int(written) not in WEIGHTS:
        raise BadRecord(f"birth_weight: {written!r} is not a weight in grams, from {WEIGHTS[0]} to {WEIGHTS[-1]}")
    return int(written)


def _one_of(name: str, written: str, known: tuple[T, ...]) -> T:
    for each in known:
        if each == written:
            return each
    raise BadRecord(f"{name}: {written!r} is none of {_list(known)}")


def _list(known: tuple[Any, ...]) -> str:
    return ", ".join(known)
