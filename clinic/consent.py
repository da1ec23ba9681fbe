"""Consent: what a phone has said to education and advertising. What it asked for itself is never held back.

A refusal counts at once: what waits for this phone in broadcasts of that class is cancelled with it. Whoever writes
messages of a broadcast takes turns with those who refuse (`in_turn`), so that none comes between the two.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic import audit, subscribers
from clinic.batches import among
from clinic.rows import get_or_add, in_turn, reads, rows_changed
from clinic.tables import Broadcast, Consent, ConsentClass, Message

Source = Literal["sms", "staff", "import"]
REFUSABLE: tuple[ConsentClass, ...] = ("education", "commercial")
REFUSED = "refused"
"""The error of a message that was cancelled because its phone wants no more of them."""

TURN = "broadcasts"
LONGEST_PROOF = 200  # characters


def refuse(
    session: Session,
    *,
    phone: str,
    source: Source,
    now: dt.datetime,
    classes: Collection[ConsentClass] = REFUSABLE,
    proof: str = "",
    actor: str = "",
) -> int:
    """This phone wants no more of these classes; how many queued messages of broadcasts were cancelled.

    `proof` are the very words, where they came by SMS; `actor` is who wrote it down ("staff:NAME"), "" the subscriber.
    Raises ValueError for "public", which nobody can refuse.
    """
    in_turn(session, TURN)
    _put(session, phone, classes, False, source, proof, actor, now)
    of_class = select(Broadcast.id).where(Broadcast.consent_class.in_(classes))
    waiting = update(Message).where(
        Message.phone == phone, Message.state == "queued", Message.broadcast_id.in_(of_class)
    )
    done = session.execute(
        waiting.values(state="cancelled", error=REFUSED, settled_at=now),
        execution_options={"synchronize_session": False},
    )
    return rows_changed(done)


def agree(
    session: Session,
    *,
    phone: str,
    source: Source,
    now: dt.datetime,
    classes: Collection[ConsentClass] = REFUSABLE,
    proof: str = "",
    actor: str = "",
) -> None:
    """This phone agrees to these classes; what was cancelled before stays so. Raises ValueError for "public"."""
    _put(session, phone, classes, True, source, proof, actor, now)


@reads
def standing(session: Session, *, phones: Collection[str], consent_class: ConsentClass) -> dict[str, bool]:
    """What each of these phones has said to this class: True agreed, False refused; who said nothing is not in it."""
    said = select(Consent.phone, Consent.given).where(
        among(session, Consent.phone, phones), Consent.consent_class == consent_class
    )
    return dict(session.execute(said).all()) if phones else {}


@reads
def said(session: Session, *, phone: str) -> dict[ConsentClass, bool]:
    """What this phone has said to each class, for whoever looks it up at the counter."""
    rows = select(Consent.consent_class, Consent.given).where(Consent.phone == phone)
    return dict(session.execute(rows).all())


def _put(
    session: Session,
    phone: str,
    classes: Collection[ConsentClass],
    given: bool,
    source: Source,
    proof: str,
    actor: str,
    now: dt.datetime,
) -> None:
    if not set(classes) <= set(REFUSABLE):
        raise ValueError(f"nobody can refuse or agree to messages of the class public, only {', '.join(REFUSABLE)}")
    who = f"subscriber:{subscribers.known(session, phone, now).id}"
    kept = {"given": given, "source": source, "proof": proof[:LONGEST_PROOF], "changed_at": now}
    for consent_class in sorted(classes):
        key = {"phone": phone, "consent_class": consent_class}
        row = get_or_add(session, Consent, ["phone", "consent_class"], **key, **kept)
        for name, value in kept.items():
            setattr(row, name, value)
    action = "agree" if given else "refuse"
    audit.note(session, actor or who, action, who, now=now, classes=sorted(classes), source=source)
    session.flush()
