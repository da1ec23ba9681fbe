"""Systems of identifiers, addresses of extensions, and the hospital's own numbers of sessions and visits."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from clinic.tables import Centre, Department, Practitioner
from conf.fhir import vocabulary

OURS: Final = "urn:caredial:"
CENTRE: Final = f"{OURS}centre"
"""Values: the centre's code. Of a department and a practitioner: CENTRE/CODE, as each is unique in its centre only."""
DEPARTMENT: Final = f"{OURS}department"
PRACTITIONER: Final = f"{OURS}practitioner"
SESSION: Final = f"{OURS}session"
VISIT: Final = f"{OURS}visit"
EXTENSION: Final = f"{OURS}fhir:"
LONGEST: Final = 64
"""Characters of the hospital's own number of something."""


def extension(name: str) -> str:
    return f"{EXTENSION}{name}"


def stored(centre: str, number: str) -> str:
    """The hospital's number as it is kept: two hospitals may both have a number 1."""
    return f"{centre}:{number}"


def is_number(written: str) -> bool:
    """Whether it can be the hospital's own number of something: 1 to 64 visible ASCII characters."""
    return re.fullmatch(rf"[!-~]{{1,{LONGEST}}}", written) is not None


def occasion(name: str) -> str:
    """Of the one act of booking what is kept under this name; the name itself may be too long for it."""
    return f"hospital:{hashlib.sha256(name.encode()).hexdigest()}"


def shown(kept: str | None) -> str:
    """The hospital's number as it gave it, "" where it gave none."""
    return (kept or "").partition(":")[2]


def hospital_system() -> str:
    return vocabulary().identifiers.hospital[0]


def identity_system() -> str:
    return vocabulary().identifiers.identity[0]


def centre_value(centre: Centre) -> str:
    return centre.code


def department_value(department: Department) -> str:
    return f"{department.centre.code}/{department.code}"


def practitioner_value(centre: Centre, practitioner: Practitioner) -> str:
    return f"{centre.code}/{practitioner.code}"
