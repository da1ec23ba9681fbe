"""One entry in the journal of what went over the links: outcomes first, so that their receipts find them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from clinic import receipts
from clinic.batches import by_index
from clinic.outbox.settling import Settled, settle_many
from clinic.receipts import Told
from clinic.rows import gives_way


@gives_way
def enter(
    session: Session,
    *,
    outcomes: Sequence[Settled] = (),
    told: Mapping[str, Sequence[Told]],
    now: dt.datetime,
    region: str = "CN",
) -> None:
    """Settle messages and record the receipts of each link, in one transaction."""
    by_index(session)
    if outcomes:
        settle_many(session, outcomes=outcomes, now=now)
    for link, each in sorted(told.items()):
        receipts.record(session, link=link, told=each, now=now, region=region)
