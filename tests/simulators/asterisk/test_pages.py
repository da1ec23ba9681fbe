"""The telephones' part of the page's API."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from treq.testing import StubTreq

from simulators.asterisk.pages import TelephonePages
from simulators.http import HandsetPages
from simulators.smsc import Service, Smsc

PHONE = "/api/phones/15400000001"


class Visitor:
    """Asks the pages; everything happens at once."""

    def __init__(self, office: Any, *, asterisk: bool = True, only_calls: bool = False) -> None:
        telephones = TelephonePages(office.exchange) if asterisk else None
        smsc = Smsc(office.clock, Service())
        self.pages = HandsetPages(smsc, office.clock, telephones=telephones, only_calls=only_calls)
        self._client = StubTreq(self.pages.app.resource())

    def get(self, path: str) -> Any:
        return json.loads(self.octets(path)[1])

    def octets(self, path: str) -> tuple[Any, bytes]:
        response = _now(self._client.request("GET", f"http://127.0.0.1:8081{path}"))
        return response, _now(self._client.content(response))

    def post(self, path: str, **body: Any) -> tuple[int, Any]:
        response = _now(self._client.request("POST", f"http://127.0.0.1:8081{path}", json=body))
        return response.code, json.loads(_now(self._client.content(response)))

    def follow(self, path: str) -> Any:
        response = _now(self._client.request("GET", f"http://127.0.0.1:8081{path}"))
        octets = bytearray()
        self._client.collect(response, octets.extend)

        def news() -> list[Any]:
            self._client.flush()
            events = [one for one in octets.decode().split("\n\n") if one.startswith("event: phone\n")]
            return [json.loads(one.partition("data: ")[2]) for one in events]

        return news


def _now(deferred: Any) -> Any:
    results: list[Any] = []
    deferred.addBoth(results.append)
    assert results, "no answer yet"
    return results[0]


@pytest.fixture
def visitor(office: Any) -> Visitor:
    return Visitor(office)


def test_a_call_by_the_api(office: Any, visitor: Visitor) -> None:
    driver = office.driver()
    assert visitor.get(PHONE)["call"] is None
    code, phone = visitor.post(f"{PHONE}/call", to="12580")
    assert (code, phone["call"]["state"], phone["call"]["peer"]) == (200, "talking", "12580")
    driver.agi(f'STREAM FILE {office.prompt("menu", 2, "请按一")} "1"')
    saying = visitor.get(PHONE)["call"]["saying"]
    assert (saying["text"], saying["seconds"]) == ("请按一", 2)
    response, octets = visitor.octets(saying["sound"])
    assert response.headers.getRawHeaders("content-type") == ["audio/wav"]
    assert octets == (office.folder / "menu.wav").read_bytes()
    assert visitor.post(f"{PHONE}/key", key="1")[1]["call"]["saying"] is None
    assert driver.heard()[-1].startswith("AsyncAGIExec 200 result=49")
    assert visitor.post(f"{PHONE}/hangup")[1]["call"]["ending"] == "own"


def test_only_what_was_played_on_this_call_is_served(office: Any, visitor: Visitor) -> None:
    driver = office.driver()
    visitor.post(f"{PHONE}/call", to="12580")
    driver.agi(f'STREAM FILE {office.prompt("menu", 2)} ""')
    sound = visitor.get(PHONE)["call"]["saying"]["sound"]
    other = sound.replace("15400000001", "15400000002")
    wrong = [other, f"{PHONE}/sounds/999", f"{PHONE}/sounds/menu", f"{PHONE}/sounds/..%2Fmenu"]
    assert [visitor.octets(path)[0].code for path in [sound, *wrong]] == [200, 404, 404, 404, 404]
    visitor.post(f"{PHONE}/hangup")
    visitor.post(f"{PHONE}/call", to="12580")
    assert visitor.octets(sound)[0].code == 404


def test_being_called_by_the_api(office: Any, visitor: Visitor) -> None:
    driver = office.driver()
    channel = {"Channel": "PJSIP/15400000001", "Application": "AGI", "Data": "agi:async", "Async": "true"}
    driver.say("Originate", **channel)
    assert visitor.get(PHONE)["call"]["state"] == "ringing"
    assert visitor.post(f"{PHONE}/answer")[1]["call"]["state"] == "talking"
    visitor.post(f"{PHONE}/hangup")
    driver.say("Originate", **channel)
    assert visitor.post(f"{PHONE}/reject")[1]["call"]["ending"] == "own"
    visitor.post(f"{PHONE}/manner", manner="busy")
    driver.say("Originate", **channel)
    office.wait(0.2)
    assert driver.last("Hangup")["Cause"] == "17"
    assert visitor.post(f"{PHONE}/manner", manner=None)[0] == 200


def test_every_change_is_streamed(office: Any, visitor: Visitor) -> None:
    news = visitor.follow(f"{PHONE}/events")
    driver = office.driver()
    visitor.post(f"{PHONE}/call", to="12580")
    driver.agi(f'STREAM FILE {office.prompt("menu", 2, "请按一")} ""')
    office.wait(2)
    calls = [one["call"] for one in news() if one["call"]]
    assert [(call["state"], call["saying"] and call["saying"]["text"]) for call in calls] == [
        ("calling", None),
        ("talking", None),
        ("talking", "请按一"),
        ("talking", None),
    ]


def test_a_voice_is_recorded(office: Any, visitor: Visitor) -> None:
    driver = office.driver()
    visitor.post(f"{PHONE}/call", to="12580")
    driver.agi(f'RECORD FILE {office.folder / "name"} wav "#" 5000')
    assert visitor.get(PHONE)["call"]["recording"]
    visitor.post(f"{PHONE}/voice", samples=base64.b64encode(b"\x01\x02" * 400).decode())
    visitor.post(f"{PHONE}/key", key="#")
    assert driver.heard()[-1] == "AsyncAGIExec 200 result=35 (dtmf) endpos=400"
    assert (office.folder / "name.wav").read_bytes().endswith(b"\x01\x02" * 400)


@pytest.mark.parametrize(
    ("path", "body", "code", "error"),
    [
        (f"{PHONE}/call", {"to": "nobody"}, 400, "bad-number"),
        (f"{PHONE}/call", {}, 400, "bad-request"),
        (f"{PHONE}/key", {"key": "1"}, 409, "not-now"),
        (f"{PHONE}/key", {"key": "12"}, 409, "not-now"),
        (f"{PHONE}/hangup", {}, 409, "not-now"),
        (f"{PHONE}/answer", {}, 409, "not-now"),
        (f"{PHONE}/answer", {"text": "1"}, 409, "not-now"),
        (f"{PHONE}/voice", {"samples": "!"}, 400, "bad-request"),
        (f"{PHONE}/manner", {"manner": "rude"}, 400, "bad-request"),
        ("/api/asterisk", {"agi_delay": -1}, 400, "bad-value"),
        ("/api/asterisk/restart", {"seconds": "soon"}, 400, "bad-request"),
        ("/api/asterisk/shake", {}, 404, "no-such-page"),
    ],
)
def test_what_is_refused(visitor: Visitor, path: str, body: Any, code: int, error: str) -> None:
    answered, refusal = visitor.post(path, **body)
    assert (answered, refusal["error"]) == (code, error)


def test_the_asterisk_by_the_api(office: Any, visitor: Visitor) -> None:
    driver = office.driver()
    office.call()
    state = visitor.get("/api/asterisk")
    assert (state["hotline"], state["managers"], len(state["channels"])) == ("12580", 1, 1)
    assert visitor.post("/api/asterisk", agi_delay=2)[1]["conditions"]["agi_delay"] == 2
    assert visitor.post("/api/asterisk/drop") == (200, {"dropped": 1})
    assert driver.closed
    assert visitor.post("/api/asterisk/restart", seconds=1) == (200, {"dropped": 0})


def test_without_an_asterisk_there_are_no_calls(office: Any) -> None:
    visitor = Visitor(office, asterisk=False)
    assert visitor.post(f"{PHONE}/call", to="12580")[0] == 404
    assert visitor.post("/api/asterisk", agi_delay=2)[0] == 404
    assert visitor.octets("/api/asterisk")[0].code == 404
    assert visitor.octets(f"{PHONE}/sounds/1")[0].code == 404


def test_where_there_is_nothing_else_managers_are_the_network(office: Any) -> None:
    visitor = Visitor(office, only_calls=True)
    assert visitor.get(PHONE)["network"] == {"bound": False}
    office.driver()
    assert visitor.get(PHONE)["network"] == {"bound": True}
