"""A hospital's system beside the small clinic; whatever it is answered, fhir.resources (R4B) reads."""

from __future__ import annotations

import datetime as dt
import importlib
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from clinic.hospital import puts, search
from clinic.hospital.access import Access
from clinic.hospital.forms import encoded
from clinic.hospital.issues import Rejected, outcome
from clinic.hospital.puts import House
from clinic.rules import BookingRules, Rules
from tests.clinic.conftest import HOUSE, IDENTITY, NOW

HOSPITAL, CITIZEN = "urn:caredial:hospital", "urn:oid:2.16.156.10011.1.3"
EXT = "urn:caredial:fhir:"
FREE = Rules(booking=BookingRules(person_day=0, person=0, person_department=0, phone=0, phone_day=0))


def valid(resource: Any) -> dict[str, Any]:
    """The resource as JSON, read by fhir.resources of R4B."""
    text = encoded(resource)
    kind = json.loads(text)["resourceType"]
    module = importlib.import_module(f"fhir.resources.R4B.{kind.lower()}")
    getattr(module, kind).model_validate_json(text)
    found: dict[str, Any] = json.loads(text)
    return found


def extensions(resource: dict[str, Any]) -> dict[str, Any]:
    """Our extensions by name: their value, or their parts."""
    found: dict[str, Any] = {}
    for each in resource.get("extension", ()):
        name = each["url"].removeprefix(EXT)
        if "extension" in each:
            found[name] = {part["url"]: _value(part) for part in each["extension"] if "extension" not in part}
        else:
            found[name] = _value(each)
    return found


def _value(extension: dict[str, Any]) -> Any:
    return next(value for name, value in extension.items() if name.startswith("value"))


def money(amount: float, currency: str = "CNY") -> dict[str, Any]:
    return {"value": amount, "currency": currency}


def slot(number: str = "S1", *, day: int = 2, half: str = "am", capacity: int = 10, **more: Any) -> dict[str, Any]:
    """A half day of the general practice, `day` days from the first."""
    date = NOW.date() + dt.timedelta(days=day)
    hours = ("08:00", "11:30") if half == "am" else ("14:00", "17:30")
    return {
        "resourceType": "Slot",
        "identifier": [{"system": HOSPITAL, "value": number}],
        "schedule": {"reference": "Schedule/1-1"},
        "status": "free",
        "start": f"{date}T{hours[0]}:00+08:00",
        "end": f"{date}T{hours[1]}:00+08:00",
        "extension": [
            {"url": f"{EXT}places", "extension": [{"url": "capacity", "valueUnsignedInt": capacity}]},
            {"url": f"{EXT}fee", "valueMoney": money(8.5)},
        ],
        **more,
    }


def patient(name: str = "王芳", identity: str = IDENTITY, phone: str = "15400000001") -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": CITIZEN, "value": identity}],
        "name": [{"text": name}],
        "telecom": [{"system": "phone", "value": phone}],
    }


def appointment(
    number: str = "A1", *, slot: str = "Slot/1", patient: str = "Patient/1", status: str = "booked", **more: Any
) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "identifier": [{"system": HOSPITAL, "value": number}],
        "status": status,
        "slot": [{"reference": slot}],
        "participant": [{"actor": {"reference": patient}, "status": "accepted"}],
        **more,
    }


def entry(method: str, url: str, resource: dict[str, Any] | None = None, name: str = "", **more: str) -> dict[str, Any]:
    made: dict[str, Any] = {"request": {"method": method, "url": url, **more}}
    return made | ({"resource": resource} if resource else {}) | ({"fullUrl": name} if name else {})


@dataclass
class His:
    """The hospital's system, as it speaks to the clinic's use cases."""

    clinic: Any
    access: Access = field(default_factory=lambda: Access(1, None, identities=True))
    rules: Rules = FREE

    @property
    def house(self) -> House:
        return House(self.access, self.clinic.vault, self.rules, HOUSE)

    def post(self, resource: dict[str, Any]) -> dict[str, Any]:
        return self._put("POST", resource["resourceType"], "", resource, ())

    def put(self, resource: dict[str, Any], number: str = "", *, match: str = "", **query: str) -> dict[str, Any]:
        return self._put("PUT", resource["resourceType"], number, resource, list(query.items()), match=match)

    def get(self, kind: str, number: str) -> dict[str, Any]:
        words = {"access": self.access, "vault": self.clinic.vault, "installation": HOUSE, "now": self.clinic.moment}
        return valid(self.clinic.run(search.read, kind=kind, number=number, **words))

    def search(self, kind: str, *pairs: tuple[str, str]) -> dict[str, Any]:
        words = {"access": self.access, "vault": self.clinic.vault, "installation": HOUSE, "now": self.clinic.moment}
        return valid(self.clinic.run(search.search, kind=kind, pairs=list(pairs), **words))

    def found(self, kind: str, *pairs: tuple[str, str]) -> list[str]:
        return [each["resource"]["id"] for each in self.search(kind, *pairs).get("entry", ())]

    def transact(self, *entries: dict[str, Any]) -> list[Any]:
        """What each entry became: its status and its resource."""
        text = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}).encode()
        _, read = puts.entries(text, base=f"{HOUSE.public_url}/fhir")
        for each in read:
            if isinstance(each, Rejected):
                raise each
        answers = self.clinic.run(puts.transact, entries=read, house=self.house, now=self.clinic.moment)
        return [(answer.status, valid(answer.resource)) for answer in answers]

    def _put(self, method: str, kind: str, number: str, resource: Any, pairs: Any, **more: str) -> dict[str, Any]:
        how = puts.how(method, kind, number, pairs, **more)
        order = puts.order(kind, json.dumps(resource).encode(), how=how)
        answer = self.clinic.run(puts.put, order=order, house=self.house, now=self.clinic.moment)
        self.status = answer.status
        return valid(answer.resource)

    def refused(self, act: Any, *args: Any, **kwargs: Any) -> tuple[int, str, str]:
        """How it was refused: status, element, why; told as an OperationOutcome that FHIR knows."""
        with pytest.raises(Rejected) as refusal:
            act(*args, **kwargs)
        valid(outcome(refusal.value.issues))
        issue = refusal.value.issues[0]
        return refusal.value.status, issue.where, issue.text


def everything(clinic: Any, *tables: Any) -> list[Any]:
    """All values of these tables, to see that nothing was changed."""
    columns = [[column for column in table.__table__.columns] for table in tables]  # noqa: C416
    return [[tuple(row) for row in clinic.run(lambda s, c=each: s.execute(select(*c)).all())] for each in columns]
