"""What may be noted as a contraindication, and what is refused as none, with the reason."""

from __future__ import annotations

import datetime as dt

from clinic.errors import ClinicError
from clinic.vaccines.records import Contra
from conf.texts.words import Name
from conf.vaccines import edition


class NotContraindicated(ClinicError):
    """This is no contraindication, though it is often taken for one; `name` and `why` are told to who noted it."""

    def __init__(self, name: Name, why: Name) -> None:
        super().__init__(f"{name.en}: {why.en}")
        self.name, self.why = name, why


class BadContraindication(ClinicError):
    """What was noted is not enough, or too much; the text says what to do."""


def contraindication(
    reason: str, *, since: dt.date, until: dt.date | None = None, vaccine: str = "", today: dt.date
) -> Contra:
    """The contraindication that `reason`, a code of conf/vaccines, means from `since` on.

    `vaccine` where it is one against a vaccine; `until`, its last day, where it ends. Raises NotContraindicated,
    BadContraindication.
    """
    rules = edition(today)
    refused = rules.not_contraindications.get(reason)
    if refused:
        raise NotContraindicated(refused.name, refused.why)
    known = rules.contraindications.get(reason)
    if known is None:
        raise BadContraindication(f"{reason!r} is no reason, it is one of {', '.join(sorted(rules.contraindications))}")
    if (known.against == "vaccine") != bool(vaccine):
        raise BadContraindication(f"{reason} is against {'one vaccine: name it' if not vaccine else known.against}")
    if vaccine and vaccine not in rules.vaccines:
        raise BadContraindication(f"there is no vaccine {vaccine!r}, only {', '.join(rules.vaccines)}")
    if (known.lasts == "to a day") != bool(until):
        raise BadContraindication(f"{reason} lasts {known.lasts}{'' if until else ': name its last day'}")
    if until and until < since:
        raise BadContraindication(f"{reason} ends on {until}, before it begins on {since}")
    return Contra(vaccine or known.against, since, until)
