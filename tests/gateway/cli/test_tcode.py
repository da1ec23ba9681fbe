from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from sqlalchemy import select

from clinic import listing, vouchers
from clinic.tables import Audit
from tcode import number, reading
from tcode.keyring import Keyring
from tcode.voucher import sign

TODAY = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()


def qr(place: Any, view: Any) -> str:
    found = place.store.run_now(listing.voucher, number=view.number)
    return sign(vouchers.claims_of(found), Keyring(place.folder / "keys" / "tcode"))


@pytest.fixture
def code(place: Any) -> str:
    return qr(place, place.book())


def test_a_genuine_code_of_today_is_good(caredial: Any, code: str) -> None:
    result = caredial("tcode", "verify", code)
    assert result.exit_code == 0
    assert result.stdout.startswith("genuine: number ")
    assert f"{TODAY} am, queue 1" in result.stdout


def test_it_may_come_from_standard_input(caredial: Any, code: str) -> None:
    assert caredial("tcode", "verify", "-", input=code + "\n").exit_code == 0


def test_a_forged_code_is_refused(caredial: Any, code: str) -> None:
    swapped = code[:-2] + ("0" if code[-2] != "0" else "1") + code[-1]
    result = caredial("tcode", "verify", swapped)
    assert result.exit_code == 1
    assert "forged" in result.stderr


def test_another_days_code_is_refused_unless_that_day_is_asked_for(caredial: Any, place: Any) -> None:
    code = qr(place, place.book(day=1))
    result = caredial("tcode", "verify", code)
    assert result.exit_code == 1
    assert "wrong day" in result.stderr
    assert caredial("tcode", "verify", code, "--day", str(TODAY + dt.timedelta(days=1))).exit_code == 0


def test_the_public_keys_alone_are_enough(caredial: Any, code: str, tmp_path: Path) -> None:
    bundle = caredial("tcode", "keys").stdout
    assert [key["kty"] for key in json.loads(bundle)["keys"]] == ["OKP"]
    assert '"d"' not in bundle
    elsewhere = tmp_path / "kiosk"
    elsewhere.mkdir()
    (elsewhere / "keys.json").write_text(bundle)
    (tmp_path / "caredial.toml").unlink()
    assert caredial("tcode", "verify", code, "--keys", str(elsewhere / "keys.json"), "--day", str(TODAY)).exit_code == 0


def test_the_database_tells_what_became_of_it(caredial: Any, place: Any) -> None:
    view = place.book()
    code = qr(place, view)
    result = caredial("tcode", "verify", code, "--database")
    assert result.exit_code == 0
    assert "issued: visit 1, 周**" in result.stdout
    place.store.run_now(vouchers.cancel, visit=view.id)
    for shown in (code, view.number):
        result = caredial("tcode", "verify", shown, "--database")
        assert result.exit_code == 1
        assert "it is cancelled" in result.stderr


def test_a_number_needs_the_database_and_its_check_digits(caredial: Any, place: Any) -> None:
    typed = place.book().number
    assert caredial("tcode", "verify", typed).exit_code == 1
    assert caredial("tcode", "verify", typed, "--database").exit_code == 0
    wrong = typed[:-1] + str((int(typed[-1]) + 1) % 10)
    result = caredial("tcode", "verify", wrong, "--database")
    assert result.exit_code == 2
    assert "check digits" in result.stderr


def test_a_number_that_nobody_has_is_unknown(caredial: Any, place: Any) -> None:
    result = caredial("tcode", "verify", number.mint(), "--database")
    assert result.exit_code == 1
    assert "unknown: no visit here has this T-code" in result.stderr


def test_after_a_rotation_old_codes_are_still_good_and_the_audit_knows(caredial: Any, place: Any, code: str) -> None:
    result = caredial("tcode", "rotate")
    assert result.exit_code == 0
    assert result.stdout.startswith("key 2 signs from now on")
    assert caredial("tcode", "verify", code).exit_code == 0
    assert len(json.loads(caredial("tcode", "keys").stdout)["keys"]) == 2
    noted = place.store.run_now(lambda session: session.scalars(select(Audit.action)).all())
    assert "tcode.rotate" in noted


def test_the_slip_is_a_picture_whose_qr_verifies(caredial: Any, place: Any) -> None:
    typed = place.book().number
    assert caredial("tcode", "slip", typed, "--png", "slip.png", "--escpos", "slip.bin").exit_code == 0
    (read,) = reading.read(Path("slip.png").read_bytes())
    assert caredial("tcode", "verify", read, "--database").exit_code == 0
    assert Image.open(io.BytesIO(Path("slip.png").read_bytes())).width == 384
    assert Path("slip.bin").read_bytes().startswith(b"\x1b@")


def test_a_slip_must_go_somewhere_and_be_somebodys(caredial: Any, place: Any) -> None:
    typed = place.book().number
    assert caredial("tcode", "slip", typed).exit_code == 2
    assert caredial("tcode", "slip", "123", "--png", "x.png").exit_code == 2
    assert not Path("x.png").exists()


def test_keys_that_others_can_read_are_refused(caredial: Any, place: Any) -> None:
    (place.folder / "keys" / "tcode" / "tcode-001.pem").chmod(0o644)
    result = caredial("tcode", "keys")
    assert result.exit_code == 1
    assert "chmod 600" in result.stderr
