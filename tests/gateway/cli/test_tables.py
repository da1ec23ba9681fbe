"""Tables on a narrow terminal: nothing is cut off, and numbers, days and phones stay in one piece."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from gateway.cli import tables

NARROW = ("ID", "Department", "Held by", "When", "Phone", "Days", "Notes", "Terms")
ROW = (
    123456, "Traditional Chinese medicine", "阿卜杜拉·买买提医生", "wed 14:00-17:00", "+86154****0001", "2026-12-13 -",
    "", "released -7d 07:00, onsite=30%:2- ussd=20% rest=booked",
)  # fmt: skip


def printed(width: int, rows: Sequence[Sequence[object]], columns: Sequence[str] = NARROW) -> list[str]:
    out = io.StringIO()
    console = Console(width=width, file=out)
    console.print(tables.fitted(console, columns, rows, title="东苑社区卫生服务中心"))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [84, 90, 100])
def test_nothing_is_cut_off_and_what_is_rigid_stays_whole(width: int) -> None:
    lines = printed(width, [ROW, ROW])
    assert max(map(cell_len, lines)) <= width
    shown = "\n".join(lines)
    assert "…" not in shown
    rigid = ("123456", "+86154****0001", "2026-12-13", "14:00-17:00", "onsite=30%:2-", "Traditional", "rest=booked")
    for whole in rigid:
        assert shown.count(whole) == 2
    assert sorted(set("阿卜杜拉·买买提医生")) == sorted(set("阿卜杜拉·买买提医生") & set(shown))


def test_a_column_with_nothing_in_it_goes_only_where_room_is_wanted() -> None:
    assert "Notes" not in "".join(printed(80, [ROW]))
    wide = "".join(printed(200, [ROW]))
    assert "Notes" in wide
    assert "│" in wide


def test_a_table_without_rows_keeps_its_columns() -> None:
    assert "Department" in "".join(printed(60, []))


def test_on_a_terminal_that_is_far_too_narrow_words_break_but_nothing_is_lost() -> None:
    lines = printed(40, [ROW])
    assert max(map(cell_len, lines)) <= 40
    letters = "".join("".join(lines).split())
    assert "…" not in letters
    assert sum(map(letters.count, "阿卜杜拉买提医生")) >= 9


def test_a_place_is_said_once_above_its_rows(capsys: Any) -> None:
    tables.show_each(("ID",), [("东苑", (1,)), ("东苑", (2,)), ("南河", (3,))], title="2027-03-08")
    shown = capsys.readouterr().out
    assert (shown.count("东苑, 2027-03-08"), shown.count("南河, 2027-03-08")) == (1, 1)
    tables.show_each(("ID",), [], title="2027-03-08")
    assert "2027-03-08" in capsys.readouterr().out
