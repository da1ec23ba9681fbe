"""The language of audiences, read.

    centre:NH,DY and (age>=65 or tag:hypertension) and not language:en

| clause | whom it means |
|---|---|
| `centre:NH` | residents whose home centre has this code |
| `grid:NH-03` | who lives in this work grid |
| `age>=65`, `age<5`, `age:65-80`, `age:6-12m` | completed years, or months with `m`; a range has both ends |
| `sex:female` | or `male` |
| `tag:hypertension` | who is looked after for it |
| `language:en` | whose phone has chosen this language |
| `due:MMR` | for whom the next dose of this vaccine is due today |
| `list:NAME` | whose phone stands on this list, and the list's numbers that are nobody's |
| `audience:NAME` | whom this stored audience means |
| `all` | every resident |

Several values between commas: any of them. `and` binds more than `or`, `not` more than both. Chinese punctuation and
且, 或, 非 mean the same; a value with a space or one of `:,()<>=且或` in it stands in double quotes.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from clinic.audience.expressions import And, BadExpression, Clause, Expression, Node, Not, Or, Span, nearest
from clinic.immunizations import VACCINES
from conf.texts.words import LANGUAGES

GRAMMAR = r"""
start: either
either: both (_OR both)*
both: term (_AND term)*
?term: NOT term            -> negated
     | LPAR either RPAR    -> bracketed
     | ALL                 -> everybody
     | KEY _COLON VALUE (_COMMA VALUE)*  -> clause
     | KEY COMPARE VALUE   -> compared
_AND.3: /and\b|且/i
_OR.3: /or\b|或/i
NOT.3: /not\b|非/i
ALL.2: /all\b/i
KEY: /[A-Za-z]+/
_COLON: /[:：]/
_COMMA: /[,，、]/
COMPARE: />=|<=|[<>=≥≤＞＜＝]/
LPAR: /[(（]/
RPAR: /[)）]/
VALUE: /"[^"]+"|“[^”]+”|[^\s:：,，、()（）<>=≥≤＞＜＝"“”且或]+/
%ignore /\s+/
"""
KINDS = ("centre", "grid", "age", "sex", "tag", "language", "due", "list", "audience")
CHOICES: dict[str, tuple[str, ...]] = {"sex": ("female", "male"), "language": LANGUAGES, "due": VACCINES}
LONGEST, DEEPEST, OLDEST = 2000, 30, 150  # characters, brackets within each other, years
_SIGNS = str.maketrans({"≥": ">=", "≤": "<=", "＞": ">", "＜": "<", "＝": "="})
_EXPECTED = {
    "_AND": "and",
    "_OR": "or",
    "_COMMA": "a comma",
    "_COLON": "a colon",
    "COMPARE": "a comparison (age>=65)",
    "VALUE": "a value",
    "KEY": "a clause (centre:, age>=, tag:, ...)",
    "LPAR": "(",
    "RPAR": ")",
    "NOT": "not",
    "ALL": "all",
    "$END": "the end",
}
_AGE = re.compile(r"(\d{1,4})(m|月|y|岁)?")
_RANGE = re.compile(r"(\d{1,4})(m|月|y|岁)?[-–~～](\d{1,4})(m|月|y|岁)?")


@lru_cache(maxsize=256)
def parse(expression: str) -> Expression:
    """Read an expression; BadExpression, with the place and what is expected there."""
    text = re.sub(r"\s", " ", expression).strip()
    if len(text) > LONGEST:
        raise BadExpression(text[:40] + "...", 1, f"longer than {LONGEST} characters; store parts of it as audiences")
    _check_depth(text)
    try:
        root: Node = _parser(text)
    except VisitError as error:
        raise error.orig_exc from error
    except UnexpectedInput as error:
        raise _unexpected(text, error) from error
    return Expression(text, root)


def _parser(text: str) -> Node:
    built: Node = _Nodes(text).transform(_LARK.parse(text))
    return built


_LARK = Lark(GRAMMAR, parser="lalr", lexer="contextual", propagate_positions=True, maybe_placeholders=False)


def _check_depth(text: str) -> None:
    depth = 0
    for column, character in enumerate(text, start=1):
        depth += (character in "(（") - (character in ")）")
        if depth > DEEPEST:
            raise BadExpression(text, column, f"more than {DEEPEST} brackets within each other")


class _Nodes(Transformer[Token, Node]):
    """Trees of lark to nodes; what a value may be is looked at here."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    @v_args(meta=True)
    def either(self, meta: object, found: list[Node]) -> Node:
        return found[0] if len(found) == 1 else Or(tuple(found), self._cut(meta))

    @v_args(meta=True)
    def both(self, meta: object, found: list[Node]) -> Node:
        return found[0] if len(found) == 1 else And(tuple(found), self._cut(meta))

    @v_args(meta=True)
    def negated(self, meta: object, found: list[Node]) -> Node:
        inner = found[1]
        return inner.part if isinstance(inner, Not) else Not(inner, self._cut(meta))

    def start(self, found: list[Node]) -> Node:
        return found[0]

    def bracketed(self, found: list[Node]) -> Node:
        return found[1]

    def everybody(self, found: list[Token]) -> Node:
        return Clause("all", text=str(found[0]))

    @v_args(meta=True)
    def clause(self, meta: object, found: list[Token]) -> Node:
        key, *values = found
        kind = self._kind(key)
        columns = tuple(map(_column, values))
        if kind == "age":
            spans = tuple(self._span(value) for value in values)
            return Clause(kind, tuple(map(str, values)), spans, columns, self._cut(meta))
        words = tuple(self._word(kind, value) for value in values)
        return Clause(kind, words, columns=columns, text=self._cut(meta))

    @v_args(meta=True)
    def compared(self, meta: object, found: list[Token]) -> Node:
        key, sign, value = found
        if self._kind(key) != "age":
            raise BadExpression(self._text, _column(sign), f"{key} is no number; expected a colon")
        span = self._compared(sign.translate(_SIGNS), value)
        return Clause("age", (f"{sign}{value}",), (span,), (_column(value),), self._cut(meta))

    def _cut(self, meta: object) -> str:
        return self._text[getattr(meta, "start_pos", 0) : getattr(meta, "end_pos", 0)]

    def _kind(self, key: Token) -> str:
        kind = key.casefold()
        if kind not in KINDS:
            known = f"there are {', '.join(KINDS)} and all"
            raise BadExpression(self._text, _column(key), f"no such clause {key}{nearest(key, KINDS)}; {known}")
        return kind

    def _word(self, kind: str, value: Token) -> str:
        word = _unquoted(value)
        choices = CHOICES.get(kind)
        if choices is not None and word not in choices:
            reason = f"{kind}: {word!r} is none of {', '.join(choices)}{nearest(word, choices)}"
            raise BadExpression(self._text, _column(value), reason)
        return word

    def _span(self, value: Token) -> Span:
        written = _unquoted(value).replace(" ", "").casefold()
        if one := _AGE.fullmatch(written):
            age, months = self._age(value, one[1], one[2])
            return Span(age, age, months, months)
        found = _RANGE.fullmatch(written)
        if found is None:
            raise BadExpression(self._text, _column(value), f"{value} is no age; expected such as 65, 65-80 or 6-12m")
        low, low_months = self._age(value, found[1], found[2] or found[4])
        high, high_months = self._age(value, found[3], found[4])
        if low * (1 if low_months else 12) > (high if high_months else high * 12 + 11):
            raise BadExpression(self._text, _column(value), f"{value} ends before it begins")
        return Span(low, high, low_months, high_months)

    def _compared(self, sign: str, value: Token) -> Span:
        found = _AGE.fullmatch(_unquoted(value).casefold())
        if found is None:
            raise BadExpression(self._text, _column(value), f"{value} is no age; expected a number such as 65 or 6m")
        age, months = self._age(value, found[1], found[2])
        bounds: dict[str, tuple[int | None, int | None]] = {
            ">=": (age, None),
            ">": (age + 1, None),
            "<=": (None, age),
            "<": (None, age - 1),
            "=": (age, age),
        }
        low, high = bounds[sign]
        return Span(low, high, months, months)

    def _age(self, value: Token, figure: str, unit: str | None) -> tuple[int, bool]:
        months = unit in {"m", "月"}
        if int(figure) > (OLDEST * 12 if months else OLDEST):
            raise BadExpression(self._text, _column(value), f"{value}: nobody is so old")
        return int(figure), months


def _column(token: Token) -> int:
    return int(token.column or 1)


def _unquoted(value: str) -> str:
    return value[1:-1].strip() if value[0] in '"“' else str(value)


def _unexpected(text: str, error: UnexpectedInput) -> BadExpression:
    """What lark has met, in words: the place, what stands there, what could stand there."""
    accepted = getattr(error, "accepts", None) or getattr(error, "allowed", None) or ()
    expected = [word for name, word in _EXPECTED.items() if name in accepted]
    ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    position = len(text) if ended else error.pos_in_stream or 0
    met = "it ends too early" if ended else f"unexpected {_met(text, position)}"
    wanted = " or ".join(filter(None, [", ".join(expected[:-1]), *expected[-1:]]))
    return BadExpression(text, position + 1, f"{met}; expected {wanted}")


def _met(text: str, position: int) -> str:
    found = re.match(r"[\w-]+|.", text[position:])
    return found[0] if found else "character"
