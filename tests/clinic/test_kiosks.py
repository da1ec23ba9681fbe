"""Kiosks: enrolled with a token that is shown once, known by it, revoked."""

from __future__ import annotations

from typing import Any

import pytest

from clinic import kiosks
from clinic.tables import Audit, Kiosk
from conf.texts.words import Name


def enrol(clinic: Any, centre: str = "DY", name: str = "Hall") -> Any:
    return clinic.run(kiosks.enrol, centre=centre, name=name, now=clinic.moment)


def test_an_enrolled_kiosk_is_known_by_its_token(clinic: Any) -> None:
    kiosk, token = enrol(clinic)
    assert (kiosk.name, kiosk.centre, kiosk.centre_name) == ("Hall", 1, Name("东苑中心", "Dongyuan Centre"))
    assert clinic.run(kiosks.known, token=token) == kiosk


def test_each_kiosk_has_a_token_of_its_own(clinic: Any) -> None:
    (first, one), (second, other) = enrol(clinic), enrol(clinic)
    assert first.id != second.id
    assert one != other
    assert len(one) >= 32


def test_the_token_is_not_kept(clinic: Any) -> None:
    _, token = enrol(clinic)
    assert token not in str(clinic.rows(Kiosk.token_digest, Kiosk.name))
    assert token not in str(clinic.rows(Audit.actor, Audit.subject, Audit.detail))


@pytest.mark.parametrize("token", ["", "x", "' or 1=1 --", "é" * 24])
def test_any_other_token_is_nobodys(clinic: Any, token: str) -> None:
    enrol(clinic)
    assert clinic.run(kiosks.known, token=token) is None


def test_a_revoked_kiosk_is_not_known_any_more(clinic: Any) -> None:
    kiosk, token = enrol(clinic)
    _, other = enrol(clinic)
    assert clinic.run(kiosks.revoke, kiosk=kiosk.id, now=clinic.moment) is True
    assert clinic.run(kiosks.known, token=token) is None
    assert clinic.run(kiosks.known, token=other) is not None
    assert clinic.run(kiosks.revoke, kiosk=kiosk.id, now=clinic.moment) is False
    assert clinic.run(kiosks.revoke, kiosk=99, now=clinic.moment) is False
    assert clinic.rows(Audit.action) == ["kiosk.enrol", "kiosk.enrol", "kiosk.revoke"]


def test_a_centre_that_is_not_there_has_no_kiosks(clinic: Any) -> None:
    with pytest.raises(kiosks.UnknownCentre):
        enrol(clinic, centre="XX")
    assert clinic.rows(Kiosk.id) == []
