"""The job that asks the register: one after another, kept at once, and nobody lost where the register is away."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from clinic import residents, subscribers
from clinic.identity import Vault
from clinic.residents import NewPerson
from clinic.rules import Rules
from clinic.tables import Resident
from clinic.verifying import Due, Verdict
from scheduler import verifying
from scheduler.given import Broken, Given
from scheduler.verifying import verify_names
from tests.clinic.conftest import nth_identity
from tests.scheduler.conftest import HOUSE, Inline

VAULT = Vault(b"k" * 32)


class Register:
    """Knows everybody, but for the time at which it is away."""

    def __init__(self, *, away_after: int = 1000) -> None:
        self.asked: list[int] = []
        self.away_after = away_after

    async def ask(self, due: Due) -> Verdict:
        if len(self.asked) == self.away_after:
            raise ConnectionError("the register is away")
        self.asked.append(due.resident)
        return Verdict("confirmed", due.names[0]) if due.resident % 2 else Verdict("refuted")


def named(town: Any, many: int) -> None:
    """So many people that a phone has named."""

    def add(session: Any) -> None:
        phone = subscribers.known(session, "+8615400000001", town.now())
        for n in range(many):
            person = NewPerson("王芳", VAULT.seal(nth_identity(n)))
            residents.relate(session, phone, residents.register(session, person, centre=None, now=town.now()), "王芳")

    town.store.run_now(add)


def run(town: Any, register: Any, **more: Any) -> str:
    given = Given(Inline(town.store), HOUSE, Rules(), town.now, verifier=register, **more)
    came: list[Any] = []

    async def work() -> None:
        try:
            came.append(await verify_names(given))
        except Exception as error:  # noqa: BLE001
            came.append(error)

    from twisted.internet.defer import Deferred  # noqa: PLC0415

    Deferred.fromCoroutine(work())
    if isinstance(came[0], Exception):
        raise came[0]
    return str(came[0])


def verified(town: Any) -> list[str]:
    return list(town.store.run_now(lambda s: list(s.scalars(select(Resident.verified).order_by(Resident.id)))))


def test_everybody_who_is_due_is_asked_for_once_in_batches(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "BATCH", 3)
    named(town, 7)
    register = Register()
    assert run(town, register) == "7 names asked for"
    assert register.asked == [1, 2, 3, 4, 5, 6, 7]
    assert verified(town) == ["confirmed", "refuted"] * 3 + ["confirmed"]
    assert run(town, register) == ""


def test_a_register_that_goes_away_leaves_the_others_due(town: Any) -> None:
    named(town, 3)
    with pytest.raises(ConnectionError):
        run(town, Register(away_after=1))
    assert verified(town) == ["confirmed", "", ""]
    back = Register()
    assert run(town, back) == "2 names asked for"
    assert back.asked == [2, 3]


def test_without_a_register_everybody_waits(town: Any) -> None:
    named(town, 2)
    assert run(town, None) == ""
    assert verified(town) == ["", ""]


def test_it_stops_between_two_people(town: Any) -> None:
    named(town, 3)
    left = iter([True, False])
    with pytest.raises(Broken, match="1 names asked for"):
        run(town, Register(), going=lambda: next(left))
    assert verified(town) == ["confirmed", "", ""]
