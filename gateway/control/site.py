"""What the control socket answers (HTTP; JSON).

GET  /links   every link and its binds
GET  /sending how fast the outbox is sent, what is under way of each class, and every link
GET  /servers every Asterisk, and its calls by their state
GET  /trace   PDUs as they go by, a line of JSON each; ?link=NAME, ?phone=NUMBER, ?texts=1
POST /ussd    {"link", "phone", "text", "ask"}: show a text on a phone, or ask and return the answer
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol, cast

from klein import Klein
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from twisted.web.server import Request, Site
from werkzeug.exceptions import HTTPException

from clinic.errors import ClinicError
from clinic.phones import BadPhone
from gateway.control.tracing import Filter, Reader, follow
from gateway.http.answers import Refusal, json_body, refusal_body
from ivr.ami.link import Link as AmiLink
from smpp.link import Link

log = logging.getLogger("caredial.control")


class Pushes(Protocol):
    """Begins USSD sessions on phones (`ussd_menus.pushes.Pushes`)."""

    def tell(self, link: str, phone: str, text: str) -> Awaitable[None]: ...
    def ask(self, link: str, phone: str, text: str) -> Awaitable[str]: ...


class Control:
    """The routes; `stop` ends the traces that are being read."""

    def __init__(
        self,
        links: Mapping[str, Link],
        pushes: Pushes,
        servers: Mapping[str, AmiLink],
        calls: Callable[[], Mapping[str, Mapping[Any, int]]],
        sending: Callable[[], Mapping[str, object]] = dict,
    ) -> None:
        """`calls` tells how many calls each server has now, by their state (`ivr.calls.switchboard.Switchboard`),
        `sending` how the sender does (`gateway.sender.Sender.status`)."""
        self._links, self._pushes, self._servers, self._calls = links, pushes, servers, calls
        self._sending = sending
        self._readers: set[Reader] = set()

    def site(self) -> Site:
        app = Klein()
        for path, method, answer in (
            ("/links", "GET", self.links),
            ("/sending", "GET", self.sending),
            ("/servers", "GET", self.servers),
            ("/trace", "GET", self.trace),
            ("/ussd", "POST", self.ussd),
        ):
            app.route(path, methods=[method], endpoint=path)(_guarded(answer))
        app.handle_errors(HTTPException)(_nothing_here)
        return Site(app.resource())

    def stop(self) -> None:
        for reader in list(self._readers):
            reader.stopProducing()

    async def links(self, request: IRequest) -> bytes:
        return json_body(request, 200, {"links": [asdict(link.status()) for link in self._links.values()]})

    async def sending(self, request: IRequest) -> bytes:
        links = [asdict(link.status()) for link in self._links.values()]
        return json_body(request, 200, {**self._sending(), "links": links})

    async def servers(self, request: IRequest) -> bytes:
        calls = self._calls()
        servers = [{**asdict(link.status()), "calls": calls.get(name, {})} for name, link in self._servers.items()]
        live = sum(sum(each.values()) for each in calls.values())
        return json_body(request, 200, {"servers": servers, "calls": live})

    async def trace(self, request: IRequest) -> bytes:
        """Does not end by itself."""
        chosen = _argument(request, "link")
        links = [self._link(chosen)] if chosen else list(self._links.values())
        wanted, texts = Filter(_argument(request, "phone")), _argument(request, "texts") == "1"
        request.setHeader("Content-Type", "application/x-ndjson")
        reader = Reader(cast(Request, request), lambda: self._left(reader, ends))
        ends = [follow(reader, link, wanted, texts=texts) for link in links]
        self._readers.add(reader)
        request.write(b"\n")  # the headers go out now: whoever asked knows that nothing is missed from here on
        await reader.done
        return b""

    def _left(self, reader: Reader, ends: list[Callable[[], None]]) -> None:
        self._readers.discard(reader)
        for end in ends:
            end()

    async def ussd(self, request: IRequest) -> bytes:
        wanted = _document(request)
        name, phone, text = (wanted.get(word) for word in ("link", "phone", "text"))
        if not (isinstance(name, str) and isinstance(phone, str) and isinstance(text, str)):
            raise Refusal(400, "bad_request", "link, phone and text are needed, each a text")
        link = self._link(name)
        if link.settings.ussd is None:
            raise Refusal(409, "no_ussd", f"link {name} carries no USSD ([smpp.links.{name}] ussd)")
        answer = None
        if wanted.get("ask") is True:
            answer = await self._pushes.ask(name, phone, text)
        else:
            await self._pushes.tell(name, phone, text)
        return json_body(request, 200, {"answer": answer})

    def _link(self, name: str) -> Link:
        if name not in self._links:
            raise Refusal(404, "no_link", f"there is no link {name}; there are: {', '.join(self._links) or 'none'}")
        return self._links[name]


def _guarded(answer: Callable[[IRequest], Awaitable[bytes]]) -> Callable[[IRequest], Deferred[bytes]]:
    """A refusal, and what the rooms below raise, becomes an answer that says why."""

    async def guarded(request: IRequest) -> bytes:
        try:
            return await answer(request)
        except Refusal as refusal:
            return refusal_body(request, refusal)
        except BadPhone as error:
            return refusal_body(request, Refusal(400, "bad_phone", str(error)))
        except ClinicError as error:
            status = 503 if error.retry else 409
            return refusal_body(request, Refusal(status, type(error).__name__, str(error) or error.tell))

    return lambda request: Deferred.fromCoroutine(guarded(request))


def _argument(request: IRequest, name: str) -> str:
    args: Mapping[bytes, list[bytes]] = request.args or {}
    return args.get(name.encode(), [b""])[0].decode("utf-8", "replace")


def _document(request: IRequest) -> dict[str, Any]:
    try:
        found = json.loads(request.content.read())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refusal(400, "bad_request", "the body should be a JSON object")
    return found


def _nothing_here(request: IRequest, failure: Failure) -> bytes:
    status = getattr(failure.value, "code", None) or 404
    return refusal_body(request, Refusal(status, "no_route", "there is nothing at this address"))
