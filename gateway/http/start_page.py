"""The start page: what this is, and where to go."""

from __future__ import annotations

from klein import Klein
from twisted.web.iweb import IRequest

from clinic.installation import Installation
from conf.texts import say
from gateway.http.answers import html_body
from gateway.http.pages import language_of, other, render


class StartPage:
    app = Klein()

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    @app.route("/", methods=["GET"])
    def page(self, request: IRequest) -> bytes:
        place = self._installation
        language = language_of(request, place.language)

        def t(key: str) -> str:
            words = {"code": place.ussd_code, "number": place.service_number, "hotline": place.hotline}
            return say(language, f"start.{key}", **words)

        return html_body(request, 200, render("start.html", language=language, other=other(language), t=t))
