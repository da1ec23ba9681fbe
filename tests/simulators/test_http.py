"""The handset page's API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from treq.testing import StubTreq

from simulators.http import HandsetPages
from simulators.networks import NETWORKS
from simulators.smsc import Service
from smpp import ussd
from smpp.session import events

PHONE = "/api/phones/15400000001"


class Visitor:
    """Asks the pages of a network; everything happens at once."""

    def __init__(self, network: Any) -> None:
        self.network = network
        self.outbinds: list[tuple[str, int, str, str]] = []
        self.pages = HandsetPages(
            network.smsc,
            network.clock,
            kiosk_url="http://127.0.0.1:8080/kiosk",
            outbind=lambda *asked: self.outbinds.append(asked),
        )
        self._client = StubTreq(self.pages.app.resource())

    def ask(self, method: str, path: str, **how: Any) -> Any:
        return _now(self._client.request(method, f"http://127.0.0.1:8081{path}", **how))

    def get(self, path: str) -> Any:
        return json.loads(_now(self._client.content(self.ask("GET", path))))

    def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        response = self.ask("POST", path, json={} if body is None else body)
        self.network.flow()
        return response.code, json.loads(_now(self._client.content(response)))

    def text(self, path: str) -> str:
        return str(_now(self._client.content(self.ask("GET", path))), "utf-8")

    def follow(self, path: str) -> tuple[Any, list[Any]]:
        """A live stream and what came over it, as far as `flush` has carried it."""
        response, octets, seen = self.ask("GET", path), bytearray(), []
        self._client.collect(response, octets.extend)

        def news() -> list[Any]:
            self._client.flush()
            events = [one for one in octets.decode().split("\n\n") if one.startswith("event: phone\n")]
            seen[:] = [json.loads(one.partition("data: ")[2]) for one in events]
            return seen

        return response, news


def _now(deferred: Any) -> Any:
    results: list[Any] = []
    deferred.addBoth(results.append)
    assert results, "no answer yet"
    return results[0]


@pytest.fixture
def visitor(network: Any) -> Visitor:
    return Visitor(network)


def test_a_new_number_is_a_phone(visitor: Visitor) -> None:
    assert visitor.get("/api/phones/+86 154 0000 0001") == {
        "serial": 1,
        "number": "15400000001",
        "msisdn": "8615400000001",
        "ussd": None,
        "unread": 0,
        "messages": [],
        "call": None,
        "network": {"bound": False},
    }


def test_dialling_answering_and_putting_away(visitor: Visitor, network: Any) -> None:
    esme = network.bound()
    code, phone = visitor.post(f"{PHONE}/dial", {"code": "*120#"})
    assert (code, phone["ussd"]) == (200, {"code": "*120#", "turn": "application", "text": "", "ending": None})
    esme.send(ussd.reply(ussd.read(esme.mail[-1]), "1 预约", end=False))
    assert visitor.get(PHONE)["ussd"]["text"] == "1 预约"
    visitor.post(f"{PHONE}/answer", {"text": "1"})
    esme.send(ussd.reply(ussd.read(esme.mail[-1]), "再见", end=True))
    assert visitor.get(PHONE)["ussd"] == {"code": "*120#", "turn": "ended", "text": "再见", "ending": "closed"}
    assert visitor.post(f"{PHONE}/close")[1]["ussd"] is None


def test_hanging_up(visitor: Visitor, network: Any) -> None:
    network.bound()
    visitor.post(f"{PHONE}/dial", {"code": "*120#"})
    assert visitor.post(f"{PHONE}/cancel")[1]["ussd"]["ending"] == "cancelled"


def test_messages_both_ways(visitor: Visitor, network: Any) -> None:
    esme = network.bound().sms("Your visit is booked")
    visitor.post(f"{PHONE}/sms", {"to": "12580120", "text": "CANCEL"})
    phone = visitor.get(PHONE)
    shown = [(sms["peer"], sms["text"], sms["outgoing"], sms["at"]) for sms in phone["messages"]]
    assert shown == [
        ("12580120", "Your visit is booked", False, network.now),
        ("12580120", "CANCEL", True, network.now),
    ]
    assert (phone["unread"], esme.texts[-1]) == (1, "CANCEL")
    assert visitor.post(f"{PHONE}/read", {"id": phone["messages"][0]["id"]})[1]["unread"] == 0
    assert visitor.post(f"{PHONE}/erase")[1]["messages"] == []


@pytest.mark.parametrize(
    ("path", "body", "code", "error"),
    [
        ("/api/phones/nobody/dial", {"code": "*120#"}, 400, "bad-number"),
        (f"{PHONE}/sms", {"to": "nobody", "text": "x"}, 400, "bad-number"),
        (f"{PHONE}/dial", {}, 400, "bad-request"),
        (f"{PHONE}/dial", {"code": 120}, 400, "bad-request"),
        (f"{PHONE}/dial", ["*120#"], 400, "bad-request"),
        (f"{PHONE}/read", {"id": True}, 400, "bad-request"),
        (f"{PHONE}/sms", {"to": "12580120", "text": "字" * 20000}, 400, "too-long"),
        (f"{PHONE}/sms", {"to": "12580120", "text": "x" * 300_000}, 400, "bad-request"),
        (f"{PHONE}/answer", {"text": "1"}, 409, "not-now"),
        (f"{PHONE}/answer", {"text": "1" * 183}, 400, "too-long"),
        (f"{PHONE}/cancel", {}, 409, "not-now"),
        (f"{PHONE}/shake", {}, 404, "no-such-page"),
        ("/api/network", {"submit_latency": -1}, 400, "bad-value"),
        ("/api/network", {"latncy": 1}, 400, "bad-value"),
        ("/api/network/shake", {}, 404, "no-such-page"),
    ],
)
def test_what_is_refused(visitor: Visitor, path: str, body: Any, code: int, error: str) -> None:
    answered, refusal = visitor.post(path, body)
    assert (answered, refusal["error"]) == (code, error)
    assert refusal["message"]


def test_a_full_queue_is_told(make_network: Any) -> None:
    visitor = Visitor(make_network(Service(queue=1)))
    codes = [visitor.post(f"{PHONE}/sms", {"to": "12580120", "text": "x"})[0] for _ in range(2)]
    assert codes == [200, 503]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_form_of_another_site_presses_no_key(visitor: Visitor, network: Any, kind: str) -> None:
    network.bound()
    response = visitor.ask("POST", f"{PHONE}/dial", data=b'{"code": "*120#"}', headers={"Content-Type": kind})
    assert response.code == 400
    assert network.phone().ussd is None


def test_what_is_no_json(visitor: Visitor) -> None:
    kind = {"Content-Type": "application/json; charset=utf-8"}
    assert visitor.ask("POST", f"{PHONE}/dial", data=b"{", headers=kind).code == 400


def test_conditions_change_while_it_runs(visitor: Visitor, network: Any) -> None:
    assert visitor.post("/api/network", {"submit_latency": 2, "submit_fail": 0.1})[0] == 200
    assert (network.smsc.conditions.submit_latency, network.smsc.conditions.submit_fail) == (2, 0.1)
    network.bound("receiver")
    state = visitor.get("/api/network")
    assert state["binds"] == [{"account": "caredial", "receives": True}]
    assert state["conditions"]["submit_latency"] == 2
    assert (state["waiting"], state["sessions"]) == (0, 0)


def test_a_network_by_name(visitor: Visitor, network: Any) -> None:
    code, state = visitor.post("/api/network/name", {"name": "hostile"})
    assert (code, state["network"], network.smsc.conditions) == (200, "hostile", NETWORKS["hostile"])
    assert state["conditions"]["submit_refuse_with"] == "ESME_RSYSERR"
    visitor.post("/api/network", {"bind_limit": 1})
    assert visitor.get("/api/network")["network"] == ""
    assert visitor.post("/api/network/name", {"name": "perfect"})[0] == 400


def test_a_burst(visitor: Visitor, network: Any) -> None:
    esme = network.bound()
    assert visitor.post("/api/network/burst", {"count": 20, "text": "BOOK"}) == (200, {"sent": 20})
    network.flow()
    assert len(esme.mail) == 20
    assert visitor.post("/api/network/burst", {"count": 0, "text": "BOOK"})[0] == 400


def test_unbinding_everybody(visitor: Visitor, network: Any) -> None:
    esme = network.bound()
    assert visitor.post("/api/network/unbind") == (200, {"unbound": 1})
    assert esme.over == ["UNBOUND_BY_PEER"]


def test_telling_that_a_phone_is_there_again(visitor: Visitor, network: Any) -> None:
    esme = network.bound()
    network.bound("transmitter")
    assert visitor.post("/api/network/alert", {"number": "15400000001"}) == (200, {"told": 1})
    (alert,) = [event.pdu for event in esme.told if isinstance(event, events.Request)]
    assert (alert.name, alert.source.number) == ("alert_notification", "8615400000001")
    assert visitor.post("/api/network/alert", {"number": "nobody"})[0] == 400


def test_asking_an_esme_to_bind(visitor: Visitor) -> None:
    asked = {"host": "127.0.0.1", "port": 9000, "password": "secret"}
    assert visitor.post("/api/network/outbind", asked) == (200, {"asked": True})
    assert visitor.outbinds == [("127.0.0.1", 9000, "caredial-smsc", "secret")]
    assert visitor.post("/api/network/outbind", {"host": "127.0.0.1", "port": 0})[0] == 400


def test_dropping_connections(visitor: Visitor, network: Any) -> None:
    esme = network.bound()
    assert visitor.post("/api/network/drop") == (200, {"dropped": 1})
    assert esme.pipe.closed


def test_a_stream_tells_every_change_at_once(visitor: Visitor, network: Any) -> None:
    response, news = visitor.follow(f"{PHONE}/events")
    assert response.headers.getRawHeaders("content-type") == ["text/event-stream; charset=utf-8"]
    assert [one["network"]["bound"] for one in news()] == [False]
    esme = network.bound()
    esme.sms("one")
    network.phone("15400000002").receive("12580120", "for another phone", now=0)
    assert [(one["network"]["bound"], one["unread"]) for one in news()] == [(False, 0), (True, 0), (True, 1)]
    newest, later = news()[-1], visitor.get(PHONE)
    assert later.pop("serial") > newest.pop("serial")
    assert later == newest


def test_a_stream_of_no_number(visitor: Visitor) -> None:
    assert visitor.ask("GET", "/api/phones/nobody/events").code == 400


def test_the_page_and_its_files(visitor: Visitor) -> None:
    page = visitor.ask("GET", "/")
    assert page.headers.getRawHeaders("content-security-policy")[0].startswith("default-src 'none'; script-src 'self'")
    kinds = {
        name: visitor.ask("GET", f"/static/{name}").headers.getRawHeaders("content-type")[0]
        for name in ("handset.css", "handset.js", "icon.svg")
    }
    assert kinds == {
        "handset.css": "text/css; charset=utf-8",
        "handset.js": "text/javascript; charset=utf-8",
        "icon.svg": "image/svg+xml",
    }


@pytest.mark.parametrize("path", ["/static/none.js", "/static/..%2fcli.py", "/static/handset.html", "/nothing"])
def test_what_is_not_there(visitor: Visitor, path: str) -> None:
    assert visitor.ask("GET", path).code == 404
