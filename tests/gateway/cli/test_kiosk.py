from __future__ import annotations

import re
from typing import Any

import pytest

from clinic import kiosks


def enrol(caredial: Any, *, centre: str = "DY", name: str = "Entrance [1]") -> Any:
    return caredial("kiosk", "enrol", "--centre", centre, "--name", name)


def test_enrolling_prints_a_token_that_works_and_the_address_to_open(caredial: Any, place: Any) -> None:
    result = enrol(caredial)
    assert result.exit_code == 0
    token = re.search(r"token +(\S+)", result.stdout)[1]
    assert f"address  http://127.0.0.1:8080/kiosk#{token}" in result.stdout
    known = place.store.run_now(kiosks.known, token=token)
    assert (known.id, known.name) == (1, "Entrance [1]")


def test_the_token_is_shown_once(caredial: Any, place: Any) -> None:
    token = re.search(r"token +(\S+)", enrol(caredial).stdout)[1]
    listed = caredial("kiosk", "list").stdout
    assert "Entrance [1]" in listed
    assert token not in listed


def test_an_unknown_centre_is_refused_with_those_that_there_are(caredial: Any, place: Any) -> None:
    result = enrol(caredial, centre="QQ")
    assert result.exit_code == 2
    assert "there is no centre QQ; there are: DY, NH, XS" in result.stderr
    assert place.store.run_now(kiosks.enrolled) == []


@pytest.mark.parametrize("name", ["  ", "x" * 61])
def test_a_name_must_fit(caredial: Any, place: Any, name: str) -> None:
    assert enrol(caredial, name=name).exit_code == 2


def test_a_revoked_kiosk_has_no_access_and_is_still_listed(caredial: Any, place: Any) -> None:
    token = re.search(r"token +(\S+)", enrol(caredial).stdout)[1]
    assert caredial("kiosk", "revoke", "1").exit_code == 0
    assert place.store.run_now(kiosks.known, token=token) is None
    (row,) = place.store.run_now(kiosks.enrolled)
    assert row.revoked_at is not None
    assert f"{row.revoked_at.year}-" in caredial("kiosk", "list").stdout


def test_revoking_what_is_not_there_fails(caredial: Any, place: Any) -> None:
    result = caredial("kiosk", "revoke", "7")
    assert result.exit_code == 1
    assert "`caredial kiosk list`" in result.stderr
