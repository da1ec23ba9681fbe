"""Audiences that are kept under a name, to be used again and in each other."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.audience.expressions import nearest
from clinic.audience.grammar import parse
from clinic.audience.names import check, look_up
from clinic.rows import reads
from clinic.tables import Audience

NAME = re.compile(r"[\w.-]{1,60}")


class NameTaken(ValueError):
    """Something has this name already, and was not to be replaced."""


class BadTitle(ValueError):
    """Not a name for an audience or a list: 1 to 60 letters, digits, dots, hyphens."""


class NoSuchAudience(LookupError):
    """No audience has this name; the text says which name is most like it."""


@dataclass(frozen=True, slots=True)
class AudienceView:
    name: str
    expression: str
    created_by: str
    created_at: dt.datetime


def save(
    session: Session, *, name: str, expression: str, by: str, now: dt.datetime, replace: bool = False
) -> AudienceView:
    """Keep an expression under a name. Raises BadExpression, BadTitle, NameTaken.

    `by`: who does it, as the operating system or the staff list knows them. `now` is aware and local.
    """
    check_title(name)
    read = parse(expression)
    check(session, read, look_up(session, read, within=(name,)), now.date())
    row = session.scalars(select(Audience).where(Audience.name == name)).one_or_none()
    if row is not None and not replace:
        raise NameTaken(f"there is an audience {name} already")
    if row is None:
        row = Audience(name=name)
        session.add(row)
    row.expression, row.created_by, row.created_at = read.text, by, now
    audit.note(session, "staff", "audience.save", f"audience:{name}", now=now, expression=read.text, by=by)
    return _view(row)


@reads
def stored(session: Session) -> list[AudienceView]:
    """All audiences by their names."""
    return [_view(row) for row in session.scalars(select(Audience).order_by(Audience.name))]


@reads
def called(session: Session, *, name: str) -> AudienceView:
    """The audience of this name. Raises NoSuchAudience."""
    row = session.scalars(select(Audience).where(Audience.name == name)).one_or_none()
    if row is None:
        raise NoSuchAudience(f"there is no audience {name}{nearest(name, session.scalars(select(Audience.name)))}")
    return _view(row)


def check_title(name: str) -> None:
    """Raise BadTitle unless it can stand in an expression as it is."""
    if not NAME.fullmatch(name) or "且" in name or "或" in name:
        raise BadTitle(f"{name!r} is no name: 1 to 60 letters, digits, dots, hyphens")


def _view(row: Audience) -> AudienceView:
    return AudienceView(row.name, row.expression, row.created_by, row.created_at)
