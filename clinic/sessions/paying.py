"""How a place is paid for that nobody stands at the counter for: as its centre demands."""

from __future__ import annotations

from sqlalchemy.orm import Session

from clinic.errors import MustBePaid
from clinic.money.charging import Pays
from clinic.rules import Rules
from clinic.tables import Centre, ClinicSession


def demanded(session: Session, *, offered: ClinicSession, phone: str, channel: str, rules: Rules) -> tuple[Pays, str]:
    """At the counter, unless the centre demands payment: then by mobile money, through the first provider that has
    this phone; from the account where none has it. Raises MustBePaid to a caller for whom only the account is left:
    the number of a call proves nobody, and here no code can be asked for."""
    centre = session.get_one(Centre, offered.department.centre_id)
    if centre.payment != "required" or not offered.fee:
        return "counter", ""
    provider = next((each.name for each in rules.providers if each.takes(phone, centre.currency)), None)
    if provider is not None:
        return "mobile", provider
    if channel == "voice":
        raise MustBePaid
    return "account", ""
