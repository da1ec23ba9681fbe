"""What a request writes with: who asks, what is read on the way, and what references mean."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic.errors import BadIdentity, BadName, ClinicError, SessionClosed, SessionFull
from clinic.hospital import names, params, search
from clinic.hospital.forms import Reference
from clinic.hospital.issues import Issue, Rejected, missing, wrong
from clinic.hospital.values import etag, of_etag
from clinic.hospital.view import READERS, View, read
from clinic.places.changing import NotChangeable
from clinic.queue.errors import NotInQueue
from clinic.rules import Rules

KINDS: Final = ("Patient", "Schedule", "Slot", "Appointment")
"""What can be put, in the order in which one needs the other."""


@dataclass(frozen=True, slots=True)
class Desk:
    """`refs`: what the names in a Bundle (`urn:uuid:...`) turned out to be (`Patient/7`); `called`: the names under
    which a request has named residents, by their ids."""

    view: View
    rules: Rules
    refs: dict[str, str] = field(default_factory=dict)
    called: dict[int, str] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        return self.view.session

    @property
    def by(self) -> str:
        return self.view.access.by

    @property
    def now(self) -> dt.datetime:
        return self.view.now

    @property
    def zone(self) -> dt.tzinfo:
        return self.view.zone


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a resource that was put: 201 where it is new, else 200."""

    status: int
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Put:
    """How it was put: POST with `if_none_exist`; PUT upon an `id`, or upon what `query` (`identifier=...`) finds;
    `if_match` is the version that it was made from."""

    where: str
    id: str = ""
    query: str = ""
    if_match: str = ""
    is_new: bool = False


def resolved(desk: Desk, reference: Reference, kind: str, where: str) -> str:
    """The id that a reference means: of this Bundle, literal (`Slot/7`), or by a query (`Slot?identifier=...`)."""
    written = desk.refs.get(reference.reference, reference.reference)
    written = written.removeprefix(f"{desk.view.installation.public_url}/fhir/")
    if "?" in written:
        asked, _, query = written.partition("?")
        return _queried(desk, kind, asked, query, f"{where}.reference")
    if written:
        found = re.fullmatch(rf"{kind}/([A-Za-z0-9.-]{{1,64}})", written)
        if found is None:
            raise wrong(f"{where}.reference", f"{written!r} is not like {kind}/7, nor the fullUrl of another entry")
        return found[1]
    if reference.identifier is None:
        raise missing(where, f"a reference to a {kind}")
    pair = f"{reference.identifier.system}|{reference.identifier.value}"
    return _only(desk, kind, [("identifier", pair)], f"{where}.identifier")


def by_query(desk: Desk, kind: str, pairs: params.Pairs, where: str) -> str | None:
    """The id of the one that a query finds, None where there is none. Raises Rejected where it finds several."""
    ids = search.ids(desk.view, kind, pairs, 2)
    if len(ids) > 1:
        raise Rejected(412, Issue("multiple-matches", "more than one is found by it", where))
    return ids[0] if ids else None


def check_version(current: str, put: Put) -> None:
    """Refuse a change that was made from an older version."""
    if put.if_match and of_etag(put.if_match) != current:
        told = f"it has changed meanwhile: its version is {etag(current)}"
        raise Rejected(412, Issue("conflict", told, put.where))


def check_number(external: str, put: Put) -> None:
    """The resource must have the hospital's own number, and be the one that the query asks for."""
    if not external:
        raise missing(f"{put.where}.identifier", f"the hospital's own number, system {names.hospital_system()}")
    if put.query and put.query.partition("|")[2] != external:
        raise wrong(f"{put.where}.identifier", "the query asks for another number than the resource has")


def resources(desk: Desk, done: Iterable[Done]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """All of these as they are now, by kind and id. A resident who is of other centres is only named by the id."""
    wanted: dict[str, set[str]] = {}
    for each in done:
        wanted.setdefault(each.kind, set()).add(each.id)
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for kind, ids in wanted.items():
        found |= {(kind, number): {"resourceType": kind, "id": number} for number in ids}
        if kind == "Schedule":
            found |= {(kind, number): read(desk.view, kind, number) for number in ids}
        else:
            found |= {(kind, each["id"]): each for each in READERS[kind](desk.view, [int(number) for number in ids])}
    return found


@contextmanager
def refusals(where: str, places: Mapping[type[Exception], str]) -> Iterator[None]:
    """What use cases refuse, as issues. `places`: the elements that errors are of; others are of `where`."""
    try:
        yield
    except ClinicError as error:
        if error.retry:
            raise
        element = next((name for kind, name in places.items() if isinstance(error, kind)), "")
        code = "value" if isinstance(error, BadIdentity | BadName) else "business-rule"
        raise Rejected(422, Issue(code, _told(error), f"{where}.{element}" if element else where)) from error
    except (NotChangeable, NotInQueue) as error:
        raise Rejected(422, Issue("business-rule", str(error), where)) from error
    except IntegrityError as error:
        raise Rejected(409, Issue("conflict", "somebody else put the same in this moment; try again", where)) from error


OF_BOOKING: Final[Mapping[type[Exception], str]] = {SessionFull: "slot[0]", SessionClosed: "slot[0]"}


def _told(error: ClinicError) -> str:
    """What its class says of it, with its words."""
    said = " ".join((type(error).__doc__ or type(error).__name__).split())
    words = ", ".join(f"{name}: {word}" for name, word in error.words.items())
    return f"{said} ({words})" if words else said


def _queried(desk: Desk, kind: str, asked: str, query: str, where: str) -> str:
    if asked != kind:
        raise wrong(where, f"{asked!r} is no {kind}")
    return _only(desk, kind, pairs_of(query), where)


def _only(desk: Desk, kind: str, pairs: params.Pairs, where: str) -> str:
    try:
        found = by_query(desk, kind, pairs, where)
    except Rejected as error:
        raise Rejected(422, *(Issue(issue.code, issue.text, where) for issue in error.issues)) from error
    if found is None:
        raise wrong(where, f"there is no {kind} with it", "not-found")
    return found


def pairs_of(query: str) -> list[tuple[str, str]]:
    """The parameters of a query in an address."""
    return parse_qsl(query, keep_blank_values=True)
