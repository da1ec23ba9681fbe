"""The web side put together: every route, every collaborator by argument.

/                  start page                    /kiosk        the kiosk's page
/t/TOKEN[.png]     a T-code's page and picture   /api/kiosk/…  the kiosks' API
/draw/SESSION[.json]  what is published of a draw
/health, /metrics  for operators                 /static/…     style sheets and scripts
/api/…             the messages API, for other programs
/fhir/…            FHIR R4, for the hospital's system
/payments/callback/…  what providers of mobile money tell us
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping

from klein import Klein, KleinRenderable
from prometheus_client import REGISTRY, CollectorRegistry
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from werkzeug.exceptions import HTTPException

from clinic.identity import Vault
from clinic.installation import Installation
from clinic.rules import Rules
from dialogs.talk import Runs
from gateway.config import Settings
from gateway.http.answers import html_body
from gateway.http.assets import Assets
from gateway.http.draw_page import DrawPage
from gateway.http.fhir.api import FhirApi
from gateway.http.guesses import Guesses
from gateway.http.health import Check, Health
from gateway.http.kiosk_api import KioskApi
from gateway.http.kiosk_page import KioskPage
from gateway.http.messages_api import MessagesApi
from gateway.http.pages import language_of, other, plain_texts, render
from gateway.http.payment_callbacks import PaymentCallbacks
from gateway.http.ports import Aside, Limits, Office
from gateway.http.requests import CareSite
from gateway.http.slips import SlipPrinter
from gateway.http.start_page import StartPage
from gateway.http.voucher_page import VoucherPage
from gateway.payments.callbacks import Callbacks
from tcode.keyring import Keyring

IDLE_SECONDS = 60


def make_site(
    *,
    store: Runs,
    keyring: Keyring,
    limits: Limits,
    installation: Installation,
    settings: Settings,
    now: Callable[[], dt.datetime],
    clock: IReactorTime,
    aside: Aside,
    checks: Mapping[str, Check],
    links: Callable[[], Mapping[str, bool]],
    hotline: Callable[[], Mapping[str, str]] = dict,
    payments: Callable[[], Mapping[str, str]] = dict,
    callbacks: Callbacks | None = None,
    rules: Rules = Rules(),  # noqa: B008  frozen
    proxies: Collection[str] = (),
    registry: CollectorRegistry = REGISTRY,
    vault: Vault | None = None,
) -> CareSite:
    """The site to listen with.

    `now` gives this moment, aware, in the installation's zone; `aside` runs what takes long on threads; `checks` are
    the parts that /health looks at, `links` says of each SMPP link whether it is bound, `hotline` how its parts do,
    `payments` how the providers of mobile money do, `callbacks` takes what they tell us;
    `rules` are those of messages to many; `proxies` are the addresses of our own reverse proxies, whose
    X-Forwarded-For is believed; `vault` opens identity numbers, without it there is no /fhir.
    """
    guesses = Guesses(limits, limit=settings.kiosk.wrong_codes, seconds=settings.kiosk.wrong_seconds, now=now)
    printer = SlipPrinter(keyring, settings.slip.font, settings.slip.width)
    office = Office(
        store=store,
        keyring=keyring,
        limits=limits,
        aside=aside,
        now=now,
        proxies=frozenset(proxies),
        booking=rules.booking,
    )
    health = Health(
        checks=checks,
        links=links,
        hotline=hotline,
        payments=payments,
        clock=clock,
        registry=registry,
        proxies=proxies,
    )
    front = Klein()
    _page(front, "/", StartPage(installation).page)
    _page(front, "/kiosk", KioskPage(installation.language).page)
    _page(front, "/health", health.health)
    _page(front, "/metrics", health.metrics)
    _branch(front, "/t", VoucherPage(office).app)
    _branch(front, "/draw", DrawPage(office, installation.language).app)
    _branch(front, "/api/kiosk", KioskApi(office, printer, guesses).app)
    _branch(front, "/api", MessagesApi(office, installation, rules).app)
    _branch(front, "/payments/callback", PaymentCallbacks(callbacks, limits, frozenset(proxies)).app)
    if vault is not None:
        _branch(front, "/fhir", FhirApi(office, installation, rules, vault).app)
    _branch(front, "/static", Assets().app)
    front.handle_errors(HTTPException)(_nothing_here)
    return CareSite(front.resource(), timeout=IDLE_SECONDS, reactor=clock)


def _page(front: Klein, path: str, answer: Callable[[IRequest], KleinRenderable]) -> None:
    front.route(path, methods=["GET"], endpoint=path, strict_slashes=False)(answer)


def _branch(front: Klein, path: str, app: Klein) -> None:
    resource = app.resource()
    front.route(path, branch=True, endpoint=path, strict_slashes=False)(lambda _request: resource)


def _nothing_here(request: IRequest, failure: Failure) -> bytes:
    """A page for people who mistyped an address; redirects to guessed addresses are not made."""
    status = getattr(failure.value, "code", None) or 404
    language = language_of(request, "zh")
    t = plain_texts("voucher")[language]
    page = render("refused.html", language=language, other=other(language), t=t, error="not_found")
    return html_body(request, status if status >= 400 else 404, page)
