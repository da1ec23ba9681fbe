"""What is published of a draw, for anybody: a page for any phone, and JSON to recompute it from (`docs/lottery.md`)."""

from __future__ import annotations

import logging
from typing import Final

from klein import Klein
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from werkzeug.exceptions import HTTPException

from clinic.errors import StoreBusy
from clinic.sessions import lottery
from clinic.sessions.lottery.shown import DrawView, shown
from conf.texts import say
from conf.texts.words import Language
from gateway.http.answers import Refusal, html_body, json_body, refusal_body
from gateway.http.pages import language_of, other, plain_texts, render
from gateway.http.ports import Office

log = logging.getLogger("caredial.http")

MOST: Final = 500
"""So many tickets stand on the page, for old phones; the JSON has all of them."""
LONGEST: Final = 12  # digits


class DrawPage:
    """Routes under /draw."""

    app = Klein()

    def __init__(self, office: Office, language: Language) -> None:
        self._office, self._language = office, language

    @app.route("/<number>.json", methods=["GET"])
    async def document(self, request: IRequest, number: str) -> bytes:
        """Commitment, tickets, ranks, seed: nothing that names anybody."""
        offered = _number(number)
        found = None
        if offered is not None:
            found = await self._office.store.run(lottery.document, offered=offered, now=self._office.now())
        if found is None:
            return refusal_body(request, Refusal(404, "no_draw", "there is no draw of this session"))
        # Whoever recomputes it may do so from a page of their own.
        request.setHeader("Access-Control-Allow-Origin", "*")
        request.setHeader("Cross-Origin-Resource-Policy", "cross-origin")
        return json_body(request, 200, found)

    @app.route("/<number>", methods=["GET"])
    async def page(self, request: IRequest, number: str) -> bytes:
        offered = _number(number)
        view = None
        if offered is not None:
            view = await self._office.store.run(shown, offered=offered, now=self._office.now())
        if view is None:
            raise Refusal(404, "not_found", "")
        language = language_of(request, self._language)
        return html_body(request, 200, self._html(view, language))

    @app.handle_errors(Refusal)
    def refused(self, request: IRequest, failure: Failure) -> bytes:
        return self._refused(request, failure.value) if isinstance(failure.value, Refusal) else b""

    @app.handle_errors(HTTPException)
    def no_route(self, request: IRequest, failure: Failure) -> bytes:
        return self._refused(request, Refusal(getattr(failure.value, "code", None) or 404, "not_found", ""))

    @app.handle_errors(Exception)
    def broken(self, request: IRequest, failure: Failure) -> bytes:
        if not failure.check(StoreBusy):
            log.error("the page of a draw broke: %s", failure.getTraceback())
        return self._refused(request, Refusal(503, "broken", "", Retry_After="5"))

    def _html(self, view: DrawView, language: Language) -> str:
        texts = plain_texts("drawpage")[language]
        return render(
            "draw.html",
            language=language,
            other=other(language),
            t=texts,
            view=view,
            told=_told(view, language),
            rows=_rows(view, language),
            tickets=[(each.ticket, each.rank or "", texts[each.outcome]) for each in view.tickets[:MOST]],
            more=say(language, "drawpage.more", count=len(view.tickets)) if len(view.tickets) > MOST else "",
        )

    def _refused(self, request: IRequest, refusal: Refusal) -> bytes:
        for name, value in refusal.headers.items():
            request.setHeader(name, value)
        language = language_of(request, self._language)
        t = plain_texts("voucher")[language]
        page = render("refused.html", language=language, other=other(language), t=t, error=refusal.error)
        return html_body(request, refusal.status, page)


def _number(written: str) -> int | None:
    return int(written) if written.isascii() and written.isdecimal() and len(written) <= LONGEST else None


def _told(view: DrawView, language: Language) -> str:
    """How far it is, in a sentence."""
    if view.state == "open":
        return say(language, "drawpage.open", day=view.draw_at.date(), at=view.draw_at.time(), count=len(view.tickets))
    won = sum(each.outcome == "won" for each in view.tickets)
    return say(language, f"drawpage.{view.state}", count=len(view.tickets), won=won)


def _rows(view: DrawView, language: Language) -> list[tuple[str, str, bool]]:
    """The draw as label, value, and whether the value is a long number."""
    when = say(language, "voucher.when_line", day=view.day, half=view.half, starts=view.starts)
    values = (
        ("centre", view.centre.text(language), False),
        ("department", view.department.text(language), False),
        ("practitioner", view.practitioner.text(language) if view.practitioner else "", False),
        ("when", when, False),
        ("places", str(view.places), False),
        ("committed", f"{view.committed_at:%Y-%m-%d %H:%M}", False),
        ("commitment", view.commitment, True),
        ("digest", view.entries_digest, True),
        ("seed", view.seed, True),
    )
    return [(say(language, f"drawpage.{label}"), value, is_long) for label, value, is_long in values if value]
