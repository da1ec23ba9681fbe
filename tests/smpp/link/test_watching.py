"""Who watches a link's PDUs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.task import Clock

from smpp.codec import encode
from smpp.link import Link
from smpp.pdu import EnquireLink
from smpp.trace import Traced, describe, line

Smsc = Any  # tests/smpp/conftest.py


def test_a_watcher_sees_every_pdu_until_it_has_enough(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make()
    seen: list[Traced] = []
    unwatch = link.watch(seen.append)
    clock.advance(3)
    bind = smsc.accept_bind()
    smsc.cable.protocol.dataReceived(b"HTTP")
    clock.advance(0)

    (id_,) = {traced.bind for traced in seen}
    assert seen[0] == Traced("main", id_, 3, True, encode(bind))
    told = [(traced.sent, line(describe(traced.octets))) for traced in seen]
    assert told == [
        (True, "bind_transceiver 1 system_id=caredial interface_version=52"),
        (False, "bind_transceiver_resp 1"),
        (False, "malformed 0 error='4 octets are no header' octets=4"),
        (True, "generic_nack 0 ESME_RINVCMDLEN"),
    ]
    unwatch()
    clock.advance(1)
    smsc.accept_bind()
    assert len(seen) == 4


def test_watching_may_begin_on_a_bind_that_lives_and_end_twice(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make(binds=2)
    smsc.accept_bind()
    one = smsc.cable
    smsc.accept_bind()
    seen: list[Traced] = []
    unwatch = link.watch(seen.append)
    smsc.say(EnquireLink(sequence=1), on=one)
    smsc.say(EnquireLink(sequence=1))

    assert [bind.id for bind in link.status().binds for _ in range(2)] == [traced.bind for traced in seen]
    unwatch()
    unwatch()
    smsc.say(EnquireLink(sequence=2))
    assert len(seen) == 4
    assert smsc.cable.protocol.session.tap is None  # watching costs nothing when nobody does


def test_a_watcher_that_fails_harms_nobody(
    make: Callable[..., Link], smsc: Smsc, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Traced) -> None:
        raise OSError("nobody reads")

    link = make()
    seen: list[Traced] = []
    link.watch(fail)
    link.watch(seen.append)
    smsc.accept_bind()

    assert link.bound
    assert len(seen) == 2
    assert caplog.text.count("a trace's watcher failed") == 1
