"""The daemon is killed again and again while it sends: nothing is lost, and what must not come twice does not."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from clinic.tables import Broadcast, Message
from gateway.store import Store, opened
from tests.journeys.conftest import PATIENCE, Gateway, Network

BULK, ANSWERS, KILLS = 3_000, 600, 4
WINDOW = 10  # what may be written and not answered: that much a kill leaves in doubt


def phone_of(number: int) -> str:
    return f"86154{number:08}"


def write(session: Session) -> None:
    """A broadcast that is being sent, and answers that wait too."""
    now = dt.datetime.now(dt.UTC)
    owner = {"title": "t", "consent_class": "public", "expression": "all", "texts": {}, "created_by": "test"}
    session.execute(insert(Broadcast), {**owner, "state": "sending", "created_at": now, "start_at": now})
    broadcast = session.scalars(select(Broadcast.id)).one()
    row = {"state": "queued", "due_at": now, "expires_at": now + dt.timedelta(hours=2), "created_at": now}
    for kind, first, many, more in (
        ("bulk", 0, BULK, {"broadcast_id": broadcast}),
        ("answer", BULK, ANSWERS, {"broadcast_id": None}),
    ):
        numbers = range(first, first + many)
        session.execute(
            insert(Message),
            [
                {**row, **more, "message_class": kind, "occasion": f"k{n}", "phone": f"+{phone_of(n)}", "text": f"t{n}"}
                for n in numbers
            ],
        )


def arrived(network: Network) -> Counter[str]:
    """How often something came to each phone."""
    with network._lock:
        queues = dict(network._queues)
    return Counter({key.removeprefix("sms:"): each.qsize() for key, each in queues.items() if key.startswith("sms:")})


def states(store: Store, kind: str) -> dict[str, str]:
    """The state of each message of a class, by its phone."""
    query = select(Message.phone, Message.state).where(Message.message_class == kind, Message.occasion.startswith("k"))
    rows: Any = store.run_now(lambda session: session.execute(query).all())
    return {phone.removeprefix("+"): state for phone, state in rows}


def wait(until: Any, seconds: float = 3 * PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def more_settings() -> str:
    return f"window = {WINDOW}\n[broadcasts]\nquiet_from = 00:00:00\nquiet_until = 00:00:00\n"


@pytest.mark.parametrize("kind", ["embedded", "city"])
def test_nothing_is_lost_and_no_broadcast_comes_twice(
    kind: str, tmp_path: Any, network: Network, more_settings: str, request: pytest.FixtureRequest
) -> None:
    database, shared = f"sqlite:///{tmp_path / 'journey.db'}", ""
    if kind == "city":
        database, shared = request.getfixturevalue("postgresql_url"), request.getfixturevalue("redis_url")
    gateway = Gateway(tmp_path, network.port, database=database, shared=shared, more=more_settings)
    with opened(database) as store:
        store.run_now(write)
        for killed in range(1, KILLS + 1):
            gateway.start()
            enough = (BULK + ANSWERS) * killed // (KILLS + 2)
            wait(lambda many=enough: arrived(network).total() >= many)
            gateway.kill()
        gateway.start()
        wait(lambda: not {"queued", "sending"} & {*states(store, "bulk").values(), *states(store, "answer").values()})
        assert gateway.stop() == 0
        bulk, answers = states(store, "bulk"), states(store, "answer")
    came = arrived(network)

    assert max(came[phone] for phone in bulk) == 1
    assert {state for phone, state in bulk.items() if not came[phone]} <= {"unknown"}
    assert Counter(bulk.values())["unknown"] <= KILLS * WINDOW
    assert min(came[phone] for phone in answers) == 1
    assert sum(came[phone] - 1 for phone in answers) <= KILLS * WINDOW
