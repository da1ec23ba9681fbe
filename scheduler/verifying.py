"""Real names: the register is asked for who is due, one after the other; what it says is kept at once."""

from __future__ import annotations

from clinic import verifying
from scheduler.given import Broken, Given

BATCH = 50


async def verify_names(given: Given) -> str:
    """Ask until nobody is due; "" where no register is set up. What a register that is away raises ends the job, and
    everybody who was not asked stays due."""
    if given.verifier is None:
        return ""
    settled, last, left = 0, 0, True
    while left:
        batch = await given.store.run(verifying.due, now=given.now(), most=BATCH, after=last)
        for asked in batch:
            if not given.going():
                raise Broken(_told(settled))
            verdict = await given.verifier.ask(asked)
            settled += await given.store.run(
                verifying.settle,
                asked=asked,
                verdict=verdict,
                rules=given.rules,
                installation=given.installation,
                now=given.now(),
            )
        left = len(batch) == BATCH
        if left:
            last = batch[-1].resident
            given.tell(f"{_told(settled)} so far")
    return _told(settled) if settled else ""


def _told(settled: int) -> str:
    return f"{settled:,} names asked for"
