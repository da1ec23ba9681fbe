"""What /fhir can do, as it says itself (hl7.org/fhir/R4/capabilitystatement.html)."""

from __future__ import annotations

from typing import Any, Final

from clinic.hospital.desk import KINDS
from clinic.hospital.puts import MOST
from clinic.hospital.search import KINDS as SEARCHED
from clinic.installation import Installation

SINCE: Final = "2027-01-01"
TOKENS = frozenset({"status", "identifier", "_id", "actor:identifier"})
DATES = frozenset({"date", "start", "_lastUpdated"})
OF_SCHEDULE = ("date", "actor", "actor:identifier")
DOES: Final = {
    "Schedule": "A department, or one of its practitioners. It cannot be made here: departments are imported.",
    "Slot": "A clinic session: half a day with so many places, counted in extension places. busy-unavailable stops it.",
    "Appointment": "A visit with its queue number. Its fee, payments and turn are extensions.",
    "Patient": "A resident, by identity number. Who is put is found, or goes on record.",
}


def statement(installation: Installation, *, version: str) -> dict[str, Any]:
    """The CapabilityStatement of this installation."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": SINCE,
        "kind": "instance",
        "software": {"name": "CareDial", "version": version},
        "implementation": {"description": "Sessions, queue and fees", "url": f"{installation.public_url}/fhir"},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "documentation": f"Bundles have at most {MOST} entries. What is not kept is refused, not left aside.",
                "security": {"description": "Authorization: Bearer TOKEN, of `caredial clients new --scope hospital`"},
                "resource": [_resource(kind) for kind in sorted({*KINDS, *SEARCHED})],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    }


def _resource(kind: str) -> dict[str, Any]:
    codes = ["read", "search-type"]
    if kind in KINDS:
        codes += ["create"] if kind in ("Patient", "Schedule") else ["create", "update"]
    has_versions = kind in ("Slot", "Appointment")
    names = OF_SCHEDULE if kind == "Schedule" else SEARCHED[kind].names
    resource: dict[str, Any] = {
        "type": kind,
        "interaction": [{"code": code} for code in codes],
        "versioning": "versioned-update" if has_versions else "no-version",
        "searchParam": [_parameter(name) for name in (*names, "_id", *(["_lastUpdated"] if has_versions else []))],
    }
    if kind in KINDS:
        writes = {"conditionalCreate": True, "conditionalUpdate": has_versions, "updateCreate": False}
        resource |= writes | {"documentation": DOES[kind]}
    return resource


def _parameter(name: str) -> dict[str, str]:
    kind = "token" if name in TOKENS else "date" if name in DATES else "reference"
    return {"name": name, "type": kind}
