"""What the daemon does for broadcasts from time to time: it writes what a command that died has left, and concludes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from clinic.broadcasts import sending
from clinic.broadcasts.views import LinkShape
from clinic.installation import Installation
from clinic.rules import Rules
from dialogs.talk import Runs


@dataclass(frozen=True, slots=True)
class Broadcasts:
    """By which rules they are written, over which links, and for which place."""

    rules: Rules
    links: Sequence[LinkShape]
    installation: Installation

    async def go_on(self, store: Runs) -> str:
        """Write what is not written yet, chunk by chunk, then conclude what has ended; what was done, "" for nothing.

        A command that lives and writes, too, takes turns with us.
        """
        written = [number for number in await store.run(sending.preparing) if await self._write(store, number)]
        ended = await self.conclude(store)
        told = [f"{len(numbers)} broadcasts {what}" for numbers, what in ((written, "written"), (ended, "ended"))]
        return ", ".join(line for line, numbers in zip(told, (written, ended), strict=True) if numbers)

    async def conclude(self, store: Runs) -> list[int]:
        """End those of which all has gone; their numbers."""
        ended: list[int] = await store.run(sending.conclude, now=self._now())
        return ended

    async def _write(self, store: Runs, broadcast: int) -> bool:
        done = False
        while not done:
            progress = await store.run(
                sending.write_some,
                broadcast=broadcast,
                rules=self.rules,
                links=self.links,
                installation=self.installation,
                now=self._now(),
            )
            done = progress.done
        return done

    def _now(self) -> dt.datetime:
        return self.installation.now()
