"""A hospital's system speaks FHIR with the daemon over TCP, also while the daemon is killed."""

from __future__ import annotations

import datetime as dt
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.clinic.conftest import nth_identity
from tests.clinic.hospital.counterpart import EXT, HOSPITAL, appointment, entry, extensions, patient, valid
from tests.journeys.conftest import PATIENCE, Gateway, _early_zone

MANY, KILLS = 40, 4
SAMPLE = Path(__file__).parents[2] / "conf" / "sample"
FHIR = "application/fhir+json"
NO_LIMITS = "[booking]\nperson = 0\nperson_department = 0\n"  # everybody comes every day here


class His:
    """The hospital's system: httpx, a token, and whatever it is answered read by fhir.resources."""

    def __init__(self, gateway: Gateway) -> None:
        printed = gateway.cli("clients", "new", "his", "--scope", "hospital:DY", "--scope", "identity")
        token = re.search(r"token +(\S+)", printed)
        assert token, printed
        headers = {"Authorization": f"Bearer {token[1]}", "Content-Type": FHIR}
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{gateway.port}/fhir", headers=headers, timeout=60)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = None if body is None else json.dumps(body).encode()
        answer = self.http.request(method, path, content=sent, headers=headers)
        assert answer.headers["content-type"] == FHIR
        valid(answer.json())
        return answer

    def found(self, query: str) -> list[dict[str, Any]]:
        """All pages of a search."""
        resources, path = [], query
        while path:
            bundle = self("GET", path).json()
            assert bundle["resourceType"] == "Bundle", bundle
            resources += [each["resource"] for each in bundle.get("entry", ())]
            following = [link["url"] for link in bundle["link"] if link["relation"] == "next"]
            path = following[0].partition("/fhir")[2] if following else ""
        return resources

    def bundle(self, entries: list[Any]) -> httpx.Response:
        return self("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})


class Small(Gateway):
    """The daemon with the sample's places, and nobody in them."""

    def cli(self, *arguments: str) -> str:
        if arguments != ("init", "--sample"):
            return super().cli(*arguments)
        told = super().cli("init")
        for kind in ("centres", "departments"):
            super().cli("import", kind, str(SAMPLE / f"{kind}.csv"))
        return told


@pytest.fixture
def gateway(tmp_path: Any, database: str) -> Iterator[Gateway]:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        made = Small(tmp_path, nobody.getsockname()[1], database=database, shared="", more=NO_LIMITS)
        yield made
        made.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_url"))
    return f"sqlite:///{tmp_path / 'journey.db'}"


def half_day(number: str, schedule: str, zone: str, days: int = 3) -> dict[str, Any]:
    day = dt.date.today() + dt.timedelta(days=days)  # noqa: DTZ011  any day to come
    places = [{"url": "capacity", "valueUnsignedInt": MANY}]
    return {
        "resourceType": "Slot",
        "identifier": [{"system": HOSPITAL, "value": number}],
        "schedule": {"reference": schedule},
        "status": "free",
        "start": f"{day}T08:00:00{zone}",
        "end": f"{day}T11:30:00{zone}",
        "extension": [{"url": f"{EXT}places", "extension": places}],
    }


def a_session_with_everybody(batch: int, schedule: str, zone: str) -> list[Any]:
    """A session of its own day, and so many people who are booked for it, in one Bundle."""
    slot = entry(
        "PUT", f"Slot?identifier={HOSPITAL}|S{batch}", half_day(f"S{batch}", schedule, zone, 3 + batch), "urn:s"
    )
    people = [
        each
        for n in range(MANY)
        for each in (
            entry("POST", "Patient", patient("王芳", nth_identity(n), f"1540001{n:04d}"), name=f"urn:p{n}"),
            entry("POST", "Appointment", appointment(f"A{batch}-{n}", slot="urn:s", patient=f"urn:p{n}")),
        )
    ]
    return [slot, *people]


def half_days() -> tuple[str, str]:
    """A Schedule of the centre, and the offset of its hours."""
    return "Schedule/1", dt.datetime.now(ZoneInfo(_early_zone())).isoformat()[-6:]


def of_batch(his: His, batch: int) -> tuple[int, int]:
    """How many sessions and visits there are of a Bundle."""
    slots = his.found(f"/Slot?identifier={HOSPITAL}|S{batch}")
    return len(slots), len(his.found(f"/Appointment?slot={slots[0]['id']}")) if slots else 0


@pytest.mark.journey
def test_a_day_at_the_window(gateway: Gateway) -> None:
    his = His(gateway)
    gateway.start()
    assert his("GET", "/metadata").json()["fhirVersion"] == "4.0.1"
    schedule, zone = half_days()
    slot = his("POST", "/Slot", half_day("S1", schedule, zone))
    assert slot.status_code == 201
    who = his("POST", "/Patient", patient()).json()
    wanted = appointment(slot=f"Slot/{slot.json()['id']}", patient=f"Patient/{who['id']}")
    booked = his("POST", "/Appointment", wanted)
    assert (booked.status_code, extensions(booked.json())["queue-number"]) == (201, 1)
    assert his("POST", "/Appointment", wanted).json() == booked.json()
    stopped = {**half_day("S1", schedule, zone), "status": "busy-unavailable", "comment": "停电"}
    assert his("PUT", f"/Slot?identifier={HOSPITAL}|S1", stopped).json()["status"] == "busy-unavailable"
    stale = his("PUT", f"/Appointment/{booked.json()['id']}", booked.json(), If_Match=booked.headers["etag"])
    end = time.monotonic() + PATIENCE
    while his("GET", f"/Appointment/{booked.json()['id']}").json()["status"] != "cancelled":
        assert time.monotonic() < end
        time.sleep(0.05)
    assert stale.status_code in (200, 412, 422)
    changed = his.found(f"/Appointment?_lastUpdated=ge{booked.json()['meta']['lastUpdated']}")
    assert [(each["id"], each["status"]) for each in changed] == [(booked.json()["id"], "cancelled")]
    exported = gateway.cli("hospital", "export", "fees", "--day", "today", "--until", "+9", "--centre", "DY")
    assert f"DY,A1,{booked.json()['id']}," in exported


@pytest.mark.journey
def test_a_bundle_that_is_killed_midway_leaves_nothing_half_done(gateway: Gateway) -> None:
    his = His(gateway)
    gateway.start()
    schedule, zone = half_days()
    begun = time.monotonic()
    assert his.bundle(a_session_with_everybody(0, schedule, zone)).status_code == 200
    whole = time.monotonic() - begun
    left = []
    for batch in range(1, KILLS + 1):
        answers: list[Any] = []
        thread = threading.Thread(target=_sent, args=(his, a_session_with_everybody(batch, schedule, zone), answers))
        thread.start()
        time.sleep(whole * batch / (KILLS + 1))
        gateway.kill()
        thread.join()
        gateway.start()
        left.append(of_batch(his, batch))
        assert left[-1] in ((0, 0), (1, MANY))
        assert not answers or left[-1] == (1, MANY)
        again = his.bundle(a_session_with_everybody(batch, schedule, zone)).json()["entry"]
        assert {each["response"]["status"] for each in again} <= {"200 OK", "201 Created"}
        assert of_batch(his, batch) == (1, MANY)
    assert (0, 0) in left
    numbers = [extensions(each)["queue-number"] for each in his.found("/Appointment?status=booked")]
    assert sorted(numbers) == sorted(list(range(1, MANY + 1)) * (KILLS + 1))


def _sent(his: His, entries: list[Any], answers: list[Any]) -> None:
    with suppress(httpx.HTTPError):  # the daemon was killed before it answered
        answers.append(his.bundle(entries))
