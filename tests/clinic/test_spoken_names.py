from __future__ import annotations

from typing import Any

from clinic import spoken_names
from conf.texts.words import Name


def test_centres_departments_and_practitioners_are_spoken(clinic: Any) -> None:
    found = clinic.run(spoken_names.all_names)
    assert found == sorted(set(found), key=lambda name: (name.zh, name.en))
    assert {
        Name("东苑中心", "Dongyuan Centre"),
        Name("儿童保健", "Child health"),
        Name("欧阳雨桐", "Dr Yutong Ouyang"),
    } <= set(found)
