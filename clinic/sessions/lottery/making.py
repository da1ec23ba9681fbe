"""A draw is made with its session."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.identity import Vault
from clinic.sessions.lottery.algorithm import SEED_OCTETS, commitment
from clinic.tables import ClinicSession, Draw


def commit(session: Session, offered: ClinicSession, vault: Vault, now: dt.datetime) -> Draw:
    """The draw of this session, with its seed fixed: locked at rest, its commitment published at once. One for each
    session, however often it is asked for."""
    before = session.scalars(select(Draw).where(Draw.clinic_session_id == offered.id)).one_or_none()
    if before is not None:
        return before
    seed = secrets.token_bytes(SEED_OCTETS)
    made = Draw(
        clinic_session_id=offered.id,
        commitment=commitment(seed),
        seed=vault.lock(seed),
        entries_digest="",
        last_ticket=0,
        committed_at=now,
    )
    session.add(made)
    session.flush()
    audit.note(session, "system", "draw.commit", f"session:{offered.id}", now=now, commitment=made.commitment)
    return made
