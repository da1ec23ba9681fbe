"""Which events are read."""

from __future__ import annotations

import pytest

from ivr.ami.wanted import Wanted


@pytest.mark.parametrize(
    ("block", "skipped"),
    [
        (b"Event: Newstate\r\nChannel: a", True),
        (b"event:Newstate\nChannel: a", True),
        (b"Event: Hangup\r\nChannel: a", False),
        (b"EVENT: HANGUP", False),
        (b"Event: Hangup2", True),
        (b"Event: Shutdown", False),
        (b"Event: FullyBooted", False),
        (b"Event: DTMF\r\nEnd: Yes", False),
        (b"Event: AsyncAGI\r\nSubEvent: Start", True),
        (b"Response: Success", False),
        (b"ActionID: a\r\nEvent: Newstate", False),
    ],
)
def test_a_look_at_the_first_line(block: bytes, skipped: bool) -> None:
    assert Wanted({"Hangup", "DTMFEnd"}).skips(block, 0) is skipped
    assert not Wanted(None).skips(block, 0)


def test_an_item_of_a_list_is_read() -> None:
    wanted = Wanted({"Hangup"})
    assert not wanted.skips(b"Event: Status\r\nACTIONID: a", 1)
    assert wanted.skips(b"Event: Newstate\r\nChannel: a", 1)


def test_what_is_only_read_is_not_wanted() -> None:
    wanted = Wanted({"Hangup"})
    assert "hangup" in wanted
    assert "shutdown" not in wanted
    assert "shutdown" in Wanted(None)
