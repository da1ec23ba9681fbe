"""From the invoice to the outbox: chunk by chunk, by whoever goes on, with a second person's leave, to the end."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from clinic import outbox
from clinic.broadcasts import drafts, sending, writing
from clinic.broadcasts.errors import NotNow
from clinic.broadcasts.views import Going
from clinic.tables import Message
from gateway.store import Store

from .conftest import BOTH, EN, ZH, Town, phone


def test_what_is_written_is_what_was_shown(town: Town, clinic: Any) -> None:
    town.add(phone(1), "+8613000000002")
    town.add(phone(3), centre=2, language="en")
    town.add(None, phone(1), "10086")
    number = town.draft(texts=BOTH, consent_class="education")
    shown = town.send(number)
    expires = town.moment + dt.timedelta(hours=24)
    same = ("bulk", "sms", "queued", town.moment, expires, 0, town.moment, number, None, None)
    columns = (
        Message.occasion, Message.phone, Message.text, Message.language, Message.segments, Message.on_net,
        Message.centre_id, Message.message_class, Message.channel, Message.state, Message.due_at, Message.expires_at,
        Message.attempts, Message.created_at, Message.broadcast_id, Message.client_id, Message.speech,
    )  # fmt: skip
    zh, en = f"{ZH}回TD退订", f"{EN} Reply STOP to stop"
    assert clinic.rows(*columns) == [
        (f"broadcast:{number}:00000001", phone(1), zh, "zh", 1, True, 1, *same),
        (f"broadcast:{number}:00000002", "+8613000000002", zh, "zh", 1, False, 1, *same),
        (f"broadcast:{number}:00000003", phone(3), en, "en", 1, True, 2, *same),
    ]
    view = town.run(drafts.get, broadcast=number)
    assert (view.state, view.recipients, view.written, view.sent_by) == ("sending", 3, 3, "lin")
    assert (shown.recipients, shown.members) == (3, 6)
    assert (view.start_at, view.expires_at, view.began_at) == (town.moment, expires, town.moment)


def test_moments_are_kept_as_others_write_them(town: Town, clinic: Any) -> None:
    """SQLite compares texts: the same moment must not be written in two ways."""
    town.add(phone(1))
    number = town.draft()
    town.send(number)
    same = Message.due_at == town.moment, Message.expires_at == town.moment + dt.timedelta(days=1)
    found = town.run(lambda session: session.query(Message.id).where(*same, Message.created_at == town.moment).all())
    assert len(found) == 1


def test_those_in_quiet_hours_are_due_when_these_end(town: Town) -> None:
    town.add(phone(1))
    town.add(phone(2), centre=2)
    town.hours(2, dt.time(5), dt.time(5))
    number = town.draft()
    town.send(number, start_at=town.at(23))
    assert town.outbox(number) == ["0001 queued 09 08:00", "0002 queued 08 23:00"]


def test_numbers_of_a_list_keep_the_hours_of_the_centre_whose_broadcast_it_is(town: Town, clinic: Any) -> None:
    town.hours(2, dt.time(8), dt.time(12))
    town.add(phone(1), centre=None)  # type: ignore[arg-type]
    number = town.draft(owner="NH")
    town.send(number)
    assert town.outbox(number) == ["0001 queued 08 12:00"]
    assert clinic.rows(Message.centre_id) == [2]


@pytest.mark.parametrize("most", [1, 2, 3, 10])
def test_chunks_make_no_difference(town: Town, most: int) -> None:
    town.add(phone(1), None, phone(2), phone(1), phone(3), phone(2), phone(4))
    number = town.draft()
    shown = town.begin(number)
    steps = [town.write(number, most)]
    while not steps[-1].done:
        steps.append(town.write(number, most))
    assert [line[:4] for line in town.outbox(number)] == ["0001", "0002", "0003", "0004"]
    assert (steps[-1].written, steps[-1].of, steps[-1].state) == (4, shown.recipients, "sending")
    assert [step.written for step in steps] == sorted(step.written for step in steps)
    assert town.write(number) == steps[-1]  # and nothing more


def test_who_is_killed_in_a_chunk_leaves_nothing_of_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.add(*map(phone, range(1, 8)))
    number = town.draft()
    town.begin(number)
    town.write(number, 3)

    def killed(*args: Any, **given: Any) -> None:
        write(*args, **given)
        raise KeyboardInterrupt

    write = writing.write
    with monkeypatch.context() as patch:
        patch.setattr(writing, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            town.write(number, 3)
    assert len(town.outbox(number)) == 3
    while not town.write(number, 3).done:
        pass
    assert [line[:4] for line in town.outbox(number)] == [f"000{each}" for each in range(1, 8)]


def test_two_processes_at_once_write_everything_once(town: Town, store: Store) -> None:
    town.add(*map(phone, range(40)))
    number = town.draft()
    town.begin(number)
    other = Town(Store(store.engine, tries=50).run_now)

    def all_of_it(town: Town) -> None:
        while not town.write(number, 3).done:
            pass

    threads = [threading.Thread(target=all_of_it, args=[each]) for each in (town, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [line[:4] for line in town.outbox(number)] == [f"{each:04}" for each in range(40)]


def test_ages_are_those_of_the_invoice_when_it_is_written_after_midnight(town: Town) -> None:
    town.add(phone(1), age=64)
    number = town.draft("age<65", texts={"zh": "{age}岁"})
    shown = town.begin(number)
    town.wait(days=365)
    town.write(number)
    assert town.texts(number) == [("0001", "64岁")]
    assert shown.today == dt.date(2027, 3, 8)


def test_a_draft_that_was_changed_needs_a_new_look(town: Town) -> None:
    town.add(phone(1))
    number = town.draft()
    shown = town.invoice(number)
    town.run(drafts.change, broadcast=number, by="wu", now=town.moment, texts={"zh": "别的"})
    with pytest.raises(NotNow, match="was changed since this preview; look at a new one first"):
        town.run(sending.begin, invoice=shown, by="lin", now=town.moment)
    assert town.state(number) == "draft"


def test_it_is_sent_once(town: Town) -> None:
    town.add(phone(1))
    number = town.draft()
    shown = town.begin(number)
    with pytest.raises(NotNow, match="is preparing; only one that is draft can be sent"):
        town.run(sending.begin, invoice=shown, by="wu", now=town.moment)


def test_nobody_to_send_to(town: Town) -> None:
    number = town.draft()
    with pytest.raises(NotNow, match="nobody to send to; its preview tells why"):
        town.begin(number)


# Leave


@pytest.fixture
def waiting(town: Town) -> int:
    """A broadcast that is above the size at which a second person is asked."""
    town.rules = replace(town.rules, approve_above=1)
    town.add(phone(1), phone(2))
    number = town.draft()
    town.send(number)
    return number


def test_a_second_person_lets_it_go(town: Town, waiting: int) -> None:
    assert town.state(waiting) == "waiting"
    assert town.run(sending.sending_now, now=town.moment) == []
    for name in ("lin", " LIN "):
        with pytest.raises(NotNow, match="was sent by lin; a second person must approve it"):
            town.act(sending.approve, waiting, by=name)
    town.wait(minutes=5)
    assert town.act(sending.approve, waiting, by="wu") == "sending"
    view = town.run(drafts.get, broadcast=waiting)
    assert (view.approved_by, view.approved_at, view.began_at) == ("wu", town.moment, town.moment)


def test_leave_may_be_given_while_it_is_still_written(town: Town) -> None:
    town.rules = replace(town.rules, approve_above=1)
    town.add(phone(1), phone(2))
    number = town.draft()
    town.begin(number)
    assert town.act(sending.approve, number, by="wu") == "preparing"
    assert town.write(number).state == "sending"


def test_leave_that_comes_too_late(town: Town, waiting: int) -> None:
    town.wait(hours=24)
    with pytest.raises(NotNow, match="too old to go out; cancel it and send a new one"):
        town.act(sending.approve, waiting, by="wu")
    assert town.conclude() == [waiting]
    assert town.state(waiting) == "cancelled"
    assert town.outbox(waiting)[0] == "0001 expired 08 09:00 not approved in time"


# What is written goes, while the rest is written


def test_what_is_written_goes_while_the_rest_is_written(town: Town) -> None:
    town.add(*map(phone, range(1, 8)))
    number = town.draft()
    town.begin(number)
    assert town.run(sending.sending_now, now=town.moment) == []
    began = town.moment
    assert town.write(number, 3).state == "preparing"
    assert town.run(sending.sending_now, now=town.moment) == [Going(number, None)]
    town.settle(number, phones=[phone(1)])
    assert town.conclude() == []
    town.wait(minutes=5)
    assert town.write(number, 3).state == "preparing"
    assert town.write(number, 3).state == "sending"
    assert town.states(number) == {"delivered": 1, "queued": 6}
    assert town.run(drafts.get, broadcast=number).began_at == began


def test_what_needs_leave_does_not_go_while_it_is_written(town: Town) -> None:
    town.rules = replace(town.rules, approve_above=1)
    town.add(*map(phone, range(1, 8)))
    number = town.draft()
    town.begin(number)
    town.write(number, 3)
    assert town.run(sending.sending_now, now=town.moment) == []
    assert town.act(sending.approve, number, by="wu") == "preparing"
    town.write(number, 3)
    assert town.run(sending.sending_now, now=town.moment) == [Going(number, None)]


def test_what_is_cancelled_while_it_is_written_goes_no_more(town: Town) -> None:
    town.add(*map(phone, range(1, 8)))
    number = town.draft()
    town.begin(number)
    town.write(number, 3)
    town.act(sending.cancel, number)
    assert town.run(sending.sending_now, now=town.moment) == []
    assert town.run(sending.look_ahead, broadcast=number) is None


def test_members_are_looked_up_before_their_turn_and_again_where_others_have_written(town: Town) -> None:
    town.add(*map(phone, range(1, 8)))
    number = town.draft()
    town.begin(number)
    given = {"rules": town.rules, "links": town.links, "now": town.moment, "installation": town.house}
    ahead = town.run(sending.look_ahead, broadcast=number, most=3)
    for written in (3, 6, 7):  # by the second time it is not what comes next any more
        done = town.run(sending.write_some, broadcast=number, most=3, ahead=ahead, **given)
        assert done.written == written
    assert done.state == "sending"
    assert [to for to, _ in town.texts(number)] == [phone(n)[-4:] for n in range(1, 8)]


def test_who_refuses_after_the_looking_ahead_gets_nothing(town: Town) -> None:
    town.add(*map(phone, range(1, 4)))
    number = town.draft(consent_class="education")
    town.begin(number)
    given = {"rules": town.rules, "links": town.links, "now": town.moment, "installation": town.house}
    ahead = town.run(sending.look_ahead, broadcast=number)
    town.refuse(phone(2))
    town.run(sending.write_some, broadcast=number, ahead=ahead, **given)
    assert [to for to, _ in town.texts(number)] == [phone(1)[-4:], phone(3)[-4:]]


# On its way


def test_what_starts_later_is_not_sent_before(town: Town) -> None:
    town.add(phone(1))
    number = town.draft(owner="NH")
    town.send(number, start_at=town.at(10))
    assert town.run(sending.sending_now, now=town.moment) == []
    assert town.run(sending.sending_now, now=town.at(10)) == [Going(number, 2)]
    assert town.run(drafts.get, broadcast=number).began_at == town.at(10)


def test_pause_resume_and_cancel(town: Town) -> None:
    town.add(phone(1), phone(2), phone(3))
    number = town.draft()
    town.send(number)
    town.settle(number, phones=[phone(1)])
    assert town.act(sending.pause, number) == "paused"
    assert town.run(sending.sending_now, now=town.moment) == []
    assert town.act(sending.resume, number) == "sending"
    assert town.act(sending.cancel, number) == "cancelled"
    assert town.run(sending.clear, broadcast=number, now=town.moment, most=1) == 1
    assert town.run(sending.clear, broadcast=number, now=town.moment) == 1
    assert town.run(sending.clear, broadcast=number, now=town.moment) == 0
    assert town.states(number) == {"delivered": 1, "cancelled": 2}


def test_a_pause_while_it_is_written_holds_the_writing_too(town: Town) -> None:
    town.add(*map(phone, range(5)))
    number = town.draft()
    town.begin(number)
    town.write(number, 2)
    assert [each.id for each in town.run(sending.sending_now, now=town.moment)] == [number]
    assert town.act(sending.pause, number) == "paused"
    assert town.run(sending.sending_now, now=town.moment) == []
    assert town.write(number, 2).done
    view = town.run(drafts.get, broadcast=number)
    assert (view.written, view.all_written) == (2, False)
    assert town.act(sending.resume, number) == "preparing"
    assert [each.id for each in town.run(sending.sending_now, now=town.moment)] == [number]
    assert town.write(number, 9).state == "sending"
    assert len(town.outbox(number)) == 5
    assert town.run(drafts.get, broadcast=number).all_written


def test_cancelled_while_it_is_written(town: Town) -> None:
    town.add(*map(phone, range(1, 8)))
    number = town.draft()
    town.begin(number)
    town.write(number, 3)
    town.act(sending.cancel, number)
    assert town.write(number, 3).done
    assert town.conclude() == []  # the daemon marks what the command has left
    assert town.states(number) == {"cancelled": 3}


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (sending.pause, "is draft; only one that is preparing or sending can be paused"),
        (sending.resume, "is draft; only one that is paused can be resumed"),
        (sending.approve, "is draft; only one that is preparing or waiting can be approved"),
    ],
)
def test_not_now(town: Town, act: Any, says: str) -> None:
    number = town.draft()
    with pytest.raises(NotNow, match=says):
        town.act(act, number)


def test_it_is_done_when_nothing_is_left_to_send(town: Town) -> None:
    town.add(phone(1), phone(2))
    number = town.draft()
    town.send(number)
    town.settle(number, "sent", phones=[phone(1)])
    assert town.conclude() == []
    town.settle(number, "sending")
    assert town.conclude() == []
    taken = update(Message).where(Message.state == "sending").values(state="sent")
    town.run(lambda session: session.execute(taken) and None)
    town.wait(minutes=3)
    assert town.conclude() == [number]
    assert town.conclude() == []
    view = town.run(drafts.get, broadcast=number)
    assert (view.state, view.ended_at) == ("done", town.moment)


@pytest.mark.parametrize(("act", "error"), [(sending.pause, "paused for too long"), (None, "not sent in time")])
def test_what_is_not_sent_in_time_expires(town: Town, act: Callable[..., Any] | None, error: str) -> None:
    town.add(phone(1), phone(2))
    number = town.draft()
    town.send(number)
    town.settle(number, phones=[phone(1)])
    if act is not None:
        town.act(act, number)
    town.wait(hours=24)
    assert town.conclude() == [number]
    assert (town.state(number), town.outbox(number)[1]) == ("done", f"0002 expired 08 09:00 {error}")


def test_writing_wakes_the_sender(town: Town, store: Store) -> None:
    woken: list[int] = []
    store.wakes = {"told": lambda: woken.append(1)}
    town.add(phone(1), phone(2), phone(3))
    number = town.draft()
    town.begin(number)
    town.write(number, 2)
    assert not woken
    town.write(number, 2)
    assert woken == [1]


def test_the_outbox_knows_them(town: Town) -> None:
    """What `clinic.outbox` counts is what was written here."""
    town.add(phone(1), phone(2))
    number = town.draft()
    town.send(number)
    assert town.run(outbox.counts, broadcast=number)["queued"] == 2
