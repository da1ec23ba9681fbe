"""Everything at once, in several processes and threads, killed in the middle: what must be true stays true."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from clinic import invariants
from clinic.identity import Vault
from clinic.kiosks import _digest
from clinic.money import ledger
from clinic.residents import NewPerson, register, relate
from clinic.subscribers import known
from clinic.tables import (
    AccountPhone,
    Audit,
    Centre,
    ClinicSession,
    Department,
    Kiosk,
    Message,
    Practitioner,
    Visit,
)

from .conftest import clinic_session
from .hammer import MORNING, RESIDENTS, identity

ROOT = Path(__file__).parents[2]
ACTS, THREADS, PROCESSES = 120, 4, 2
ENDS = ("cancelled:{0}", "unpaid:{0}", "visit:{0}:stopped:{1}")


def furnish(session: Any) -> None:
    """Doctors of one grade, sessions of few places that are shared out, some money in accounts."""
    centre = session.get(Centre, 1)
    centre.payment = "optional"
    session.get(Department, 2).queue_policy = "arrival"
    session.add_all(
        Practitioner(centre_id=1, department_id=1, code=code, name_zh=f"医生{code}", grade="主治") for code in "23"
    )
    session.query(Practitioner).filter_by(code="1").one().grade = "主治"
    for department in (1, 2, 1, 2):
        for half in ("am", "pm"):
            session.add(clinic_session(department, MORNING.date() + dt.timedelta(days=department), half))
    session.flush()
    session.query(ClinicSession).update({"capacity": 8})
    session.add(Kiosk(centre_id=1, name="hammer", token_digest=_digest("kiosk"), enrolled_at=MORNING))
    vault = Vault(b"k" * 32)
    session.flush()
    for n in range(RESIDENTS):
        resident = register(session, NewPerson("王芳", vault.seal(identity(n))), centre=1, now=MORNING)
        relate(session, known(session, f"+86154{n:08d}", MORNING), resident, "王芳")
        if n % 2:
            account = ledger.account(session, centre, "resident", str(resident.id), resident=resident.id, now=MORNING)
            cash = ledger.account(session, centre, "cash", now=MORNING)
            sides = {account.id: -3000, cash.id: 3000}
            ledger.post(session, occasion=f"topup:{n}", kind="topup", sides=sides, by="test", now=MORNING)
            session.add(
                AccountPhone(account_id=account.id, phone=f"+86154{n:08d}", linked_at=MORNING, linked_by="test")
            )


def begin(store: Any, seed: int, acts: int = ACTS) -> subprocess.Popen[str]:
    url = store.engine.url.render_as_string(hide_password=False)
    given = [url, str(seed), str(THREADS), str(acts), str(time.time())]
    return subprocess.Popen(
        [sys.executable, Path(__file__).with_name("hammer.py"), *given],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def finish(processes: list[subprocess.Popen[str]]) -> Counter[str]:
    met: Counter[str] = Counter()
    for process in processes:
        out, error = process.communicate(timeout=240)
        assert process.returncode == 0, error[-4000:]
        for line in out.splitlines():
            many, name = line.split(maxsplit=1)
            met[name] += int(many)
    return met


def untold(session: Any) -> list[str]:
    """Visits of which a change was not told, or was told twice: each is booked once, and ended at most once."""
    told = Counter(session.scalars(select(Message.occasion)))
    booked = set(session.scalars(select(Audit.subject).where(Audit.action == "visit.book")))
    wrong = []
    for visit in session.scalars(select(Visit)):
        assert f"visit:{visit.id}" in booked
        codes = told[f"code:{visit.id}"]
        ends = (
            told[f"cancelled:{visit.id}"] + told[f"unpaid:{visit.id}"] + told[f"visit:{visit.id}:stopped:{visit.phone}"]
        )
        never_paid = visit.state == "pending" or (visit.state == "cancelled" and visit.pays == "mobile" and not codes)
        if codes != (0 if never_paid else 1) or ends != (visit.state == "cancelled"):
            wrong.append(f"visit {visit.id} {visit.state} {visit.cancelled_for}: {codes} codes, {ends} ends")
    return wrong


@pytest.mark.parametrize("seed", [1])
def test_whatever_happens_at_once_stays_sound(store: Any, seed: int) -> None:
    store.run_now(furnish)
    met = finish([begin(store, seed * 10 + n) for n in range(PROCESSES)])
    assert all(met[name] for name in ("book", "cancel", "use", "ask provider", "join", "jobs"))
    assert store.run_now(invariants.broken) == []
    assert store.run_now(untold) == []


def test_who_is_killed_anywhere_leaves_it_sound(store: Any) -> None:
    store.run_now(furnish)
    for round_ in range(3):
        processes = [begin(store, 100 + 10 * round_ + n, acts=100_000) for n in range(PROCESSES)]
        time.sleep(4)
        for process in processes:
            process.kill()
            process.communicate(timeout=60)
        assert store.run_now(invariants.broken) == []
    assert store.run_now(untold) == []
    assert finish([begin(store, 200)])
    assert store.run_now(invariants.broken) == []
