"""A T-code's page: plain HTML that any phone's browser shows, at an address that nobody can guess."""

from __future__ import annotations

import logging

from klein import Klein
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from werkzeug.exceptions import HTTPException

from clinic import vouchers
from clinic.errors import StoreBusy
from clinic.queue import standing
from clinic.views import Standing, VoucherView
from clinic.vouchers import claims_of
from conf.texts import say
from conf.texts.words import Language
from gateway.http import queue_live
from gateway.http.answers import Refusal, body, html_body
from gateway.http.pages import language_of, other, plain_texts, render
from gateway.http.ports import Office
from gateway.http.requests import address
from tcode import picture, token, voucher
from tcode.number import spell

log = logging.getLogger("caredial.http")

MISSES_A_MINUTE = 20
MODULE = 6  # pixels: 270 for the whole picture, the width of a small phone's screen


class VoucherPage:
    """Routes under /t."""

    app = Klein()

    def __init__(self, office: Office) -> None:
        self._office = office

    @app.route("/<key>.png", methods=["GET"])
    async def code(self, request: IRequest, key: str) -> bytes:
        """The QR symbol."""
        view = await self._voucher(request, key)
        return body(request, 200, "image/png", await self._office.aside(self._draw, view))

    @app.route("/<key>", methods=["GET"])
    async def page(self, request: IRequest, key: str) -> bytes:
        view = await self._voucher(request, key)
        language = language_of(request, view.language)
        number = spell(view.number)
        stands = await self._standing(view)
        return _page(
            request,
            200,
            "voucher.html",
            language,
            queue=view.queue,
            token=view.token,
            number=number,
            picture_of=say(language, "voucher.picture", number=number),
            state=self._state(view),
            told=self._told(view, stands, language),
            live=queue_live.live(stands, self._office.now(), language) if stands else None,
            rows=rows(view, language),
        )

    @app.handle_errors(Refusal)
    def refused(self, request: IRequest, failure: Failure) -> bytes:
        return _refused(request, failure.value) if isinstance(failure.value, Refusal) else b""

    @app.handle_errors(HTTPException)
    def no_route(self, request: IRequest, failure: Failure) -> bytes:
        return _refused(request, Refusal(getattr(failure.value, "code", None) or 404, "not_found", ""))

    @app.handle_errors(Exception)
    def broken(self, request: IRequest, failure: Failure) -> bytes:
        """A browser gets a page it can read. What the address was is not told, nor logged."""
        if not failure.check(StoreBusy):
            log.error("a T-code's page broke: %s", failure.getTraceback())
        return _refused(request, Refusal(503, "broken", "", Retry_After="5"))

    async def _voucher(self, request: IRequest, key: str) -> VoucherView:
        view = await self._office.store.run(vouchers.by_token, token=key) if token.well_formed(key) else None
        if view is not None:
            return view
        here = f"misses:{address(request, self._office.proxies)}"
        if not await self._office.limits.allow(here, limit=MISSES_A_MINUTE, seconds=60):
            raise Refusal(429, "too_many", "", Retry_After="60")
        raise Refusal(404, "not_found", "")

    def _draw(self, view: VoucherView) -> bytes:
        return picture.png(voucher.sign(claims_of(view), self._office.keyring), module=MODULE)

    def _state(self, view: VoucherView) -> str:
        """What it is worth now: the nightly job may not have expired it yet."""
        over = view.state == "issued" and view.day < self._office.now().date()
        return "expired" if over else view.state

    async def _standing(self, view: VoucherView) -> Standing | None:
        """Where the visit stands in the queue, on its day, while that matters."""
        now = self._office.now()
        if view.day != now.date() or view.state not in ("issued", "used"):
            return None
        return await self._office.store.run(standing.of_visit, visit=view.visit, now=now)

    def _told(self, view: VoucherView, stands: Standing | None, language: Language) -> str:
        state = self._state(view)
        if stands is not None and stands.state in queue_live.TOLD:
            return say(language, queue_live.TOLD[stands.state])
        if state == "issued":
            return say(language, "voucher.show")
        if state == "used" and view.used_at is not None:
            used_at = view.used_at.astimezone(self._office.now().tzinfo)
            return say(language, "voucher.used_at", day=used_at.date(), at=used_at.time())
        return say(language, f"voucher.{state}_detail")


def rows(view: VoucherView, language: Language) -> list[tuple[str, str]]:
    """The visit as label and value."""
    values = {
        "centre": view.centre_name.text(language),
        "department": view.department.text(language),
        "room": view.room,
        "practitioner": view.practitioner.text(language) if view.practitioner else "",
        "when": say(language, "voucher.when_line", day=view.day, half=view.half, starts=view.starts),
        "patient": view.patient_name,
    }
    return [(say(language, f"voucher.{label}"), value) for label, value in values.items() if value]


def _refused(request: IRequest, refusal: Refusal) -> bytes:
    for name, value in refusal.headers.items():
        request.setHeader(name, value)
    language = language_of(request, _accepted(request))
    return _page(request, refusal.status, "refused.html", language, error=refusal.error)


def _accepted(request: IRequest) -> str:
    """The first language of the browser, where no visit tells one."""
    return (request.getHeader("accept-language") or "zh")[:2].lower()


def _page(request: IRequest, status: int, template: str, language: Language, **words: object) -> bytes:
    texts = plain_texts("voucher")[language]
    return html_body(request, status, render(template, language=language, other=other(language), t=texts, **words))
