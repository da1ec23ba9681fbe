from __future__ import annotations

from typing import Any

import pytest
from prometheus_client import Counter
from twisted.internet.defer import Deferred


async def broken() -> None:
    raise ConnectionError("no route to postgresql://user:secret@db")


def test_all_is_well(web: Any) -> None:
    answer = web.get("/health")
    assert answer.status == 200
    assert answer.json == {"status": "ok", "links": {"main": "bound"}, "database": "ok", "shared": "ok"}


def test_a_part_that_fails_is_named_without_its_secrets(web: Any) -> None:
    web.checks["database"] = broken
    answer = web.get("/health")
    assert (answer.status, answer.json["status"], answer.json["database"]) == (503, "failing", "failing")
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("links", "status", "state"),
    [
        ({}, 200, "ok"),
        ({"a": True, "b": False}, 200, "degraded"),
        ({"a": False, "b": False}, 503, "failing"),
    ],
)
def test_links_that_are_down_are_told(web: Any, links: dict[str, bool], status: int, state: str) -> None:
    web.links = links
    answer = web.get("/health")
    assert (answer.status, answer.json["status"]) == (status, state)
    assert answer.json["links"] == {name: "bound" if bound else "down" for name, bound in links.items()}


@pytest.mark.parametrize(
    ("hotline", "state"),
    [
        ({"main": "ok", "prompts": "ok"}, "ok"),
        ({"main": "not connected", "prompts": "ok"}, "degraded"),
        ({"main": "ok", "prompts": "3 missing"}, "degraded"),
    ],
)
def test_how_the_hotline_does_is_told(web: Any, hotline: dict[str, str], state: str) -> None:
    web.hotline = hotline
    answer = web.get("/health")
    assert (answer.status, answer.json["status"], answer.json["hotline"]) == (200, state, hotline)


def test_a_part_that_hangs_does_not_hang_the_answer(web: Any) -> None:
    web.checks["shared"] = Deferred
    waiting = web.send("GET", "/health")
    assert waiting.value() == b""
    web.clock.advance(3)
    answer = web.read(waiting)
    assert (answer.status, answer.json["shared"], answer.json["database"]) == (503, "failing", "ok")


def test_metrics_are_prometheus_text(web: Any) -> None:
    Counter("caredial_test", "A count.", registry=web.registry).inc(3)
    answer = web.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "caredial_test_total 3.0" in answer.text


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.1.2.3", "192.168.7.7", "::1", "::ffff:10.0.0.1", "fd00::1"])
def test_metrics_are_for_our_own_networks(web: Any, peer: str) -> None:
    web.peer = peer
    assert web.get("/metrics").status == 200


@pytest.mark.parametrize("peer", ["8.8.8.8", "::ffff:8.8.8.8", "2001:4860::8888"])
def test_metrics_are_for_nobody_else(web: Any, peer: str) -> None:
    web.peer = peer
    assert web.get("/metrics").status == 404


def test_metrics_are_not_given_through_a_proxy_that_is_not_ours(web: Any) -> None:
    assert web.get("/metrics", X_Forwarded_For="8.8.8.8").status == 404
    assert web.get("/metrics", X_Forwarded_For="10.0.0.1").status == 404


def test_metrics_go_by_the_address_that_our_own_proxy_tells(web: Any) -> None:
    web.proxies = ["127.0.0.1"]
    assert web.get("/metrics", X_Forwarded_For="10.0.0.1, 8.8.8.8").status == 404
    assert web.get("/metrics", X_Forwarded_For="8.8.8.8, 10.0.0.1").status == 200
    assert web.get("/metrics", X_Forwarded_For="nonsense").status == 404
