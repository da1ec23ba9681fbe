"""The fields of FHIR R4 that are read (hl7.org/fhir/R4: Bundle, Patient, Immunization), and how files hold them.

What a resource has beyond them is left alone. A file is a Bundle, or a resource on each line (NDJSON, as bulk export
writes it), which is read line by line: the way for large ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Raw, Struct, field

Kind = TypeVar("Kind")


class BadResource(ValueError):
    """The text says where (`Bundle.entry[3].resource.birthDate`) and why."""


class Identifier(Struct, frozen=True):
    system: str = ""
    value: str = ""


class Coding(Struct, frozen=True):
    system: str = ""
    code: str = ""
    display: str = ""


class Concept(Struct, frozen=True):
    coding: list[Coding] = field(default_factory=list)
    text: str = ""


class Reference(Struct, frozen=True):
    reference: str = ""
    identifier: Identifier | None = None


class HumanName(Struct, frozen=True):
    use: str = ""
    text: str = ""
    family: str = ""
    given: list[str | None] = field(default_factory=list)


class Telecom(Struct, frozen=True):
    system: str = ""
    value: str = ""
    use: str = ""


class Contact(Struct, frozen=True):
    relationship: list[Concept] = field(default_factory=list)
    telecom: list[Telecom] = field(default_factory=list)


class Patient(Struct, frozen=True):
    identifier: list[Identifier] = field(default_factory=list)
    name: list[HumanName] = field(default_factory=list)
    telecom: list[Telecom] = field(default_factory=list)
    gender: str = ""
    birthDate: str = ""  # noqa: N815
    deceasedBoolean: bool = False  # noqa: N815
    deceasedDateTime: str = ""  # noqa: N815
    contact: list[Contact] = field(default_factory=list)


class Protocol(Struct, frozen=True):
    doseNumberPositiveInt: int | None = None  # noqa: N815
    doseNumberString: str = ""  # noqa: N815


class Immunization(Struct, frozen=True):
    status: str
    vaccineCode: Concept  # noqa: N815
    patient: Reference
    occurrenceDateTime: str = ""  # noqa: N815
    lotNumber: str | None = None  # noqa: N815
    isSubpotent: bool = False  # noqa: N815
    protocolApplied: list[Protocol] = field(default_factory=list)  # noqa: N815


class _Head(Struct, frozen=True):
    resourceType: str = ""  # noqa: N815
    id: str = ""


class _Entry(Struct, frozen=True):
    fullUrl: str = ""  # noqa: N815
    resource: Raw = Raw()


class _Bundle(Struct, frozen=True):
    resourceType: str = ""  # noqa: N815
    entry: list[_Entry] = field(default_factory=list)


class Resource(NamedTuple):
    """A resource of a file. `names`: what references to it may be; `where`: its place, for mistakes."""

    kind: str
    names: tuple[str, ...]
    where: str
    content: bytes | Raw

    def read(self, into: type[Kind]) -> Kind:
        """Raises BadResource."""
        return _decoded(self.content, into, self.where)


def resources(path: Path) -> Iterator[Resource]:
    """The resources of a file in their order. Raises BadResource where it is neither a Bundle nor NDJSON."""
    with path.open("rb") as file:
        first = file.readline()
        if _is_one_of_many(first):
            file.seek(0)
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _resource(line, "", f"line {number}: ")
            return
        bundle = _decoded(first + file.read(), _Bundle, "Bundle")
    if bundle.resourceType != "Bundle":
        raise BadResource(f"resourceType: {bundle.resourceType!r} is no Bundle")
    for number, entry in enumerate(bundle.entry):
        if entry.resource:
            yield _resource(entry.resource, entry.fullUrl, f"Bundle.entry[{number}].resource")


def count(path: Path) -> int:
    """How many resources there are. Raises BadResource."""
    return sum(1 for _ in resources(path))


def _is_one_of_many(line: bytes) -> bool:
    """Whether a first line is a resource by itself, and no Bundle."""
    try:
        return msgspec.json.decode(line, type=_Head).resourceType not in ("", "Bundle")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False


def _resource(content: bytes | Raw, url: str, where: str) -> Resource:
    head = _decoded(content, _Head, where)
    names = tuple(name for name in (url, f"{head.resourceType}/{head.id}" if head.id else "") if name)
    place = f"{where}{head.resourceType}" if where.startswith("line") else where
    return Resource(head.resourceType, names, place, content)


def _decoded(content: bytes | Raw, into: type[Kind], where: str) -> Kind:
    try:
        return msgspec.json.decode(content, type=into)
    except msgspec.ValidationError as error:
        raise BadResource(_placed(str(error), where)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadResource(f"{where.rstrip(': ')}: not JSON in UTF-8: {error}") from None


def _placed(told: str, where: str) -> str:
    """msgspec's `Expected ... - at `$.birthDate`` with our place first."""
    why, _, path = told.partition(" - at `$")
    return f"{where.rstrip(': ')}{re.sub(r'`$', '', path)}: {why[:1].lower()}{why[1:]}"
