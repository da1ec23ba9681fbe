"""Two links: what one cannot carry goes over the other, and comes back when it can."""

from __future__ import annotations

from typing import Any


def over(city: Any) -> dict[str, int]:
    """How many submits each link has written."""
    return {name: link.counters["submitted"] for name, link in city.links.items()}


def test_the_cheap_link_carries_until_it_is_down(make_city: Any) -> None:
    city = make_city(cheap={"price": "0.03"}, dear={"price": "0.05", "system_id": "second"}).start()
    city.wait(5)
    told = city.tell(10)
    city.wait(10)
    assert over(city) == {"cheap": 10, "dear": 0}

    city.lines["cheap"].drop()
    city.wait(1)
    told += city.tell(10)
    city.wait(30)
    assert over(city) == {"cheap": 10, "dear": 10}

    city.lines["cheap"].up = True
    assert city.wait(60, until=lambda: city.bound) <= 10
    told += city.tell(10)
    city.wait(30)
    assert over(city) == {"cheap": 20, "dear": 10}
    assert city.states == {"delivered": 30}
    assert city.arrived == dict.fromkeys(told, 1)


def test_a_throttled_link_shares_its_messages(make_city: Any) -> None:
    city = make_city(cheap={"price": "0.03"}, dear={"price": "0.05", "system_id": "second"}).start()
    city.wait(5)
    city.network(submit_throttle=2)
    told = city.tell(60)
    city.wait(30)
    shared = over(city)
    city.network()
    city.wait(300, until=lambda: city.settled)
    city.wait(60)
    assert shared["dear"] >= 5  # while the cheap one was held down
    assert city.states == {"delivered": 60}
    assert city.arrived == dict.fromkeys(told, 1)


def test_urgent_classes_have_a_link_of_their_own(make_city: Any) -> None:
    city = make_city(fast={"classes": ["code", "answer"]}, bulk={"classes": ["bulk", "notice"]}).start()
    city.wait(5)
    city.tell(3, message_class="code")
    city.tell(4, message_class="bulk")
    city.wait(30)
    assert over(city) == {"fast": 3, "bulk": 4}


def test_what_nobody_carries_fails_at_once(make_city: Any) -> None:
    city = make_city(north={"prefixes": ["+44"]}).start()
    city.wait(5)
    city.tell(2)
    city.wait(5)
    assert city.states == {"failed": 2}


def test_an_smsc_that_has_lost_our_session_is_left_for_the_other_and_bound_anew(make_city: Any) -> None:
    city = make_city(cheap={"price": "0.03"}, dear={"price": "0.05", "system_id": "second"}).start()
    city.wait(5)
    city.network(submit_refuse=1, submit_refuse_with="ESME_RINVBNDSTS")
    told = city.tell(5)
    city.wait(20)
    city.network()
    city.wait(300, until=lambda: city.settled)
    city.wait(30)
    assert city.links["cheap"].counters["binds"] >= 2
    assert city.states == {"delivered": 5}
    assert city.arrived == dict.fromkeys(told, 1)
