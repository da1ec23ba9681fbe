"""Submits on their way in: paced, refused, delayed, or handed on to whoever takes messages."""

from __future__ import annotations

import logging
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simulators import codes
from simulators.clock import Clock
from simulators.conditions import Conditions
from simulators.deliveries import Bind
from smpp import status
from smpp.pdu import DataSmResp, GenericNack, Pdu, SubmitMulti, SubmitMultiResp, SubmitSm, SubmitSmResp

log = logging.getLogger(__name__)

Answer = Callable[[Pdu], None]
PATIENCE: Final = 1.0  # seconds for which nothing is read from who has sent too much


class Throttle:
    """Counts requests within the last second."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def admits(self, most: int, now: float) -> bool:
        """Tell whether one more request is within `most` a second (0: no limit), and count it if so."""
        while self._times and self._times[0] <= now - 1:
            self._times.popleft()
        if most and len(self._times) >= most:
            return False
        if most:
            self._times.append(now)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A submit_sm, data_sm (in the form of a submit_sm) or submit_multi, and how it is answered."""

    bind: Bind
    pdu: SubmitSm | SubmitMulti
    answer: Answer
    kind: type[SubmitSmResp | DataSmResp | SubmitMultiResp]

    def refuse(self, code: int) -> None:
        log.info("%s refused with %s", self.pdu.name, status.name(code))
        self.answer(self.kind(status=code))


class Submits:
    """What stands before the network's own work; `take` does that."""

    def __init__(
        self,
        clock: Clock,
        chance: random.Random,
        conditions: Callable[[], Conditions],
        take: Callable[[Submitted], None],
        full: Callable[[], bool] = lambda: False,
    ) -> None:
        """`full` tells that no more receipts can be kept: then no more messages are taken either."""
        self._clock = clock
        self._chance = chance
        self._conditions = conditions
        self._take = take
        self._full = full
        self._throttles: dict[str, Throttle] = {}

    def arrived(self, submitted: Submitted) -> None:
        """Work on a submit; its answer comes now, later, or never."""
        conditions, bind = self._conditions(), submitted.bind
        if conditions.submit_window and bind.unanswered > conditions.submit_window:
            self._react(submitted, conditions.submit_window_reaction, self._paced)
        else:
            self._paced(submitted)

    def _paced(self, submitted: Submitted) -> None:
        conditions = self._conditions()
        throttle = self._throttles.setdefault(submitted.bind.account, Throttle())
        if throttle.admits(conditions.submit_throttle, self._clock.seconds()):
            self._delayed(submitted)
        else:
            self._react(submitted, conditions.submit_throttle_reaction, self._paced)

    def _react(self, submitted: Submitted, reaction: str, later: Callable[[Submitted], None]) -> None:
        if reaction == "close":
            submitted.bind.close()
        elif reaction == "wait":
            submitted.bind.hold(PATIENCE)
            self._clock.callLater(PATIENCE, lambda: later(submitted))
        else:
            submitted.refuse(codes.read(reaction))

    def _delayed(self, submitted: Submitted) -> None:
        latency = self._conditions().submit_latency
        if latency:
            self._clock.callLater(latency, lambda: self._chosen(submitted))
        else:
            self._chosen(submitted)

    def _chosen(self, submitted: Submitted) -> None:
        conditions = self._conditions()
        if self._full():
            submitted.refuse(status.ESME_RMSGQFUL)
        elif self._happens(conditions.submit_nack):
            submitted.answer(GenericNack(status=conditions.submit_refuse_with or status.ESME_RSYSERR))
        elif self._happens(conditions.submit_refuse):
            submitted.refuse(conditions.submit_refuse_with or status.ESME_RSYSERR)
        else:
            self._take(submitted)

    def _happens(self, share: float) -> bool:
        return share > 0 and self._chance.random() < share
