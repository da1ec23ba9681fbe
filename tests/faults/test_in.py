"""Messages on their way in while the network misbehaves: each is stored once, whole, before the network forgets it."""

from __future__ import annotations

from collections import Counter
from typing import Any, get_args

import pytest
from twisted.internet.defer import fail

from clinic.errors import StoreBusy
from simulators.conditions import PhoneTrouble
from simulators.letter_forms import LetterForm
from simulators.smsc import Service

PHONES = 8
BROKEN = {"packed", "part-0", "cut-header"}
"""Forms that no gateway can read as they were meant, or not without a setting (default_alphabet)."""

FAULTS: dict[str, dict[str, Any]] = {
    "16-bit references": {"phone_segments": "udh16"},
    "sar TLVs": {"phone_segments": "sar"},
    "message_payload": {"phone_segments": "payload"},
    "parts last one first": {"phone_shuffle": True},
    "parts over two binds": {"phone_spread": True},
    "parts last one first over two binds": {"phone_shuffle": True, "phone_spread": True},
    "parts repeated at once": {"phone_twice": 1},
    "parts repeated later": {"phone_twice": 1, "phone_twice_after": 20},
    **{f"written as {form}": {"phone_form": form} for form in sorted(set(get_args(LetterForm)) - BROKEN)},
    "as data_sm": {"phone_data_sm": True},
    "octet by octet": {"wire_pieces": 1},
    "junk between": {"wire_junk": "mixed", "wire_junk_every": 4},
    "closed again and again": {"session_unbind_seconds": 3},
}


@pytest.mark.parametrize("name", FAULTS)
def test_stored_once(make_city: Any, name: str) -> None:
    city = make_city(main={"binds": 2}).start()
    city.wait(5)
    city.network(**FAULTS[name])
    told = city.text(PHONES)
    city.wait(60)
    city.network()
    city.wait(300)
    assert city.received == Counter(told)


def test_while_the_database_is_away(city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    city.start().wait(5)
    run = city.run
    monkeypatch.setattr(city, "run", lambda *_, **__: fail(StoreBusy()))
    told = city.text(PHONES)
    assert city.received == {}
    monkeypatch.setattr(city, "run", run)
    city.wait(120)
    assert city.received == Counter(told)


def test_a_crash_between_the_parts(make_city: Any) -> None:
    city = make_city(main={"binds": 2}).start()
    city.wait(5)
    city.network(phone_twice=1, phone_twice_after=30)
    city.links["main"].watch(lambda traced: crashes.append(traced.octets))
    crashes: list[bytes] = []
    told = city.text(1)
    city.crash()
    city.wait(120)
    assert city.received == Counter(told)


def test_more_at_once_than_we_work_on(make_city: Any) -> None:
    city = make_city(Service(queue=1000), main={"inbound": 3}).start()
    city.wait(5)
    city.stop_storing()
    told = city.text(40, pause=0)
    city.wait(20)
    assert city.links["main"].counters["delivered"] <= 40  # not more is taken than `inbound`, again and again
    city.store_again()
    city.wait(300)
    assert city.received == Counter(told)


def test_a_stop_in_the_middle_of_it(city: Any) -> None:
    city.start().wait(5)
    city.network(wire_glue=0.2)
    told = city.text(20, pause=0)
    city.links["main"].stopService()
    city.wait(30)
    assert len(city.received) < 20
    city.network()
    city.links["main"].startService()
    city.wait(120)
    assert city.received == Counter(told)


def test_every_condition_of_phones_is_a_fault_here() -> None:
    tried = {name for conditions in FAULTS.values() for name in conditions}
    assert set(PhoneTrouble.model_fields) - {"phone_off"} <= tried
