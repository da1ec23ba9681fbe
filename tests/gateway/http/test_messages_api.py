"""What a program asks of the messages API, and what it is answered; and that the API is as it describes itself."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import Any

import pytest
from jsonschema.exceptions import ValidationError
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from sqlalchemy import func, select, update
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from clinic import clients, consent
from clinic.errors import StoreBusy
from clinic.identity import Vault
from clinic.tables import Message, MessagePart
from gateway.http import messages_api, requests

PHONE = "+8615400000001"


class Hospital:
    """A program with a token."""

    def __init__(self, web: Any, name: str = "hospital", classes: Any = ("answer", "notice", "bulk")) -> None:
        self.web = web
        given = {"classes": classes, "webhook": "", "vault": Vault(b"k" * 32), "now": web.town.now}
        self.token = web.town.store.run_now(clients.new, name=name, **given)[1].token

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {self.token}", "Content_Type": "application/json", **headers}
        return self.web(method, path, sent, **given)

    def post(self, body: Any, key: str | None = None, **headers: str) -> Any:
        return self("POST", "/api/messages", body, **({"Idempotency_Key": key} if key else {}), **headers)

    def queue(self, *messages: Any, key: str = "key") -> Any:
        answer = self.post({"messages": messages}, key)
        assert answer.status == 202, answer.body
        return answer.json

    def get(self, path: str) -> Any:
        return self("GET", path)


@pytest.fixture
def hospital(web: Any) -> Hospital:
    web.town.wait(hours=2)
    return Hospital(web)


def message(**given: Any) -> dict[str, Any]:
    return {"to": PHONE, "text": "您好", "class": "notice", **given}


def outbox(web: Any) -> int:
    return int(web.town.store.run_now(lambda session: session.scalar(select(func.count()).select_from(Message))))


def test_a_message_is_queued_and_its_state_is_read(hospital: Hospital) -> None:
    answer = hospital.post(message(to="154 0000 0001", reference="order-1", language="en", lifetime_seconds=60))
    assert answer.status == 202
    assert answer.json == {"batch": 1, "count": 1, "refused": 0, "messages": [{"id": 1, "reference": "order-1"}]}
    assert hospital.get("/api/messages/1").json == {
        "id": 1,
        "batch": 1,
        "reference": "order-1",
        "to": PHONE,
        "text": "您好",
        "class": "notice",
        "state": "queued",
        "error": None,
        "segments": 1,
        "parts": [],
        "created_at": "2027-03-08T01:30:00Z",
        "due_at": "2027-03-08T01:30:00Z",
        "expires_at": "2027-03-08T01:31:00Z",
        "settled_at": None,
    }


def test_what_became_of_a_message_is_told_with_its_segments(hospital: Hospital, web: Any) -> None:
    hospital.post(message())

    def fail(session: Any) -> None:
        session.execute(update(Message).values(state="failed", error="1: absent"))
        part = {"message_id": 1, "link": "main", "smsc_id": "x"}
        session.add(MessagePart(number=1, state="undeliverable", error="1: absent", **part))

    web.town.store.run_now(fail)
    told = hospital.get("/api/messages/1").json
    assert (told["state"], told["error"]) == ("failed", "1: absent")
    assert told["parts"] == [{"number": 1, "state": "undeliverable", "error": "1: absent"}]


def test_many_are_queued_together_read_page_by_page_and_counted(hospital: Hospital) -> None:
    queued = hospital.queue(*(message(reference=f"order-{n}") for n in range(5)))
    assert [each["reference"] for each in queued["messages"]] == [f"order-{n}" for n in range(5)]
    first = hospital.get("/api/messages?most=3").json
    second = hospital.get(f"/api/messages?most=3&after={first['next']}").json
    assert ([each["id"] for each in first["messages"] + second["messages"]], second["next"]) == ([1, 2, 3, 4, 5], None)
    found = hospital.get("/api/messages?reference=order-3&batch=1&state=queued").json["messages"]
    assert [each["id"] for each in found] == [4]
    cancelled = hospital("POST", "/api/messages/4/cancel").json
    assert (cancelled["state"], cancelled["settled_at"]) == ("cancelled", "2027-03-08T01:30:00Z")
    batch = hospital.get("/api/batches/1").json
    assert (batch["count"], batch["states"]) == (5, {"queued": 4, "cancelled": 1})


def test_the_same_request_again_is_answered_alike_and_queues_nothing(hospital: Hospital, web: Any) -> None:
    first = hospital.post({"messages": [message(), message()]}, "key")
    again = hospital.post({"messages": [message(), message()]}, "key")
    assert (first.status, again.status, again.body) == (202, 200, first.body)
    assert hospital.post({"messages": [message()]}, "key").status == 409
    one = hospital.post(message(), "one")
    assert (hospital.post(message(), "one").body, outbox(web)) == (one.body, 3)


def test_a_repeated_request_is_answered_though_its_time_has_passed(hospital: Hospital, web: Any) -> None:
    body = message(expires_at="2027-03-08T10:00:00+08:00")
    assert hospital.post(body, "key").status == 202
    web.town.wait(hours=1)
    assert hospital.post(body, "key").status == 200


def test_many_need_a_key(hospital: Hospital, web: Any) -> None:
    for headers in ({}, {"Idempotency_Key": "x" * 81}, {"Idempotency_Key": "a b"}):
        answer = hospital.post({"messages": [message()]}, **headers)
        assert (answer.status, answer.json["mistakes"][0]["field"]) == (422, "Idempotency-Key")
    assert outbox(web) == 0


def test_every_bad_message_is_told_by_its_index_and_none_is_queued(hospital: Hospital, web: Any) -> None:
    bad = [
        message(),
        message(to="12580"),
        message(to="x"),
        message(text=" "),
        message(text="a\0b"),
        message(text="x" * 1601),
        message(klass="notice"),
        message(**{"class": "urgent"}),
        message(**{"class": "code"}),
        message(consent_class="education"),
        message(expires_at="2027-03-08T09:30:00+08:00"),
        message(expires_at="2027-04-08T09:30:00+08:00"),
        message(expires_at="2027-03-08T12:00:00"),
        message(expires_at="2027-03-08T12:00:00Z", lifetime_seconds=60),
        message(lifetime_seconds=0),
        message(reference="ünique"),
        message(reference="line\n"),
        message(language="de"),
        {"to": PHONE},
        7,
    ]
    answer = hospital.post({"messages": bad}, "key")
    assert (answer.status, answer.json["error"]) == (422, "invalid")
    told = [(each["index"], each.get("field", "")) for each in answer.json["mistakes"]]
    fields = ["to", "to", "text", "text", "text", "", "class", "class", "consent_class"]
    fields += ["expires_at"] * 4 + ["lifetime_seconds", "reference", "reference", "language", "", ""]
    assert told == list(enumerate(fields, 1))
    assert outbox(web) == 0
    assert hospital.post({"messages": [message()]}, "key").status == 202, "the key was not used up"


def test_of_many_mistakes_the_first_are_told_and_all_counted(hospital: Hospital) -> None:
    answer = hospital.post({"messages": [message(to="x")] * 500}, "key").json
    assert (len(answer["mistakes"]), answer["message"]) == (100, "nothing was queued: 500 mistakes")


def test_a_class_that_the_client_was_not_given_is_forbidden(hospital: Hospital, web: Any) -> None:
    answer = hospital.post({"messages": [message(), message(**{"class": "code"})]}, "key")
    assert (answer.status, answer.json["error"]) == (403, "class_not_allowed")
    assert answer.json["mistakes"] == [
        {"message": "this client may only use answer, bulk, notice", "index": 1, "field": "class"}
    ]
    assert outbox(web) == 0


def test_bulk_to_who_has_refused_is_cancelled_and_the_others_go(hospital: Hospital, web: Any) -> None:
    web.town.store.run_now(consent.refuse, phone=PHONE, source="staff", now=web.town.now)
    queued = hospital.queue(message(**{"class": "bulk"}), message(to="+8615400000002", **{"class": "bulk"}))
    assert queued["refused"] == 1
    states = [hospital.get(f"/api/messages/{number}").json["state"] for number in (1, 2)]
    assert states == ["cancelled", "queued"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"to": "\xff"}',
        b'{"to": "\\ud800"}',
        b'{"messages": {}}',
        b"{" * 100_000,
        b'{"to":' * 50_000,
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_is_refused(hospital: Hospital, body: bytes) -> None:
    answer = hospital.post(body)
    assert answer.status in {400, 422}
    assert answer.json["error"] in {"bad_json", "invalid"}


@pytest.mark.parametrize("body", [{"messages": []}, {"messages": [message()] * 10_001}, {"messages": [], "to": 1}])
def test_neither_none_nor_too_many_are_queued(hospital: Hospital, web: Any, body: Any) -> None:
    assert hospital.post(body, "key").status == 422
    assert outbox(web) == 0


def test_ten_thousand_are_queued_in_one_request(hospital: Hospital, web: Any) -> None:
    many = [message(to=f"+86154{n:08d}", text=f"王小梅您好，{'请按时接种疫苗。' * 12}{n}") for n in range(10_000)]
    body = json.dumps({"messages": many}).encode()
    assert len(body) > requests.MAX_BODY
    began = time.perf_counter()
    answer = hospital.post(body, "key")
    took = time.perf_counter() - began
    assert (answer.status, answer.json["count"], outbox(web)) == (202, 10_000, 10_000)
    assert took < 20, f"{took:.1f} s"
    assert hospital.post(body, "key").json == answer.json


def test_a_body_is_bounded_and_more_so_elsewhere(hospital: Hospital) -> None:
    answer = hospital.post(b" " * (requests.LONG_BODY + 1))
    assert (answer.status, answer.json["message"]) == (413, f"at most {requests.LONG_BODY} octets are read")
    assert hospital("POST", "/api/messages/1/cancel", b" " * (requests.MAX_BODY + 1)).status == 413
    assert hospital("POST", "/api/kiosk/check", b" " * (requests.MAX_BODY + 1)).status == 413


def test_only_so_many_long_bodies_are_held_at_once(hospital: Hospital, web: Any) -> None:
    head = f"POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Length: {requests.LONG_BODY}\r\n\r\n".encode()
    part = b" " * (requests.MAX_BODY + 1)
    held = []
    for _ in range(requests.LONG_AT_ONCE):
        transport = StringTransport(peerAddress=IPv4Address("TCP", "127.0.0.1", 40000))
        channel = web.site.buildProtocol(transport.getPeer())
        channel.makeConnection(transport)
        channel.dataReceived(head + part)
        held.append(channel)
    busy = hospital.post(b" " * (requests.MAX_BODY + 1))
    assert (busy.status, busy.headers["retry-after"]) == (503, "5")
    for channel in held:
        channel.connectionLost(Failure(ConnectionDone()))
    assert hospital.post(b" " * (requests.MAX_BODY + 1)).status == 400


def test_only_what_is_queued_can_be_cancelled(hospital: Hospital, web: Any) -> None:
    hospital.post(message())
    web.town.store.run_now(lambda session: session.execute(update(Message).values(state="sent")) and None)
    answer = hospital("POST", "/api/messages/1/cancel")
    assert (answer.status, answer.json["message"]) == (409, "it is too late: the message is sent")


def test_each_client_sees_its_own(hospital: Hospital, web: Any) -> None:
    hospital.queue(message(reference="r"))
    other = Hospital(web, "platform")
    for path in ("/api/messages/1", "/api/batches/1"):
        assert other.get(path).status == 404
    assert other("POST", "/api/messages/1/cancel").status == 404
    assert other.get("/api/messages?reference=r").json == {"messages": [], "next": None}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/messages/0", 404),
        ("/api/messages/9223372036854775807", 404),
        ("/api/messages/9223372036854775808", 404),
        ("/api/messages/x", 404),
        ("/api/messages/1/cancel", 405),
        ("/api/batches/1", 404),
        ("/api/batches", 404),
        ("/api/messages?after=x", 422),
        ("/api/messages?after=-1", 422),
        ("/api/messages?most=0", 422),
        ("/api/messages?most=1001", 422),
        ("/api/messages?batch=9223372036854775808", 422),
        ("/api/messages?state=gone", 422),
        ("/api/messages?phone=1", 422),
        ("/api/messages?reference=", 422),
        ("/api/messages?after=%FF", 422),
        ("/api/messages?batch=9223372036854775807&after=9223372036854775807", 200),
    ],
)
def test_what_is_not_there_or_not_understood_is_told(hospital: Hospital, path: str, status: int) -> None:
    answer = hospital.get(path)
    assert answer.status == status
    assert answer.json


def test_no_good_token_no_answer(hospital: Hospital, web: Any) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": hospital.token}, {"Authorization": "Basic x"}):
        answer = web.get("/api/messages", **headers)
        assert (answer.status, answer.json["error"]) == (401, "unknown_client")
        assert answer.headers["www-authenticate"] == 'Bearer realm="messages"'
    assert web("POST", "/api/messages", b"{}", Authorization=f"Bearer {web.town.enrol()}").status == 401
    assert web.get("/api/kiosk/me", Authorization=f"Bearer {hospital.token}").status == 401


def test_a_disabled_client_is_refused_at_once(hospital: Hospital, web: Any) -> None:
    web.town.store.run_now(clients.disable, name="hospital", now=web.town.now)
    assert hospital.post(message()).status == 401


def test_strangers_and_busy_clients_must_wait(hospital: Hospital, web: Any, monkeypatch: Any) -> None:
    tries = [web.get("/api/messages", Authorization="Bearer x").status for _ in range(31)]
    assert tries == [401] * 30 + [429]
    monkeypatch.setattr(messages_api, "REQUESTS_A_MINUTE", 2)
    answers = [hospital.get("/api/messages") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"] == "60"


def test_only_json_is_read(hospital: Hospital) -> None:
    assert hospital.post(message(), Content_Type="text/plain").status == 415
    assert hospital.post(message(), Content_Type="application/json; charset=utf-8").status == 202


def test_a_busy_database_and_a_fault_of_ours_are_told(hospital: Hospital, web: Any) -> None:
    web.store.failing = StoreBusy("locked")
    assert (hospital.get("/api/messages").status, hospital.post(message()).json["error"]) == (503, "busy")
    web.store.failing = ZeroDivisionError("secret")
    broken = hospital.get("/api/messages")
    assert (broken.status, broken.json["error"]) == (500, "broken")
    assert b"secret" not in broken.body


# The description, and whether it is true.


@pytest.fixture
def description(web: Any) -> Any:
    return web.get("/api/openapi.json").json


def test_the_description_is_valid_and_served_to_anybody(description: Any) -> None:
    OpenAPIV31SpecValidator(description).validate()
    assert description["servers"] == [{"url": "http://127.0.0.1:8080"}]
    assert set(description["paths"]) == {
        "/api/messages",
        "/api/messages/{number}",
        "/api/messages/{number}/cancel",
        "/api/batches/{number}",
        "/api/openapi.json",
    }


class Described:
    """The site, each of whose answers must be as the description has it."""

    def __init__(self, hospital: Hospital, description: Any) -> None:
        self.hospital, self.description = hospital, description
        self.seen: set[tuple[str, str, str]] = set()

    def __call__(self, method: str, path: str, body: Any = None, *, number: int = 1, **more: Any) -> Any:
        operation = self.description["paths"][path][method]
        query = more.pop("query", "")
        answer = self.hospital(method.upper(), path.replace("{number}", str(number)) + query, body, **more)
        found = operation["responses"].get(str(answer.status))
        assert found is not None, f"{method} {path} does not tell of {answer.status}: {answer.body!r}"
        found = self.resolved(found)
        self.validate(found["content"]["application/json"]["schema"], answer.json)
        assert all(name in answer.headers for name in found.get("headers", {}))
        self.seen.add((method, path, str(answer.status)))
        return answer

    def resolved(self, found: Any) -> Any:
        for step in found.get("$ref", "#").split("/")[1:]:
            found = (self.description if step == "components" else found)[step]
        return found

    def validate(self, schema: Any, value: Any) -> None:
        root = Resource(contents=self.description, specification=DRAFT202012)
        registry = Registry().with_resource("urn:api", root)
        schema = json.loads(json.dumps(schema).replace('"#/', '"urn:api#/'))
        OAS31Validator(schema, registry=registry, format_checker=OAS31Validator.FORMAT_CHECKER).validate(value)


def test_every_path_answers_as_it_is_described(
    hospital: Hospital, web: Any, description: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Described(hospital, description)
    token = hospital.token
    ask("get", "/api/openapi.json")
    ask("post", "/api/messages", message(reference="r"))
    for _ in range(2):
        ask("post", "/api/messages", {"messages": [message(), message(**{"class": "bulk"})]}, Idempotency_Key="k")
    ask("post", "/api/messages", {"messages": [message()]}, Idempotency_Key="k")
    ask("post", "/api/messages", b"{")
    ask("post", "/api/messages", message(**{"class": "code"}))
    ask("post", "/api/messages", message(to="x"))
    ask("post", "/api/messages", b" " * (requests.LONG_BODY + 1))
    ask("post", "/api/messages", message(), Content_Type="text/plain")
    ask("get", "/api/messages", query="?most=1")
    ask("get", "/api/messages", query="?state=nowhere")
    numbered = [("get", "/api/messages/{number}"), ("post", "/api/messages/{number}/cancel")]
    numbered += [("get", "/api/batches/{number}")]
    for method, path in numbered:
        ask(method, path)
        ask(method, path, number=99)
    web.town.store.run_now(lambda session: session.execute(update(Message).values(state="sent")) and None)
    ask("post", "/api/messages/{number}/cancel")
    everything = [("post", "/api/messages"), ("get", "/api/messages"), *numbered]
    for failing, limit, good in ((None, 6000, ""), (None, 0, token), (StoreBusy("locked"), 6000, token)):
        web.store.failing, hospital.token = failing, good
        monkeypatch.setattr(messages_api, "REQUESTS_A_MINUTE", limit)
        for method, path in everything:
            ask(method, path, message() if path == "/api/messages" and method == "post" else None)
    told = {
        (method, path, status)
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
        if method != "parameters"
        for status in operation["responses"]
    }
    assert told - ask.seen == set()


@pytest.mark.parametrize(
    "body",
    [
        message(),
        message(reference="a:b/c.d-e_f", language="en", lifetime_seconds=1209600),
        message(expires_at="2027-03-08T12:00:00+08:00"),
        message(consent_class="public", **{"class": "bulk"}),
        {"messages": [message()] * 3},
        message(text=""),
        message(text="x" * 1601),
        message(klass=1),
        message(reference="a b"),
        message(lifetime_seconds=1209601),
        message(to=5),
        {"messages": [message(language="de")]},
        {"messages": [message()], "more": 1},
        {"text": "x"},
    ],
)
def test_what_the_description_takes_is_taken_and_nothing_else(hospital: Hospital, description: Any, body: Any) -> None:
    described = Described(hospital, description)
    schema = description["paths"]["/api/messages"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    try:
        described.validate(schema, body)
        fits = True
    except ValidationError:
        fits = False
    assert (hospital.post(body, "key").status == 202) == fits


def test_times_are_told_with_their_offset(hospital: Hospital) -> None:
    hospital.post(message())
    told = hospital.get("/api/messages/1").json
    assert dt.datetime.fromisoformat(told["created_at"]).tzinfo is not None
