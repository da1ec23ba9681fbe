"""What a hospital's system asks of /fhir, and what it is answered."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from sqlalchemy import func, select, update

from clinic import clients
from clinic.errors import StoreBusy
from clinic.hospital import puts
from clinic.tables import Client, ClinicSession, Visit
from gateway.http import requests
from gateway.http.fhir import api
from tests.clinic.hospital.counterpart import HOSPITAL, appointment, entry, extensions, patient, slot, valid
from tests.gateway.http.test_messages_api import Hospital

FHIR = "application/fhir+json"
IDENTITY = "110101195808142424"


class His:
    """The hospital's system with a token of its own."""

    def __init__(self, web: Any, *scopes: str, name: str = "his") -> None:
        self.web = web
        given = {"classes": (), "webhook": "", "vault": web.town.vault, "now": web.town.now, "scopes": scopes}
        self.token = web.town.store.run_now(clients.new, name=name, **given)[1].token

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {self.token}", "Content_Type": FHIR, **headers}
        return Told(self.web(method, f"/fhir{path}", sent, **given))

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, resource: Any, **headers: str) -> Any:
        return self("POST", f"/{resource['resourceType']}", resource, **headers)

    def bundle(self, kind: str, *entries: Any) -> Any:
        return self("POST", "", {"resourceType": "Bundle", "type": kind, "entry": entries})


class Told:
    """An answer whose body fhir.resources has read, whatever it was."""

    def __init__(self, answer: Any) -> None:
        self.status, self.headers, self.raw = answer.status, answer.headers, answer.body
        assert answer.headers["content-type"] == FHIR, answer.body
        self.json = valid(json.loads(answer.body))

    @property
    def issue(self) -> tuple[str, str]:
        assert self.json["resourceType"] == "OperationOutcome"
        first = self.json["issue"][0]
        return first["code"], first.get("expression", [""])[0]


@pytest.fixture
def his(web: Any) -> His:
    return His(web, "hospital:DY", "identity")


def rows(web: Any, table: Any) -> int:
    return int(web.town.store.run_now(lambda session: session.scalar(select(func.count()).select_from(table))))


def test_a_session_a_patient_and_a_visit(his: His) -> None:
    made = his.post(slot())
    assert (made.status, made.headers["location"]) == (201, "http://127.0.0.1:8080/fhir/Slot/5")
    assert made.headers["etag"] == f'W/"{made.json["meta"]["versionId"]}"'
    whom = his.post(patient())
    visit = his.post(appointment(slot="Slot/5", patient=f"Patient/{whom.json['id']}"))
    assert (visit.status, visit.json["status"]) == (201, "booked")
    assert b'"value":8.50' in visit.raw
    assert his.get(f"/Appointment/{visit.json['id']}").json == visit.json
    again = his.post(appointment(slot="Slot/5", patient=f"Patient/{whom.json['id']}"))
    assert (again.status, again.json) == (200, visit.json)


def test_what_can_be_done_is_told_to_anybody(web: Any) -> None:
    told = Told(web.get("/fhir/metadata"))
    assert told.status == 200
    kinds = {each["type"] for each in told.json["rest"][0]["resource"]}
    assert kinds == puts.kinds()


@pytest.mark.parametrize(
    ("scopes", "status", "code"),
    [((), 403, "forbidden"), (("hospital",), 200, ""), (("hospital:NH",), 200, "")],
)
def test_only_a_hospital_s_system_is_let_in(web: Any, scopes: Any, status: int, code: str) -> None:
    answer = His(web, *scopes).get("/Slot")
    assert answer.status == status
    assert answer.json["resourceType"] == ("OperationOutcome" if code else "Bundle")
    if code:
        assert answer.issue[0] == code


def test_a_client_of_one_centre_sees_nothing_of_another(web: Any, his: His) -> None:
    other = His(web, "hospital:NH", name="other")
    assert [each["resource"]["id"] for each in his.get("/Slot").json["entry"]] == ["1", "2"]
    assert [each["resource"]["id"] for each in other.get("/Slot").json["entry"]] == ["3", "4"]
    assert other.get("/Slot/1").status == 404
    refused = other.post(slot())
    assert (refused.status, refused.issue) == (422, ("not-found", "Slot.schedule.reference"))


def test_identity_numbers_are_shown_to_who_may_see_them(web: Any, his: His) -> None:
    number = his.post(patient()).json["id"]
    assert his.get(f"/Patient/{number}").json["identifier"][0]["value"] == IDENTITY
    assert IDENTITY.encode() not in His(web, "hospital:DY", name="blind").get(f"/Patient/{number}").raw


def test_identity_numbers_stand_in_no_log_and_no_link(his: His, caplog: pytest.LogCaptureFixture) -> None:
    his.post(patient())
    with caplog.at_level(logging.DEBUG):
        system = "urn:oid:2.16.156.10011.1.3"
        found = his.get(f"/Patient?identifier={system}|{IDENTITY}")
        body = f"identifier={system}%7C{IDENTITY}".encode()
        form = his("POST", "/Patient/_search", body, Content_Type="application/x-www-form-urlencoded")
        his.get(f"/Patient?identifier={system}|{IDENTITY[:-1]}0")
        his.post(patient(identity=IDENTITY[:-1] + "0"))
    assert [each["resource"]["name"] for each in found.json["entry"]] == [[{"text": "王芳"}]]
    assert form.json["entry"] == found.json["entry"]
    assert IDENTITY not in json.dumps(found.json["link"])
    assert IDENTITY[:12] not in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "issue"),
    [
        ("GET", "/Slot/99", None, {}, 404, ("not-found", "")),
        ("GET", "/Slot/x", None, {}, 404, ("not-found", "")),
        ("GET", "/Observation", None, {}, 404, ("not-supported", "")),
        ("GET", "/a/b/c", None, {}, 404, ("not-found", "")),
        ("DELETE", "/Slot/1", None, {}, 405, ("not-supported", "")),
        ("PATCH", "/Slot/1", b"[]", {}, 405, ("not-supported", "")),
        ("POST", "/Location", {"resourceType": "Location"}, {}, 405, ("not-supported", "Location")),
        ("PUT", "/Patient/1", {**patient(), "id": "1"}, {}, 405, ("not-supported", "Patient")),
        ("POST", "/Slot", slot(), {"Content_Type": "text/plain"}, 415, ("processing", "")),
        ("GET", "/Slot", None, {"Accept": "application/fhir+xml"}, 406, ("processing", "")),
        ("POST", "/Slot", b"{", {}, 400, ("structure", "Slot")),
        ("POST", "/Slot", b"\xff", {}, 400, ("structure", "Slot")),
        ("POST", "/Slot", b'{"resourceType":"Slot","meta":' + b"[" * 5000, {}, 400, ("structure", "Slot")),
        ("POST", "/Slot", {"resourceType": "Patient"}, {}, 422, ("structure", "Slot.resourceType")),
        ("PUT", "/Slot/1", slot(), {}, 422, ("invariant", "Slot.id")),
        ("PUT", "/Slot/99", {**slot(), "id": "99"}, {}, 404, ("not-found", "")),
        ("PUT", "/Slot?status=free", slot(), {}, 412, ("value", "Slot")),
        ("GET", "/Slot?color=red", None, {}, 400, ("not-supported", "")),
        ("GET", "/Slot?_cursor=x", None, {}, 400, ("value", "")),
        ("GET", "/Slot?_cursor=WyJhIiwxXQ", None, {}, 400, ("value", "")),
        ("GET", "/Patient", None, {}, 400, ("too-costly", "")),
        ("GET", "/Slot", None, {"Authorization": "Bearer nobody"}, 401, ("login", "")),
        ("GET", "/Slot", None, {"Authorization": "Basic x"}, 401, ("login", "")),
        ("POST", "/Slot", b" " * (requests.MAX_BODY + 1), {}, 413, ("too-long", "")),
    ],
)
def test_whatever_is_refused_is_an_operation_outcome(
    his: His, method: str, path: str, body: Any, headers: dict[str, str], status: int, issue: tuple[str, str]
) -> None:
    answer = his(method, path, body, **headers)
    assert (answer.status, answer.issue) == (status, issue)
    assert answer.status != 401 or answer.headers["www-authenticate"] == 'Bearer realm="hospital"'


def test_a_client_that_asks_too_often_is_told_to_wait(his: His, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "REQUESTS_A_MINUTE", 2)
    assert [his.get("/Slot").status for _ in range(3)] == [200, 200, 429]
    told = his.get("/Slot")
    assert (told.issue[0], told.headers["retry-after"]) == ("throttled", "60")


def test_bundles_are_counted_for_themselves(his: His, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "BUNDLES_A_MINUTE", 1)
    assert [his.bundle("batch").status for _ in range(2)] == [200, 429]
    assert his.get("/Slot").status == 200


def test_a_busy_database_is_told_too(web: Any, his: His) -> None:
    web.store.failing = StoreBusy()
    answer = his.get("/Slot")
    assert (answer.status, answer.issue[0], answer.headers["retry-after"]) == (503, "transient", "2")


def test_what_breaks_is_logged_and_tells_nothing(web: Any, his: His, caplog: pytest.LogCaptureFixture) -> None:
    web.store.failing = RuntimeError("a secret")
    answer = his.get("/Slot")
    assert (answer.status, answer.issue[0]) == (500, "exception")
    assert b"secret" not in answer.raw
    assert "a request broke" in caplog.text


def test_a_transaction_is_all_or_nothing(web: Any, his: His) -> None:
    whole = [
        entry("POST", "Appointment", appointment(slot="urn:uuid:s", patient="urn:uuid:p")),
        entry("POST", "Patient", patient(), name="urn:uuid:p"),
        entry("POST", "Slot", slot(), name="urn:uuid:s"),
        entry("GET", "Appointment?status=booked"),
    ]
    before = rows(web, ClinicSession)
    broken = his.bundle("transaction", *whole, entry("POST", "Slot", slot("S2", schedule={"reference": "Schedule/9"})))
    assert (broken.status, broken.issue) == (422, ("not-found", "Bundle.entry[4].resource.schedule.reference"))
    assert (rows(web, ClinicSession), rows(web, Visit)) == (before, 0)
    done = his.bundle("transaction", *whole)
    assert [each["response"]["status"] for each in done.json["entry"]] == ["201 Created"] * 3 + ["200 OK"]
    assert done.json["entry"][3]["resource"]["entry"][0]["resource"] == done.json["entry"][0]["resource"]
    again = his.bundle("transaction", *whole)
    assert [each["response"]["status"] for each in again.json["entry"]] == ["200 OK"] * 4
    assert (rows(web, ClinicSession), rows(web, Visit)) == (before + 1, 1)


def test_all_that_can_be_told_without_the_database_is_told_at_once(his: His) -> None:
    answer = his.bundle(
        "transaction",
        entry("POST", "Slot", {**slot(), "status": "perhaps"}),
        entry("POST", "Slot/7", slot()),
        entry("PUT", "Slot", {**slot(), "color": "red"}),
    )
    places = [issue["expression"][0] for issue in answer.json["issue"]]
    assert places == ["Bundle.entry[0].resource.status", "Bundle.entry[1].resource", "Bundle.entry[2].resource"]


def test_a_batch_goes_on_after_what_is_refused(web: Any, his: His) -> None:
    done = his.bundle(
        "batch",
        entry("POST", "Slot", slot("S1")),
        entry("POST", "Slot", slot("S2", half="pm", status="busy-unavailable")),
        entry("PUT", f"Slot?identifier={HOSPITAL}|S3", slot("S3", half="pm", capacity=3)),
        entry("GET", "Slot/99"),
    )
    statuses = [each["response"]["status"] for each in done.json["entry"]]
    assert statuses == ["201 Created", "422 Unprocessable Entity", "201 Created", "404 Not Found"]
    assert done.json["entry"][1]["response"]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[1].resource.status"]
    assert extensions(done.json["entry"][2]["resource"])["places"]["capacity"] == 3


def test_a_bundle_has_an_end(his: His) -> None:
    many = [entry("GET", "Slot/1")] * (puts.MOST + 1)
    answer = his.bundle("batch", *many)
    assert (answer.status, answer.issue) == (413, ("too-costly", "Bundle.entry"))


def test_who_has_no_scope_queues_messages_and_who_has_no_class_does_not(web: Any, his: His) -> None:
    program = Hospital(web)
    message = {"to": "+8615400000001", "text": "x", "class": "notice"}
    assert program.post(message).status == 202
    refused = web("POST", "/api/messages", json.dumps(message).encode(), Authorization=f"Bearer {his.token}",
                  Content_Type="application/json")  # fmt: skip
    assert refused.status == 403


def test_a_scope_that_was_taken_away_counts_from_the_next_request(web: Any, his: His) -> None:
    assert his.get("/Slot").status == 200
    web.town.store.run_now(lambda session: session.execute(update(Client).values(scopes="")) and None)
    assert his.get("/Slot").status == 403
