"""The kiosk's page: one screen for touch, scanner and camera; everything else is its script's work."""

from __future__ import annotations

from twisted.web.iweb import IRequest

from conf.texts.words import Language
from gateway.http.answers import KIOSK_POLICY, html_body
from gateway.http.pages import language_of, plain_texts, render


class KioskPage:
    """The token is in the address's fragment, which a browser keeps to itself."""

    def __init__(self, language: Language = "zh") -> None:
        self._language = language

    def page(self, request: IRequest) -> bytes:
        request.setHeader("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
        language = language_of(request, self._language)
        texts = plain_texts("kiosk")
        page = render("kiosk.html", language=language, texts=texts, t=texts[language])
        return html_body(request, 200, page, policy=KIOSK_POLICY)
