"""What staff are told when a child's record cannot be written as they want."""

from __future__ import annotations

from clinic.errors import ClinicError


class BadRecord(ClinicError, ValueError):
    """The text says what is wrong and what to do; it begins with the name of what was given wrongly ("birth: ...")."""


class NoSuchChild(ClinicError, LookupError):
    """Nobody on record is meant by this card, number or ID."""
