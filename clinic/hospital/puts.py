"""Requests that write: one resource, or a Bundle of them all or none in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec import Raw
from sqlalchemy.orm import Session

from clinic.hospital import appointments, desk, forms, params, patients, schedules, search, slots, view
from clinic.hospital.access import Access
from clinic.hospital.desk import KINDS, Desk, Done, Put
from clinic.hospital.issues import Issue, Rejected, missing, wrong
from clinic.hospital.view import View
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.rules import Rules
from conf.fhir import vocabulary

MOST: Final = 500
"""Entries of a Bundle."""


@dataclass(frozen=True, slots=True)
class House:
    """What is written with, but for the database and the moment."""

    access: Access
    vault: Vault
    rules: Rules
    installation: Installation

    def desk(self, session: Session, now: dt.datetime) -> Desk:
        return Desk(View(session, self.access, self.vault, self.installation, now), self.rules)


@dataclass(frozen=True, slots=True)
class Order:
    """A resource that is to be put, read as far as it can be without the database. `name`: its fullUrl in a Bundle."""

    kind: str
    form: Any
    how: Put
    name: str = ""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A read or a search that stands in a Bundle."""

    kind: str
    id: str
    pairs: params.Pairs
    where: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request. `kind` and `id` are "" of a search."""

    status: int
    resource: Any
    kind: str = ""
    id: str = ""


def order(kind: str, content: bytes | Raw, *, how: Put, name: str = "") -> Order:
    """Read a resource of this kind. Raises Rejected."""
    if kind not in KINDS:
        told = f"{kind} is only read here; put are {', '.join(KINDS)}"
        raise Rejected(405, Issue("not-supported", told, how.where))
    form: Any = forms.decoded(content, FORMS[kind], how.where)
    if how.id and form.id != how.id:
        raise wrong(f"{how.where}.id", f"it is {form.id!r}, and the address says {how.id!r}", "invariant")
    return Order(kind, form, how, name)


def put(session: Session, *, order: Order, house: House, now: dt.datetime) -> Answer:
    """Put one resource. Raises Rejected."""
    at = house.desk(session, now)
    return _answer(at, _put(at, order))


def transact(session: Session, *, entries: Sequence[Order | Lookup], house: House, now: dt.datetime) -> list[Answer]:
    """Put all of these, in the order in which one needs the other, then look up; the answers in their own order.

    Raises Rejected: nothing is done then. Two Bundles that put the same things in another order may wait for each other
    crosswise: the database breaks one off, and the store does it once more.
    """
    at, answers = house.desk(session, now), dict[int, Answer]()
    writes = [(number, each) for number, each in enumerate(entries) if isinstance(each, Order)]
    done = {number: _named(at, each) for number, each in sorted(writes, key=_turn)}
    session.flush()
    now_are = desk.resources(at, done.values())
    for number, each in enumerate(entries):
        if isinstance(each, Order):
            which = done[number]
            answers[number] = Answer(which.status, now_are[which.kind, which.id], which.kind, which.id)
        else:
            answers[number] = _looked_up(at.view, each)
    return [answers[number] for number in range(len(entries))]


def entries(content: bytes, *, base: str) -> tuple[str, list[Order | Lookup | Rejected]]:
    """The type of a Bundle and its entries, each read or refused by itself. Raises Rejected for the Bundle itself."""
    bundle = forms.decoded(content, forms.Bundle, "Bundle")
    if len(bundle.entry) > MOST:
        told = f"{len(bundle.entry)} entries; at most {MOST} in one Bundle"
        raise Rejected(413, Issue("too-costly", told, "Bundle.entry"))
    read: list[Order | Lookup | Rejected] = []
    for number, entry in enumerate(bundle.entry):
        try:
            read.append(_entry(entry, f"Bundle.entry[{number}]", base))
        except Rejected as error:
            read.append(error)
    names = [entry.fullUrl for entry in bundle.entry if entry.fullUrl]
    if len(names) != len(set(names)):
        raise wrong("Bundle.entry", "two entries have the same fullUrl", "invariant")
    return bundle.type, read


def address(method: str, kind: str, pairs: params.Pairs, where: str) -> str:
    """The token (`SYSTEM|VALUE`) by which a PUT or a conditional POST asks. Raises Rejected."""
    token = params.one(pairs, "identifier")
    system = token.partition("|")[0]
    allowed = vocabulary().identifiers
    systems = allowed.identity if kind == "Patient" else allowed.hospital
    if len(pairs) != 1 or system not in systems:
        told = f"{method} {kind} by a query takes identifier={systems[0]}|NUMBER, and nothing else"
        raise Rejected(412, Issue("value", told, where))
    return token


def _entry(entry: forms.Entry, where: str, base: str) -> Order | Lookup:
    asked = entry.request
    path, _, query = asked.url.removeprefix(base).removeprefix("/").partition("?")
    kind, _, number = path.partition("/")
    pairs, place = desk.pairs_of(query), f"{where}.request.url"
    if kind not in kinds() or "/" in number:
        raise wrong(place, f"{asked.url!r} is not like Slot, Slot/7 or Slot?identifier=...")
    if asked.method == "GET":
        return Lookup(kind, number, pairs, where)
    if not entry.resource:
        raise missing(f"{where}.resource")
    return order(
        kind,
        entry.resource,
        how=_how(asked.method, kind, number, pairs, asked.ifMatch, asked.ifNoneExist, f"{where}.resource"),
        name=entry.fullUrl,
    )


def _how(method: str, kind: str, number: str, pairs: params.Pairs, match: str, none_exist: str, where: str) -> Put:
    if method == "POST":
        if number or pairs:
            raise wrong(where, f"POST goes to {kind}; with an id it is PUT", "structure")
        token = address("ifNoneExist", kind, desk.pairs_of(none_exist.lstrip("?")), where) if none_exist else ""
        return Put(where, query=token, is_new=True)
    if number:
        return Put(where, id=number, if_match=match)
    return Put(where, query=address(method, kind, pairs, where), if_match=match)


def how(method: str, kind: str, number: str, pairs: params.Pairs, *, match: str = "", none_exist: str = "") -> Put:
    """How a single request puts its resource. Raises Rejected."""
    return _how(method, kind, number, pairs, match, none_exist, kind)


def _turn(numbered: tuple[int, Order]) -> tuple[int, int]:
    number, each = numbered
    return KINDS.index(each.kind), number


def _named(at: Desk, each: Order) -> Done:
    done = _put(at, each)
    if each.name:
        at.refs[each.name] = f"{done.kind}/{done.id}"
    return done


def _put(at: Desk, each: Order) -> Done:
    return PUTS[each.kind](at, each.form, each.how)


def _answer(at: Desk, done: Done) -> Answer:
    at.session.flush()
    return Answer(done.status, desk.resources(at, [done])[done.kind, done.id], done.kind, done.id)


def _looked_up(seen: View, each: Lookup) -> Answer:
    try:
        if each.id:
            return Answer(200, view.read(seen, each.kind, each.id), each.kind, each.id)
        return Answer(200, search.found(seen, each.kind, each.pairs))
    except Rejected as error:
        raise error.under(each.where) from error


def kinds() -> frozenset[str]:
    """All kinds of resources that there are here."""
    return frozenset({*KINDS, *view.READERS})


FORMS: dict[str, Any] = {
    "Patient": forms.Patient,
    "Schedule": forms.Schedule,
    "Slot": forms.Slot,
    "Appointment": forms.Appointment,
}
PUTS: dict[str, Callable[[Desk, Any, Put], Done]] = {
    "Patient": patients.put,
    "Schedule": schedules.put,
    "Slot": slots.put,
    "Appointment": appointments.put,
}
