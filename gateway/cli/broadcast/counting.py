"""How far a broadcast is: its messages by their states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clinic.broadcasts.views import BroadcastView
    from clinic.tables import MessageState
    from gateway.cli.desk import Desk

# As in clinic.tables, which a test compares; not imported here, because --help should be quick.
STATES: tuple[MessageState, ...] = (
    "queued", "sending", "sent", "delivered", "failed", "expired", "unknown", "cancelled",
)  # fmt: skip
LEFT: tuple[MessageState, ...] = ("queued", "sending")
"""Those that have not left the outbox."""
LASTING = ("done", "cancelled")
"""States of a broadcast in which nothing more is sent."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages of a broadcast by state; `total` are those that there will be."""

    by_state: Mapping[MessageState, int]
    total: int

    def __getitem__(self, state: MessageState) -> int:
        return self.by_state.get(state, 0)

    @property
    def left(self) -> int:
        """Still to go, also those that are not written yet."""
        return max(self.total - self.gone, 0)

    @property
    def gone(self) -> int:
        return sum(count for state, count in self.by_state.items() if state not in LEFT)

    @property
    def part(self) -> float:
        """What has gone, from 0 to 1."""
        return min(self.gone / self.total, 1.0) if self.total else 0.0

    @property
    def percent(self) -> str:
        """Never 100 % before all of them have gone."""
        return f"{int(self.part * 100)} %"


def counted(desk: Desk, view: BroadcastView) -> Counts:
    """By the database as it is now."""
    from clinic import outbox  # noqa: PLC0415

    by_state: Mapping[MessageState, int] = desk.run(outbox.counts, broadcast=view.id)
    written = sum(by_state.values())
    planned = view.recipients or 0
    return Counts(by_state, written if view.all_written or view.state == "cancelled" else max(planned, written))


def steady_end(view: BroadcastView, counts: Counts, now: dt.datetime) -> dt.datetime | None:
    """When it ends if it goes on as it has gone so far; None where that tells nothing."""
    if view.began_at is None or view.state != "sending" or not counts.gone or not counts.left:
        return None
    return now + (now - view.began_at) * (counts.left / counts.gone)
