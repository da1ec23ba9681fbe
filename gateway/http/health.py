"""/health for load balancers and people, /metrics for Prometheus."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from twisted.internet.defer import CancelledError, Deferred, TimeoutError
from twisted.internet.interfaces import IReactorTime
from twisted.web.iweb import IRequest

from gateway.http.answers import Refusal, body, json_body, refusal_body
from gateway.http.requests import from_inside

log = logging.getLogger("caredial.http")

PATIENCE = 3.0  # seconds for one check: a load balancer waits no longer either

Check = Callable[[], Awaitable[object]]
"""Looks at one part (the database, the shared state); raises where that part does not work."""


class Health:
    """`health` and `metrics` answer the two addresses.

    `links` tells of each SMPP link whether it is bound, `hotline` of each Asterisk and of the prompts whether they
    are "ok" or what is wrong. A link that is down, or a hotline that is not well, makes the state "degraded", because
    kiosks and pages still work; a part that fails, or no link bound at all, makes it "failing" with status 503.
    """

    def __init__(
        self,
        *,
        checks: Mapping[str, Check],
        links: Callable[[], Mapping[str, bool]],
        clock: IReactorTime,
        hotline: Callable[[], Mapping[str, str]] = dict,
        payments: Callable[[], Mapping[str, str]] = dict,
        registry: CollectorRegistry = REGISTRY,
        proxies: Collection[str] = (),
    ) -> None:
        self._checks, self._links, self._hotline, self._clock = checks, links, hotline, clock
        self._registry, self._proxies, self._payments = registry, proxies, payments

    async def health(self, request: IRequest) -> bytes:
        parts = {name: await self._works(name, check) for name, check in self._checks.items()}
        links, hotline, payments = dict(self._links()), dict(self._hotline()), dict(self._payments())
        state = _state(all(parts.values()), list(links.values()), [*hotline.values(), *payments.values()])
        document = {
            "status": state,
            "links": {name: "bound" if bound else "down" for name, bound in links.items()},
            **({"hotline": hotline} if hotline else {}),
            **({"payments": _reached(payments)} if payments else {}),
            **{name: "ok" if works else "failing" for name, works in parts.items()},
        }
        return json_body(request, 503 if state == "failing" else 200, document)

    def metrics(self, request: IRequest) -> bytes:
        """Only for this machine and private networks: the numbers of a centre are nobody else's business."""
        if not from_inside(request, self._proxies):
            return refusal_body(request, Refusal(404, "no_route", "there is nothing at this address"))
        return body(request, 200, CONTENT_TYPE_LATEST, generate_latest(self._registry))

    async def _works(self, name: str, check: Check) -> bool:
        try:
            await Deferred.fromCoroutine(_awaited(check)).addTimeout(PATIENCE, self._clock)
        except (TimeoutError, CancelledError):
            log.warning("health: %s did not answer in %s seconds", name, PATIENCE)
            return False
        except Exception as error:  # noqa: BLE001  whatever a part raises, it does not work
            log.warning("health: %s: %s", name, error)
            return False
        return True


def _reached(providers: Mapping[str, str]) -> dict[str, str]:
    """What is wrong stands in the log: here it would be everybody's."""
    return {name: told if told == "ok" else "away" for name, told in providers.items()}


async def _awaited(check: Check) -> None:
    await check()


def _state(parts_work: bool, bound: list[bool], hotline: list[str]) -> str:
    if not parts_work or (bound and not any(bound)):
        return "failing"
    return "ok" if all(bound) and set(hotline) <= {"ok"} else "degraded"
