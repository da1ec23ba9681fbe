"""A mother whose phone is told of her child, what that child was given, and where it can be vaccinated."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.tables import (
    ChildFile,
    ClinicSession,
    Contraindication,
    Department,
    Immunization,
    RelatedPerson,
    Resident,
    Subscriber,
)

PHONE = "+8615400000001"
BORN = dt.date(2026, 9, 20)  # two months old on the Monday of these tests: IPV and DTaP are due
NEWBORN = (("HepB", 0), ("BCG", 1), ("HepB", 31))


def on_record(
    session: Session,
    *doses: tuple[str, int],
    born: dt.date = BORN,
    name: str = "周小宝",
    centre: int | None = 1,
    moment: dt.datetime,
) -> int:
    """A child of this phone's, with its file; `doses` by the days of its life. Its resident's id."""
    child = Resident(
        name=name, identity_sealed=b"-", identity_digest=f"child-{name}", birth=born, sex="male", centre_id=centre,
        created_at=moment,
    )  # fmt: skip
    session.add(child)
    session.flush()
    session.add(
        ChildFile(
            resident_id=child.id, residence="local", standing="active", unit="a", mother_hbsag="unknown",
            look_on=moment.date(), created_at=moment,
        )
    )  # fmt: skip
    who = session.scalars(select(Subscriber).where(Subscriber.phone == PHONE)).one_or_none()
    if who is None:
        who = Subscriber(phone=PHONE, created_at=moment)
        session.add(who)
        session.flush()
    session.add(
        RelatedPerson(
            subscriber_id=who.id, resident_id=child.id, name=name, is_self=False, relation="mother", is_told=True
        )
    )
    counted: dict[str, int] = {}
    for vaccine, days in doses:
        counted[vaccine] = counted.get(vaccine, 0) + 1
        given_on = born + dt.timedelta(days=days)
        session.add(Immunization(resident_id=child.id, vaccine=vaccine, dose=counted[vaccine], given_on=given_on))
    return child.id


def vaccinates(session: Session, *days: dt.date, department: int = 2, **values: Any) -> None:
    """This department vaccinates, on these days in the morning."""
    session.execute(update(Department).where(Department.id == department).values(service="vaccination"))
    given: dict[str, Any] = {"capacity": 30, "fee": 0, **values}
    for day in days:
        session.add(
            ClinicSession(
                department_id=department, day=day, half="am", starts=dt.time(8), ends=dt.time(11, 30),
                release_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), **given,
            )
        )  # fmt: skip


def contraindicated(
    session: Session, child: int, against: str, reason: str, since: dt.date, until: dt.date | None = None
) -> None:
    session.add(
        Contraindication(
            resident_id=child, against=against, reason=reason, since=since, until=until, noted_by="nurse",
            noted_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        )
    )  # fmt: skip
