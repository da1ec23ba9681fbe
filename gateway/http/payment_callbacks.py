"""PUT /payments/callback/PROVIDER/CORRELATION/TOKEN: what providers of mobile money tell us (POST does as well).

Answers are empty: a stranger learns nothing, not even whether there is such a payment.
"""

from __future__ import annotations

import logging

from klein import Klein
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from werkzeug.exceptions import HTTPException

from gateway.http.answers import body
from gateway.http.ports import Limits
from gateway.http.requests import address
from gateway.payments.callbacks import Callbacks
from mobilemoney.callbacks import Shown
from mobilemoney.messages import LARGEST

log = logging.getLogger("caredial.http")

WRONG_A_MINUTE = 60


class PaymentCallbacks:
    """`callbacks` is None where no provider is in use: then nothing is here."""

    def __init__(self, callbacks: Callbacks | None, limits: Limits, proxies: frozenset[str]) -> None:
        self._callbacks, self._limits, self._proxies = callbacks, limits, proxies

    app = Klein()

    @app.route("/<string:provider>/<string:correlation>/<string:token>", methods=["PUT", "POST"])
    async def take(self, request: IRequest, provider: str, correlation: str, token: str) -> bytes:
        if self._callbacks is None:
            return _empty(request, 404)
        sent = request.content.read(LARGEST + 1)
        key, content_hash, own = self._callbacks.headers(provider)
        shown = Shown(*(request.getHeader(name) or "" if name else "" for name in (key, content_hash, own)))
        status = await self._callbacks.take(provider, correlation, token, shown, sent)
        if status in (403, 404) and not await self._may_err(request):
            return _empty(request, 429)
        return _empty(request, status)

    async def _may_err(self, request: IRequest) -> bool:
        here = f"callback:{address(request, self._proxies)}"
        return await self._limits.allow(here, limit=WRONG_A_MINUTE, seconds=60)

    @app.handle_errors(HTTPException)
    def no_route(self, request: IRequest, failure: Failure) -> bytes:
        return _empty(request, getattr(failure.value, "code", None) or 404)

    @app.handle_errors(Exception)
    def broken(self, request: IRequest, failure: Failure) -> bytes:
        log.error("a callback broke: %s", failure.getTraceback())
        return _empty(request, 503)  # the provider should say it again


def _empty(request: IRequest, status: int) -> bytes:
    return body(request, status, "application/json", b"")
