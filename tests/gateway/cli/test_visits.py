from __future__ import annotations

from typing import Any

from conf.texts.words import Name


def test_the_visits_of_a_day_are_listed_masked(caredial: Any, place: Any) -> None:
    place.book()
    place.book(day=1)
    result = caredial("visits", "list")
    assert result.exit_code == 0
    assert "1 visits" in result.stdout
    assert "全科" in result.stdout
    assert "周**" in result.stdout
    assert "+86154****0009" in result.stdout
    assert "issued" in result.stdout
    assert "周志强" not in result.stdout
    assert "15400000009" not in result.stdout


def test_one_centre_and_another_day_can_be_asked_for(caredial: Any, place: Any) -> None:
    place.book(day=2)
    assert "0 visits" in caredial("visits", "list").stdout
    assert "1 visits" in caredial("visits", "list", "--day", "+2").stdout
    assert "1 visits" in caredial("visits", "list", "--day", "+2", "--centre", "DY").stdout
    assert "0 visits" in caredial("visits", "list", "--day", "+2", "--centre", "NH").stdout


def test_a_wrong_day_or_centre_says_what_there_is(caredial: Any, place: Any) -> None:
    result = caredial("visits", "list", "--day", "31.12.")
    assert result.exit_code == 2
    assert "'31.12.' is neither a date" in result.stderr
    result = caredial("visits", "list", "--centre", "QQ")
    assert result.exit_code == 2
    assert "there are: DY, NH, XS" in result.stderr


def test_a_long_table_is_not_cut_off_in_a_pipe(caredial: Any, place: Any) -> None:
    view = place.book()
    assert isinstance(view.centre, Name)
    assert view.centre.zh in caredial("visits", "list").stdout
