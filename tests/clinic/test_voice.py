"""The outbox from the caller's side: whom it calls when, over which trunk, what became of it, and what then."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, count
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert, text, update
from sqlalchemy.orm import Session

from clinic import calls, messages, outbox, receipts, voice
from clinic.outbox import SentPart, Settled
from clinic.receipts import Told
from clinic.speech import PLAIN, Speech
from clinic.tables import Call, Message
from clinic.voice import OUTCOMES, Trunk
from conf.texts.words import Name
from tests.clinic.conftest import SHANGHAI
from tests.clinic.test_hours import TIMES, ZONES, first_loud

PHONE, OTHER, THIRD = "+8615400000001", "+8615400000002", "+8615400000003"
ABROAD = "+4915112345678"
ALL = Trunk("all", room=50)
NIGHT = dt.time(21), dt.time(8)
NEVER = dt.time(0), dt.time(0)
PLANS = {
    "busy": [180, 600, 1800],
    "no_answer": [900, 3600],
    "rejected": [3600],
    "congestion": [60, 180],
    "unheard": [3600, 14_400],
}
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
numbers = count(1)

ROOMS = {"code": 9, "answer": 9, "notice": 9, "bulk": 9}


def tell(clinic: Any, words: str, phone: str = PHONE, **more: Any) -> None:
    """A free text for a phone that is reached by voice."""
    told = {"occasion": f"{words}:{next(numbers)}", "phone": phone, "text": words, "channel": "voice", **more}
    clinic.run(messages.tell_text, now=clinic.moment, **told)


def claim(clinic: Any, *trunks: Trunk, caller: str = "one", most: int = 50, quiet: bool = False) -> list[Any]:
    given = {"caller": caller, "trunks": trunks or (ALL,), "most": most, "quiet": quiet}
    return clinic.run(voice.claim, now=clinic.moment, **given)


def texts(claimed: list[Any]) -> list[str]:
    return [each.text for each in claimed]


def dial(clinic: Any, message: Any, caller: str = "one") -> int | None:
    named = {"server": "main", "uniqueid": f"caredial-out-{next(numbers)}", "trunk": message.trunk}
    return clinic.run(voice.dialled, caller=caller, message=message.id, now=clinic.moment, **named)


def settle(clinic: Any, message: Any, outcome: str, dialled_at: dt.datetime | None = None, **more: Any) -> None:
    given = {"plans": PLANS, "quiet": NEVER, "now": clinic.moment, **more}
    at = dialled_at or clinic.moment
    clinic.run(voice.settle, message=message.id, outcome=outcome, dialled_at=at, **given)


def call(clinic: Any, outcome: str, message: Any = None, rings: dt.timedelta = MINUTE, **more: Any) -> None:
    """Claim what is due, dial, and after a minute it has ended so."""
    message = message or claim(clinic)[0]
    dialled_at, number = clinic.moment, dial(clinic, message)
    clinic.moment += rings
    clinic.run(calls.end, call=number, outcome=outcome, path=[], now=clinic.moment)
    settle(clinic, message, outcome, dialled_at, **more)


def states(clinic: Any) -> list[str]:
    return clinic.rows(Message.state)


# Who is called


def test_codes_go_before_answers_and_answers_before_notices_each_by_when_they_fell_due(clinic: Any) -> None:
    for n, (words, message_class) in enumerate(
        [("n1", "notice"), ("a1", "answer"), ("c1", "code"), ("n2", "notice"), ("a2", "answer"), ("c2", "code")]
    ):
        tell(clinic, words, f"+861540000010{n}", message_class=message_class)
        clinic.wait(seconds=1)
    assert texts(claim(clinic, most=3)) == ["c1", "c2", "a1"]
    assert texts(claim(clinic)) == ["a2", "n1", "n2"]
    assert claim(clinic) == []
    assert set(states(clinic)) == {"sending"}


def test_nobody_is_called_before_it_is_due(clinic: Any) -> None:
    tell(clinic, "a")
    call(clinic, "busy")
    assert clinic.run(voice.next_due, now=clinic.moment) == clinic.moment + 2 * MINUTE
    clinic.wait(seconds=119)
    assert claim(clinic) == []
    clinic.wait(seconds=1)
    assert texts(claim(clinic)) == ["a"]
    assert clinic.run(voice.next_due, now=clinic.moment) is None


def test_a_phone_has_one_call_at_a_time(clinic: Any) -> None:
    for words in ("first", "second", "third"):
        tell(clinic, words)
    tell(clinic, "other", OTHER)
    claimed = claim(clinic)
    assert texts(claimed) == ["first", "other"]
    assert claim(clinic, caller="two") == []
    call(clinic, "heard", claimed[0])
    assert texts(claim(clinic)) == ["second"]


def test_many_for_one_phone_do_not_take_the_places_of_others(clinic: Any) -> None:
    for n in range(9):
        tell(clinic, f"flood {n}")
    tell(clinic, "other", OTHER)
    assert texts(claim(clinic, most=3)) == ["flood 0", "other"]


def test_who_is_on_a_call_with_us_is_not_called(clinic: Any) -> None:
    opened = {"server": "main", "uniqueid": "1.1", "direction": "in", "phone": PHONE}
    number = clinic.run(calls.begin, **opened, now=clinic.moment)
    tell(clinic, "a")
    tell(clinic, "other", OTHER)
    assert texts(claim(clinic)) == ["other"]
    clinic.run(calls.end, call=number, outcome="ended", path=[], now=clinic.moment)
    assert texts(claim(clinic)) == ["a"]


def test_a_call_that_was_never_told_to_have_ended_does_not_count_for_ever(clinic: Any) -> None:
    opened = {"server": "gone", "uniqueid": "1.1", "direction": "in", "phone": PHONE}
    clinic.run(calls.begin, **opened, now=clinic.moment)
    tell(clinic, "a")
    clinic.moment += voice.LONGEST_CALL - MINUTE
    assert claim(clinic) == []
    clinic.wait(minutes=1)
    assert texts(claim(clinic)) == ["a"]


def test_in_quiet_hours_only_what_somebody_waits_for_goes(clinic: Any) -> None:
    for n, message_class in enumerate(("notice", "answer", "code")):
        tell(clinic, message_class, f"+861540000010{n}", message_class=message_class)
    assert texts(claim(clinic, quiet=True)) == ["code", "answer"]
    assert claim(clinic, quiet=True) == []
    assert texts(claim(clinic)) == ["notice"]


def test_a_broadcast_calls_nobody_and_an_sms_neither(clinic: Any) -> None:
    tell(clinic, "broadcast", message_class="bulk")
    tell(clinic, "sms", OTHER, channel="sms")
    clinic.run(lambda session: session.execute(update(Message).where(Message.id == 1).values(channel="voice")) and None)
    assert claim(clinic) == []
    assert states(clinic) == ["queued", "queued"]


def test_what_is_spoken_is_not_sent(clinic: Any) -> None:
    tell(clinic, "spoken")
    clinic.wait(minutes=1)
    assert clinic.run(outbox.claim, sender="one", rooms=ROOMS, now=clinic.moment) == []
    claim(clinic, caller="one")
    assert clinic.run(outbox.recover, sender="one", now=clinic.moment) == 0
    assert states(clinic) == ["sending"]


def test_where_nobody_can_be_called_it_is_sent_after_all(clinic: Any) -> None:
    tell(clinic, "spoken")
    clinic.run(sms_with_speech, "lost", OTHER, now=clinic.moment)
    fail(clinic)
    assert clinic.run(voice.fall_back, now=clinic.moment) == 1
    given = {"sender": "one", "rooms": ROOMS, "now": clinic.moment, "calls": False}
    assert texts(clinic.run(outbox.claim, **given)) == ["spoken"]
    assert clinic.rows(Message.channel, Message.state)[1:] == [("sms", "failed"), ("voice", "failed")]  # not once more


def test_a_message_that_waited_too_long_expires(clinic: Any) -> None:
    tell(clinic, "old", message_class="notice")
    clinic.wait(hours=23)
    tell(clinic, "young", OTHER)
    clinic.wait(hours=1)
    assert texts(claim(clinic)) == ["young"]
    assert states(clinic) == ["expired", "sending"]


# Over which trunk


def test_a_number_goes_over_the_trunk_with_the_longest_prefix_that_has_room(clinic: Any) -> None:
    trunks = [Trunk("rest", room=9), Trunk("home", ("86",), room=2), Trunk("town", ("+861540", "+861541"), room=1)]
    for phone in (PHONE, OTHER, THIRD, "+8615400000004", ABROAD):
        tell(clinic, phone, phone)
    claimed = {each.phone: each.trunk for each in claim(clinic, *trunks)}
    assert list(claimed.values()) == ["town", "home", "home", "rest", "rest"]


def test_equal_trunks_share_by_their_room(clinic: Any) -> None:
    for n in range(6):
        tell(clinic, "t", f"+861540000010{n}")
    claimed = claim(clinic, Trunk("a", room=2), Trunk("b", room=4))
    assert sorted(each.trunk for each in claimed) == ["a", "a", "b", "b", "b", "b"]


def test_what_has_no_room_waits_and_holds_up_nothing(clinic: Any) -> None:
    for n in range(5):
        tell(clinic, f"home {n}", f"+861540000010{n}", message_class="code")
    tell(clinic, "abroad", ABROAD, message_class="notice")
    home, abroad = Trunk("home", ("86",), room=1), Trunk("abroad", ("49",), room=5)
    assert texts(claim(clinic, home, abroad, most=3)) == ["home 0", "abroad"]
    assert texts(claim(clinic, Trunk("home", ("86",), room=0), abroad)) == []
    assert states(clinic) == ["sending", *["queued"] * 4, "sending"]


def test_a_number_that_no_trunk_carries_has_failed(clinic: Any) -> None:
    tell(clinic, "abroad", ABROAD)
    tell(clinic, "home")
    assert texts(claim(clinic, Trunk("home", ("86",), room=1))) == ["home"]
    assert clinic.rows(Message.state, Message.error)[0] == ("failed", "no trunk carries this number")


def test_without_any_trunk_everything_waits(clinic: Any) -> None:
    tell(clinic, "a")
    assert clinic.run(voice.claim, caller="one", trunks=(), most=9, now=clinic.moment, quiet=False) == []
    assert states(clinic) == ["queued"]


# What is said


def test_a_claimed_message_tells_what_to_say_word_by_word(clinic: Any) -> None:
    clinic.run(sms_with_speech, "s", PHONE, now=clinic.moment, channel="voice", message_class="notice")
    tell(clinic, "请带身份证", OTHER)
    free, spoken = claim(clinic)
    assert spoken.speech == Speech("zh", "visit.full", {"department": Name("全科", "GP"), "day": dt.date(2027, 3, 8)})
    assert (spoken.phone, spoken.message_class, spoken.attempts, spoken.trunk) == (PHONE, "notice", 0, "all")
    assert spoken.expires_at == clinic.moment + messages.LIFETIME
    assert free.speech == Speech("zh", PLAIN, {"text": "请带身份证"})


def test_what_was_kept_and_is_damaged_is_read_out_as_it_is_written(clinic: Any) -> None:
    tell(clinic, "Please come")
    damaged = update(Message).values(speech={"language": "zh", "key": 7})
    clinic.run(lambda session: session.execute(damaged) and None)
    assert claim(clinic)[0].speech == Speech("en", PLAIN, {"text": "Please come"})


# The dial


def test_the_call_is_written_down_before_it_is_dialled(clinic: Any) -> None:
    tell(clinic, "a")
    [message] = claim(clinic)
    clinic.wait(seconds=3)
    assert dial(clinic, message) == 1
    assert clinic.rows(Call.message_id, Call.phone, Call.trunk, Call.direction, Call.started_at, Call.ended_at) == [
        (message.id, PHONE, "all", "out", clinic.moment, None)
    ]
    assert clinic.rows(Message.claimed_at, Message.attempts) == [(clinic.moment, 1)]


def test_what_has_been_taken_over_is_not_dialled(clinic: Any) -> None:
    tell(clinic, "a")
    [message] = claim(clinic, caller="one")
    clinic.moment += outbox.LEASE + MINUTE
    clinic.run(voice.recover, caller="two", alive_messages=(), now=clinic.moment)
    assert dial(clinic, message, "one") is None
    claim(clinic, caller="two")
    assert dial(clinic, message, "one") is None
    assert clinic.rows(Call.id) == []


def test_what_was_not_dialled_after_all_waits_and_has_used_no_attempt(clinic: Any) -> None:
    tell(clinic, "a")
    [message] = claim(clinic)
    clinic.run(voice.put_back, caller="two", message=message.id, due_at=clinic.moment)  # not its own
    assert states(clinic) == ["sending"]
    clinic.run(voice.put_back, caller="one", message=message.id, due_at=clinic.moment + MINUTE)
    assert claim(clinic) == []
    clinic.wait(minutes=1)
    assert claim(clinic)[0].attempts == 0


# What became of it


def test_what_was_heard_is_delivered(clinic: Any) -> None:
    tell(clinic, "a")
    call(clinic, "busy")
    clinic.wait(minutes=5)
    call(clinic, "heard")
    assert clinic.rows(Message.state, Message.error, Message.attempts) == [("delivered", None, 2)]
    assert clinic.rows(Call.outcome) == ["busy", "heard"]
    assert claim(clinic) == []


def test_a_number_that_there_is_not_has_failed_at_once(clinic: Any) -> None:
    tell(clinic, "a")
    call(clinic, "unreachable", plans={**PLANS, "unreachable": [60]})
    assert clinic.rows(Message.state, Message.error) == [("failed", "unreachable")]


@pytest.mark.parametrize("outcome", list(PLANS))
def test_each_outcome_has_its_plan_counted_from_the_dial(clinic: Any, outcome: str) -> None:
    tell(clinic, "a")
    for seconds in PLANS[outcome]:
        dialled_at = clinic.moment
        call(clinic, outcome, rings=dt.timedelta(seconds=40))
        due = dialled_at + dt.timedelta(seconds=seconds)
        assert clinic.rows(Message.state, Message.error, Message.due_at) == [("queued", outcome, due)]
        clinic.moment = due
    call(clinic, outcome)
    assert clinic.rows(Message.state, Message.error) == [("failed", outcome)]
    assert len(clinic.rows(Call.id)) == len(PLANS[outcome]) + 1


def test_each_outcome_counts_only_its_own(clinic: Any) -> None:
    tell(clinic, "a")
    waits = []
    for outcome in ("busy", "no_answer", "busy", "congestion", "no_answer", "busy"):
        dialled_at = clinic.moment
        call(clinic, outcome)
        [clinic.moment] = clinic.rows(Message.due_at)
        waits.append((clinic.moment - dialled_at).total_seconds())
    assert waits == [180, 900, 600, 60, 3600, 1800]


def test_calls_for_other_messages_do_not_count(clinic: Any) -> None:
    tell(clinic, "other")
    call(clinic, "rejected")
    clinic.wait(hours=2)
    call(clinic, "rejected")
    tell(clinic, "mine")
    call(clinic, "rejected")
    assert states(clinic) == ["failed", "queued"]


def test_our_own_fault_goes_by_the_plan_of_congestion_and_what_has_no_plan_is_over(clinic: Any) -> None:
    tell(clinic, "a")
    dialled_at = clinic.moment
    call(clinic, "failed")
    assert clinic.rows(Message.state, Message.due_at) == [("queued", dialled_at + MINUTE)]
    call(clinic, "failed", plans={"failed": []})
    assert states(clinic) == ["failed"]
    tell(clinic, "b", OTHER)
    call(clinic, "busy", plans={})
    assert states(clinic) == ["failed", "failed"]


def test_a_plan_shorter_than_the_call_is_due_at_once(clinic: Any) -> None:
    tell(clinic, "a")
    call(clinic, "congestion", rings=5 * MINUTE)
    assert clinic.rows(Message.due_at) == [clinic.moment]


def test_after_the_end_of_its_life_it_has_failed(clinic: Any) -> None:
    tell(clinic, "a")
    clinic.wait(hours=23, minutes=30)
    call(clinic, "rejected")
    assert clinic.rows(Message.state, Message.error) == [("failed", "rejected")]


def test_what_nobody_waits_for_is_put_off_to_the_morning(clinic: Any) -> None:
    clinic.moment = clinic.moment.replace(hour=20, minute=30)
    tell(clinic, "notice", message_class="notice")
    tell(clinic, "answer", OTHER, message_class="answer")
    tell(clinic, "code", THIRD, message_class="code")
    for message in claim(clinic):
        settle(clinic, message, "rejected", quiet=NIGHT)
    morning = clinic.moment.replace(hour=8, minute=0) + DAY
    assert sorted(clinic.rows(Message.due_at)) == [clinic.moment + HOUR, morning, morning]


def test_at_night_only_an_answer_of_this_moment_is_told(clinic: Any) -> None:
    tell(clinic, "old", message_class="answer")
    clinic.moment += voice.WAITED_FOR
    tell(clinic, "new", OTHER, message_class="answer")
    assert texts(claim(clinic, quiet=True)) == ["new"]


def test_a_notice_that_would_be_too_old_in_the_morning_has_failed(clinic: Any) -> None:
    tell(clinic, "notice", message_class="notice")
    clinic.moment += 13 * HOUR  # half past eight in the evening
    settle(clinic, claim(clinic)[0], "rejected", quiet=NIGHT)
    assert states(clinic) == ["failed"]


def test_who_has_heard_it_is_not_called_again_though_another_took_it_over(clinic: Any) -> None:
    tell(clinic, "a")
    [message] = claim(clinic, caller="one")
    clinic.moment += outbox.LEASE + MINUTE
    clinic.run(voice.recover, caller="two", alive_messages=(), now=clinic.moment)
    settle(clinic, message, "busy")  # too late: it is another's to try
    assert clinic.rows(Message.state, Message.error) == [("queued", None)]
    settle(clinic, message, "heard")
    assert claim(clinic, caller="two") == []
    settle(clinic, message, "busy")
    assert states(clinic) == ["delivered"]


# Retry times against brute force


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    earlier=st.lists(st.sampled_from(OUTCOMES[1:]), max_size=5),
    outcome=st.sampled_from(OUTCOMES[1:]),
    message_class=st.sampled_from(voice.CLASSES),
    begins=TIMES,
    ends=TIMES,
    zone=ZONES,
    minute=st.integers(0, 1439),
    rings=st.integers(0, 400),
)
def test_a_retry_comes_when_its_plan_and_the_night_say(
    clinic: Any,
    earlier: list[str],
    outcome: str,
    message_class: str,
    begins: dt.time,
    ends: dt.time,
    zone: str,
    minute: int,
    rings: int,
) -> None:
    clinic.run(lambda session: session.execute(text("update message set state = 'failed'")) and None)
    hours = begins, ends
    clinic.moment = dt.datetime(2027, 3, 8, tzinfo=ZoneInfo(zone)) + minute * MINUTE
    told_at = clinic.moment
    tell(clinic, "t", f"+86154{next(numbers):08d}", message_class=message_class)
    [message] = claim(clinic)
    for each in earlier:
        number = dial(clinic, message)
        clinic.wait(seconds=1)
        clinic.run(calls.end, call=number, outcome=each, path=[], now=clinic.moment)
    call(clinic, outcome, message, dt.timedelta(seconds=rings), quiet=hours)

    dialled_at = clinic.moment - dt.timedelta(seconds=rings)
    plan = {**PLANS, "failed": PLANS["congestion"]}.get(outcome, [])
    waits = plan[sum(each == outcome for each in earlier) :]
    expected: tuple[Any, ...] = ("failed",)
    if waits:
        at = max(dialled_at + dt.timedelta(seconds=waits[0]), clinic.moment)
        at = at if message_class == "code" else first_loud(hours, at)
        expected = ("queued", at) if at < told_at + messages.LIFETIME else expected
    state, due_at = clinic.rows(Message.state, Message.due_at)[-1]
    assert (state, due_at)[: len(expected)] == expected


# After a crash


@pytest.mark.parametrize(("message_class", "most"), [("answer", 5), ("code", 2), ("notice", 2)])
def test_a_message_whose_call_is_lost_each_time_is_given_up(clinic: Any, message_class: str, most: int) -> None:
    tell(clinic, "poison", message_class=message_class)
    tries = 0
    while claimed := claim(clinic):
        tries += 1
        dial(clinic, claimed[0])
        clinic.run(calls.lost, server="main", alive=(), now=clinic.moment)
        clinic.run(voice.recover, caller="one", alive_messages=(), now=clinic.moment)
    assert tries == most
    assert clinic.rows(Message.state, Message.error) == [("unknown", "outcome unknown")]


def test_what_kills_its_caller_before_the_dial_is_given_up_too(clinic: Any) -> None:
    tell(clinic, "poison", message_class="code")
    tries = 0
    while claim(clinic):
        tries += 1
        clinic.run(voice.recover, caller="one", alive_messages=(), now=clinic.moment)
    assert (tries, states(clinic)) == (2, ["unknown"])


def test_calls_whose_end_is_known_do_not_count_as_lost(clinic: Any) -> None:
    tell(clinic, "a", message_class="notice")
    for outcome in ("busy", "no_answer", "busy"):
        call(clinic, outcome)
        [clinic.moment] = clinic.rows(Message.due_at)
    claim(clinic)
    assert clinic.run(voice.recover, caller="one", alive_messages=(), now=clinic.moment) == 1
    assert states(clinic) == ["queued"]


def test_a_living_callers_calls_are_left_to_it(clinic: Any) -> None:
    for n in range(3):
        tell(clinic, f"{n}", f"+861540000010{n}")
    long, taken_up, _lost = claim(clinic, caller="one")
    for _ in range(3):
        clinic.moment += outbox.LEASE
        clinic.run(voice.renew, caller="one", messages={long.id}, now=clinic.moment)
        clinic.run(voice.renew, caller="two", messages={taken_up.id}, now=clinic.moment)  # not its own
    assert clinic.run(voice.recover, caller="two", alive_messages={taken_up.id}, now=clinic.moment) == 1
    assert states(clinic) == ["sending", "sending", "queued"]


def test_a_dead_nodes_calls_are_taken_over_after_the_lease(clinic: Any) -> None:
    tell(clinic, "a")
    claim(clinic, caller="one")
    clinic.moment += outbox.LEASE
    assert clinic.run(voice.recover, caller="two", alive_messages=(), now=clinic.moment) == 0
    clinic.wait(seconds=1)
    assert clinic.run(voice.recover, caller="two", alive_messages=(), now=clinic.moment) == 1


def test_an_sms_is_not_the_callers_to_recover(clinic: Any) -> None:
    tell(clinic, "sms", channel="sms")
    clinic.run(outbox.claim, sender="one", rooms=ROOMS, now=clinic.moment)
    assert clinic.run(voice.recover, caller="one", alive_messages=(), now=clinic.moment) == 0
    assert states(clinic) == ["sending"]


def test_what_is_recovered_ends_its_record_and_frees_the_phone(clinic: Any) -> None:
    tell(clinic, "a")
    number = dial(clinic, claim(clinic)[0])
    clinic.run(voice.recover, caller="one", alive_messages=(), now=clinic.moment)
    assert clinic.run(calls.outcomes, message=1) == [calls.LOST]
    assert number
    assert texts(claim(clinic)) == ["a"]


def test_a_live_call_is_for_the_message_that_was_dialled_last_by_its_name(clinic: Any) -> None:
    tell(clinic, "a")
    [message] = claim(clinic)
    number = dial(clinic, message)
    named = clinic.run(lambda session: session.get_one(Call, number).uniqueid)
    found = clinic.run(voice.dialled_before, message=message.id, server="main", uniqueid=named)
    assert (found.call, found.message.id, found.dialled_at) == (number, message.id, clinic.moment)
    assert clinic.run(voice.dialled_before, message=message.id, server="main", uniqueid="another") is None
    settle(clinic, message, "heard")
    assert clinic.run(voice.dialled_before, message=message.id, server="main", uniqueid=named) is None


# Instead of an SMS that has failed


def sms_with_speech(session: Session, occasion: str, phone: str, *, now: dt.datetime, **more: Any) -> None:
    words = {"department": Name("全科", "GP"), "day": dt.date(2027, 3, 8)}
    channel = more.pop("channel", "sms")
    messages.tell(session, occasion=occasion, phone=phone, language="zh", key="visit.full", now=now, **more, **words)
    session.execute(update(Message).where(Message.occasion == occasion).values(channel=channel))


def sms(clinic: Any, occasion: str = "visit:7", **more: Any) -> None:
    clinic.run(sms_with_speech, occasion, PHONE, now=clinic.moment, **more)


def submit(clinic: Any) -> list[Any]:
    return clinic.run(outbox.claim, sender="one", rooms=ROOMS, now=clinic.moment)


def sms_settled(clinic: Any, message: Any, *parts: SentPart, **outcome: Any) -> None:
    clinic.run(outbox.settle_many, outcomes=[Settled(message, parts, **outcome)], now=clinic.moment)


def fail(clinic: Any) -> None:
    for message in submit(clinic):
        sms_settled(clinic, message, error="ESME_RINVDSTADR")


def fall_back(clinic: Any) -> int:
    return clinic.run(voice.fall_back, now=clinic.moment)


@pytest.mark.parametrize("message_class", ["code", "answer", "notice"])
def test_what_no_sms_centre_took_is_told_by_voice_once(clinic: Any, message_class: str) -> None:
    sms(clinic, message_class=message_class)
    assert fall_back(clinic) == 0
    fail(clinic)
    assert (fall_back(clinic), fall_back(clinic)) == (1, 0)
    [message] = claim(clinic)
    assert (message.phone, message.message_class, message.speech.key) == (PHONE, message_class, "visit.full")
    assert clinic.rows(Message.occasion, Message.channel) == [("visit:7", "sms"), ("voice:visit:7", "voice")]


def test_among_a_million_each_message_is_found_by_an_index(clinic: Any) -> None:
    """On SQLite, which tells its plan of a statement with its values; the same indexes are there on PostgreSQL."""
    engine, asked = clinic.run(lambda session: session.get_bind()), list[tuple[str, Any]]()
    if engine.dialect.name != "sqlite":
        pytest.skip("plans are looked at on SQLite")
    sms(clinic)
    fail(clinic)
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    assert fall_back(clinic) == 1
    words = {"department": Name("全科", "GP"), "day": dt.date(2027, 3, 8)}
    told = {"occasion": "visit:8", "phone": PHONE, "language": "zh", "key": "visit.full", "now": clinic.moment}
    clinic.run(messages.tell, **told, **words)
    with engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        for statement, values in [each for each in asked if each[0].startswith(("SELECT", "UPDATE"))]:
            plan = [row[3] for row in driver.execute(f"explain query plan {statement}", values)]
            assert not [step for step in plan if step == "SCAN message"], statement


@pytest.mark.parametrize("state", ["undeliverable", "expired", "rejected", "deleted"])
def test_what_a_receipt_tells_to_have_failed_is_told_by_voice(clinic: Any, state: str) -> None:
    sms(clinic)
    [message] = submit(clinic)
    sms_settled(clinic, message, SentPart(1, "main", "A1"))
    assert fall_back(clinic) == 0
    clinic.wait(hours=1)
    clinic.run(receipts.record, link="main", told=[Told("A1", state)], now=clinic.moment)
    assert fall_back(clinic) == 1
    clinic.run(receipts.record, link="main", told=[Told("A1", "delivered")], now=clinic.moment)
    assert fall_back(clinic) == 0


def test_what_is_delivered_is_not_told_again(clinic: Any) -> None:
    sms(clinic)
    [message] = submit(clinic)
    sms_settled(clinic, message, SentPart(1, "main", "A1"))
    clinic.run(receipts.record, link="main", told=[Told("A1", "delivered")], now=clinic.moment)
    assert (fall_back(clinic), claim(clinic)) == (0, [])


def test_what_expired_in_the_outbox_is_told_by_voice_if_it_still_matters(clinic: Any) -> None:
    sms(clinic, "visit:7")
    sms(clinic, "code:8", message_class="code")
    clinic.wait(hours=24)
    assert submit(clinic) == []
    assert fall_back(clinic) == 1
    assert clinic.rows(Message.occasion)[2:] == ["voice:visit:7"]
    assert clinic.rows(Message.expires_at)[2] == clinic.moment + messages.LIFETIME


def test_a_code_lives_no_longer_for_being_told_by_voice(clinic: Any) -> None:
    sms(clinic, message_class="code")
    clinic.wait(minutes=4)
    fail(clinic)
    assert fall_back(clinic) == 1
    assert claim(clinic)[0].expires_at == clinic.moment + MINUTE


@pytest.mark.parametrize(("hours", "told"), [(29, 1), (30, 0)])
def test_what_failed_long_ago_is_left_alone(clinic: Any, hours: int, told: int) -> None:
    sms(clinic)
    fail(clinic)
    clinic.wait(hours=hours)  # nobody could be called all that time
    assert (fall_back(clinic), fall_back(clinic)) == (told, 0)


def test_broadcasts_and_free_texts_stay_texts(clinic: Any) -> None:
    sms(clinic, message_class="bulk")
    tell(clinic, "free", channel="sms")
    fail(clinic)
    assert states(clinic) == ["failed", "failed"]
    assert fall_back(clinic) == 0


def test_a_call_that_failed_falls_back_to_nothing(clinic: Any) -> None:
    sms(clinic, channel="voice")
    call(clinic, "unreachable")
    assert fall_back(clinic) == 0
    assert clinic.rows(Message.channel, Message.state) == [("voice", "failed")]


def test_a_call_instead_of_an_sms_is_not_made_up_for_either(clinic: Any) -> None:
    sms(clinic)
    fail(clinic)
    fall_back(clinic)
    call(clinic, "unreachable")
    assert fall_back(clinic) == 0
    assert states(clinic) == ["failed", "failed"]


def test_occasions_of_any_length_make_occasions_of_their_own(clinic: Any) -> None:
    for end in "ab":
        sms(clinic, "o" * 119 + end)
    fail(clinic)
    assert fall_back(clinic) == 2
    made = clinic.rows(Message.occasion)[2:]
    assert len(set(made)) == 2
    assert all(each.startswith("voice:") and len(each) <= 120 for each in made)


def test_the_newest_go_first_and_no_more_than_asked_for(clinic: Any) -> None:
    for n in range(3):
        sms(clinic, f"{n}")
    fail(clinic)
    assert clinic.run(voice.fall_back, now=clinic.moment, most=2) == 2
    assert clinic.rows(Message.occasion)[3:] == ["voice:2", "voice:1"]


# Several at once, and how it is found


def test_two_nodes_never_claim_one_message_nor_one_phone_twice(clinic: Any) -> None:
    for n in range(40):
        tell(clinic, f"m{n}", f"+86154000001{n // 2:02d}", message_class=("code", "notice")[n % 2])
    start = Barrier(6)

    def node(n: int) -> list[Any]:
        start.wait()
        return list(chain.from_iterable(claim(clinic, caller=f"node{n}", most=3) for _ in range(4)))

    with ThreadPoolExecutor(6) as pool:
        claimed = list(chain.from_iterable(pool.map(node, range(6))))
    assert len(claimed) == len({each.phone for each in claimed}) == 20
    assert {each.message_class for each in claimed} == {"code"}


def test_two_nodes_never_tell_one_lost_sms_twice(clinic: Any) -> None:
    for n in range(20):
        sms(clinic, f"{n}")
    while "queued" in states(clinic):
        fail(clinic)
    start = Barrier(6)

    def node(_: int) -> int:
        start.wait()
        return sum(clinic.run(voice.fall_back, now=clinic.moment, most=4) for _ in range(6))

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(node, range(6))) == 20
    assert len(clinic.rows(Message.id)) == 40


def test_what_is_claimed_or_lost_is_found_by_an_index_whatever_the_outbox_holds(clinic: Any) -> None:
    clinic.run(fill)
    for fn, words, index in (
        (outbox.claim, {"sender": "one", "rooms": ROOMS}, "ix_message_waits"),
        (outbox.recover, {"sender": "one"}, "ix_message_sending"),
        (voice.claim, {"caller": "one", "most": 9, "trunks": [ALL], "quiet": False}, "ix_message_waits"),
        (voice.next_due, {}, "ix_message_waits"),
        (voice.fall_back, {}, "ix_message_not_come"),
    ):
        with plans(clinic) as found:
            clinic.run(fn, now=clinic.moment, **words)
        assert index in found[0], fn
        assert "SCAN message\n" not in found[0]
        assert "Seq Scan on message" not in found[0]
        assert "ORDER BY" not in found[0] or fn is voice.fall_back  # few, so they may be sorted


def fill(session: Session) -> None:
    """Ten thousand messages of the past, a thousand that wait, few that are spoken."""
    now = dt.datetime(2027, 3, 7, tzinfo=SHANGHAI)
    row = {"phone": PHONE, "text": "t", "attempts": 0, "due_at": now, "expires_at": now + 9 * DAY, "created_at": now}
    kept = {"speech": {"language": "zh", "key": "visit.full", "words": {}}}
    for name, many, more in (
        ("old", 10_000, {"channel": "sms", "state": "delivered", **kept}),
        ("wait", 1000, {"channel": "sms", "state": "queued", **kept}),
        ("call", 1000, {"channel": "voice", "state": "queued", "message_class": "notice", **kept}),
        ("lost", 20, {"channel": "sms", "state": "failed", **kept}),
    ):
        rows = [{**row, **more, "occasion": f"{name}:{n}", "phone": f"+86154{n:08d}"} for n in range(many)]
        session.execute(insert(Message), rows)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("analyze message"))


@contextmanager
def plans(clinic: Any) -> Iterator[list[str]]:
    """How the first SELECT of messages was run, as the database itself tells."""
    engine, found = clinic.run.__self__.engine, []
    explain = "explain " if engine.dialect.name == "postgresql" else "explain query plan "

    def look(_c: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT") and "FROM message" in statement and not found:
            found.append("")
            cursor.execute(explain + statement, parameters)
            found[0] = "\n".join(str(row[-1]) for row in cursor.fetchall()) + "\n"

    event.listen(engine, "before_cursor_execute", look)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", look)


def test_what_is_kept_is_json_that_any_program_reads(clinic: Any) -> None:
    sms(clinic)
    [kept] = clinic.run(lambda session: session.execute(text("select speech from message")).scalars().all())
    read = json.loads(kept) if isinstance(kept, str) else kept
    assert read["words"]["day"] == {"date": "2027-03-08"}
