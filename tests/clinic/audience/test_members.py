"""Who is reached by which phone, with what words, in which order."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic.audience import BadExpression, Cursor, columns, explain, members, stored
from conf.texts.words import Name

NOW = dt.datetime(2027, 3, 31, 9, tzinfo=dt.UTC)
ONE, TWO, THREE, NOBODYS = (f"+8615400000{number}" for number in ("001", "002", "003", "999"))


def only(found: list[Any]) -> Any:
    assert len(found) == 1
    return found[0]


def test_a_resident_is_reached_by_their_own_phone_else_by_the_one_that_named_them_first(town: Any, person: Any) -> None:
    town.settle(person(named_by=((ONE, False), (TWO, True), (THREE, True))))
    town.settle(person(named_by=((THREE, False), (TWO, False))))
    town.settle(person())
    assert [member.phone for member in town.members("all")] == [TWO, THREE, None]


def test_the_name_told_is_the_one_that_this_phone_gave(town: Any, person: Any) -> None:
    town.settle(person(name="王芳", named_by=((ONE, False), (TWO, True))), person(name="李强"))
    assert [member.words["name"] for member in town.members("all")] == ["王芳@02", "李强"]


def test_what_a_resident_is_told_with(town: Any, person: Any) -> None:
    town.settle(person(birth=dt.date(1962, 4, 1), named_by=((ONE, True),)), person(centre=None), p15400000001="en")
    first, second = town.members("all")
    assert first.words == {
        "name": "王芳@01",
        "centre": Name("东苑中心", "Dongyuan Centre"),
        "birth": dt.date(1962, 4, 1),
        "age": 64,
    }
    assert (first.language, first.centre_id) == ("en", 1)
    assert second.words["centre"] == Name("社区卫生服务中心", "your health centre")
    assert (second.language, second.centre_id) == (None, None)


def test_a_list_alone_means_each_of_its_phones_whoever_has_them(town: Any, person: Any, listed: Any) -> None:
    """TWO has only named somebody who is reached by another phone: for the list it is a number like any other."""
    ids = town.settle(person(named_by=((ONE, True), (TWO, False))), person(named_by=((ONE, False),)), person())
    town.list("flu", listed(ONE), listed(NOBODYS, "en"), listed(TWO))
    assert town.whom("list:flu") == [ids[0], ids[1], NOBODYS, TWO]
    assert {member.phone for member in town.members("list:flu")} == {ONE, TWO, NOBODYS}
    number = town.members("list:flu")[2]
    assert (number.resident_id, number.centre_id, number.language, number.words) == (None, None, "en", {})


@pytest.mark.parametrize(
    ("expression", "who"),
    [
        ("list:flu and age>=65", ["old"]),
        ("list:flu and not age>=65", ["young"]),
        ("list:flu or age>=65", ["old", "young", "other", NOBODYS]),
        ("list:flu and not all", [NOBODYS]),
        ("not list:flu", ["other"]),
        ("all and not list:flu", ["other"]),
        ("list:flu and language:en", [NOBODYS]),
        ("not list:dogs and list:flu", ["old", NOBODYS]),
        ("list:dogs", ["young"]),
    ],
)
def test_lists_with_what_only_residents_have(
    town: Any, person: Any, listed: Any, expression: str, who: list[str]
) -> None:
    old, young = person(named_by=((ONE, True),)), person(birth=dt.date(2000, 1, 1), named_by=((TWO, True),))
    ids = dict(zip(("old", "young", "other"), town.settle(old, young, person(named_by=((THREE, True),))), strict=True))
    town.list("flu", listed(ONE), listed(TWO), listed(NOBODYS, "en"))
    town.list("dogs", listed(TWO))
    assert town.whom(expression) == [ids.get(name, name) for name in who]


def test_a_number_on_two_lists_comes_once_a_row_that_stands_twice_comes_twice(town: Any, listed: Any) -> None:
    town.list("flu", listed(ONE), listed(TWO), listed(ONE))
    town.list("dogs", listed(TWO), listed(THREE))
    assert town.whom("list:flu or list:dogs") == [ONE, TWO, ONE, THREE]
    assert town.whom("list:dogs,flu") == [TWO, THREE, ONE, ONE]


def test_pages_end_where_they_ended_and_nobody_is_left_out_or_told_twice(town: Any, person: Any, listed: Any) -> None:
    ids = town.settle(*(person(named_by=((f"+86154000100{n:02d}", True),)) for n in range(5)))
    town.list("flu", *(listed(f"+86154000200{n:02d}") for n in range(4)))
    town.list("dogs", *(listed(f"+86154000300{n:02d}") for n in range(4)))
    whole = town.whom("all or list:flu,dogs")
    assert whole[:5] == ids
    assert len(whole) == 13
    for most in range(1, 15):
        assert town.whom("all or list:flu,dogs", most=most) == whole
    keys = [member.key for member in town.members("all or list:flu,dogs", most=3)]
    assert keys == sorted(keys)
    page = town.run(members, "all or list:flu", today=NOW.date(), after=Cursor(*[0, ids[3]]), most=2)
    assert [member.resident_id for member in page] == [ids[4], None]


# Words.


def test_the_words_of_a_list_are_typed_and_come_before_ours(town: Any, person: Any, listed: Any) -> None:
    town.settle(person(named_by=((ONE, True),)))
    row = {"name": "王女士", "due": "2027-04-02", "amount": 3}
    kinds = {"name": "text", "due": "date", "amount": "number"}
    town.list("flu", listed(ONE, "en", row), listed(ONE, None, row | {"amount": 4}), **kinds)
    assert town.run(columns, "list:flu") == {"name": "text", "due": "date", "amount": "number"}
    assert town.run(columns, "list:flu and age>=65") == {
        "name": "text", "centre": "text", "birth": "date", "age": "number", "due": "date", "amount": "number",
    }  # fmt: skip
    member = only(town.members("list:flu and age>=65"))
    assert {name: member.words[name] for name in kinds} == {
        "name": "王女士",
        "due": dt.date(2027, 4, 2),
        "amount": 3,
    }
    assert member.language == "en"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("all", ["name", "centre", "birth", "age"]),
        ("due:MMR and all", ["name", "centre", "birth", "age", "vaccine"]),
        ("due:MMR or sex:male", ["name", "centre", "birth", "age"]),
        ("due:MMR or due:BCG", ["name", "centre", "birth", "age", "vaccine"]),
        ("not due:MMR", ["name", "centre", "birth", "age"]),
        ("list:flu", ["due"]),
        ("list:flu or all", []),
        ("list:flu,dogs", ["due"]),
        ("list:flu and list:dogs", ["due", "dog"]),
        ("list:dogs and sex:male", ["name", "centre", "birth", "age", "due", "dog"]),
        ("list:cats or list:flu", []),
        ("list:flu and not list:dogs", ["due"]),
        ("all and not list:dogs", ["name", "centre", "birth", "age"]),
        ("audience:owners", ["due", "dog"]),
    ],
)
def test_only_words_that_every_member_has(town: Any, listed: Any, expression: str, words: list[str]) -> None:
    town.list("flu", listed(ONE, None, {"due": "2027-04-02"}), due="date")
    town.list("dogs", listed(TWO, None, {"due": "2027-04-03", "dog": "旺财"}), due="date", dog="text")
    town.list("cats", listed(TWO, None, {"due": "soon"}), due="text")
    town.run(stored.save, name="owners", expression="list:dogs", by="test", now=NOW)
    assert list(town.run(columns, expression)) == words
    for member in town.members(expression):
        assert {*words} <= {*member.words}


def test_only_the_words_that_are_wanted_are_looked_up_and_nothing_else_changes(
    town: Any, person: Any, listed: Any
) -> None:
    town.settle(person(named_by=((ONE, True),)), person(named_by=((TWO, True),)))
    town.list("flu", listed(ONE, "en", {"due": "2027-04-02"}), listed(NOBODYS, "en", {"due": "2027-04-03"}), due="date")

    def asked(words: list[str] | None) -> list[Any]:
        found: list[Any] = town.run(members, "list:flu", today=NOW.date(), after=None, most=9, words=words)
        return found

    assert [member.words for member in asked([])] == [{}, {}]
    assert [member.words for member in asked(["due"])] == [
        {"due": dt.date(2027, 4, 2)},
        {"due": dt.date(2027, 4, 3)},
    ]
    assert [member.language for member in asked([])] == ["en", "en"]
    assert [member[:-1] for member in asked([])] == [member[:-1] for member in asked(None)]


def test_the_vaccine_that_is_due_is_a_word(town: Any, person: Any) -> None:
    born = dt.date(2026, 3, 31)
    town.settle(person(birth=born), person(birth=born, doses=(("MMR", 1, dt.date(2026, 12, 1)),)))
    first, second = town.members("due:MMR,HepB")
    assert first.words["vaccine"] == Name("麻腮风疫苗、乙肝疫苗", "MMR vaccine, hepatitis B vaccine")
    assert second.words["vaccine"] == Name("乙肝疫苗", "hepatitis B vaccine")


# Names in expressions.


@pytest.mark.parametrize(
    ("expression", "column", "reason"),
    [
        ("all and centre:HN", 16, "there is no centre 'HN', did you mean NH?"),
        ("centre:NH,XX", 11, "there is no centre 'XX'"),
        ("tag:hypertention", 5, "no resident has the tag 'hypertention', did you mean hypertension?"),
        ("grid:NH-30", 6, "no resident lives in the grid 'NH-30', did you mean NH-03?"),
        ("list:fluu", 6, "there is no list 'fluu', did you mean flu?"),
        ("audience:senior", 10, "there is no audience 'senior', did you mean seniors?"),
        ("due:DT", 5, "DT is not in the schedule of 2027-03-31, did you mean DTaP?"),
    ],
)
def test_unknown_names_are_told_with_the_nearest(
    town: Any, person: Any, listed: Any, expression: str, column: int, reason: str
) -> None:
    town.settle(person(grid="NH-03", tags=("hypertension",)))
    town.list("flu", listed(ONE))
    town.run(stored.save, name="seniors", expression="age>=65", by="test", now=NOW)
    for ask in (explain, members):
        more = {"after": None, "most": 1} if ask is members else {}
        with pytest.raises(BadExpression) as refusal:
            town.run(ask, expression, today=NOW.date(), **more)
        assert (refusal.value.column, refusal.value.reason) == (column, reason)


def test_audiences_mean_each_other_but_not_themselves(town: Any, person: Any) -> None:
    old, _ = town.settle(person(sex="male"), person(birth=dt.date(2000, 1, 1)))

    def save(name: str, expression: str, **more: Any) -> None:
        town.run(stored.save, name=name, expression=expression, by="test", now=NOW, **more)

    save("seniors", "age>=65")
    save("men", "audience:seniors and sex:male")
    assert town.whom("audience:men") == [old]
    with pytest.raises(BadExpression) as refusal:
        save("seniors", "all or audience:men", replace=True)
    assert str(refusal.value).startswith(
        "column 10 of the audience men: an audience cannot mean itself: seniors > men > seniors"
    )
    with pytest.raises(stored.NameTaken):
        save("men", "all")
    with pytest.raises(stored.BadTitle):
        save("a b", "all")
    with pytest.raises(stored.NoSuchAudience, match="did you mean men"):
        town.run(stored.called, name="man")
    assert [view.name for view in town.run(stored.stored)] == ["men", "seniors"]
    assert town.run(stored.called, name="men").expression == "audience:seniors and sex:male"


def test_each_clause_is_counted_alone_and_each_step_of_the_whole(town: Any, person: Any, listed: Any) -> None:
    town.settle(person(), person(sex="male"), person(sex="male", birth=dt.date(2000, 1, 1)), person(tags=("diabetes",)))
    town.list("flu", listed(NOBODYS), listed(ONE))
    lines = town.run(explain, "age>=65 and (sex:male or tag:diabetes) and not list:flu", today=NOW.date())
    assert [(line.depth, line.joint, line.text, line.alone, line.left) for line in lines] == [
        (0, "", "age>=65", 3, 3),
        (0, "and", "sex:male or tag:diabetes", 3, 2),
        (1, "", "sex:male", 2, 2),
        (1, "or", "tag:diabetes", 1, 3),
        (0, "and", "not list:flu", 4, 2),
    ]
    whole = town.run(explain, "list:flu", today=NOW.date())
    assert [(line.text, line.alone, line.left) for line in whole] == [("list:flu", 2, 2)]
