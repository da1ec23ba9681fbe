"""Pages: within the limit, cut at the edges of items, with numbers and keys that lead everywhere."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dialogs.talk import Choice, Line, Screen
from smpp.text import measure
from smpp.ussd import STANDARD, Dialect
from ussd_menus.screen import more_key, paginate, turn, whole


def screen(*items: str, question: str = "选择科室", language: str = "zh", **more: object) -> Screen:
    options = tuple(choice(item) for item in items)
    return Screen(language, question=name(question), options=options, **more)  # type: ignore[arg-type]


def name(text: str) -> Line:
    """A line of any text."""
    return Line("resident.other", {"name": text})


def choice(text: str) -> Choice[str]:
    return Choice(text, "resident.other", {"name": text})


def test_a_short_menu_is_one_page() -> None:
    assert paginate(screen("全科", "中医", back=True), STANDARD.fits) == ["选择科室\n1.全科\n2.中医\n0.返回"]


def test_the_first_question_has_no_way_back() -> None:
    assert paginate(screen("全科"), STANDARD.fits) == ["选择科室\n1.全科"]


def test_a_long_menu_is_cut_between_items_and_numbered_through() -> None:
    departments = [f"第{n}社区卫生服务中心" for n in "一二三四五六七八九"]
    assert paginate(screen(*departments, back=True), STANDARD.fits) == [
        "选择科室\n"
        "1.第一社区卫生服务中心\n2.第二社区卫生服务中心\n3.第三社区卫生服务中心\n"
        "4.第四社区卫生服务中心\n5.第五社区卫生服务中心\n98.更多 0.返回",
        "6.第六社区卫生服务中心\n7.第七社区卫生服务中心\n8.第八社区卫生服务中心\n9.第九社区卫生服务中心\n0.返回",
    ]


def test_the_limits_of_the_link_are_kept() -> None:
    menu = screen("General practice", "Child health", "Women's health", question="Which?", language="en")
    assert len(paginate(menu, STANDARD.fits)) == 1
    assert paginate(menu, Dialect(septets=50).fits) == [
        "Which?\n1.General practice\n2.Child health\n98.More",
        "3.Women's health\n0.Back",
    ]


def test_one_chinese_name_makes_a_page_hold_eighty() -> None:
    english = screen("x" * 60, "y" * 60, question="Who?", language="en")
    assert len(paginate(english, STANDARD.fits)) == 1
    mixed = screen("x" * 60, "王芳" * 20, question="Who?", language="en")
    assert len(paginate(mixed, STANDARD.fits)) == 2


def test_an_item_longer_than_a_page_is_shortened() -> None:
    page, rest = paginate(screen("长" * 100, "短"), STANDARD.fits)[-2:]
    assert page == "1." + "长" * 66 + "…\n98.更多 0.返回"
    assert measure(page) == ("ucs2", 80)
    assert rest == "2.短\n0.返回"


def test_an_english_item_is_shortened_with_gsm_characters() -> None:
    page = paginate(screen("Long " * 50, question="?", language="en"), STANDARD.fits)[-1]
    assert page.startswith("1.Long Long")
    assert page.endswith("...\n0.Back")
    assert measure(page)[0] == "gsm7"


def test_a_long_question_goes_on_on_the_next_page_between_words() -> None:
    pages = paginate(screen("Yes", question=("word " * 60).strip(), language="en", back=True), STANDARD.fits)
    assert pages[0].endswith("word\n98.More 0.Back")
    assert pages[-1].endswith("word\n1.Yes\n0.Back")
    assert sum(page.count("word") for page in pages) == 60


def test_the_last_words_have_no_keys_on_the_last_page() -> None:
    last = Screen("zh", (name("一" * 60), name("二" * 60)), final=True)
    assert paginate(last, STANDARD.fits) == ["一" * 60 + "\n98.更多", "二" * 60]


def test_what_is_asked_apart_from_its_words() -> None:
    assert screen("全科", "中医").asked == ["resident.other", "全科", "中医"]
    assert Screen("zh", final=True).asked == [""]


def test_notices_come_before_the_question() -> None:
    told = Screen("zh", (Line("visit.full"),), name("选择时段"), (choice("下午"),))
    assert paginate(told, STANDARD.fits) == ["该时段已约满，请另选。\n选择时段\n1.下午"]


def test_a_line_break_in_an_item_does_not_look_like_another_item() -> None:
    assert paginate(screen("王芳\n2.其他"), STANDARD.fits) == ["选择科室\n1.王芳 2.其他"]


def test_the_whole_in_one_text() -> None:
    assert whole(screen(*"天地玄黄" * 60)).count("\n") == 240


def test_keys_never_collide_with_items() -> None:
    assert more_key(screen(*["x"] * 97)) == "98"
    assert more_key(screen(*["x"] * 98)) == "998"
    assert more_key(screen(*["x"] * 1200)) == "9998"


@pytest.mark.parametrize(
    ("typed", "page", "leads_to"),
    [
        ("98", 0, 1),
        ("98", 1, 2),
        ("98", 2, None),
        ("0", 2, 1),
        ("0", 1, 0),
        ("0", 0, None),
        ("５", 1, None),
        (" ９８# ", 0, 1),
        ("1", 1, None),
    ],
)
def test_leafing(typed: str, page: int, leads_to: int | None) -> None:
    assert turn(screen("a", "b"), page, 3, typed) == leads_to


CONFIRM = (
    "Book this?\nDongyuan Community Health Centre, General practice\n"
    "Tue 24 Nov am 08:30, Dr Yutong Ouyang\n王*明, ¥12.50"
)


def test_asked_again_the_items_come_before_a_question_that_leaves_them_no_room() -> None:
    """A Chinese name on an English screen: 80 characters instead of 182."""
    first = screen("Yes", "No", question=CONFIRM, language="en", back=True)
    assert "1.Yes" not in paginate(first, STANDARD.fits)[0]
    wrong = replace(first, notices=(Line("talk.not_understood"),), again=True)
    pages = paginate(wrong, STANDARD.fits)
    assert pages[0] == "Not understood, please try again.\n1.Yes\n2.No\n98.More 0.Back"
    assert pages[1].startswith("Book this?\nDongyuan")
    assert pages[-1].endswith("王*明, ¥12.50\n0.Back")


def test_asked_again_a_list_stays_behind_its_short_question() -> None:
    departments = [f"第{n}社区卫生服务中心" for n in "一二三四五六七八九"]
    wrong = replace(screen(*departments, back=True), notices=(Line("talk.not_understood"),), again=True)
    assert paginate(wrong, STANDARD.fits)[0].startswith("输入有误，请重输。\n选择科室\n1.第一社区")


def test_asked_again_without_items_the_question_stands_alone() -> None:
    wrong = Screen("en", (Line("talk.not_understood"),), name("字" * 90), back=True, again=True)
    pages = paginate(wrong, STANDARD.fits)
    assert pages[0].startswith("Not understood")
    assert "".join(pages).count("字") == 90


TEXT = st.text(st.sampled_from("aZ €[中文，。 \n\u0301\u200d\ufe0f😀👨‍👩‍👧é"), min_size=1, max_size=300)


@given(
    st.lists(TEXT, max_size=8),
    TEXT,
    st.booleans(),
    st.booleans(),
    st.sampled_from(["zh", "en"]),
    st.integers(40, 182),
    st.integers(30, 80),
)
def test_whatever_the_texts_every_page_fits(
    items: list[str], question: str, back: bool, again: bool, language: str, septets: int, ucs2: int
) -> None:
    fits = Dialect(septets=septets, ucs2=ucs2).fits
    pages = paginate(screen(*items, question=question, language=language, back=back, again=again), fits)
    assert all(fits(page) for page in pages)
    numbers = [line.split(".")[0] for page in pages for line in page.split("\n") if line.split(".")[0].isdecimal()]
    assert [number for number in numbers if number not in ("98", "0")] == [str(n + 1) for n in range(len(items))]


@example("Z" * 21 + " \u0301" + "👧" * 4, 30)  # a gap with a mark behind it is no place to part
@given(TEXT, st.integers(30, 80))
def test_nothing_of_the_last_words_is_lost_and_no_mark_is_parted(text: str, ucs2: int) -> None:
    fits = Dialect(septets=ucs2, ucs2=ucs2).fits
    pages = paginate(Screen("zh", (name(text),), final=True), fits)
    bare = [page.removesuffix("98.更多 0.返回").removesuffix("98.更多") for page in pages]
    assert "".join("".join(bare).split()) == "".join(text.split())
    assert not any(unicodedata.combining(page[0]) for page in pages[1:] if not page[0].isspace())
