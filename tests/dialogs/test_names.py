"""Names: in full only to whoever has just typed one; covered in every menu after that, on every channel."""

from __future__ import annotations

from typing import Any

import pytest

from dialogs.account import my_account
from dialogs.booking import book_visit
from dialogs.home_visits import request_home_visit
from dialogs.people import my_people
from dialogs.visits import my_visits
from tests.clinic.conftest import nth_identity

NAME = "欧阳小明"
BOOK = ("1", "1", "1", "1")


@pytest.fixture
def known(caller: Any) -> Any:
    """Typed once, to be confirmed in full; with a visit."""
    said = caller.talk(book_visit, *BOOK, NAME, nth_identity(3), "1")
    assert f"{NAME} 12.50元\n1.确认" in said
    return caller


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("letters", [True, False])
@pytest.mark.parametrize(
    ("dialog", "answers"),
    [
        (book_visit, (*BOOK, "1")),
        (my_visits, ("1",)),
        (my_visits, ("1", "2")),
        (my_people, ("1", "1")),
        (request_home_visit, ("1", "1")),
        (my_account, ("4",)),
    ],
)
def test_who_is_known_is_covered(known: Any, dialog: Any, answers: Any, letters: bool, language: Any) -> None:
    said = known.talk(dialog, *answers, letters=letters, language=language)
    assert NAME not in said
    assert "欧*明" in said or dialog is my_visits


def test_two_who_would_look_alike_are_told_apart(known: Any) -> None:
    """By the year of birth, which both have: then in full, or nobody would know whom they book for."""
    known.talk(my_people, "2", "欧阳大明", nth_identity(4))
    assert "1.本人（欧阳小明）\n2.欧阳大明\n" in known.talk(book_visit, *BOOK)
