"""What staff write back: `收到12`, `OK 12`. Only such words count, all other texts go to the menus.

An acknowledgement carries the moment at which its text came in. So a text that is handled twice, because a crash came
before its reply was stored, is known again, counts once and is answered alike.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.tables import Inbound, Staff, StaffNotice, StaffNoticeRecipient
from conf import texts
from conf.texts.words import LANGUAGES, Language, Word

MOST_NAMED = 9
"""Notices that a reply counts up, the newest of them."""
MOST_CHARACTERS = 80
_AROUND = " \t\r\n.,!:;~\"'()<>[]。、“”‘’「」『』《》【】"

Told = Sequence[tuple[StaffNoticeRecipient, StaffNotice]]


@dataclass(frozen=True, slots=True)
class Said:
    """A text that acknowledges. `number`: of the notice, where one is named; `words`: the text."""

    number: int | None
    words: str


def read(text: str) -> Said | None:
    """`收到12`, `收到 12`, `收到：１２。`, `12 收到`, `ok12`, `OK` -> Said; None for any other text.

    The words are those of `command.acknowledge`, of every language.
    """
    written = _pattern().fullmatch(unicodedata.normalize("NFKC", text).strip(_AROUND).casefold())
    if written is None:
        return None
    number = written["after"] or written["before"]
    return Said(int(number) if number else None, "".join(filter(str.isprintable, text)).strip()[:MOST_CHARACTERS])


@cache
def _pattern() -> re.Pattern[str]:
    said = " ".join(texts.say(language, "command.acknowledge") for language in LANGUAGES).casefold().split()
    word, between = "|".join(map(re.escape, sorted(said, key=len, reverse=True))), r"[\s,.:;。、#-]*"
    return re.compile(rf"(?:{word})(?:{between}(?P<after>\d{{1,9}}))?|(?P<before>\d{{1,9}}){between}(?:{word})")


def take(session: Session, *, phone: str, said: Said, inbox: int, language: Language, now: dt.datetime) -> str | None:
    """Note the acknowledgement of everybody with this phone; the reply, in the installation's `language`.

    None when nobody who works here was told a notice by this phone. `inbox` is the text's number there.
    """
    told = _told(session, phone)
    if not told:
        return None
    at = session.scalar(select(Inbound.received_at).where(Inbound.id == inbox)) or now
    again = [notice.id for recipient, notice in told if recipient.acknowledged_at == at]
    waiting = _waiting(told)
    if again and said.number in (None, *again):
        return texts.say(language, "staff.noted_sms", number=said.number or again[-1])
    if said.number is None and len(waiting) > 1:
        return texts.say(language, "staff.which_sms", number=waiting[-1], open=_counted(language, waiting))
    wanted = said.number if said.number is not None else (waiting or [told[-1][1].id])[-1]
    mine = [(recipient, notice) for recipient, notice in told if notice.id == wanted]
    key = _noted(session, mine, said, at, now) if mine else "staff.unknown_sms"
    words: dict[str, Word] = {"number": wanted, "open": _counted(language, waiting)}
    return texts.say(language, key, **words)


def _told(session: Session, phone: str) -> Told:
    """What this phone was told, the newest last; locked, so that of two texts at once one counts."""
    rows = session.execute(
        select(StaffNoticeRecipient, StaffNotice)
        .join(StaffNotice, StaffNotice.id == StaffNoticeRecipient.staff_notice_id)
        .join(Staff, Staff.id == StaffNoticeRecipient.staff_id)
        .where(StaffNoticeRecipient.phone == phone, Staff.active)
        .order_by(StaffNotice.id, StaffNoticeRecipient.id)
        .with_for_update(of=StaffNoticeRecipient)
    )
    return [(recipient, notice) for recipient, notice in rows]


def _waiting(told: Told) -> list[int]:
    """The notices that are open and that this phone has not acknowledged."""
    return list(dict.fromkeys(n.id for r, n in told if n.closed_at is None and r.acknowledged_at is None))


def _noted(session: Session, mine: Told, said: Said, at: dt.datetime, now: dt.datetime) -> str:
    """Write it down for those who have not acknowledged this notice; the key of the reply."""
    due = [recipient for recipient, _ in mine if recipient.acknowledged_at is None]
    if not due:
        return "staff.already_sms"
    if mine[0][1].closed_at is not None:
        return "staff.closed_sms"
    for recipient in due:
        recipient.acknowledged_at, recipient.answer = at, said.words
        subject = f"staff_notice:{recipient.staff_notice_id}"
        audit.note(session, f"staff:{recipient.staff_id}", "staff_notice.acknowledge", subject, now=now)
    return "staff.noted_sms"


def _counted(language: Language, numbers: Sequence[int]) -> str:
    if not numbers:
        return "none"
    return ("、" if language == "zh" else ", ").join(map(str, numbers[-MOST_NAMED:]))
