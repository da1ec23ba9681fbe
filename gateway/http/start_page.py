"""The start page: what this is, and where to go."""

from __future__ import annotations

from twisted.web.iweb import IRequest

from clinic.installation import Installation
from conf.texts import say
from gateway.http.answers import html_body
from gateway.http.pages import language_of, other, plain_texts, render


class StartPage:
    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def page(self, request: IRequest) -> bytes:
        place = self._installation
        language = language_of(request, place.language)

        lead = say(language, "start.lead", code=place.ussd_code, number=place.service_number, hotline=place.hotline)
        texts = plain_texts("start")[language]
        page = render("start.html", language=language, other=other(language), t=texts, lead=lead)
        return html_body(request, 200, page)
