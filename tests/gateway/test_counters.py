"""What is counted of a link: read when asked for, and each submit by the class of its answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import REGISTRY
from twisted.internet.defer import Deferred

from gateway import counters
from smpp import status
from smpp.link import LinkDown, NotAnswered
from smpp.pdu import SubmitSmResp
from smpp.settings import LinkSettings


@pytest.fixture
def link(request: pytest.FixtureRequest) -> Any:
    binds = [
        SimpleNamespace(state=state) for state in ("bound as transceiver", "bound as transceiver", "not connected")
    ]
    doing = SimpleNamespace(pace=12.5, binds=binds)
    settings = LinkSettings(errors={"0x0401": "permanent"})
    return SimpleNamespace(
        name=request.node.name, settings=settings, bound=True, window_used=3, throttled=True, queued=7,
        status=lambda: doing,
    )  # fmt: skip


def value(name: str, link: Any, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"caredial_smpp_link_{name}", {"link": link.name, **labels})


def test_a_link_is_read_when_it_is_asked_for(link: Any) -> None:
    counters.watch(link)
    names = ("bound", "window_used", "pace", "throttled", "queued", "binds_bound")
    assert [value(name, link) for name in names] == [1, 3, 12.5, 1, 7, 2]
    link.queued, link.throttled = 0, False
    assert [value(name, link) for name in ("queued", "throttled")] == [0, 0]


@pytest.mark.parametrize(
    ("answer", "counted"),
    [
        (status.ESME_ROK, "ok"),
        (status.ESME_RTHROTTLED, "throttle"),
        (0x401, "permanent"),
        (LinkDown("gone"), "link down"),
        (NotAnswered("silence"), "not answered"),
    ],
)
def test_submits_are_counted_by_their_answers(link: Any, answer: int | Exception, counted: str) -> None:
    async def submit() -> SubmitSmResp:
        if isinstance(answer, Exception):
            raise answer
        return SubmitSmResp(status=answer)

    came: list[Any] = []
    Deferred.fromCoroutine(counters.counted(link, submit())).addCallbacks(came.append, lambda f: came.append(f.value))
    assert getattr(came[0], "status", came[0]) == answer
    assert value("submits_total", link, answer=counted) == 1
