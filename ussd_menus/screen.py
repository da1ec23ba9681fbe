"""A screen in writing: pages that a phone can show, cut at the edges of items.

How much fits is the link's matter (182 GSM characters or 80 of UCS-2 on USSD, 3GPP 29.002), so it is asked of
`fits`. Items are numbered over all pages, so a number is right on any of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from conf import texts
from dialogs.conversation import BACK, plain
from dialogs.talk import Line, Screen
from smpp.text import measure

Fits = Callable[[str], bool]

_JOINERS = "\u200d\ufe0e\ufe0f"  # zero-width joiner, variation selectors: what follows belongs to what precedes


def more_key(screen: Screen) -> str:
    """What one types for the next page: 98, or more digits where 98 could be an item's number."""
    key = "98"
    while len(screen.options) >= int(key):
        key = "9" + key
    return key


def turn(screen: Screen, page: int, pages: int, text: str) -> int | None:
    """The page that `text` leads to from `page` (counted from 0); None when it is an answer."""
    typed = plain(text)
    if typed == more_key(screen) and page + 1 < pages:
        return page + 1
    if typed == BACK and page > 0:
        return page - 1
    return None


def whole(screen: Screen) -> str:
    """All of it in one text, however long."""
    return paginate(screen, lambda _: True)[0]


def paginate(screen: Screen, fits: Fits) -> list[str]:
    """The pages of a screen, each within the limit, at least one.

    A text that is longer than a page goes on on the next one; an item that is longer is shortened. Where somebody is
    asked again, and the text leaves no room for an item on the first page, the items come before the question: they
    have read that, and need to see what they can type.
    """
    blocks = _blocks(screen, fits)
    pages: list[str] = []
    while True:
        page = _joined([*blocks, _footer(screen, first=not pages, last=True)])
        if fits(page):
            return [*pages, page]
        footer = _footer(screen, first=not pages, last=False)
        count = _how_many(blocks, footer, fits)
        if count == 0:
            taken, rest = _part(blocks[0], footer, fits, item=isinstance(blocks[0], _Item))
            blocks[0:1] = [rest] if rest else []
        else:
            taken = _joined(blocks[:count])
            del blocks[:count]
        if not blocks:
            return [*pages, _joined([taken, _footer(screen, first=not pages, last=True)])]
        pages.append(_joined([taken, footer]))


class _Item(str):
    """What can be chosen, with its number."""

    __slots__ = ()


def _blocks(screen: Screen, fits: Fits) -> list[str]:
    """What stands on the pages, in their order."""
    notices = [_said(screen, line) for line in screen.notices]
    question = [_said(screen, screen.question)] if screen.question else []
    items = _items(screen)
    if screen.again and not fits(_joined([*notices, *question, *items[:1], _footer(screen, first=True, last=False)])):
        return [*notices, *items, *question]
    return [*notices, *question, *items]


def _said(screen: Screen, line: Line) -> str:
    return texts.say(screen.language, line.key, **line.words)


def _items(screen: Screen) -> list[str]:
    said = (texts.say(screen.language, option.key, **option.words) for option in screen.options)
    return [_Item(f"{number}.{' '.join(text.split())}") for number, text in enumerate(said, start=1)]


def _footer(screen: Screen, *, first: bool, last: bool) -> str:
    """The keys that lead elsewhere. The last page of a last screen has none: nobody listens any more."""
    keys = []
    if not last:
        keys.append(f"{more_key(screen)}.{texts.say(screen.language, 'talk.more')}")
    if (not first and not (screen.final and last)) or (first and screen.back):
        keys.append(f"{BACK}.{texts.say(screen.language, 'talk.back')}")
    return " ".join(keys)


def _joined(blocks: list[str]) -> str:
    return "\n".join(block for block in blocks if block)


def _how_many(blocks: list[str], footer: str, fits: Fits) -> int:
    count = 0
    while count < len(blocks) and fits(_joined([*blocks[: count + 1], footer])):
        count += 1
    return count


def _part(block: str, footer: str, fits: Fits, *, item: bool) -> tuple[str, str]:
    """What of a block that is longer than a page goes on this page, and what is left for the next."""
    if len(block) == 1:
        return block, ""
    ellipsis = ""
    if item:
        ellipsis = "..." if measure(block)[0] == "gsm7" else "…"
    end = len(block) - 1
    while end > 1 and not fits(_joined([block[:end].rstrip() + ellipsis, footer])):
        end -= 1
    end = _edge(block, end)
    if item:
        return block[:end].rstrip() + ellipsis, ""
    end = _gap(block, end)
    return block[:end].rstrip(), _without_gap(block[end:])


def _without_gap(text: str) -> str:
    """A page needs no gap at its beginning, unless a mark sits on it."""
    stripped = text.lstrip()
    return text if stripped and unicodedata.combining(stripped[0]) else stripped


def _edge(text: str, end: int) -> int:
    """The nearest place at or before `end` where no character is parted from its marks."""
    while end > 1 and (unicodedata.combining(text[end]) or text[end] in _JOINERS or text[end - 1] == "\u200d"):
        end -= 1
    return end


def _gap(text: str, end: int) -> int:
    """The last gap between words in the second half of what fits, or `end` where there is none."""
    for place in range(end, end // 2, -1):
        gap = text[place].isspace() or text[place - 1].isspace() or text[place - 1] in "，。、；："
        if gap and _edge(text, place) == place:
            return place
    return end
