"""Those who a broadcast was written for, page by page, whatever else stands in the outbox."""

from __future__ import annotations

import datetime as dt
from typing import Any

from clinic import messages
from clinic.broadcasts import drafts, recipients


def tell(session: Any, occasion: str, now: dt.datetime) -> None:
    messages.tell_text(session, occasion=occasion, phone="+8615400000999", text="x", now=now)


def test_they_come_in_their_order_and_only_those_of_this_broadcast(town: Any) -> None:
    town.add(*(f"+861540000000{n}" for n in range(5)))
    first, second = town.draft(), town.draft()
    town.send(first)
    town.run(tell, occasion="between", now=town.moment)
    town.send(second)
    ids = town.run(recipients.span, broadcast=second)
    found = [
        line
        for start in range(ids.start, ids.stop, 2)
        for line in town.run(recipients.within, broadcast=second, ids=range(start, min(start + 2, ids.stop)))
    ]
    assert [line.number for line in found] == [1, 2, 3, 4, 5]
    assert [line.phone for line in found] == [f"+861540000000{n}" for n in range(5)]
    assert {(line.state, line.claimed_at, line.settled_at) for line in found} == {("queued", None, None)}
    assert found[0].written_at == town.moment


def test_of_one_that_was_never_sent_there_are_none(town: Any) -> None:
    assert len(town.run(recipients.span, broadcast=town.draft())) == 0


def test_when_the_next_is_due(town: Any) -> None:
    town.add("+8615400000001")
    number = town.draft()
    assert town.run(recipients.next_due, broadcast=number) is None
    town.send(number)
    assert town.run(recipients.next_due, broadcast=number) == town.moment


def test_the_last_text_that_was_tried_out_on_a_phone(town: Any) -> None:
    town.add("+8615400000001")
    number = town.draft()
    given = {"broadcast": number, "language": "zh", "by": "liu", "now": town.moment}
    for phone in ("+8615400000007", "+8615400000007", "+8615400000008"):
        town.run(drafts.try_out, phone=phone, **given)
    assert town.run(recipients.last_test, broadcast=number, phone="+8615400000007") == f"broadcast-test:{number}:2"
    assert town.run(recipients.last_test, broadcast=number, phone="+8615400000009") is None
