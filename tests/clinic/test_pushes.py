"""Events for webhooks: kept with the change, leased in order, gone when they were taken."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import update

from clinic import clients, pushes
from clinic.tables import ClientBatch, ClientMessage, Message, Push

LEASE = dt.timedelta(seconds=50)


@dataclass
class Post:
    """Clients with messages, and what is to be pushed to them."""

    clinic: Any
    made: int = 0

    def client(self, name: str, webhook: str = "http://127.0.0.1:9/hook") -> int:
        words = {"classes": ["notice"], "vault": self.clinic.vault, "now": self.clinic.moment}
        made, _ = self.clinic.run(clients.new, name=name, webhook=webhook, **words)
        return int(made.id)

    def message(self, client: int | None, reference: str | None = None) -> int:
        self.made += 1
        return int(self.clinic.run(self._add, client=client, reference=reference))

    def _add(self, session: Any, *, client: int | None, reference: str | None) -> int:
        now = self.clinic.moment
        row = Message(
            occasion=f"test:{self.made}", phone="+8615400000001", text="您好", due_at=now, expires_at=now,
            created_at=now, client_id=client,
        )  # fmt: skip
        session.add(row)
        session.flush()
        if client is not None:
            key = f"key {self.made}"
            batch = ClientBatch(client_id=client, idempotency_key=key, body_digest="", answer={}, created_at=now)
            session.add(batch)
            session.flush()
            session.add(ClientMessage(id=row.id, client_id=client, batch_id=batch.id, reference=reference))
        return row.id

    def becomes(self, state: str, *messages: int, error: str | None = None) -> bool:
        """Whether the store was told that there is something to push."""

        def change(session: Any) -> bool:
            changed = update(Message).where(Message.id.in_(messages))
            session.execute(changed.values(state=state, error=error))
            pushes.note(session, messages, self.clinic.moment)
            return bool(session.info.pop("noted", False))

        return bool(self.clinic.run(change))

    def lease(self, client: int, **more: Any) -> Any:
        now = self.clinic.moment
        return self.clinic.run(pushes.lease, client=client, now=now, until=now + LEASE, **more)

    def waiting(self) -> list[Any]:
        return list(self.clinic.rows(Push.message_id, Push.state))


@pytest.fixture
def post(clinic: Any) -> Post:
    return Post(clinic)


def test_only_changes_of_messages_of_clients_with_a_webhook_are_kept(post: Post) -> None:
    told, mute, gone = post.client("told"), post.client("mute", webhook=""), post.client("gone")
    post.clinic.run(clients.disable, name="gone", now=post.clinic.moment)
    first, *others = post.message(told), post.message(mute), post.message(gone), post.message(None)
    assert post.becomes("sent", *others) is False
    assert post.becomes("failed", first, *others, error="no such number") is True
    assert post.waiting() == [(first, "failed")]
    assert post.becomes("sent") is False


def test_what_the_session_has_not_written_yet_is_seen(post: Post) -> None:
    message = post.message(post.client("told"))

    def change(session: Any) -> None:
        session.get(Message, message).state = "delivered"
        pushes.note(session, [message], post.clinic.moment)

    post.clinic.run(change)
    assert post.waiting() == [(message, "delivered")]


def test_events_are_leased_in_order_and_are_nobody_elses_meanwhile(post: Post) -> None:
    client = post.client("told")
    first, second = post.message(client, "order-1"), post.message(client)
    post.becomes("sent", first, second)
    post.becomes("delivered", first)
    batch = post.lease(client)
    assert [(event.message, event.reference, event.state) for event in batch.events] == [
        (first, "order-1", "sent"),
        (second, None, "sent"),
        (first, "order-1", "delivered"),
    ]
    assert (batch.url, batch.tries) == ("http://127.0.0.1:9/hook", 0)
    post.becomes("delivered", second)
    assert post.lease(client) is None, "the first is not due, so nothing behind it is"
    post.clinic.run(pushes.taken, batch=batch)
    assert post.waiting() == [(second, "delivered")]
    assert len(post.lease(client).events) == 1


def test_a_lease_of_a_node_that_died_comes_due_again_with_the_same_ids(post: Post) -> None:
    client = post.client("told")
    post.becomes("sent", post.message(client))
    lost = post.lease(client)
    assert post.clinic.run(pushes.heads) == {client: post.clinic.moment + LEASE}
    post.clinic.wait(seconds=50)
    again = post.lease(client)
    assert again.events == lost.events
    post.clinic.run(pushes.taken, batch=lost)
    assert len(post.waiting()) == 1, "who lost its lease has no say any more"
    post.clinic.run(pushes.taken, batch=again)
    assert post.waiting() == []


def test_what_is_put_back_waits_and_counts_its_tries(post: Post) -> None:
    client = post.client("told")
    post.becomes("sent", post.message(client), post.message(client))
    due_at = post.clinic.moment + dt.timedelta(seconds=4)
    post.clinic.run(pushes.put_back, batch=post.lease(client, most=1), due_at=due_at, tries=1)
    assert post.lease(client) is None
    post.clinic.wait(seconds=4)
    batch = post.lease(client)
    assert (batch.tries, len(batch.events)) == (1, 2)


def test_each_client_has_a_row_of_its_own(post: Post) -> None:
    slow, quick = post.client("slow"), post.client("quick")
    post.becomes("sent", post.message(slow), post.message(quick))
    post.lease(slow)
    assert post.clinic.run(pushes.heads) == {slow: post.clinic.moment + LEASE, quick: post.clinic.moment}
    assert post.lease(quick) is not None


def test_a_number_that_a_new_event_has_got_is_not_the_old_batchs(post: Post) -> None:
    one, other = post.client("one"), post.client("other")
    post.becomes("sent", post.message(one))
    batch = post.lease(one)
    post.clinic.run(clients.disable, name="one", now=post.clinic.moment)
    post.becomes("sent", post.message(other))
    post.clinic.run(pushes.taken, batch=batch)
    assert [state for _, state in post.waiting()] == ["sent"]


def test_only_what_is_too_old_is_dropped(post: Post) -> None:
    client, other = post.client("told"), post.client("other")
    post.becomes("sent", post.message(client), post.message(other))
    post.clinic.wait(hours=24)
    young = post.message(client)
    post.becomes("sent", young)
    assert post.clinic.run(pushes.drop, client=client, before=post.clinic.moment) == 1
    assert [message for message, _ in post.waiting()] == [2, young]


def test_of_nodes_that_lease_at_once_one_gets_the_batch(post: Post) -> None:
    client = post.client("told")
    post.becomes("sent", *(post.message(client) for _ in range(10)))
    start = Barrier(6)

    def take(_: int) -> Any:
        start.wait()
        return post.lease(client)

    with ThreadPoolExecutor(6) as nodes:
        batches = [batch for batch in nodes.map(take, range(6)) if batch is not None]
    assert [len(batch.events) for batch in batches] == [10]
