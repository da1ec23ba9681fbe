"""Events of Asterisk 11 under their names of today."""

from __future__ import annotations

import pytest

from ivr.ami.messages import Message
from ivr.ami.older import modern


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ((("Event", "AsyncAGI"), ("SubEvent", "Start")), "AsyncAGIStart"),
        ((("event", "asyncagi"), ("subevent", "END")), "AsyncAGIEnd"),
        ((("Event", "DTMF"), ("Begin", "No"), ("End", "Yes")), "DTMFEnd"),
        ((("Event", "DTMF"), ("Begin", "Yes"), ("End", "No")), "DTMFBegin"),
        ((("Event", "DTMF"),), "DTMF"),
        ((("Event", "AsyncAGI"), ("SubEvent", "Later")), "AsyncAGI"),
        ((("Event", "AsyncAGIExec"), ("SubEvent", "Start")), "AsyncAGIExec"),
        ((("Event", "Hangup"), ("End", "Yes")), "Hangup"),
    ],
)
def test_names(headers: tuple[tuple[str, str], ...], name: str) -> None:
    message = modern(Message(headers))
    assert message.event == name
    assert message.headers[1:] == headers[1:]
