"""Whoever pays from an account by telephone proves that the phone is theirs: the number of a caller can be forged.

One conversation is proved once, however often its dialog is run again from its kept answers.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sqlalchemy.orm import Session

from clinic import passcodes
from clinic.errors import ClinicError
from clinic.installation import Installation
from clinic.rules import BookingRules
from clinic.tables import OneTimeCode
from conf.texts.words import Language

PURPOSE = "account"
Begun = Literal["proved", "sent", "refused"]


def begin(
    session: Session,
    *,
    phone: str,
    occasion: str,
    language: Language,
    rules: BookingRules,
    installation: Installation,
    now: dt.datetime,
) -> Begun:
    """Send a code for this conversation, unless one is on its way, or it is proved already."""
    last = _last(session, phone, occasion)
    if last is not None and _is_proof(last, rules, now):
        return "proved"
    if last is not None and last.used_at is None and last.expires_at > now and last.wrong < rules.code_wrong:
        return "sent"
    issued = passcodes.issue(
        session,
        phone=phone,
        purpose=PURPOSE,
        subject={"for": occasion},
        language=language,
        rules=rules,
        installation=installation,
        now=now,
    )
    return "sent" if issued.outcome == "sent" else "refused"


def check(
    session: Session, *, phone: str, occasion: str, code: str, rules: BookingRules, now: dt.datetime
) -> ClinicError | None:
    """Why this code proves nothing; None where it does. Given back, not raised: the wrong try is to be counted."""
    last = _last(session, phone, occasion)
    if last is not None and _is_proof(last, rules, now):
        return None
    found = passcodes.check(session, phone=phone, purpose=PURPOSE, code=code, rules=rules, now=now)
    if isinstance(found, ClinicError):
        return found
    return None if found.get("for") == occasion else passcodes.NoCode()


def _last(session: Session, phone: str, occasion: str) -> OneTimeCode | None:
    row = session.scalars(passcodes.last(phone, PURPOSE)).one_or_none()
    return row if row is not None and row.subject.get("for") == occasion else None


def _is_proof(row: OneTimeCode, rules: BookingRules, now: dt.datetime) -> bool:
    return row.used_at is not None and now - row.used_at <= dt.timedelta(minutes=rules.code_minutes)
