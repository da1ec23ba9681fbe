"""Everything at once, in several processes and threads, killed in the middle: what must be true stays true.

No session oversold, no number twice, no place lost, the books balanced, one good T-code at most for each visit
(`clinic.invariants`), and each change told exactly once (`told`).
"""

from __future__ import annotations

import datetime as dt
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from clinic import invariants
from clinic.identity import Vault
from clinic.kiosks import _digest
from clinic.money import ledger
from clinic.residents import NewPerson, register, relate
from clinic.subscribers import known
from clinic.tables import AccountPhone, Centre, ClinicSession, Department, Kiosk, Payment, Practitioner
from tests.clinic import told
from tests.clinic.conftest import clinic_session
from tests.clinic.hammer import MORNING, RESIDENTS, Hammer, identity

ROOT = Path(__file__).parents[2]
EACH, THREADS, PROCESSES, KILLS = 50, 4, 2, 3
OFTEN = ("book", "cancel", "use", "ask provider", "join", "send", "jobs")
"""What has happened in any run, whatever chance says of the others."""


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


def begin(store: Any, seed: int, *, acts: int = EACH, minutes: float = 0) -> subprocess.Popen[str]:
    url = store.engine.url.render_as_string(hide_password=False)
    given = [url, str(seed), str(THREADS), str(acts), str(minutes)]
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
        met.update(out.splitlines())
    return met


def kill(process: subprocess.Popen[str], after: int) -> Counter[str]:
    """Kill -9 right after so many acts of this process, while its other threads are at work; what it has done."""
    assert process.stdout is not None
    done = Counter(line.strip() for _, line in zip(range(after), process.stdout, strict=False))
    process.kill()
    out, error = process.communicate(timeout=60)
    assert done.total() == after, error[-4000:]
    return done + Counter(out.split("\n")[:-1])


def unsound(store: Any) -> Iterable[object]:
    """What is broken, and what was not told once: in this moment, and when all that is under way has come to rest."""
    _wait_for_the_dead(store)
    yield from store.run_now(invariants.broken)
    yield from store.run_now(told.differences)


def unsound_at_rest(store: Any) -> Iterator[object]:
    Hammer(store, 0).rest()
    yield from unsound(store)
    yield from store.run_now(unfinished)


def unfinished(session: Any) -> list[str]:
    """Sessions whose visits have yet to follow, payments that nobody has answered."""
    changing = session.scalars(select(ClinicSession.id).where(ClinicSession.change.is_not(None)))
    open_ones = session.scalars(select(Payment.id).where(Payment.state.in_(("created", "asked", "pending"))))
    return [f"session {one}" for one in changing] + [f"payment {one}" for one in open_ones]


def _wait_for_the_dead(store: Any) -> None:
    """PostgreSQL ends what somebody has left behind when it sees that they are gone, not in the same moment."""
    if store.engine.dialect.name != "postgresql":
        return
    others = text(
        "select count(*) from pg_stat_activity where datname = current_database() and state <> 'idle'"
        " and pid <> pg_backend_pid()"
    )
    for _ in range(1000):
        if not store.run_now(lambda session: session.scalar(others)):
            return
        time.sleep(0.01)  # for the server, which is another process
    raise AssertionError("PostgreSQL still works for processes that are dead")


@pytest.mark.parametrize("seed", [1])
def test_whatever_happens_at_once_stays_sound(store: Any, seed: int) -> None:
    store.run_now(furnish)
    met = finish([begin(store, seed * 10 + n) for n in range(PROCESSES)])
    assert all(met[name] for name in OFTEN), met
    assert list(unsound(store)) == []
    assert list(unsound_at_rest(store)) == []


def test_who_is_killed_anywhere_leaves_it_sound(store: Any) -> None:
    store.run_now(furnish)
    chance, done = random.Random(7), Counter[str]()
    for nth in range(KILLS):
        processes = [begin(store, 100 + 10 * nth + n, acts=100_000, minutes=20 * nth) for n in range(PROCESSES)]
        for process in processes:  # the second goes on while the first is dead already
            done += kill(process, after=chance.randrange(30, 90))
        assert list(unsound(store)) == []
    assert all(done[name] for name in ("book", "cancel")), done
    assert list(unsound_at_rest(store)) == []
