"""T-codes at the kiosk: each outcome, and who wins when several want the same one."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from clinic import kiosks, vouchers
from clinic.errors import NotCancellable
from clinic.tables import Audit, Visit, Voucher
from clinic.views import KioskView
from tcode import number as tcode_number

PHONE = "+8615400000001"


@pytest.fixture
def kiosk(clinic: Any) -> KioskView:
    return clinic.run(kiosks.enrol, centre="DY", name="Hall", now=clinic.moment)[0]


def use(clinic: Any, number: str, kiosk: KioskView, claims: Any = None) -> vouchers.Checked:
    return clinic.run(vouchers.use, claims=claims, number=number, kiosk=kiosk, now=clinic.moment)


def test_genuine_once_and_used_ever_after(clinic: Any, kiosk: KioskView) -> None:
    visit = clinic.book()
    clinic.wait(minutes=20)
    first = use(clinic, visit.number, kiosk)
    assert (first.outcome, first.used_at) == ("genuine", clinic.moment)
    assert first.voucher is not None
    assert (first.voucher.queue, first.voucher.patient_name, first.voucher.room) == (1, "王*", "101")
    when = clinic.moment
    clinic.wait(minutes=5)
    for _ in range(2):
        again = use(clinic, visit.number, kiosk)
        assert (again.outcome, again.used_at) == ("used", when)
    assert clinic.rows(Visit.state) == ["arrived"]
    assert clinic.rows(Voucher.state, Voucher.used_kiosk_id) == [("used", kiosk.id)]
    assert clinic.rows(Audit.actor, Audit.action, Audit.subject)[-1] == (
        f"kiosk:{kiosk.id}",
        "voucher.use",
        f"visit:{visit.id}",
    )


def test_a_scanned_code_must_say_what_is_on_record(clinic: Any, kiosk: KioskView) -> None:
    visit = clinic.book()
    view = clinic.run(vouchers.by_number, number=visit.number, centre=1)
    true = vouchers.claims_of(view)
    for wrong in (
        replace(true, queue=2),
        replace(true, half="pm"),
        replace(true, centre=2),
        replace(true, day=true.day + dt.timedelta(days=1)),
    ):
        assert use(clinic, visit.number, kiosk, wrong).outcome == "forged"
    assert clinic.rows(Voucher.state) == ["issued"]
    assert use(clinic, visit.number, kiosk, true).outcome == "genuine"


def test_a_number_that_nobody_has_is_forged_and_says_no_more(clinic: Any, kiosk: KioskView) -> None:
    clinic.book()
    assert use(clinic, tcode_number.mint(), kiosk) == vouchers.Checked("forged", None, None)


def test_tomorrows_code_is_for_another_day(clinic: Any, kiosk: KioskView) -> None:
    visit = clinic.book(4)
    checked = use(clinic, visit.number, kiosk)
    assert (checked.outcome, checked.voucher and checked.voucher.day) == ("wrong_day", visit.day)
    clinic.wait(days=1)
    assert use(clinic, visit.number, kiosk).outcome == "genuine"


def test_another_centres_kiosk_does_not_use_it(clinic: Any, kiosk: KioskView) -> None:
    visit = clinic.book()
    elsewhere, _ = clinic.run(kiosks.enrol, centre="NH", name="Door", now=clinic.moment)
    assert use(clinic, visit.number, elsewhere).outcome == "wrong_centre"
    assert use(clinic, visit.number, kiosk).outcome == "genuine"


def test_a_cancelled_code_is_worth_nothing(clinic: Any, kiosk: KioskView) -> None:
    visit = clinic.book()
    clinic.cancel(visit.id)
    assert use(clinic, visit.number, kiosk).outcome == "cancelled"
    assert clinic.rows(Visit.state) == ["cancelled"]


def test_a_used_code_cannot_be_cancelled(clinic: Any, kiosk: KioskView) -> None:
    visit = clinic.book()
    use(clinic, visit.number, kiosk)
    with pytest.raises(NotCancellable):
        clinic.cancel(visit.id)
    assert clinic.places() == (1, 1)
    assert clinic.rows(Voucher.state) == ["used"]


def test_yesterdays_code_has_expired_before_and_after_the_nightly_job(clinic: Any, kiosk: KioskView) -> None:
    visit = clinic.book()
    clinic.wait(days=1)
    assert use(clinic, visit.number, kiosk).outcome == "expired"
    assert clinic.run(vouchers.expire, now=clinic.moment) == 1
    assert use(clinic, visit.number, kiosk).outcome == "expired"
    with pytest.raises(NotCancellable):
        clinic.cancel(visit.id)


def test_the_nightly_job_leaves_what_was_used_cancelled_or_is_still_to_come(clinic: Any, kiosk: KioskView) -> None:
    used, missed, cancelled = clinic.book_many(3)
    tomorrow = clinic.book(4)
    use(clinic, used.number, kiosk)
    clinic.cancel(cancelled.id, "+8615400010002")
    assert clinic.run(vouchers.expire, now=clinic.moment) == 0
    clinic.wait(days=1)
    assert clinic.run(vouchers.expire, now=clinic.moment) == 1
    assert clinic.run(vouchers.expire, now=clinic.moment) == 0
    assert clinic.rows(Voucher.state) == ["used", "expired", "cancelled", "issued"]
    assert clinic.rows(Visit.state) == ["arrived", "noshow", "cancelled", "booked"]
    assert [visit.id for visit in (used, missed, cancelled, tomorrow)] == clinic.rows(Visit.id)


def test_sixteen_kiosks_scan_one_code_and_one_lets_in(clinic: Any, kiosk: KioskView) -> None:
    visit = clinic.book()
    start = Barrier(16)

    def scan(_: int) -> str:
        start.wait()
        return use(clinic, visit.number, kiosk).outcome

    with ThreadPoolExecutor(16) as pool:
        outcomes = Counter(pool.map(scan, range(16)))
    assert outcomes == {"genuine": 1, "used": 15}
    assert clinic.rows(Audit.action) == ["kiosk.enrol", "visit.book", "voucher.use"]


def test_the_kiosk_and_a_cancellation_never_both_succeed(clinic: Any, kiosk: KioskView) -> None:
    visits = clinic.book_many(8)
    start = Barrier(16)

    def scan(n: int) -> bool:
        start.wait()
        return use(clinic, visits[n].number, kiosk).outcome == "genuine"

    def cancel(n: int) -> bool:
        start.wait()
        try:
            clinic.cancel(visits[n].id, f"+861540001{n:04d}")
        except NotCancellable:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        jobs = [(pool.submit(scan, n), pool.submit(cancel, n)) for n in range(8)]
    won = [(scanned.result(), cancelled.result()) for scanned, cancelled in jobs]
    assert all(scanned != cancelled for scanned, cancelled in won)
    assert clinic.rows(Voucher.state) == ["used" if scanned else "cancelled" for scanned, _ in won]
    assert clinic.places() == (sum(scanned for scanned, _ in won), 8)


def test_a_page_finds_its_voucher_by_token_alone(clinic: Any) -> None:
    visit = clinic.book(language="en")
    token = visit.link.rpartition("/")[2]
    view = clinic.run(vouchers.by_token, token=token)
    assert (view.number, view.visit, view.language, view.state) == (visit.number, visit.id, "en", "issued")
    assert clinic.run(vouchers.by_token, token=token[:-1]) is None
    assert clinic.run(vouchers.by_token, token=visit.number) is None


def test_staff_find_a_voucher_in_their_own_centre_only(clinic: Any) -> None:
    visit = clinic.book()
    assert clinic.run(vouchers.by_visit, visit=visit.id, centre=1).number == visit.number
    assert clinic.run(vouchers.by_visit, visit=visit.id, centre=2) is None
    assert clinic.run(vouchers.by_number, number=visit.number, centre=2) is None
    assert clinic.run(vouchers.by_visit, visit=99, centre=1) is None


@pytest.mark.parametrize(
    ("name", "shown"), [("王芳", "王*"), ("欧阳雨桐", "欧**"), ("Li", "L*"), ("Yutong Ouyang", "Y**")]
)
def test_a_page_shows_a_names_beginning(name: str, shown: str) -> None:
    assert vouchers.masked(name) == shown
