"""Shared state: on fakeredis, the embedded default, and on a real redis-server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.shared import Shared, connect

PHONE = "+8615400000001"


@pytest.fixture(params=["embedded", "redis"])
def client(request: pytest.FixtureRequest) -> Any:
    return connect("" if request.param == "embedded" else request.getfixturevalue("redis_url"))


@contextlib.contextmanager
def running(client: Any, mail: Any) -> Iterator[Any]:
    """The shared state as a test calls it: each call is waited for."""
    shared = Shared(client, mail)
    shared.start()
    try:
        yield Waited(shared, mail)
    finally:
        shared.stop()


class Waited:
    def __init__(self, shared: Shared, mail: Any) -> None:
        self._shared, self._mail = shared, mail

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: self._mail.wait(getattr(self._shared, name)(*args, **kwargs))


@pytest.fixture
def shared(client: Any, mail: Any) -> Iterator[Any]:
    with running(client, mail) as shared:
        yield shared


def test_a_dialogs_answers_are_kept_and_dropped(shared: Any) -> None:
    assert shared.load(PHONE) is None
    shared.save(PHONE, b"\x00answers\xff", 600)
    assert shared.load(PHONE) == b"\x00answers\xff"
    shared.save(PHONE, b"more", 600)
    assert shared.load(PHONE) == b"more"
    assert shared.load("+8615400000002") is None
    shared.drop(PHONE)
    shared.drop(PHONE)
    assert shared.load(PHONE) is None


def test_everything_is_forgotten_in_time(shared: Any, client: Any) -> None:
    shared.save(PHONE, b"answers", 600)
    shared.allow("code:1", limit=3, seconds=60)
    lifetimes = {key: client.ttl(key) for key in client.scan_iter("*")}
    assert set(lifetimes) == {f"caredial:dialog:{PHONE}".encode(), b"caredial:limit:code:1"}
    assert 590 < lifetimes[f"caredial:dialog:{PHONE}".encode()] <= 600
    assert 50 < lifetimes[b"caredial:limit:code:1"] <= 60


def test_an_expired_dialog_is_gone(shared: Any, client: Any) -> None:
    shared.save(PHONE, b"answers", 600)
    client.pexpire(f"caredial:dialog:{PHONE}", 0)
    assert shared.load(PHONE) is None


def test_so_many_uses_in_a_window_and_no_more(shared: Any) -> None:
    assert [shared.allow("kiosk:1", limit=3, seconds=60) for _ in range(5)] == [True, True, True, False, False]
    assert shared.allow("kiosk:2", limit=3, seconds=60) is True


def test_the_window_is_not_prolonged_by_knocking(shared: Any, client: Any) -> None:
    shared.allow("kiosk:1", limit=1, seconds=60)
    client.expire("caredial:limit:kiosk:1", 7)
    shared.allow("kiosk:1", limit=1, seconds=60)
    assert client.ttl("caredial:limit:kiosk:1") <= 7
    client.pexpire("caredial:limit:kiosk:1", 0)
    assert shared.allow("kiosk:1", limit=1, seconds=60) is True


def test_sweeping_tells_what_is_left(shared: Any, client: Any) -> None:
    assert shared.sweep() == 0
    shared.save(PHONE, b"answers", 600)
    shared.allow("kiosk:1", limit=3, seconds=60)
    client.set("somebody elses", "key")
    assert shared.sweep() == 2
    client.pexpire(f"caredial:dialog:{PHONE}", 0)
    assert shared.sweep() == 1


def test_it_answers(shared: Any) -> None:
    assert shared.check() is None


def test_two_nodes_share_one_redis(redis_url: str, mail: Any) -> None:
    with running(connect(redis_url), mail) as one, running(connect(redis_url), mail) as other:
        one.save(PHONE, b"answers", 600)
        assert other.load(PHONE) == b"answers"
        assert one.allow("code", limit=1, seconds=60) is True
        assert other.allow("code", limit=1, seconds=60) is False


def test_two_embedded_states_share_nothing(mail: Any) -> None:
    with running(connect(""), mail) as one, running(connect(""), mail) as other:
        one.save(PHONE, b"answers", 600)
        assert other.load(PHONE) is None


def test_a_server_that_is_not_there_is_an_os_error(mail: Any) -> None:
    with running(connect("redis://127.0.0.1:1/0"), mail) as shared:
        for call in (shared.check, lambda: shared.load(PHONE), lambda: shared.allow("x", limit=1, seconds=1)):
            with pytest.raises(OSError, match="refused"):
                call()
