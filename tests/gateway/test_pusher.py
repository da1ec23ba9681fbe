"""The pusher: what webhooks are told, in which order, and what becomes of what they do not take."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import queue
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from clinic import client_messages, clients, pushes
from clinic.client_messages import Order
from clinic.errors import StoreBusy
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.rules import Rules
from clinic.tables import Message, Push
from gateway.counters import PUSHES
from gateway.pusher import IDLE_SECONDS, LINGER_SECONDS, Pusher
from gateway.store import Store, opened
from gateway.webhooks import signature

HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")
START = dt.datetime(2027, 3, 8, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
NODE = Path(__file__).with_name("push_node.py")


class Town:
    """Clients with a message each, on a store in the calling thread; and webhooks that answer as a test has it.

    A webhook answers 200 unless `says` has something else: a status, an error, or None for no answer yet.
    """

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.vault = store, Clock(), Vault(b"k" * 32)
        self.says: dict[str, list[Any]] = {}
        self.posted: list[tuple[str, list[tuple[int, str]]]] = []
        self.times: list[float] = []
        self.open: list[Deferred[int]] = []
        self.broken: list[Exception] = []
        self.pusher = self.node()

    def node(self, **given: Any) -> Pusher:
        return Pusher(self, self.vault, self, self.clock, self.now, **{"jitter": lambda: 1.0, **given})  # type: ignore[arg-type]

    def now(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self.clock.seconds())

    def run(self, fn: Any, /, **kwargs: Any) -> Deferred[Any]:
        return fail(self.broken.pop(0)) if self.broken else succeed(self.store.run_now(fn, **kwargs))

    def post(self, url: str, body: bytes, secret: str, seconds: int) -> Deferred[int]:
        events = [(event["message"], event["state"]) for event in json.loads(body)["events"]]
        self.posted.append((url, events))
        self.times.append(self.clock.seconds())
        said = self.says.get(url) or [200]
        answer = said.pop(0) if len(said) > 1 else said[0]
        if isinstance(answer, Exception):
            return fail(answer)
        if answer is not None:
            return succeed(answer)
        self.open.append(Deferred())
        return self.open[-1]

    def client(self, name: str) -> int:
        words = {"classes": ["notice"], "webhook": f"http://{name}/", "vault": self.vault, "now": self.now()}
        return int(self.store.run_now(clients.new, name=name, **words)[0].id)

    def queue(self, client: int, count: int = 1) -> list[int]:
        orders = [Order("+8615400000001", "您好", "notice", "zh")] * count
        given: Any = {"key": None, "digest": "", "rules": Rules(), "installation": HOUSE, "now": self.now()}
        return [n for n, _ in self.store.run_now(client_messages.queue, client=client, orders=orders, **given).messages]

    def becomes(self, state: str, *messages: int) -> None:
        self.store.run_now(_become, state, messages, self.now())

    def waits(self) -> list[tuple[int, str]]:
        rows = select(Push.message_id, Push.state).order_by(Push.id)
        return [tuple(row) for row in self.store.run_now(lambda session: session.execute(rows).all())]

    def pass_(self, seconds: float) -> None:
        self.clock.pump([0.1] * round(seconds * 10))


def _become(session: Any, state: str, messages: Any, now: dt.datetime) -> None:
    session.execute(update(Message).where(Message.id.in_(messages)).values(state=state))
    pushes.note(session, messages, now)


@pytest.fixture
def town(schema_url: str) -> Iterator[Town]:
    with opened(schema_url) as store:
        yield Town(store)


def test_events_are_pushed_in_order_and_are_gone_once_taken(town: Town) -> None:
    first, second = town.queue(town.client("hospital"), 2)
    town.becomes("sent", first, second)
    town.becomes("delivered", first)
    town.pusher.startService()
    assert town.posted == [("http://hospital/", [(first, "sent"), (second, "sent"), (first, "delivered")])]
    assert town.waits() == []


def test_what_comes_together_goes_together_and_a_batch_is_bounded(town: Town) -> None:
    many = town.queue(town.client("hospital"), 250)
    town.pusher.startService()
    town.becomes("sent", *many)
    town.pusher.wake()
    town.pusher.wake()
    assert town.posted == []
    town.pass_(LINGER_SECONDS)
    assert [len(events) for _, events in town.posted] == [100, 100, 50]
    assert [event for _, events in town.posted for event in events] == [(each, "sent") for each in many]


def test_a_webhook_that_fails_is_tried_again_after_pauses_that_grow(town: Town) -> None:
    (message,) = town.queue(town.client("hospital"))
    town.says["http://hospital/"] = [500, ConnectionError("refused"), 302, 199, 204]
    town.becomes("sent", message)
    town.pusher.startService()
    town.pass_(20)
    pauses = [after - before for before, after in pairwise(town.times)]
    assert pauses == [pytest.approx(pause, abs=0.3) for pause in (1, 2, 4, 8)]
    assert min(after - before for before, after in zip((1, 2, 4, 8), pauses, strict=True)) > -0.001, "never too early"
    assert town.waits() == []


def test_the_longest_pause_is_ten_minutes_and_jitter_takes_half_at_most(town: Town) -> None:
    pusher = town.node(jitter=lambda: 0.0)
    assert [pusher._pause(tries) for tries in (1, 2, 11, 10_000)] == [0.5, 1.0, 300.0, 300.0]
    assert town.pusher._pause(10_000) == 600.0


def test_new_events_wait_behind_those_that_were_not_taken(town: Town) -> None:
    (message,) = town.queue(town.client("hospital"))
    town.says["http://hospital/"] = [503, 200]
    town.becomes("sent", message)
    town.pusher.startService()
    town.becomes("delivered", message)
    town.pusher.wake()
    town.pass_(0.5)
    assert len(town.posted) == 1
    town.pass_(1.0)
    assert town.posted[1][1] == [(message, "sent"), (message, "delivered")]


def test_a_slow_client_holds_up_nobody_else(town: Town) -> None:
    slow, quick = town.client("slow"), town.client("quick")
    (late,), (soon,) = town.queue(slow), town.queue(quick)
    town.says["http://slow/"] = [None, 200]
    town.becomes("sent", late, soon)
    town.pusher.startService()
    town.becomes("delivered", late, soon)
    town.pusher.wake()
    town.pass_(1)
    quicks = [events for url, events in town.posted if url == "http://quick/"]
    assert quicks == [[(soon, "sent")], [(soon, "delivered")]]
    assert len([url for url, _ in town.posted if url == "http://slow/"]) == 1, "one batch at a time"
    town.open[0].callback(200)
    assert town.posted[-1] == ("http://slow/", [(late, "delivered")])
    assert town.waits() == []


def test_two_nodes_never_push_the_same(town: Town) -> None:
    (message,) = town.queue(town.client("hospital"))
    town.says["http://hospital/"] = [None]
    town.becomes("sent", message)
    other = town.node()
    town.pusher.startService()
    other.startService()
    town.pass_(IDLE_SECONDS + 1)
    assert len(town.posted) == 1
    town.open[0].callback(200)
    assert town.waits() == []


def test_what_a_node_had_that_died_is_pushed_after_its_lease(town: Town) -> None:
    (message,) = town.queue(town.client("hospital"))
    town.says["http://hospital/"] = [None, 200]
    town.becomes("sent", message)
    town.pusher.startService()  # and is never heard of again
    other = town.node()
    other.startService()
    town.pass_(49)
    assert len(town.posted) == 1
    town.pass_(2)
    assert town.posted[1] == town.posted[0]
    assert town.waits() == []


def test_a_node_that_stops_leaves_what_it_had_to_the_next(town: Town) -> None:
    (message,) = town.queue(town.client("hospital"))
    town.says["http://hospital/"] = [None, 200]
    town.becomes("sent", message)
    town.pusher.startService()
    stopped: list[Any] = []
    town.pusher.stopService().addCallback(stopped.append)
    assert stopped
    assert town.waits() == [(message, "sent")]
    town.node().startService()
    assert len(town.posted) == 2
    looks = len(town.clock.getDelayedCalls())
    town.pusher.wake()
    assert len(town.clock.getDelayedCalls()) == looks, "who has stopped looks no more"


def test_what_was_never_taken_is_dropped_after_some_hours(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    dropped = PUSHES.labels("dropped")._value.get()
    client = town.client("hospital")
    town.says["http://hospital/"] = [500]
    town.becomes("failed", *town.queue(client, 3))
    town.pusher = town.node(hours=0.05)
    town.pusher.startService()
    town.pass_(170)
    assert len(town.waits()) == 3
    town.pass_(120)
    assert town.waits() == []
    assert "3 events that the webhook of client hospital never took are dropped" in caplog.text
    assert PUSHES.labels("dropped")._value.get() == dropped + 3


def test_what_waited_while_nobody_pushed_is_tried_however_old_it_is(town: Town) -> None:
    town.becomes("sent", *town.queue(town.client("hospital")))
    town.clock.advance(48 * 3600)
    town.pusher.startService()
    assert town.waits() == []


def test_a_database_that_is_away_is_looked_at_again(town: Town) -> None:
    town.becomes("sent", *town.queue(town.client("hospital")))
    town.broken = [StoreBusy("away")]
    town.pusher.startService()
    town.pass_(4)
    assert town.posted == []
    town.pass_(2)
    assert town.waits() == []


def test_a_secret_of_another_key_is_not_signed_with(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    town.becomes("sent", *town.queue(town.client("hospital")))
    town.vault = Vault(b"x" * 32)
    town.node().startService()
    assert town.posted == []
    assert "ValueError" in caplog.text
    assert len(town.waits()) == 1


def test_with_nothing_to_push_it_looks_rarely(town: Town) -> None:
    town.client("hospital")
    town.pusher.startService()
    (look,) = town.clock.getDelayedCalls()
    assert look.getTime() == IDLE_SECONDS


def test_the_store_tells_of_events_after_their_commit_and_only_of_these(town: Town) -> None:
    seen: list[int] = []
    town.store.wakes = {"noted": lambda: seen.append(len(town.waits()))}
    (message,), (mute,) = town.queue(town.client("hospital")), town.queue(town.client("mute"))
    town.store.run_now(clients.disable, name="mute", now=town.now())
    town.becomes("sent", message)
    town.becomes("sent", mute)
    assert seen == [1]


# Over real sockets: a node as its own process, and Python's own HTTP server as the webhook.


class Webhook:
    """Takes what is posted to it, and answers with the next of `says`: a status, or None for no answer at all."""

    def __init__(self) -> None:
        self.requests: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        self.says: queue.Queue[Any] = queue.Queue()
        self.release = threading.Event()
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                given = {name.lower(): value for name, value in self.headers.items()}
                webhook.requests.put(({**given, ":path": self.path}, body))
                status = webhook.says.get() if not webhook.says.empty() else 204
                if status is None:
                    webhook.release.wait(30)
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0" if status != 200 else "1000000")
                self.end_headers()
                if status == 200:
                    self.wfile.write(b"x" * 1_000_000)

            do_GET = do_POST  # noqa: N815  what following a redirect would do

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                """A node that was killed, or has read enough, is gone."""

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook?client=1"

    def next(self) -> tuple[dict[str, str], bytes, list[Any]]:
        headers, body = self.requests.get(timeout=30)
        return headers, body, json.loads(body)["events"]

    def stop(self) -> None:
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


class Node:
    """A gateway's API and pusher, and a client of it."""

    def __init__(self, url: str, folder: Path, webhook: str) -> None:
        self._command = [sys.executable, NODE, url, folder]
        with opened(url) as store:
            words = {"classes": ["notice"], "vault": Vault.open(folder / "key"), "now": dt.datetime.now(dt.UTC)}
            _, self.secrets = store.run_now(clients.new, name="hospital", webhook=webhook, **words)
        self.start()

    def start(self) -> None:
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(self._command, cwd=NODE.parents[2], env={"PYTHONPATH": "."}, **pipes)
        assert self.process.stdout is not None
        self.address = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def stop(self) -> int:
        self.process.communicate(timeout=30)
        return self.process.returncode

    def ask(self, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.secrets.token}", "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        request = urllib.request.Request(
            self.address + path, None if body is None else json.dumps(body).encode(), headers
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    made = Webhook()
    yield made
    made.stop()


@pytest.fixture
def node(schema_url: str, tmp_path: Path, webhook: Webhook) -> Iterator[Node]:
    made = Node(schema_url, tmp_path, webhook.url)
    yield made
    made.kill()


def many(count: int) -> Any:
    return {"messages": [{"to": f"+86154{n:08d}", "text": "您好", "class": "notice"} for n in range(count)]}


def test_a_webhook_is_told_with_a_signature_that_it_can_verify(node: Node, webhook: Webhook) -> None:
    message = {"to": "+8615400000001", "text": "您好", "class": "notice", "reference": "order-1"}
    assert node.ask("/api/messages", message)[0] == 202
    node.ask("/api/messages/1/cancel", {})
    headers, body, (event,) = webhook.next()
    assert headers[":path"] == "/hook?client=1"
    assert headers["content-type"] == "application/json"
    written = headers["caredial-signature"]
    seconds, signed = written.removeprefix("t=").split(",v1=")
    proof = hmac.new(node.secrets.webhook_secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    assert hmac.compare_digest(proof.hexdigest(), signed)
    assert signature(node.secrets.webhook_secret, body, int(seconds)) == written
    assert (event["message"], event["reference"], event["state"], event["error"]) == (1, "order-1", "cancelled", None)
    assert abs(dt.datetime.fromisoformat(event["at"]).timestamp() - int(seconds)) < 30
    assert node.stop() == 0


def test_redirects_are_not_followed_and_long_answers_not_read(node: Node, webhook: Webhook) -> None:
    for status in (307, 500, 200):
        webhook.says.put(status)
    node.ask("/api/messages", many(2), "key")
    node.ask("/api/messages/1/cancel", {})
    tries = [webhook.next() for _ in range(3)]
    assert {headers[":path"] for headers, *_ in tries} == {"/hook?client=1"}
    assert [events for *_, events in tries] == [tries[0][2]] * 3
    node.ask("/api/messages/2/cancel", {})
    assert [event["message"] for event in webhook.next()[2]] == [2]
    assert node.stop() == 0


def test_a_webhook_that_does_not_answer_is_given_up_and_tried_again(node: Node, webhook: Webhook) -> None:
    webhook.says.put(None)
    node.ask("/api/messages", many(1), "key")
    node.ask("/api/messages/1/cancel", {})
    assert webhook.next()[2] == webhook.next()[2]
    assert node.stop() == 0


def test_after_a_kill_the_same_events_come_again_and_the_same_key_queues_nothing(
    node: Node, webhook: Webhook, schema_url: str
) -> None:
    webhook.says.put(None)
    answer = node.ask("/api/messages", many(3), "key")[1]
    node.ask("/api/messages/1/cancel", {})
    _, _, lost = webhook.next()
    node.kill()
    with opened(schema_url) as store:  # as if its lease were over
        store.run_now(lambda session: session.execute(update(Push).values(due_at=dt.datetime.now(dt.UTC))) and None)
    node.start()
    assert webhook.next()[2] == lost
    assert node.ask("/api/messages", many(3), "key") == (200, answer)
    assert node.stop() == 0
    with opened(schema_url) as store:
        kept = store.run_now(lambda session: session.scalars(select(Message.id)).all())
        assert (len(kept), store.run_now(pushes.heads)) == (3, {})


def test_two_equal_requests_at_once_queue_one_batch(node: Node, schema_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: node.ask("/api/messages", many(500), "key"), range(4)))
    assert sorted(status for status, _ in answers) == [200, 200, 200, 202]
    assert all(answer == answers[0][1] for _, answer in answers)
    with opened(schema_url) as store:
        assert len(store.run_now(lambda session: session.scalars(select(Message.id)).all())) == 500
