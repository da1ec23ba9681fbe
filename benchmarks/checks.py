"""T-codes checked a second: offline (signature and day), and used on the database."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from benchmarks.place import NOW, book, stores
from clinic import kiosks, vouchers
from clinic.tables import Voucher
from tcode import voucher
from tcode.keyring import Keyring, PublicBundle

MANY = 500


def run() -> Iterator[tuple[str, str, str]]:
    with stores(MANY) as made, tempfile.TemporaryDirectory() as folder:
        keyring = Keyring(Path(folder) / "keys")
        for name, store in made.items():
            kiosk, _ = store.run_now(kiosks.enrol, centre="B", name="bench", now=NOW)
            for n in range(MANY):
                book(store, n)
            numbers = store.run_now(lambda session: list(session.scalars(select(Voucher.number))))
            views = [store.run_now(vouchers.by_number, number=number, centre=kiosk.centre) for number in numbers]
            codes = [voucher.sign(vouchers.claims_of(view), keyring) for view in views if view is not None]
            offline = PublicBundle(keyring.public_bundle())
            started = time.perf_counter()
            claims = [voucher.verify(code, offline) for code in codes]
            verified = len(codes) / (time.perf_counter() - started)
            started = time.perf_counter()
            for code in codes:
                read = voucher.verify(code, keyring)
                done = store.run_now(vouchers.use, claims=read, number=read.number, kiosk=kiosk, now=NOW)
                assert done.outcome == "genuine"
            used = len(codes) / (time.perf_counter() - started)
            yield f"T-codes used/s, {name}", f"{used:.0f}", f"{verified:.0f}/s offline (signature and day)"
            assert len(claims) == MANY
