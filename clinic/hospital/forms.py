"""The elements of FHIR R4 that are read, and no others: what would not be kept is refused, not lost.

What we write ourselves may come back (a resource that was read, changed and put): `meta`, `text`, displays and our own
counts are read and left aside.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Raw, Struct, field

from clinic.hospital.issues import Issue, Rejected

Form = TypeVar("Form")
AppointmentStatus = Literal["pending", "booked", "arrived", "fulfilled", "cancelled", "noshow"]
SlotStatus = Literal["free", "busy", "busy-unavailable", "busy-tentative"]


class Element(Struct, frozen=True, forbid_unknown_fields=True):
    """An element, or a resource, of these fields and no others."""


class Identifier(Element, frozen=True):
    value: str
    system: str = ""
    use: str = ""


class Reference(Element, frozen=True):
    reference: str = ""
    type: str = ""
    identifier: Identifier | None = None
    display: str = ""


class Money(Element, frozen=True):
    value: Decimal
    currency: str = ""


class ContactPoint(Element, frozen=True):
    value: str
    system: str = "phone"
    use: str = ""


class Period(Element, frozen=True):
    start: str = ""
    end: str = ""


class Extension(Element, frozen=True):
    url: str
    extension: list[Extension] = field(default_factory=list)
    valueBoolean: bool | None = None  # noqa: N815
    valueCode: str | None = None  # noqa: N815
    valueContactPoint: ContactPoint | None = None  # noqa: N815
    valueDateTime: str | None = None  # noqa: N815
    valueInstant: str | None = None  # noqa: N815
    valueInteger: int | None = None  # noqa: N815
    valueMoney: Money | None = None  # noqa: N815
    valuePeriod: Period | None = None  # noqa: N815
    valuePositiveInt: int | None = None  # noqa: N815
    valueString: str | None = None  # noqa: N815
    valueUnsignedInt: int | None = None  # noqa: N815


class Resource(Element, frozen=True, kw_only=True):
    """What every resource may have, and nobody here reads but `id`."""

    id: str = ""
    meta: Any = None
    text: Any = None
    language: str = ""
    implicitRules: str = ""  # noqa: N815


class Schedule(Resource, frozen=True, kw_only=True, tag="Schedule", tag_field="resourceType"):
    actor: list[Reference] = field(default_factory=list)
    identifier: list[Identifier] = field(default_factory=list)
    active: bool = True
    serviceType: Any = None  # noqa: N815
    planningHorizon: Period | None = None  # noqa: N815
    extension: list[Extension] = field(default_factory=list)


class Slot(Resource, frozen=True, kw_only=True, tag="Slot", tag_field="resourceType"):
    schedule: Reference
    status: SlotStatus
    start: str
    end: str
    identifier: list[Identifier] = field(default_factory=list)
    serviceType: Any = None  # noqa: N815
    comment: str = ""
    extension: list[Extension] = field(default_factory=list)


class Participant(Element, frozen=True):
    status: str
    actor: Reference | None = None
    type: Any = None
    required: str = ""


class Appointment(Resource, frozen=True, kw_only=True, tag="Appointment", tag_field="resourceType"):
    status: AppointmentStatus
    participant: list[Participant]
    identifier: list[Identifier] = field(default_factory=list)
    cancelationReason: Any = None  # noqa: N815
    serviceType: Any = None  # noqa: N815
    start: str = ""
    end: str = ""
    slot: list[Reference] = field(default_factory=list)
    created: str = ""
    extension: list[Extension] = field(default_factory=list)


class HumanName(Element, frozen=True):
    use: str = ""
    text: str = ""
    family: str = ""
    given: list[str] = field(default_factory=list)


class Patient(Resource, frozen=True, kw_only=True, tag="Patient", tag_field="resourceType"):
    identifier: list[Identifier] = field(default_factory=list)
    active: bool = True
    name: list[HumanName] = field(default_factory=list)
    telecom: list[ContactPoint] = field(default_factory=list)
    gender: str = ""
    birthDate: str = ""  # noqa: N815
    managingOrganization: Any = None  # noqa: N815


class Request(Element, frozen=True):
    method: Literal["GET", "POST", "PUT"]
    url: str
    ifMatch: str = ""  # noqa: N815
    ifNoneExist: str = ""  # noqa: N815


class Entry(Element, frozen=True):
    request: Request
    fullUrl: str = ""  # noqa: N815
    resource: Raw = Raw()


class Bundle(Resource, frozen=True, kw_only=True, tag="Bundle", tag_field="resourceType"):
    type: Literal["transaction", "batch"]
    entry: list[Entry] = field(default_factory=list)
    timestamp: str = ""


def decoded(content: bytes | Raw, into: type[Form], where: str) -> Form:
    """Raises Rejected, with the element that is not as it should be."""
    try:
        return msgspec.json.decode(content, type=into)
    except msgspec.ValidationError as error:
        raise Rejected(422, _issue(str(error), where)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected(400, Issue("structure", f"not JSON in UTF-8: {error}", where)) from None


def encoded(resource: Any) -> bytes:
    """A resource, or a Bundle of them, as it goes out: amounts are numbers with all their digits."""
    return _ENCODER.encode(resource)


_ENCODER = msgspec.json.Encoder(decimal_format="number")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_MISSING = re.compile(r"Object missing required field `(.*)`")


def _issue(told: str, where: str) -> Issue:
    """msgspec's ``Expected `str`, got `int` - at `$.birthDate` `` as an issue with the element's path."""
    why, _, path = told.partition(" - at `")
    place = where + re.sub(r"^(key in )?`?\$|`$", "", path)
    if unknown := _UNKNOWN.fullmatch(why):
        return Issue("not-supported", "this element is not kept here: leave it out", f"{place}.{unknown[1]}")
    if missed := _MISSING.fullmatch(why):
        return Issue("required", "missing", f"{place}.{missed[1]}")
    if place.endswith(".resourceType"):
        return Issue("structure", f"not a {where}", place)
    return Issue("structure", f"{why[:1].lower()}{why[1:]}", place)
