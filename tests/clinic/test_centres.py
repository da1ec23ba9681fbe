"""Centres in the order in which a caller wants them."""

from __future__ import annotations

from typing import Any

import pytest

from clinic import centres, residents, subscribers
from clinic.tables import Centre

PHONE = "+8615400000001"
PLACES = {"DY": (29.90, 122.90), "NH": (29.87, 122.92), "BS": (29.95, 122.80), "XX": (None, None), "FA": (30.9, 121.9)}


def add_places(session: Any) -> None:
    for code, (latitude, longitude) in PLACES.items():
        if code not in {"DY", "NH"}:
            session.add(Centre(code=code, name_zh=code, name_en=code, latitude=latitude, longitude=longitude))


@pytest.fixture(autouse=True)
def five_centres(clinic: Any) -> None:
    clinic.run(add_places)


def nearest(clinic: Any, phone: str = PHONE) -> list[str]:
    return [view.code for view in clinic.run(centres.nearest, phone=phone)]


def test_an_unknown_phone_gets_them_by_code(clinic: Any) -> None:
    assert nearest(clinic) == ["BS", "DY", "FA", "NH", "XX"]
    assert nearest(clinic, "") == nearest(clinic)


def test_where_one_was_last_comes_first_then_its_neighbours(clinic: Any) -> None:
    clinic.book(3)  # at Nanhe
    assert nearest(clinic) == ["NH", "DY", "BS", "FA", "XX"]
    clinic.book(1)  # at Dongyuan
    assert nearest(clinic) == ["DY", "NH", "BS", "FA", "XX"]


def test_a_registered_resident_starts_from_home(clinic: Any) -> None:
    def register(session: Any) -> None:
        resident = residents.register(session, clinic.person(), centre=3, now=clinic.moment)
        residents.relate(session, subscribers.known(session, PHONE, clinic.moment), resident, "王芳")

    clinic.run(register)
    assert nearest(clinic) == ["BS", "DY", "NH", "FA", "XX"]


def test_the_last_one_goes_before_home_and_home_gives_the_rest(clinic: Any) -> None:
    test_a_registered_resident_starts_from_home(clinic)
    clinic.book(3)
    assert nearest(clinic) == ["NH", "BS", "DY", "FA", "XX"]


def test_a_centre_without_a_place_on_the_map_still_comes_first_when_it_was_the_last(clinic: Any) -> None:
    def use_last(session: Any) -> None:
        subscribers.known(session, PHONE, clinic.moment).last_centre_id = 4

    clinic.run(use_last)
    assert nearest(clinic) == ["XX", "BS", "DY", "FA", "NH"]


def test_at_most_twenty(clinic: Any) -> None:
    clinic.run(lambda session: session.add_all(Centre(code=f"Z{n}", name_zh="z") for n in range(30)))
    assert len(nearest(clinic)) == 20
