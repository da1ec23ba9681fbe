"""The texts of a broadcast as they arrive, shown with a recipient who cannot be recognised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clinic.audience import Member
    from clinic.broadcasts.views import BroadcastView, Invoice
    from conf.texts.words import Language
    from gateway.cli.desk import Desk

LOOKED_AT = 500  # members among whom the recipient of the example is looked for; mostly it is the first one


@dataclass(frozen=True, slots=True)
class Example:
    """A text as it arrives; `phone` is masked, "" where the recipient was not found again."""

    phone: str
    text: str


def examples(desk: Desk, view: BroadcastView, invoice: Invoice) -> dict[Language, Example]:
    """The invoice's example in each language, with its recipient's phone and name masked.

    Of one that was sent the audience may have changed: its text is shown as it was written.
    """
    from clinic import audience  # noqa: PLC0415

    given = {"expression": view.expression, "today": invoice.today, "after": None, "most": LOOKED_AT}
    members = desk.run(audience.members, **given) if view.state == "draft" and _filled(view) else []
    return {line.language: _example(view, line.language, line.example, members) for line in invoice.languages}


def _filled(view: BroadcastView) -> bool:
    """Whether its texts have words that are filled for each recipient."""
    return any("{" in text for text in view.texts.values())


def _example(view: BroadcastView, language: Language, example: str, members: list[Member]) -> Example:
    from clinic.broadcasts import wording  # noqa: PLC0415
    from smpp.masking import masked  # noqa: PLC0415

    text = wording.with_refusal(language, view.texts[language], view.consent_class)
    template = wording.parse(text)
    if not template.placeholders:
        return Example("", example)
    for member in members:
        if member.phone and template.fill(language, member.words) == example:
            return Example(masked(member.phone), template.fill(language, wording.anonymous(member.words)) or text)
    return Example("", text)
