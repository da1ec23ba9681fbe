"""What the daemon does for broadcasts from time to time: it writes what a command that died has left, and concludes."""

from __future__ import annotations

from clinic.broadcasts import sending
from dialogs.talk import Runs
from scheduler.given import Broken, Given, Now


async def go_on(given: Given) -> str:
    """Write what is not written yet, chunk by chunk, then conclude what has ended; what was done, "" for nothing.

    A command that lives and writes, too, takes turns with us.
    """
    written = [number for number in await given.store.run(sending.preparing) if await _write(given, number)]
    ended = await conclude(given.store, given.now)
    told = [f"{len(numbers)} broadcasts {what}" for numbers, what in ((written, "written"), (ended, "ended"))]
    return ", ".join(line for line, numbers in zip(told, (written, ended), strict=True) if numbers)


async def conclude(store: Runs, now: Now) -> list[int]:
    """End those of which all has gone; their numbers."""
    ended: list[int] = await store.run(sending.conclude, now=now())
    return ended


async def _write(given: Given, broadcast: int) -> bool:
    done = False
    while not done:
        if not given.going():
            raise Broken("")
        progress = await given.store.run(
            sending.write_some,
            broadcast=broadcast,
            rules=given.rules,
            links=given.links,
            installation=given.installation,
            now=given.now(),
        )
        done = progress.done
    return done
