"""Vaccination schedules: a file for each edition or change, valid from its day on, and the lines that read them.

Schedules change, so they are data: a centre that has another one puts its file beside these. The files explain their
columns, docs/vaccines.md what they mean; `clinic.vaccines` reckons by them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from conf.lengths import Length
from conf.texts.words import Name
from conf.vaccines.edition import Course, Dose, Edition, Follows, Late, MustHave, Product, Series
from conf.vaccines.invitations import Invitation, Turn, invitations
from conf.vaccines.reading import BadEdition, read_editions

__all__ = [
    "FOLDER",
    "BadEdition",
    "Course",
    "Dose",
    "Edition",
    "Follows",
    "Invitation",
    "Late",
    "Length",
    "MustHave",
    "Product",
    "Series",
    "Turn",
    "called",
    "codes",
    "digest",
    "edition",
    "editions",
    "product",
    "read_editions",
    "schedule",
]

FOLDER = Path(__file__).parent


@cache
def editions() -> tuple[Edition, ...]:
    """All editions in the order of their days, never none. Raises BadEdition."""
    return read_editions(FOLDER)


def edition(day: dt.date) -> Edition:
    """The rules in force on a day; before the first edition that one."""
    found = editions()
    for each in reversed(found):
        if each.start <= day:
            return each
    return found[0]


def product(code: str, day: dt.date) -> Product | None:
    """What this code is of a product that was given on this day; None for vaccines of the programme, and unknown codes.

    By the edition of the day; what that does not name, by the first that does: what is in a product does not change.
    """
    rules = edition(day)
    if code in rules.vaccines:
        return None
    return rules.products.get(code) or next((each.products[code] for each in editions() if code in each.products), None)


def codes() -> tuple[str, ...]:
    """All codes that a dose on record may have: vaccines of the programme, then other products, of all editions."""
    vaccines = (code for each in editions() for code in each.vaccines)
    products = (code for each in editions() for code in each.products)
    return tuple(dict.fromkeys((*vaccines, *products)))


def called(code: str, day: dt.date) -> Name | None:
    """The name of a vaccine or product that was given on this day; None where nobody knows this code."""
    known = edition(day).vaccines.get(code) or product(code, day)
    return known.name if known else None


def digest() -> str:
    """What tells whether the rules are still those of another time: comments and the writing do not count."""
    written = "\n".join(each.model_dump_json(warnings=False) for each in editions())
    return hashlib.sha256(written.encode()).hexdigest()


def schedule(day: dt.date) -> Mapping[str, Invitation]:
    """Whom to invite for what on this day: the vaccines by their codes; none before the first edition."""
    return _invitations(edition(day).start) if editions()[0].start <= day else {}


@cache
def _invitations(start: dt.date) -> Mapping[str, Invitation]:
    return invitations(edition(start))
