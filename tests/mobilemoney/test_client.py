"""The client: its token, its patience, and what it makes of a wire that breaks. HTTP in memory, time by a clock."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from treq.client import HTTPClient
from treq.testing import RequestTraversalAgent, _SynchronousProducer
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionRefusedError, DNSLookupError
from twisted.internet.testing import MemoryReactorClock
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from mobilemoney.answers import Answer
from mobilemoney.client import Access, Client, NoAnswer, NoToken, Unsent
from mobilemoney.dialects import GSMA
from mobilemoney.messages import LARGEST
from mobilemoney.orders import Merchant, Writer

NOW = dt.datetime(2027, 3, 8, 7, 30, tzinfo=dt.UTC)
REQUEST = Writer(GSMA, Merchant("1")).heartbeat(NOW)
ERROR = b'{"errorCategory":"authorisation","errorCode":"%s"}'


class Provider(Resource):
    """Gives tokens t1, t2, ...; answers as `says` has it: status and body, or None for never."""

    isLeaf = True  # noqa: N815  twisted's name

    def __init__(self) -> None:
        super().__init__()
        self.says: list[tuple[int, bytes] | None] = []
        self.lasts: Any = 3600
        self.refuses = False
        self.tokens = 0
        self.asked: list[tuple[str, str]] = []
        self.broken: Exception | None = None

    def render(self, request: Any) -> Any:
        path, shown = request.path.decode(), request.getHeader("authorization") or ""
        self.asked.append((path, shown))
        if path == "/mm/oauth/accesstoken":
            request.setResponseCode(401 if self.refuses else 200)
            self.tokens += 1
            return json.dumps(
                {"access_token": f"t{self.tokens}", "token_type": "Bearer", "expires_in": self.lasts}
            ).encode()
        said = self.says.pop(0) if self.says else (200, b"{}")
        if said is None:
            return NOT_DONE_YET
        request.setResponseCode(said[0])
        return said[1]


class Bench:
    def __init__(self) -> None:
        self.provider, self.reactor = Provider(), MemoryReactorClock()
        self.agent = RequestTraversalAgent(self.provider)
        self.client = self.make(self.agent)

    def make(self, agent: Any) -> Client:
        access = Access("https://money.example/mm", "us", "hush", seconds=15)
        return Client(
            self.reactor,
            access,
            GSMA,
            jitter=lambda: 1.0,
            http=HTTPClient(agent, data_to_body_producer=_SynchronousProducer),
        )

    def send(self) -> list[Any]:
        """What it comes to, once it has."""
        done: list[Any] = []
        Deferred.fromCoroutine(self.client.send(REQUEST)).addBoth(done.append)
        for _ in range(10):
            self.agent.flush()
        return done

    def paths(self) -> list[str]:
        return [path.rpartition("/")[2] for path, _ in self.provider.asked]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_token_is_asked_for_once_and_used_until_it_ends(bench: Bench) -> None:
    assert bench.send() == [Answer(200, b"{}")]
    assert bench.send() == [Answer(200, b"{}")]
    assert bench.paths() == ["accesstoken", "heartbeat", "heartbeat"]
    login = base64.b64encode(b"us:hush").decode()
    assert [shown for _, shown in bench.provider.asked] == [f"Basic {login}", "Bearer t1", "Bearer t1"]
    bench.reactor.advance(3600 - 29)
    bench.send()
    assert bench.provider.asked[-1][1] == "Bearer t2"


def test_several_at_once_share_one_request_for_a_token(bench: Bench) -> None:
    done: list[Any] = []
    for _ in range(3):
        Deferred.fromCoroutine(bench.client.send(REQUEST)).addBoth(done.append)
    for _ in range(10):
        bench.agent.flush()
    assert len(done) == 3
    assert bench.provider.tokens == 1


def test_a_token_that_is_not_taken_any_more_is_renewed_once(bench: Bench) -> None:
    bench.provider.says = [(401, ERROR % b"clientAuthorisationError"), (200, b'{"a":1}')]
    assert bench.send() == [Answer(200, b'{"a":1}')]
    assert bench.paths() == ["accesstoken", "heartbeat", "accesstoken", "heartbeat"]
    bench.provider.says = [(401, ERROR % b"clientAuthorisationError")] * 2
    assert bench.send()[0].status == 401


def test_401_may_be_about_the_resident(bench: Bench) -> None:
    bench.provider.says = [(401, ERROR % b"RequestDeclined")]
    assert bench.send()[0].status == 401
    assert bench.provider.tokens == 1


def test_a_secret_that_is_wrong_sends_nothing_and_waits_longer_each_time(bench: Bench) -> None:
    bench.provider.refuses = True
    [failure] = bench.send()
    assert failure.check(NoToken)
    assert "client_secret" in str(failure.value)
    assert "hush" not in str(failure.value)
    assert bench.client.rests >= 10
    first = bench.client.rests
    assert bench.send()[0].check(Unsent)
    assert bench.paths() == ["accesstoken"]  # a login that is refused is not tried again at once
    bench.reactor.advance(first)
    bench.send()
    assert bench.client.rests > first
    assert bench.paths() == ["accesstoken", "accesstoken"]


@pytest.mark.parametrize("lasts", ["soon", -1, None])
def test_a_token_that_makes_no_sense_is_none(bench: Bench, lasts: Any) -> None:
    bench.provider.lasts = lasts
    assert bench.send()[0].check(NoToken)


def test_patience_ends_and_nobody_knows(bench: Bench) -> None:
    bench.provider.says = [None]
    done = bench.send()
    bench.reactor.advance(14)
    assert done == []
    bench.reactor.advance(1)
    assert done[0].check(NoAnswer)
    assert 0 < bench.client.rests <= 1


def test_a_provider_that_is_back_is_at_once_trusted(bench: Bench) -> None:
    bench.provider.says = [(503, b""), (503, b""), (200, b"{}")]
    bench.send()
    bench.reactor.advance(bench.client.rests)
    bench.send()
    assert (bench.client.rests, bench.client.problem) == (2, "HTTP 503")
    bench.reactor.advance(2)
    bench.send()
    assert (bench.client.rests, bench.client.problem) == (0, "")


def test_a_body_without_end_is_cut(bench: Bench) -> None:
    bench.provider.says = [(200, b"x" * (LARGEST * 3))]
    assert len(bench.send()[0].body) == LARGEST + 1


class Breaks:
    """An agent whose connections go wrong after the token."""

    def __init__(self, agent: Any, error: Callable[[], Exception]) -> None:
        self._agent, self._error, self._first = agent, error, True

    def request(self, *given: Any, **more: Any) -> Any:
        if self._first:
            self._first = False
            return self._agent.request(*given, **more)
        done: Deferred[Any] = Deferred()
        done.errback(self._error())
        return done


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError, Unsent),
        (DNSLookupError, Unsent),
        (lambda: RuntimeError("certificate verify failed"), Unsent),
        (lambda: RuntimeError("Mismatch"), Unsent),
        (lambda: ConnectionResetError("reset"), NoAnswer),
    ],
)
def test_only_what_surely_was_not_sent_is_called_so(bench: Bench, error: Any, kind: type[Exception]) -> None:
    bench.client = bench.make(Breaks(bench.agent, error))
    assert bench.send()[0].check(kind)
    assert bench.client.problem


def test_an_authority_that_cannot_be_read_is_told_at_the_start() -> None:
    with pytest.raises(OSError, match="nowhere"):
        Client(MemoryReactorClock(), Access("https://x", "a", "b", tls_ca="/nowhere.pem"), GSMA)
