"""Answers to submits on their way out: lost, late, doubled, in another order. Works on whole PDUs as octets."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from simulators.clock import Clock, Timer
from simulators.conditions import Conditions

TOGETHER: Final = 1.0  # seconds for which answers are collected at most


class Answers:
    """Passes answers on to `then`, as the conditions of the moment want it."""

    def __init__(
        self,
        clock: Clock,
        chance: random.Random,
        conditions: Callable[[], Conditions],
        then: Callable[[bytes], None],
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._conditions = conditions
        self._then = then
        self._collected: list[bytes] = []
        self._release_at: Timer | None = None
        self._late: set[Timer] = set()

    def pass_on(self, pdu: bytes) -> None:
        """Take one answer."""
        conditions = self._conditions()
        if self._happens(conditions.submit_lost_answers):
            return
        copies = [pdu] * (1 + self._happens(conditions.submit_answer_twice))
        if conditions.submit_answer_delay:
            self._delay(copies, conditions.submit_answer_delay)
        else:
            self._in_order(copies)

    def stop(self) -> None:
        """Nothing leaves any more."""
        for timer in (*self._late, self._release_at):
            if timer is not None and timer.active():
                timer.cancel()
        self._late.clear()
        self._collected.clear()

    def _delay(self, copies: list[bytes], seconds: float) -> None:
        def leave() -> None:
            self._late.discard(timer)
            self._in_order(copies)

        timer = self._clock.callLater(seconds, leave)
        self._late.add(timer)

    def _in_order(self, copies: list[bytes]) -> None:
        most = self._conditions().submit_reorder
        if not most and not self._collected:
            for pdu in copies:
                self._then(pdu)
            return
        self._collected += copies
        if len(self._collected) >= most:
            self._release()
        elif self._release_at is None:
            self._release_at = self._clock.callLater(TOGETHER, self._release)

    def _release(self) -> None:
        if self._release_at is not None and self._release_at.active():
            self._release_at.cancel()
        self._release_at = None
        collected, self._collected = self._collected, []
        for pdu in reversed(collected):
            self._then(pdu)

    def _happens(self, share: float) -> bool:
        return share > 0 and self._chance.random() < share
