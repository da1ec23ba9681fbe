"""What can be written, what is told of what cannot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.audience import BadExpression, parse
from clinic.audience.expressions import And, Clause, Node, Not, Or, Span


def tree(node: Node) -> object:
    """A node as nested tuples."""
    if isinstance(node, Clause):
        return node.kind if node.kind == "all" else f"{node.kind}:{','.join(node.values)}"
    if isinstance(node, Not):
        return ("not", tree(node.part))
    return ("and" if isinstance(node, And) else "or", *map(tree, node.parts))


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("all", "all"),
        ("ALL", "all"),
        ("centre:NH,DY", "centre:NH,DY"),
        ("Centre : NH , DY", "centre:NH,DY"),
        ("sex:male or sex:female and all", ("or", "sex:male", ("and", "sex:female", "all"))),
        ("(sex:male or sex:female) and all", ("and", ("or", "sex:male", "sex:female"), "all")),
        ("not sex:male and all", ("and", ("not", "sex:male"), "all")),
        ("not (sex:male and all)", ("not", ("and", "sex:male", "all"))),
        ("not not sex:male", "sex:male"),
        ("非非非 all", ("not", "all")),
        ("（centre：NH 或 非 tag：高血压、糖尿病）且 age:65-80",
         ("and", ("or", "centre:NH", ("not", "tag:高血压,糖尿病")), "age:65-80")),
        ("tag:高血压且sex:female", ("and", "tag:高血压", "sex:female")),
        ("tag:慢性非传染病", "tag:慢性非传染病"),
        ('list:"spring, 2027" or list:“或者”', ("or", "list:spring, 2027", "list:或者")),
        ("tag:and and tag:or", ("and", "tag:and", "tag:or")),
        ("sex:male\n  or\tall", ("or", "sex:male", "all")),
    ],
)  # fmt: skip
def test_what_is_written_and_what_it_means(written: str, means: object) -> None:
    assert tree(parse(written).root) == means


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("age>=65", Span(65, None)),
        ("age>65", Span(66, None)),
        ("age<5", Span(None, 4)),
        ("age≤5", Span(None, 5)),
        ("age＝5", Span(5, 5)),
        ("age:65", Span(65, 65)),
        ("age:65-80", Span(65, 80)),
        ("age:6-12m", Span(6, 12, True, True)),
        ("age:6m-2y", Span(6, 2, True, False)),
        ("age:6-12月", Span(6, 12, True, True)),
        ("age>=18m", Span(18, None, True, True)),
        ("age<0", Span(None, -1)),
    ],
)
def test_ages(written: str, span: Span) -> None:
    root = parse(written).root
    assert isinstance(root, Clause)
    assert root.spans == (span,)


@pytest.mark.parametrize(
    ("written", "column", "reason"),
    [
        ("", 1, "it ends too early; expected a clause (centre:, age>=, tag:, ...), (, not or all"),
        ("centre:NH DY", 11, "unexpected DY; expected and, or, a comma or the end"),
        ("centre:NH and (age>=65", 23, "it ends too early; expected )"),
        ("age>=65 and )", 13, "unexpected ); expected a clause (centre:, age>=, tag:, ...), (, not or all"),
        ("age>=", 6, "it ends too early; expected a value"),
        ("age>=old", 6, "old is no age; expected a number such as 65 or 6m"),
        ("age:65+", 5, "65+ is no age; expected such as 65, 65-80 or 6-12m"),
        ("age:12-6m", 5, "12-6m ends before it begins"),
        ("age:2y-6m", 5, "2y-6m ends before it begins"),
        ("age>=200", 6, "200: nobody is so old"),
        ("sex>3", 4, "sex is no number; expected a colon"),
        ("all or center:NH", 8, "no such clause center, did you mean centre?; there are centre, grid, age, sex, tag, "
         "language, due, list, audience and all"),
        ("sex:femal", 5, "sex: 'femal' is none of female, male, did you mean female?"),
        ("all and due:mmr", 13, "due: 'mmr' is none of HepB, BCG, IPV, bOPV, DTaP, DT, MMR, JE-L, JE-I, MPSV-A, "
         "MPSV-AC, HepA-L, HepA-I, did you mean MMR?"),
        ("language:fr", 10, "language: 'fr' is none of zh, en"),
        ("all $", 5, "unexpected $; expected and, or or the end"),
        ("(" * 31 + "all" + ")" * 31, 31, "more than 30 brackets within each other"),
    ],
)  # fmt: skip
def test_what_a_mistake_is_told(written: str, column: int, reason: str) -> None:
    with pytest.raises(BadExpression) as refusal:
        parse(written)
    assert (refusal.value.column, refusal.value.reason) == (column, reason)


def test_a_caret_stands_under_the_place_also_behind_chinese() -> None:
    with pytest.raises(BadExpression) as refusal:
        parse("tag:高血压 且 sex:x")
    assert str(refusal.value) == (
        "column 15: sex: 'x' is none of female, male\n  tag:高血压 且 sex:x\n" + "  " + " " * 4 + "　　　 　     ^"
    )


def test_an_expression_cannot_be_endless() -> None:
    with pytest.raises(BadExpression, match="longer than 2000 characters"):
        parse("all and " * 300)


@given(st.text('()（）:：,<>=≥ "“”且或非not and or all age:65 list:X tag', max_size=40))
def test_whatever_is_written_is_read_or_refused_with_a_place(written: str) -> None:
    try:
        parse(written)
    except BadExpression as error:
        assert 1 <= error.column <= len(error.text) + 1  # noqa: PT017  most of it is refused, some is not


def test_groups_keep_what_was_written() -> None:
    root = parse("(sex:male or tag:a) and not (age<5 and all)").root
    assert isinstance(root, And)
    assert [part.text for part in root.parts] == ["sex:male or tag:a", "not (age<5 and all)"]
    assert isinstance(root.parts[0], Or)
