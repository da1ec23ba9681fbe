"""The API of the kiosks: JSON over HTTP, `Authorization: Bearer TOKEN` (RFC 6750) with the kiosk's own token.

POST /api/kiosk/check        {"code": TEXT}, or a picture as image/jpeg or image/png -> the outcome
POST /api/kiosk/insurance    what the insurer pays of a visit that was checked in here (`gateway.http.insurance`)
GET  /api/kiosk/me           the kiosk and its centre
GET  /api/kiosk/keys         the public keys (JWK set): enough to check T-codes without a network
GET  /api/kiosk/slip/ID.png  the slip of a visit that was checked in, as a picture (?lang=zh|en)
GET  /api/kiosk/slip/ID.bin  the same for an ESC/POS printer
"""

from __future__ import annotations

import json
import logging
from typing import Any

from klein import Klein
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from werkzeug.exceptions import HTTPException

from clinic import kiosks, vouchers
from clinic.errors import StoreBusy
from clinic.views import KioskView
from clinic.vouchers import Checked
from gateway.counters import CHECKS
from gateway.http import insurance, outcomes
from gateway.http.answers import Refusal, body, json_body, refusal_body
from gateway.http.guesses import Guesses, too_many
from gateway.http.pages import language_of
from gateway.http.ports import Office
from gateway.http.requests import address
from gateway.http.scanned import MAX_LENGTH, Link, Scanned, Signed, recognise
from gateway.http.slips import Form, SlipPrinter
from tcode import reading, voucher
from tcode.fonts import NoFont
from tcode.number import BadNumber
from tcode.reading import BadPicture
from tcode.voucher import Forged

log = logging.getLogger("caredial.http")

PICTURES = ("image/jpeg", "image/png")
FRAMES_A_MINUTE = 240
STRANGERS_A_MINUTE = 30


class KioskApi:
    """Routes under /api/kiosk."""

    app = Klein()

    def __init__(self, office: Office, printer: SlipPrinter, guesses: Guesses) -> None:
        self._office, self._printer, self._guesses = office, printer, guesses

    @app.route("/check", methods=["POST"])
    async def check(self, request: IRequest) -> bytes:
        """Uses a T-code at this kiosk. 200 with an outcome for every code that could be looked at."""
        kiosk = await self._kiosk(request)
        kind = _content_type(request)
        if kind in PICTURES:
            outcome = await self._check_picture(kiosk, request.content.read())
        elif kind == "application/json":
            outcome = await self._check_code(kiosk, _code(request.content.read()))
        else:
            raise Refusal(415, "unsupported", f"send application/json, or a picture as {' or '.join(PICTURES)}")
        return json_body(request, 200, outcome)

    @app.route("/insurance", methods=["POST"])
    async def insurance(self, request: IRequest) -> bytes:
        kiosk = await self._kiosk(request)
        return json_body(request, 200, await insurance.settle(self._office, kiosk, request.content.read()))

    @app.route("/me", methods=["GET"])
    async def me(self, request: IRequest) -> bytes:
        """The kiosk, its centre, and the time there: a kiosk's own clock and time zone may be wrong."""
        kiosk = await self._kiosk(request)
        centre = {"id": kiosk.centre, "name": outcomes.names(kiosk.centre_name)}
        now = self._office.now().isoformat(timespec="seconds")
        return json_body(request, 200, {"id": kiosk.id, "name": kiosk.name, "centre": centre, "now": now})

    @app.route("/keys", methods=["GET"])
    async def public_keys(self, request: IRequest) -> bytes:
        await self._kiosk(request)
        bundle = await self._office.aside(self._office.keyring.public_bundle)
        return body(request, 200, "application/jwk-set+json", bundle.encode())

    @app.route("/slip/<int:visit>.<any(png, bin):form>", methods=["GET"])
    async def slip(self, request: IRequest, visit: int, form: Form) -> bytes:
        """Only of this kiosk's centre, and only once the T-code was used: nobody collects codes here."""
        kiosk = await self._kiosk(request)
        view = await self._office.store.run(vouchers.by_visit, visit=visit, centre=kiosk.centre)
        if view is None or view.state != "used":
            raise Refusal(404, "not_found", "no visit with this number was checked in at this centre")
        try:
            drawn = await self._office.aside(self._printer.draw, view, language_of(request, view.language), form)
        except NoFont as error:
            log.error("slips cannot be drawn: %s", error)
            raise Refusal(503, "no_font", str(error)) from error
        return body(request, 200, "image/png" if form == "png" else "application/octet-stream", drawn)

    @app.handle_errors(Refusal)
    def refused(self, request: IRequest, failure: Failure) -> bytes:
        return refusal_body(request, _of(failure, Refusal))

    @app.handle_errors(HTTPException)
    def no_route(self, request: IRequest, failure: Failure) -> bytes:
        status = _of(failure, HTTPException).code or 500
        return refusal_body(request, Refusal(status, "no_route", "there is nothing at this address for this method"))

    @app.handle_errors(StoreBusy)
    def busy(self, request: IRequest, failure: Failure) -> bytes:  # noqa: ARG002
        return refusal_body(request, Refusal(503, "busy", "the database is busy; try again", Retry_After="2"))

    @app.handle_errors(Exception)
    def broken(self, request: IRequest, failure: Failure) -> bytes:
        log.error("a kiosk's request broke: %s", failure.getTraceback())
        return refusal_body(request, Refusal(500, "broken", "something went wrong here; it has been logged"))

    async def _kiosk(self, request: IRequest) -> KioskView:
        scheme, _, token = (request.getHeader("authorization") or "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            kiosk = await self._office.store.run(kiosks.known, token=token.strip())
            if kiosk is not None:
                return kiosk
        here = f"stranger:{address(request, self._office.proxies)}"
        if not await self._office.limits.allow(here, limit=STRANGERS_A_MINUTE, seconds=60):
            raise too_many(60)
        challenge = 'Bearer realm="kiosk"'
        raise Refusal(401, "unknown_kiosk", "this token is not valid, or was revoked", WWW_Authenticate=challenge)

    async def _check_picture(self, kiosk: KioskView, picture: bytes) -> dict[str, Any]:
        if not await self._office.limits.allow(f"kiosk:{kiosk.id}:frames", limit=FRAMES_A_MINUTE, seconds=60):
            raise too_many(60)
        try:
            texts = await self._office.aside(reading.read, picture)
        except BadPicture as error:
            raise Refusal(400, "bad_picture", str(error)) from error
        if not texts:
            return outcomes.unreadable("no_code")
        return await self._check_code(kiosk, next(filter(_is_tcode, texts), texts[0]))

    async def _check_code(self, kiosk: KioskView, code: str) -> dict[str, Any]:
        try:
            scanned = recognise(code)
        except BadNumber:
            return outcomes.unreadable("mistyped")
        if scanned is None:
            return outcomes.unreadable("not_a_tcode")
        checked = await self._use(kiosk, scanned)
        CHECKS.labels(checked.outcome).inc()
        log.info("kiosk %d: a T-code was %s", kiosk.id, checked.outcome)
        return outcomes.document(checked, self._office.now().tzinfo)

    async def _use(self, kiosk: KioskView, scanned: Scanned) -> Checked:
        if isinstance(scanned, Signed):
            try:
                claims = await self._office.aside(voucher.verify, scanned.text, self._office.keyring)
            except Forged:
                return Checked("forged")
            return await self._office.store.run(
                vouchers.use,
                claims=claims,
                number=claims.number,
                kiosk=kiosk,
                now=self._office.now(),
                rules=self._office.booking,
            )
        self._guesses.refuse_closed(kiosk.id)
        number = await self._number(scanned.token) if isinstance(scanned, Link) else scanned.number
        checked = await self._office.store.run(
            vouchers.use,
            claims=None,
            number=number,
            kiosk=kiosk,
            now=self._office.now(),
            rules=self._office.booking,
        )
        if checked.outcome in {"forged", "wrong_centre"}:
            await self._guesses.wrong(kiosk.id)
        return checked

    async def _number(self, token: str) -> str:
        """The number behind a page's link; an unknown link gives a number that is nobody's."""
        view = await self._office.store.run(vouchers.by_token, token=token)
        return view.number if view else ""


def _is_tcode(text: str) -> bool:
    try:
        return recognise(text) is not None
    except BadNumber:
        return False


def _content_type(request: IRequest) -> str:
    return (request.getHeader("content-type") or "").partition(";")[0].strip().lower()


def _code(octets: bytes) -> str:
    try:
        document = json.loads(octets)
    except (ValueError, RecursionError):
        raise Refusal(400, "bad_json", "the body is not JSON") from None
    code = document.get("code") if isinstance(document, dict) else None
    if not isinstance(code, str) or not code.strip():
        raise Refusal(400, "bad_request", 'the body must be {"code": TEXT}')
    if len(code) > MAX_LENGTH:
        raise Refusal(400, "bad_request", f"a code has at most {MAX_LENGTH} characters")
    return code


def _of(failure: Failure, kind: type[Any]) -> Any:
    if not isinstance(failure.value, kind):
        raise TypeError(f"{failure.value!r} is no {kind.__name__}")
    return failure.value
