"""Looks at a broadcast under way, one after the other: by the database, and by the running daemon where it answers."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.cli.broadcast.counting import LASTING, Counts, counted
from gateway.cli.broadcast.meant import meant
from gateway.cli.broadcast.pace import Pace
from gateway.cli.control import connected
from gateway.cli.problems import Problem

if TYPE_CHECKING:
    from clinic.broadcasts.views import BroadcastView
    from gateway.cli.desk import Desk

SLOW = 5.0  # a look is not repeated before so many times of what it took: to count a million takes a while


@dataclass(frozen=True, slots=True)
class Look:
    """How it was at one moment. `links` None: the daemon did not answer, `away` tells why.

    `rate` in messages a second, None where it is not known yet; `due_at`: when the next queued message may go.
    """

    at: dt.datetime
    view: BroadcastView
    counts: Counts
    rate: float | None
    ends_at: dt.datetime | None
    due_at: dt.datetime | None
    links: tuple[dict[str, Any], ...] | None
    away: str = ""

    @property
    def over(self) -> bool:
        """Nothing of it will be sent any more."""
        return self.view.state in LASTING and not self.counts["sending"]

    @property
    def figures(self) -> tuple[object, ...]:
        """What it is that changes."""
        return self.view.state, self.counts.by_state

    @property
    def waits_until(self) -> dt.datetime | None:
        """Where nothing goes because nothing is due, as in quiet hours or before its time: until when."""
        idle = self.view.state == "sending" and not self.counts["sending"]
        return self.due_at if idle and self.due_at is not None and self.due_at > self.at else None


@dataclass(slots=True)
class Looks:
    """Looks at a broadcast one after the other, until there is nothing more to see.

    `patience` None: receipts are not waited for; else so many seconds without a new one.
    """

    desk: Desk
    broadcast: int
    every: float
    patience: float | None
    pace: Pace = field(default_factory=Pace)

    def __iter__(self) -> Iterator[Look]:
        last: Look | None = None
        quiet_since = time.monotonic()
        while True:
            began = time.monotonic()
            look = self._look(last)
            if look is not None:
                changed = last is None or look.figures != last.figures
                quiet_since = time.monotonic() if changed else quiet_since
                yield (last := look)
                if look.over and not self._waits(look, changed, time.monotonic() - quiet_since):
                    return
            time.sleep(max(self.every, SLOW * (time.monotonic() - began)))

    def _waits(self, look: Look, changed: bool, quiet: float) -> bool:
        """Whether there is more to see: queued ones that are just being cancelled, receipts that are waited for."""
        if look.counts["queued"] and changed:
            return True
        return self.patience is not None and look.counts["sent"] > 0 and quiet < self.patience

    def _look(self, last: Look | None) -> Look | None:
        """None where not even the database has answered, and nothing was seen before."""
        from clinic.broadcasts import recipients  # noqa: PLC0415
        from clinic.errors import StoreBusy  # noqa: PLC0415

        desk, now = self.desk, self.desk.now()
        try:
            view = meant(desk, self.broadcast)
            counts = counted(desk, view)
            due = desk.run(recipients.next_due, broadcast=self.broadcast)
        except StoreBusy as error:
            return None if last is None else _without(last, now, f"the figures are of {last.at:%H:%M:%S}: {error}")
        self.pace.look(now, counts.gone)
        links, away = _links(desk)
        end = self.pace.end(counts.left) if view.state == "sending" else None
        return Look(now, view, counts, self.pace.rate, end, due, links, away)


def _without(last: Look, now: dt.datetime, why: str) -> Look:
    return Look(now, last.view, last.counts, None, None, last.due_at, None, why)


def _links(desk: Desk) -> tuple[tuple[dict[str, Any], ...] | None, str]:
    """The links as the daemon has them; None and why where it does not answer."""
    try:
        with connected(desk.settings) as control:
            return tuple(control.sending()["links"]), ""
    except Problem as error:
        known = desk.settings.control.socket
        return None, "the daemon does not answer" if known else error.message
