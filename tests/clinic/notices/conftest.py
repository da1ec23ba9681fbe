"""A family on record: who is told of whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from clinic import residents, subscribers
from clinic.residents import NewPerson
from clinic.tables import Resident

Put = Callable[..., int]


@pytest.fixture
def put(clinic: Any) -> Put:
    """Put somebody on record, with a phone that is told: the resident's number."""

    def put(name: str, identity: str, phone: str, birth: dt.date | None = None, language: str = "zh") -> int:
        def write(session: Any) -> int:
            person = NewPerson(name, clinic.vault.seal(identity))
            resident = residents.register(session, person, centre=1, now=clinic.moment)
            subscriber = subscribers.known(session, phone, clinic.moment)
            subscriber.language = language
            residents.put_on_record(session, resident, subscriber, name)
            if birth:
                session.get(Resident, resident.id).birth = birth
            session.flush()
            return int(resident.id)

        return int(clinic.run(write))

    return put
