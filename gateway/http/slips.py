"""The slip of a visit, put into words and drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clinic.views import VoucherView
from clinic.vouchers import claims_of
from conf.texts import say
from conf.texts.words import Language
from tcode import fonts, slip, voucher
from tcode.keyring import Keyring
from tcode.slip import Slip

Form = Literal["png", "bin"]

_DRAW: dict[Form, Callable[..., bytes]] = {"png": slip.png, "bin": slip.escpos}


@dataclass(frozen=True, slots=True)
class SlipPrinter:
    """Draws slips `width` dots wide with `font` (None: the best font that the system has)."""

    keys: Keyring
    font: Path | None = None
    width: int = slip.PAPER_58MM

    def draw(self, view: VoucherView, language: Language, form: Form) -> bytes:
        """A PNG file, or octets for an ESC/POS printer. Raises NoFont."""
        return _DRAW[form](self._slip(view, language), fonts.find(self.font), width=self.width)

    def _slip(self, view: VoucherView, language: Language) -> Slip:
        return Slip(
            title=view.centre_name.text(language),
            lines=tuple(lines(view, language)),
            queue=view.queue,
            number=view.number,
            qr_text=voucher.sign(claims_of(view), self.keys),
        )


def lines(view: VoucherView, language: Language) -> list[str]:
    """Department and room, practitioner, day and hour, patient: what stands beneath the queue number."""
    place = "voucher.slip_place_room" if view.room else "voucher.slip_place"
    found = [say(language, place, department=view.department, room=view.room)]
    if view.practitioner:
        found.append(view.practitioner.text(language))
    found.append(say(language, "voucher.when_line", day=view.day, half=view.half, starts=view.starts))
    return [*found, say(language, "voucher.slip_patient", name=view.patient_name)]
