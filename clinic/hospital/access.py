"""What a client may see and do here: all centres or some, and whether it is shown identity numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, true

from clinic.clients import HOSPITAL, IDENTITY
from clinic.tables import Centre


@dataclass(frozen=True, slots=True)
class Access:
    """`centres`: their codes, None for all. `identities`: identity numbers are written out."""

    client: int
    centres: frozenset[str] | None
    identities: bool = False

    @property
    def by(self) -> str:
        """As the audit trail names it; what is imported from a file is nobody's."""
        return f"client:{self.client}" if self.client else "import"

    def sees(self, centre: str) -> bool:
        return self.centres is None or centre in self.centres

    def of_centre(self) -> ColumnElement[bool]:
        """What a query that has joined Centre is narrowed by."""
        return true() if self.centres is None else Centre.code.in_(sorted(self.centres))


def access_of(client: int, scopes: Iterable[str]) -> Access | None:
    """None where these scopes (`hospital`, `hospital:CENTRE`, `identity`) do not let a client in at all."""
    words = set(scopes)
    centres = frozenset(word.partition(":")[2] for word in words if word.startswith(f"{HOSPITAL}:"))
    if HOSPITAL not in words and not centres:
        return None
    return Access(client, None if HOSPITAL in words else centres, IDENTITY in words)
