"""One-time codes by SMS: they prove who holds a phone. Six digits, good for a few minutes, for one purpose, once.

At rest there is only a salted hash, slow on purpose: a million codes are few. The SMS itself has to hold the code; it
is blanked when the code is used, replaced or old. However often codes are asked for, a phone gets so many a day, and
each bears a few wrong tries: by guessing nobody comes far.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import math
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from clinic import messages, subscribers
from clinic.errors import ClinicError
from clinic.installation import Installation
from clinic.jobs import Found
from clinic.messages import INSTEAD
from clinic.rows import PLAIN
from clinic.rules import BookingRules
from clinic.tables import Message, OneTimeCode, Subscriber
from conf.texts.words import Code, Language, Word

Outcome = Literal["sent", "wait", "too_many"]
DIGITS = 6
DAY = dt.timedelta(days=1)
KEY = "passcode.told_sms"
BLANK = "******"
_SALT, _HASH = 8, 24  # octets: together 64 hexadecimal digits
_COST = 2**12  # of scrypt: about 10 ms and 4 MB


@dataclass(frozen=True, slots=True)
class Issued:
    """`sent`; `wait`: ask again in `seconds`; `too_many`: this phone gets no more codes until `seconds` have passed.

    `tell` and `words` say it to whoever has asked.
    """

    outcome: Outcome
    seconds: int = 0

    @property
    def tell(self) -> str:
        return {"sent": "passcode.sent", "wait": "passcode.wait", "too_many": "passcode.too_many"}[self.outcome]

    @property
    def words(self) -> dict[str, Word]:
        return {"seconds": self.seconds, "hours": math.ceil(self.seconds / 3600)}


class NotProved(ClinicError):
    """Why a code proves nothing. It counts as false, so that nobody takes what `check` gives back for a yes."""

    def __bool__(self) -> bool:
        return False


class NoCode(NotProved):
    """No code is open for this: none was sent, or it was used."""

    tell = "passcode.none"


class CodeExpired(NotProved):
    tell = "passcode.expired"


class CodeVoid(NotProved):
    """Tried wrongly too often."""

    tell = "passcode.void"


class WrongCode(NotProved):
    """`left`: tries that this code still bears."""

    tell = "passcode.wrong"

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left

    @property
    def words(self) -> dict[str, Word]:
        return {"left": self.left}


def issue(
    session: Session,
    *,
    phone: str,
    purpose: str,
    subject: Mapping[str, Any],
    language: Language,
    rules: BookingRules,
    installation: Installation,
    now: dt.datetime,
) -> Issued:
    """Send a code to this phone, and void the one before; what to tell whoever asked for it.

    `subject` is what it is good for, and comes back from `check`. A phone that is reached by voice is called.
    """
    subscribers.locked(session, phone, now)  # two at once would both be the first
    refused = _refused(session, phone, purpose, rules, now)
    if refused is not None:
        return refused
    _void(session, phone, purpose, now)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    until = now + dt.timedelta(minutes=rules.code_minutes)
    row = OneTimeCode(
        phone=phone,
        purpose=purpose,
        digest=_digest(code, secrets.token_bytes(_SALT)),
        subject=dict(subject),
        sent_at=now,
        wrong=0,
        expires_at=until,
    )
    session.add(row)
    session.flush()
    messages.tell(
        session,
        occasion=_occasions(row.id)[0],
        phone=phone,
        language=language,
        key=KEY,
        now=now,
        message_class="code",
        region=installation.region,
        expires_at=until,
        purpose=purpose,
        number=Code(code),
        left=rules.code_minutes,
    )
    return Issued("sent")


def check(
    session: Session, *, phone: str, purpose: str, code: str, now: dt.datetime, rules: BookingRules
) -> dict[str, Any] | NotProved:
    """What the code is good for; it is used then. Or why not: NoCode, CodeExpired, CodeVoid, WrongCode.

    The error is given back, not raised: the wrong try must be counted, so its transaction has to end well. Whoever
    does more in the same transaction does it only where the answer is no NotProved, and raises nothing where it is.
    """
    # The phone first, as `issue` does; of two that check at once the second sees what the first has done.
    session.execute(select(Subscriber.id).where(Subscriber.phone == phone).with_for_update())
    locked = last(phone, purpose).with_for_update().execution_options(populate_existing=True)
    row = session.scalars(locked).one_or_none()
    if row is None or row.used_at is not None:
        return NoCode()
    if row.expires_at <= now:
        return CodeExpired()
    if row.wrong >= rules.code_wrong:
        return CodeVoid()
    if not _is(code, row.digest):
        row.wrong += 1
        left = rules.code_wrong - row.wrong
        return WrongCode(left) if left else CodeVoid()
    row.used_at, row.digest = now, ""
    _blank(session, row.id)
    return dict(row.subject)


def scan(session: Session, *, now: dt.datetime, most: int = 500) -> Found:
    """Blank the SMS of up to `most` codes that have expired, and forget codes that count for no limit any more."""
    over = select(OneTimeCode).where(OneTimeCode.expires_at <= now)
    found = session.scalars(
        over.where(or_(OneTimeCode.digest != "", OneTimeCode.sent_at <= now - DAY))
        .order_by(OneTimeCode.expires_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    for row in found:
        row.digest = ""
        _blank(session, row.id)
    session.flush()
    old = [row.id for row in found if row.sent_at <= now - DAY]
    session.execute(delete(OneTimeCode).where(OneTimeCode.id.in_(old)))
    return Found(len(found), more=len(found) == most)


def _refused(session: Session, phone: str, purpose: str, rules: BookingRules, now: dt.datetime) -> Issued | None:
    today = OneTimeCode.phone == phone, OneTimeCode.sent_at > now - DAY
    many, first = session.execute(select(func.count(), func.min(OneTimeCode.sent_at)).where(*today)).one()
    if many >= rules.code_day:
        return Issued("too_many", _seconds(first + DAY - now))
    before = session.scalars(last(phone, purpose)).one_or_none()
    again = before.sent_at + dt.timedelta(seconds=rules.code_seconds) if before is not None else now
    if before is not None and before.used_at is None and again > now:
        return Issued("wait", _seconds(again - now))
    return None


def last(phone: str, purpose: str) -> Select[OneTimeCode]:
    """The last code that was sent to this phone for this purpose, whatever became of it."""
    this = OneTimeCode.phone == phone, OneTimeCode.purpose == purpose
    return select(OneTimeCode).where(*this).order_by(OneTimeCode.id.desc()).limit(1)


def _void(session: Session, phone: str, purpose: str, now: dt.datetime) -> None:
    """Whoever gets a new code has no use for the old one, and what waits to be sent of it would only confuse."""
    its = OneTimeCode.phone == phone, OneTimeCode.purpose == purpose
    still = select(OneTimeCode.id).where(*its, OneTimeCode.used_at.is_(None), OneTimeCode.expires_at > now)
    for row in session.scalars(still).all():
        messages.call_off(session, *_occasions(row), now=now)
        _blank(session, row)
        session.execute(update(OneTimeCode).where(OneTimeCode.id == row).values(expires_at=now, digest=""))


def _blank(session: Session, row: int) -> None:
    """The SMS keeps its row, for whoever asks what was sent; not the code."""
    its = update(Message).where(messages.under(session, *_occasions(row)), Message.state.not_in(("queued", "sending")))
    session.execute(its.values(text=BLANK, speech=None), execution_options=PLAIN)


def _occasions(row: int) -> tuple[str, str]:
    """Of the SMS, and of the call in its place."""
    return f"passcode:{row}", f"{INSTEAD}passcode:{row}"


def _digest(code: str, salt: bytes) -> str:
    key = hashlib.scrypt(code.encode(), salt=salt, n=_COST, r=8, p=1, dklen=_HASH)
    return (salt + key).hex()


def _is(written: str, digest: str) -> bool:
    """As people type it: blanks and full-width digits are no mistake. What is no code is not hashed."""
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", written))
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits):
        return False
    return hmac.compare_digest(_digest(digits, bytes.fromhex(digest)[:_SALT]), digest)


def _seconds(left: dt.timedelta) -> int:
    return max(1, math.ceil(left.total_seconds()))
