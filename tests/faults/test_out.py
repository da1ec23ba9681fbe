"""Messages on their way out while the network misbehaves: none is lost, none comes twice unless nobody could know.

Each fault is on for five minutes; then the network behaves, and within the pauses of the settings the link is bound
and everything settled. A message whose answer was lost is sent again (it is a T-code), five times at most: that is the
only way to come twice.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from simulators.conditions import GROUPS, Conditions

MESSAGES = 40


class Fault(NamedTuple):
    """Conditions, how often a message may come, and the states that messages may end in besides "delivered"."""

    conditions: dict[str, Any]
    times: int = 1
    states: frozenset[str] = frozenset()


UNSURE = 5  # answers get lost: a T-code is sent again, five times in all
SENT = frozenset({"sent"})  # no receipt can be matched
LOST = frozenset({"sent", "failed"})

FAULTS = {
    "wrong password": Fault({"bind_refuse": "ESME_RINVPASWD"}),
    "already bound": Fault({"bind_refuse": "ESME_RALYBND"}),
    "bind answered late": Fault({"bind_latency": 4}),
    "bind answered after the timer": Fault({"bind_latency": 15}),
    "bind too soon after the last": Fault({"bind_pause": 30, "session_close_after": 9}, UNSURE),
    "bind never answered": Fault({"bind_silent": True}),
    "no version told": Fault({"bind_no_version": True}),
    "an old bind counts on": Fault({"bind_limit": 1, "bind_linger": 60, "session_close_after": 9}, UNSURE),
    "enquire_link not answered": Fault({"session_no_enquire_link": True}),
    "half open": Fault({"session_half_open": True}, UNSURE),
    "nothing read": Fault({"session_no_reading": True}, UNSURE),
    "closed again and again": Fault({"session_close_after": 7}, UNSURE),
    "reset again and again": Fault({"session_close_after": 7, "session_reset": True}, UNSURE),
    "unbound after requests": Fault({"session_unbind_after": 7}),
    "unbound after a time": Fault({"session_unbind_seconds": 3, "submit_latency": 1}),
    "junk on the wire": Fault({"wire_junk": "mixed", "wire_junk_every": 5}, UNSURE),
    "trailing octets": Fault({"wire_trailing": 2}, states=SENT),
    "octet by octet": Fault({"wire_pieces": 1}),
    "glued together": Fault({"wire_glue": 0.5}),
    "slow": Fault({"submit_latency": 4}),
    "slower than the timer": Fault({"submit_latency": 15}, UNSURE),
    "throttled": Fault({"submit_throttle": 2}),
    "throttled by a full queue": Fault({"submit_throttle": 2, "submit_throttle_reaction": "ESME_RMSGQFUL"}),
    "throttled by closing": Fault({"submit_throttle": 5, "submit_throttle_reaction": "close"}, UNSURE),
    "throttled by back pressure": Fault({"submit_throttle": 5, "submit_throttle_reaction": "wait"}, UNSURE),
    "window exceeded": Fault({"submit_window": 3, "submit_latency": 0.5}),
    "window exceeded and closed": Fault(
        {"submit_window": 3, "submit_latency": 0.5, "submit_window_reaction": "close"}, UNSURE
    ),
    "answers without a body": Fault({"submit_no_body": True}, states=SENT),
    "half of them refused": Fault({"submit_refuse": 0.5}),
    "refused by the whole range": Fault({"submit_refuse": 0.2, "submit_refuse_with": "ESME_RX_T_APPN"}),
    "refused with a body": Fault({"submit_refuse": 0.3, "submit_error_body": True}),
    "refused by generic_nack": Fault({"submit_nack": 0.3}, states=LOST),
    "answers lost": Fault({"submit_lost_answers": 0.3}, UNSURE),
    "answers late": Fault({"submit_answer_delay": 15}, UNSURE),
    "answers twice": Fault({"submit_answer_twice": 0.5}),
    "answers out of order": Fault({"submit_reorder": 5}),
    "hexadecimal in answers": Fault({"submit_ids": "padded"}, states=SENT),
    "messages fail": Fault({"submit_fail": 0.3}, states=frozenset({"failed"})),
    "receipts late": Fault({"receipt_delay": 60}),
    "receipts before the answer": Fault({"receipt_first": True}),
    "receipts lost": Fault({"receipt_lost": 0.5}, states=SENT),
    "receipts twice": Fault({"receipt_twice": 1}),
    "receipts by another bind": Fault({"receipt_other_bind": True}),
    "ENROUTE after the final state": Fault({"receipt_late_enroute": True}),
    "intermediate notifications": Fault({"receipt_intermediate": True}),
}


@pytest.mark.parametrize("name", FAULTS)
def test_survived_with_nothing_lost(make_city: Any, name: str) -> None:
    fault = FAULTS[name]
    city = make_city(main={"binds": 2}) if "another bind" in name else make_city()
    city.network(**fault.conditions)
    city.start()
    told = []
    for _ in range(5):
        told += city.tell(MESSAGES // 5)
        city.wait(60)

    city.network()
    assert city.wait(600, until=lambda: city.bound) <= 20 + 10  # the longest pause, and one bind_timeout
    city.wait(3600, until=lambda: city.settled)
    city.wait(120)

    assert set(city.states) <= {"delivered"} | fault.states
    if "failed" not in fault.states:
        assert set(city.arrived) == set(told)
    assert max(city.arrived.values()) <= fault.times
    link = city.links["main"]
    assert (link.queued, link.window_used, link.throttled) == (0, 0, False)


def test_no_answers_until_the_end_is_told_as_unknown(make_city: Any) -> None:
    city = make_city()
    city.network(submit_lost_answers=1)
    city.start().tell(5)
    city.wait(3600, until=lambda: city.settled)
    assert city.states == {"unknown": 5}
    assert set(city.arrived.values()) == {5}


def test_every_condition_of_these_groups_is_a_fault_here() -> None:
    tried = {name for fault in FAULTS.values() for name in fault.conditions}
    told_elsewhere = {"submit_fail_state", "receipt_ids", "receipt_dialect"}  # tests/simulators, tests/smpp
    groups = {group.__name__: set(group.model_fields) for group in GROUPS}
    ours = set().union(*(names for group, names in groups.items() if not group.startswith(("Phone", "Ussd"))))
    assert ours - told_elsewhere == tried
    assert set(Conditions.model_fields) == set().union(*groups.values())
