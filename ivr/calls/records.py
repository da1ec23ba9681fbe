"""What is written down of calls (`clinic.calls`). A call does not suffer when its record cannot be written."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal

from clinic import calls
from clinic.errors import ClinicError
from conf.texts.words import Language
from dialogs.talk import Runs
from ivr.calls.channel import Channel
from ivr.calls.ports import Counts

log = logging.getLogger("caredial.calls")

Direction = Literal["in", "out"]


class Records:
    """One row for each call, begun when it comes and ended with its outcome."""

    def __init__(self, store: Runs, now: Callable[[], dt.datetime], counts: Counts) -> None:
        self._store, self._now, self._counts = store, now, counts
        self._open: dict[Channel, tuple[int | None, Direction, dt.datetime]] = {}

    def __len__(self) -> int:
        """How many calls are open."""
        return len(self._open)

    async def begin(self, channel: Channel, direction: Direction, phone: str, *, answered: bool, **more: Any) -> None:
        """A call has begun, or is taken up again: then it is the row that there is."""
        now = self._now()
        self._open[channel] = None, direction, now
        call = await self._written(
            calls.begin,
            server=channel.link.name,
            uniqueid=channel.uniqueid,
            direction=direction,
            phone=phone,
            now=now,
            answered=answered,
            **more,
        )
        self._open[channel] = call, direction, now

    async def end(self, channel: Channel, outcome: str, path: Sequence[str], language: Language | None) -> None:
        """The call is over; once."""
        call, direction, began = self._open.pop(channel, (None, "in", self._now()))
        now = self._now()
        self._counts.ended(direction, outcome, (now - began).total_seconds())
        if call is not None:
            await self._written(
                calls.end, call=call, outcome=outcome, path=path, now=now, cause=channel.cause, language=language
            )

    def leave(self, channel: Channel) -> None:
        """The call goes on without us: its row stays open for who takes it up."""
        self._open.pop(channel, None)

    async def lost(self, server: str, alive: Collection[str]) -> None:
        """After a reconnection: what was open at this server and is no longer there has ended without us."""
        found = await self._written(calls.lost, server=server, alive=alive, now=self._now())
        if found:
            log.warning("%d calls at server %s ended while we were away", found, server)

    async def _written(self, use_case: Callable[..., Any], **how: Any) -> Any:
        try:
            return await self._store.run(use_case, **how)
        except ClinicError as error:
            log.warning("a call could not be recorded: %s", error)
            return None
