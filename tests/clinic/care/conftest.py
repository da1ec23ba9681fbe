"""People of the small clinic who are followed up: an old couple with one phone, a woman with her own, their doctors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic import inbox, residents, subscribers
from clinic.care import alerts, family, followup, readings
from clinic.care.plan import Contact
from clinic.hours import DAY
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.notices import questions
from clinic.rules import CareRules, Rules
from clinic.tables import CareAlert, Centre, Message, RelatedPerson, Staff
from clinic.tables import Reading as ReadingRow
from tests.clinic.conftest import HOUSE, NOW

WANG, LI, ZHAO = "+8615400000001", "+8615400000002", "+8615400000002"  # Li and Zhao share theirs
DAUGHTER, STRANGER = "+8615400000009", "+8615400000077"
DOCTOR, DUTY, LAST = "+8615488880001", "+8615499990001", "+8615499990009"
RULES = Rules(care=CareRules(duty=LAST))
IDENTITIES = {"王秀英": "110101195808142424", "李国强": "110101195501010099", "赵玉兰": "110101195703030047"}


@dataclass
class Care:
    """The use cases in few words. Numbers of residents: 1 王秀英 (own phone), 2 李国强 and 3 赵玉兰 (one phone)."""

    run: Callable[..., Any]
    vault: Vault
    moment: dt.datetime = NOW
    rules: Rules = RULES
    house: Installation = HOUSE
    texts_sent: int = 0

    def wait(self, **time: float) -> None:
        self.moment += dt.timedelta(**time)

    @property
    def given(self) -> dict[str, Any]:
        return {"rules": self.rules, "installation": self.house, "now": self.moment}

    def enrol(self, resident: int = 1, condition: Any = "hypertension", doctor: str | None = "D1") -> Any:
        return self.run(
            followup.enrol,
            resident=resident,
            condition=condition,
            doctor=doctor,
            since=self.moment.date() - DAY,
            actor="staff",
            rules=self.rules,
            now=self.moment,
        )

    def visit(self, resident: int = 1, condition: Any = "hypertension", **contact: Any) -> Any:
        made = Contact(**{"day": self.moment.date(), **contact})
        return self.run(
            followup.record_visit,
            resident=resident,
            condition=condition,
            contact=made,
            doctor=None,
            actor="staff",
            rules=self.rules,
            now=self.moment,
        )

    def text(self, words: str, phone: str = WANG) -> Any:
        """An SMS to the service number, as far as readings go; what came of it."""
        incoming = self.run(inbox.receive, link="main", bind="b", live={"b"}, phone=phone, text=words, now=self.moment)
        return self.again(incoming)

    def again(self, incoming: Any) -> Any:
        given = {"phone": incoming.phone, "text": incoming.text, "inbox": incoming.id}
        return self.run(readings.take, **given, **self.given)

    def grant(self, resident: int = 1, phone: str = DAUGHTER, relation: str = "女儿") -> Any:
        given = {"resident": resident, "phone": phone, "relation": relation}
        return self.run(family.grant, granted_by="staff:A", proof="form 7", **given, **self.given)

    def agree(self, phone: str = DAUGHTER, *, yes: bool = True) -> Any:
        self.arrives(phone)
        (asked,) = self.asked(phone, family.KIND)
        given = {"question": asked.id, "copy": asked.subject["copy"], "phone": phone, "yes": yes}
        return self.run(family.agree, words="1" if yes else "2", inbox=900, now=self.moment, **given)

    def arrives(self, phone: str) -> None:
        """What waits for this phone is delivered."""
        waiting = (Message.phone == phone, Message.state == "queued", Message.due_at <= self.moment)
        self.run(lambda s: s.execute(update(Message).where(*waiting).values(state="delivered")) and None)

    def asked(self, phone: str, kind: str) -> list[Any]:
        found = self.run(questions.open_to, phone=phone, inbox=0, now=self.moment)
        return [each for each in found if each.kind == kind]

    def escalate(self) -> Any:
        return self.run(alerts.escalate, **self.given)

    def readings(self) -> list[tuple[int, str]]:
        """Whose, and the figures."""
        rows = select(ReadingRow).order_by(ReadingRow.id)

        def look(session: Session) -> list[tuple[int, str]]:
            found = session.scalars(rows).all()
            return [
                (
                    row.resident_id,
                    f"{row.systolic}/{row.diastolic}" if row.kind == "bp" else f"{row.glucose} {row.fasting}",
                )
                for row in found
            ]

        return list(self.run(look))

    def sent(self, phone: str | None = None) -> list[str]:
        """Texts of the outbox that are not cancelled, of one phone or all."""
        only = [] if phone is None else [Message.phone == phone]
        wanted = select(Message.text).where(Message.state != "cancelled", *only).order_by(Message.id)
        return list(self.run(lambda s: s.scalars(wanted).all()))

    def messages(self, *columns: Any) -> list[Any]:
        return [tuple(row) for row in self.run(lambda s: s.execute(select(*columns).order_by(Message.id)).all())]

    def alerts(self) -> list[Any]:
        wanted = select(CareAlert.resident_id, CareAlert.phone, CareAlert.closed_by).order_by(CareAlert.id)
        return [tuple(row) for row in self.run(lambda s: s.execute(wanted).all())]

    def set_rules(self, **care: Any) -> None:
        self.rules = replace(self.rules, care=replace(self.rules.care, **care))


def people(session: Session, vault: Vault) -> None:
    session.execute(update(Centre).where(Centre.code == "DY").values(duty_phone=DUTY))
    session.add(Staff(centre_id=1, code="D1", name="陈医生", phone=DOCTOR, role="doctor", active=True))
    for (name, identity), phone in zip(IDENTITIES.items(), (WANG, LI, ZHAO), strict=True):
        person = residents.NewPerson(name, vault.seal(identity))
        row = residents.register(session, person, centre=1, now=NOW)
        subscriber = subscribers.known(session, phone, NOW)
        residents.put_on_record(session, row, subscriber, name)
    session.flush()
    assert session.scalars(select(RelatedPerson.is_self).order_by(RelatedPerson.id)).all() == [True, True, False]


@pytest.fixture
def care(run: Callable[..., Any], vault: Vault) -> Care:
    run(people, vault=vault)
    return Care(run, vault)
