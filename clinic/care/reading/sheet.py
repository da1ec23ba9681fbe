"""A text on the table: its tokens, which of them are used up, and what has been found, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from clinic.care.reading.lexer import LABELS, Kind, Token
from clinic.care.reading.values import Pressure, Reading, Unclear
from conf.norms import Norms

BETWEEN: tuple[Kind, ...] = ("strong", "weak", "filler", "unit", "scale")
TURNS = {"降到", "升到", "降至", "升至", "涨到", "掉到", "变成", "高达"}
_EDGES = " \t\n,，、:;。./\\-—=+~()[]【】<>|*"


@dataclass(slots=True)
class Sheet:
    """What the rules work on. `used` are places in `tokens`."""

    plain: str
    tokens: list[Token]
    norms: Norms
    used: set[int] = field(default_factory=set)
    readings: list[tuple[int, Reading]] = field(default_factory=list)
    unclear: list[tuple[int, Unclear]] = field(default_factory=list)

    def found(self, at: int, what: Reading | Unclear | None, *used: int) -> None:
        """What the tokens at `used` say; None uses nothing up."""
        if what is None:
            return
        (self.unclear if isinstance(what, Unclear) else self.readings).append((at, what))  # type: ignore[arg-type]
        self.used.update(used)

    def kind(self, at: int) -> Kind | None:
        return self.tokens[at].kind if 0 <= at < len(self.tokens) else None

    def number(self, at: int) -> bool:
        """A number stands here that nothing has used up."""
        return self.kind(at) == "number" and at not in self.used

    def places(self, *kinds: Kind) -> list[int]:
        return [at for at, token in enumerate(self.tokens) if token.kind in kinds]

    def next(self, at: int, step: int = 1) -> int:
        """The next place that is more than something between; one past the ends where there is none."""
        at += step
        while self.kind(at) in BETWEEN:
            at += step
        return at

    def touching(self, first: int, second: int) -> bool:
        """Only blanks stand between these neighbours."""
        return second == first + 1 and self.number(first) and self.number(second)

    def unit(self, at: int) -> str:
        """The unit behind the number, or nothing."""
        return self.tokens[at + 1].text if self.kind(at + 1) == "unit" else ""

    def text_between(self, first: int, second: int) -> int:
        """How many letters stand between two places that belong to nothing."""
        return sum(len(token.text) for token in self.tokens[first + 1 : second] if token.kind == "text")

    def label_before(self, at: int, kinds: tuple[Kind, ...], reach: int) -> int | None:
        """The label that a number belongs to: one of `kinds`, at most `reach` letters away, no other label between."""
        for place in range(at - 1, -1, -1):
            kind = self.kind(place)
            if kind in LABELS:
                return place if kind in kinds and self.text_between(place, at) <= reach else None
            if kind in ("number", "stop"):
                return None
        return None

    def pressures(self) -> list[tuple[int, Pressure]]:
        return [(at, reading) for at, reading in self.readings if isinstance(reading, Pressure)]

    def rest(self) -> str:
        """The text without labels, used numbers, and what stands between them."""
        gone = {
            at for at, token in enumerate(self.tokens) if at in self.used or token.kind in (*LABELS, "unit", "scale")
        }
        for at, token in enumerate(self.tokens):
            if token.kind in ("strong", "weak", "filler") and self._lost(at, gone):
                gone.add(at)
        kept, end = [], 0
        for at in sorted(gone):
            kept.append(self.plain[end : self.tokens[at].start])
            end = self.tokens[at].end
        whole = " ".join("".join([*kept, self.plain[end:]]).split())
        return re.sub(r"([,，、])\s*(?:[,，、]\s*)+", r"\1", whole).strip(_EDGES)

    def _lost(self, at: int, gone: set[int]) -> bool:
        """Something between, and what it stands between is gone on both sides."""
        return self._neighbour(at, -1) in gone and self._neighbour(at, 1) in gone

    def _neighbour(self, at: int, step: int) -> int:
        at += step
        while self.kind(at) in ("strong", "weak", "filler"):
            at += step
        return at


Rule = Callable[[Sheet], None]


@dataclass(frozen=True, slots=True)
class Run:
    """Numbers with nothing between them but what may stand within a reading; `joints[i]` follows number i."""

    numbers: tuple[int, ...]
    joints: tuple[str, ...]


def runs(sheet: Sheet) -> Iterator[Run]:
    """The unused numbers of a text, in runs."""
    numbers: list[int] = []
    joints: list[str] = []
    for at in sheet.places("number"):
        if not sheet.number(at):
            continue
        joint = _joint(sheet, numbers[-1], at) if numbers else None
        if joint is None and numbers:
            yield Run(tuple(numbers), tuple(joints))
            numbers, joints = [], []
        if joint is not None:
            joints.append(joint)
        numbers.append(at)
    if numbers:
        yield Run(tuple(numbers), tuple(joints))


def _joint(sheet: Sheet, first: int, second: int) -> str | None:
    """`strong`, `turn`, `dash`, `weak`, `space`: what joins two numbers; None where something else stands between."""
    between = sheet.tokens[first + 1 : second]
    kinds = {token.kind for token in between}
    if not kinds <= {"strong", "weak", "filler", "unit"}:
        return None
    if "strong" in kinds:
        return "strong"
    texts = {token.text for token in between if token.kind != "unit"}
    if texts & TURNS:
        return "turn"
    if texts and texts <= {"-", "—", "–", "~", "至", "到"}:
        return "dash"
    return "weak" if between else "space"
