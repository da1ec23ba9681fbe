"""A link keeps nothing of what is over: not of answers, time-outs, losses, cancelled callers or throttling."""

from __future__ import annotations

import gc
import logging
import tracemalloc
from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from smpp import status
from smpp.link import Link
from smpp.pdu import DeliverSm, SubmitSm, SubmitSmResp

Smsc = Any  # tests/smpp/conftest.py

BATCH = 20


def submit(link: Link, count: int) -> list[Deferred[Any]]:
    return [
        Deferred.fromCoroutine(link.submit(SubmitSm(short_message=b"x"), urgent=number % 2 == 0)).addErrback(bool)
        for number in range(count)
    ]


class Life:
    """Batches of submits that end in every way there is."""

    def __init__(self, link: Link, smsc: Smsc, clock: Clock) -> None:
        self.link, self.smsc, self.clock = link, smsc, clock
        self.submitted = 0
        self._ways = cycle([self.answered, self.timed_out, self.lost, self.cancelled, self.throttled, self.delivered])

    def batches(self, count: int) -> None:
        for _ in range(count):
            next(self._ways)()
            self.clock.advance(60)  # the pace recovers, strays are forgotten
            self.smsc.heard()

    def answer(self, command_status: int = 0) -> None:
        self.smsc.say(*(SubmitSmResp(sequence=pdu.sequence, status=command_status) for pdu in self.smsc.heard()))

    def answered(self) -> None:
        done = submit(self.link, BATCH)
        while not all(deferred.called for deferred in done):
            self.answer()
        self.submitted += BATCH

    def timed_out(self) -> None:
        submit(self.link, BATCH)
        self.clock.pump([10] * (BATCH // 2))
        self.submitted += BATCH

    def lost(self) -> None:
        submit(self.link, BATCH)
        self.smsc.drop()
        self.clock.advance(0)
        self.clock.advance(60)
        self.smsc.accept_bind()
        self.submitted += BATCH

    def cancelled(self) -> None:
        for deferred in submit(self.link, BATCH):
            deferred.cancel()
        self.answer()
        self.submitted += BATCH

    def throttled(self) -> None:
        done = submit(self.link, BATCH)
        self.answer(status.ESME_RTHROTTLED)
        while not all(deferred.called for deferred in done):
            self.clock.advance(1)
            self.answer()
        self.submitted += BATCH

    def delivered(self) -> None:
        self.smsc.say(*(DeliverSm(sequence=n) for n in range(1, BATCH)))


def test_ten_thousand_submits_leave_nothing_behind(
    make: Callable[..., Link], smsc: Smsc, inbox: Any, clock: Clock
) -> None:
    logging.getLogger("caredial.smpp").setLevel(logging.CRITICAL)
    link = make(window=BATCH // 2, enquire_link=0, reconnect_max=1)
    smsc.accept_bind()
    life = Life(link, smsc, clock)
    try:
        tracemalloc.start()
        life.batches(60)
        held = _held(inbox)
        life.batches(600)
        grown = _held(inbox) - held
    finally:
        tracemalloc.stop()
        logging.getLogger("caredial.smpp").setLevel(logging.NOTSET)

    assert life.submitted >= 10_000
    assert grown < 20_000  # octets: less than two for each submit
    assert (link.queued, link.window_used) == (0, 0)
    assert len(clock.getDelayedCalls()) <= 2


def _held(inbox: Any) -> int:
    inbox.taken.clear()
    inbox.binds.clear()
    gc.collect()
    # Twisted keeps the last 200 events of its own log until the process has a log to send them to.
    snapshot = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(False, "*/twisted/logger/*")])
    return sum(statistic.size for statistic in snapshot.statistics("filename"))


@pytest.mark.parametrize("answers", [True, False])
def test_a_queue_that_nobody_empties_is_emptied_by_its_callers(
    make: Callable[..., Link], smsc: Smsc, answers: bool
) -> None:
    link = make(window=1)
    smsc.accept_bind()
    for deferred in submit(link, 100):
        deferred.cancel()
    smsc.say(SubmitSmResp(sequence=2)) if answers else smsc.drop()
    assert link.queued == 0
