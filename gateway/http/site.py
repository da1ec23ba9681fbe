"""The web side put together: every route, every collaborator by argument.

    /                  start page                    /kiosk        the kiosk's page
    /t/TOKEN[.png]     a T-code's page and picture   /api/kiosk/…  the kiosks' API
    /health, /metrics  for operators                 /static/…     style sheets and scripts
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from klein import Klein
from klein.resource import KleinResource
from prometheus_client import REGISTRY, CollectorRegistry
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource
from werkzeug.exceptions import HTTPException

from clinic.installation import Installation
from dialogs.talk import Runs
from gateway.http.answers import html_body
from gateway.http.assets import Assets
from gateway.http.guesses import Guesses
from gateway.http.health import Check, Health
from gateway.http.kiosk_api import KioskApi
from gateway.http.kiosk_page import KioskPage
from gateway.http.pages import language_of, other, render
from gateway.http.ports import Aside, Limits
from gateway.http.requests import CareSite
from gateway.http.slips import SlipPrinter
from gateway.http.start_page import StartPage
from gateway.http.voucher_page import VoucherPage
from tcode.keyring import Keyring

IDLE_SECONDS = 60


def make_site(
    *,
    store: Runs,
    keys: Keyring,
    limits: Limits,
    aside: Aside,
    installation: Installation,
    checks: Mapping[str, Check],
    links: Callable[[], Mapping[str, bool]],
    clock: IReactorTime,
    now: Callable[[], dt.datetime] | None = None,
    guesses: int = 10,
    guess_seconds: int = 60,
    slip_font: Path | None = None,
    slip_width: int = 384,
    proxies: Collection[str] = (),
    registry: CollectorRegistry = REGISTRY,
) -> CareSite:
    """The site to listen with.

    `now` gives this moment, aware, in the installation's zone (default: `installation.now`); `checks` are the parts
    that /health looks at, `links` says of each SMPP link whether it is bound; `proxies` are the addresses of our own
    reverse proxies, whose X-Forwarded-For is believed.
    """
    now = now or installation.now
    guard = Guesses(limits, limit=guesses, seconds=guess_seconds, now=now)
    printer = SlipPrinter(keys, slip_font, slip_width)
    front = Front(StartPage(installation).app.resource())
    front.putChild(b"t", VoucherPage(
        store=store, keys=keys, limits=limits, aside=aside, now=now, proxies=proxies
    ).app.resource())
    return CareSite(front, timeout=IDLE_SECONDS, reactor=clock)
