"""Lists of phones: what is read, what is refused row by row, and that a list is whole or not there."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic import phones
from clinic.audience import numbers
from clinic.audience.numbers import BadList
from clinic.audience.stored import BadTitle, NameTaken
from clinic.tables import Audit, PhoneList, PhoneListEntry

NOW = dt.datetime(2027, 3, 31, 9, tzinfo=dt.UTC)
HEADER = "phone,language,name,due:date,amount:number\n"


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def read(written: str | bytes, region: str = "CN") -> numbers.Reading:
        path = tmp_path / "list.csv"
        path.write_bytes(written if isinstance(written, bytes) else written.encode())
        return numbers.read(path, region=region)

    return read


@pytest.fixture
def keep(run: Any) -> Any:
    def keep(name: str, reading: numbers.Reading, **more: Any) -> Any:
        return run(numbers.store, name=name, reading=reading, by="test", now=NOW, **more)

    return keep


def told(read: Any, written: str | bytes) -> list[str]:
    with pytest.raises(BadList) as refusal:
        read(written)
    return refusal.value.mistakes


def test_a_list_is_kept_with_what_its_columns_hold(clinic: Any, read: Any, keep: Any) -> None:
    reading = read(f"\ufeff{HEADER}154 0000 0001,en,王芳,2027-04-02,3\r\n\r\n+8615400000002,,李强,2027-04-03,-1\r\n")
    assert keep("flu", reading).rows == 2
    assert clinic.rows(PhoneList.name, PhoneList.columns) == [
        ("flu", {"name": "text", "due": "date", "amount": "number"})
    ]
    assert clinic.rows(PhoneListEntry.phone, PhoneListEntry.language, PhoneListEntry.words) == [
        ("+8615400000001", "en", {"name": "王芳", "due": "2027-04-02", "amount": 3}),
        ("+8615400000002", None, {"name": "李强", "due": "2027-04-03", "amount": -1}),
    ]
    assert clinic.rows(Audit.action, Audit.subject) == [("list.store", "list:flu")]
    assert [(view.name, view.rows) for view in clinic.run(numbers.lists)] == [("flu", 2)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("12x,zh,王芳,2027-04-02,3", "phone: not a phone number"),
        ("10086,zh,王芳,2027-04-02,3", "phone: 10086 is a short number"),
        (",zh,王芳,2027-04-02,3", "phone: not a phone number"),
        ("15400000001,fr,王芳,2027-04-02,3", "language: 'fr' is neither of zh, en"),
        ("15400000001,zh,,2027-04-02,3", "name: empty"),
        ("15400000001,zh,王\0芳,2027-04-02,3", "name: longer than 200 characters, or with one that cannot be printed"),
        ("15400000001,zh,王芳,2.4.2027,3", "due: '2.4.2027' is not a date, such as 2027-03-15"),
        ("15400000001,zh,王芳,2027-02-29,3", "due: '2027-02-29' is not a date, such as 2027-03-15"),
        ("15400000001,zh,王芳,2027-04-02,3.5", "amount: '3.5' is not a whole number"),
        ("15400000001,zh,王芳,2027-04-02,３", "amount: '３' is not a whole number"),
        ("15400000001,zh,王芳,2027-04-02", "fewer values than columns"),
        ("15400000001,zh,王,芳,2027-04-02,3",
         "more values than columns; a value with a comma stands in double quotes"),
    ],
)  # fmt: skip
def test_a_bad_row_is_told_with_its_line_and_the_good_ones_are_kept_apart(read: Any, row: str, reason: str) -> None:
    reading = read(f"{HEADER}15400000009,zh,好,2027-04-02,3\n{row}\n15400000008,zh,好,2027-04-02,3\n")
    assert reading.mistakes == [f"line 3: {reason}"]
    assert [number.phone for number in reading.rows] == ["+8615400000009", "+8615400000008"]


@pytest.mark.parametrize(
    ("written", "mistakes"),
    [
        ("", ["column phone: missing; the first line names the columns"]),
        ("phone\n", ["the file has no rows"]),
        ("tel,name\n1,2\n", ["column phone: missing; the first line names the columns"]),
        ("phone,due:day,first name,a,a:date\n", [
            "column due: 'day' is no type; there are text, number, date",
            "column 'first name': no name for a word: letters, digits, _, and no digit first",
            "column a: stands there twice",
        ]),
    ],
)  # fmt: skip
def test_a_file_that_is_no_list(read: Any, written: str, mistakes: list[str]) -> None:
    assert told(read, written) == mistakes


def test_a_file_that_cannot_be_read(read: Any, tmp_path: Path) -> None:
    assert told(read, "phone,name\n1,甲\n".encode("gbk"))[0].endswith("not UTF-8; save it as CSV UTF-8")
    assert "not CSV" in told(read, 'phone,name\n1,"a"b\n')[0]
    with pytest.raises(BadList, match="No such file"):
        numbers.read(tmp_path / "none.csv", region="CN")


def test_bad_rows_keep_a_list_out_unless_they_are_to_be_skipped(clinic: Any, read: Any, keep: Any) -> None:
    reading = read("phone\n15400000001\nnone\n")
    with pytest.raises(BadList):
        keep("flu", reading)
    assert clinic.rows(PhoneList.name) == []
    assert keep("flu", reading, skip_bad=True).rows == 1
    with pytest.raises(BadList):
        keep("dogs", read("phone\nnone\n"), skip_bad=True)


def test_a_list_is_replaced_as_a_whole_or_refused(clinic: Any, read: Any, keep: Any) -> None:
    keep("flu", read("phone,dog\n15400000001,旺财\n15400000002,来福\n"))
    with pytest.raises(NameTaken):
        keep("flu", read("phone\n15400000003\n"))
    assert len(clinic.rows(PhoneListEntry.id)) == 2
    keep("flu", read("phone\n15400000003\n"), replace=True)
    assert clinic.rows(PhoneList.name, PhoneList.columns) == [("flu", {})]
    assert clinic.rows(PhoneListEntry.phone) == ["+8615400000003"]
    with pytest.raises(BadTitle):
        keep("spring flu", read("phone\n15400000003\n"))


def test_many_rows_are_written_in_chunks_with_progress(clinic: Any, read: Any, keep: Any) -> None:
    reading = read("phone\n" + "".join(f"154{n:08d}\n" for n in range(12_000)) + "15400000000\n")
    assert reading.twice == 1
    seen: list[tuple[int, int]] = []
    keep("flu", reading, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(5000, 12_001), (10_000, 12_001), (12_001, 12_001)]
    assert clinic.run(numbers.lists)[0].rows == 12_001


@given(st.one_of(st.from_regex(r"(\+?86)?1[0-9]{10}", fullmatch=True), st.text("+0123456789 -", max_size=16)))
def test_the_short_way_reads_phones_as_the_long_one(written: str) -> None:
    try:
        wanted = phones.canonical(written, "CN")
    except phones.BadPhone:
        wanted = ""
    try:
        found = numbers._phone(written, "CN")
    except ValueError:
        found = ""
    assert found == (wanted if wanted.startswith("+") else "")
