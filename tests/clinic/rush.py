"""One process of the rush: `python rush.py URL FIRST LAST THREADS` books for residents FIRST..LAST (LAST excluded).

Each books once, from a phone of its own, in clinic session 1. "ready" is written when all is prepared; the line that
comes then starts the rush. Each outcome is written as it comes.
"""

from __future__ import annotations

import datetime as dt
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from zoneinfo import ZoneInfo

from stdnum.cn import ric

from clinic import visits
from clinic.errors import ClinicError
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.residents import NewPerson
from gateway.store import Store, connect

NOW = dt.datetime(2027, 3, 8, 7, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")


def identity(n: int) -> str:
    """The n-th of some thousands of identity numbers, with its check digit (GB 11643)."""
    first = f"110101{1950 + n // 800}0101{n % 800 + 100:03d}0"
    return first[:17] + str(ric.calc_check_digit(first))


def book(store: Store, vault: Vault, n: int) -> str:
    person = NewPerson("王芳", vault.seal(identity(n)))
    try:
        store.run_now(
            visits.book,
            clinic_session=1,
            patient=person,
            phone=f"+86154{n:08d}",
            language="zh",
            occasion=f"rush:{n}",
            installation=HOUSE,
            now=NOW,
        )
    except ClinicError as refusal:
        return type(refusal).__name__
    return "booked"


def main(url: str, first: str, last: str, threads: str) -> None:
    engine = connect(url, threads=int(threads))
    store, vault = Store(engine), Vault(b"k" * 32)
    store.check()
    with ThreadPoolExecutor(int(threads)) as pool:
        tell("ready")
        sys.stdin.readline()
        for outcome in pool.map(partial(book, store, vault), range(int(first), int(last))):
            tell(outcome)
    engine.dispose()


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
