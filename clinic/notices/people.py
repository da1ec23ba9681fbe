"""Who is told about a resident: the phones that the centre has put on record for that, and no other.

Several people may share a phone. There a notice names whom it is about, as far as others may read it over a shoulder:
the first letter and the last (王*明), with the year of birth where two would look alike, in full where that is no help
(twins); and it names no illness.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.batches import among
from clinic.rows import reads
from clinic.tables import RelatedPerson, Resident, Subscriber
from conf.texts.words import LANGUAGES, Language


@dataclass(frozen=True, slots=True)
class Reached:
    """A phone that is told. `name`: how a text names the resident to it, "" where nobody else is meant by this phone.

    `is_self`: the phone is the resident's own; `relation` is the centre's word for whose it is.
    """

    phone: str
    language: Language
    is_self: bool
    relation: str
    name: str

    @property
    def is_shared(self) -> bool:
        """Whether notices about several people go to it."""
        return bool(self.name)


@reads
def reached(session: Session, *, residents: Collection[int], language: Language) -> dict[int, list[Reached]]:
    """Of each of these residents the phones that are told, one's own first; who has none is not in it.

    `language` is the installation's, for phones that have chosen none. Three queries, however many residents.
    """
    rows = session.execute(
        select(
            RelatedPerson.resident_id,
            RelatedPerson.subscriber_id,
            RelatedPerson.is_self,
            RelatedPerson.relation,
            Subscriber.phone,
            Subscriber.language,
        )
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .where(
            among(session, RelatedPerson.resident_id, residents), RelatedPerson.is_told, Subscriber.wrong_at.is_(None)
        )
        .order_by(RelatedPerson.is_self.desc(), RelatedPerson.id)
    ).all()
    named = _named(session, {row.subscriber_id for row in rows})
    found: dict[int, list[Reached]] = defaultdict(list)
    for row in rows:
        name = named[row.subscriber_id].get(row.resident_id, "")
        spoken = row.language if row.language in LANGUAGES else language
        found[row.resident_id].append(Reached(row.phone, spoken, row.is_self, row.relation, name))
    return dict(found)


def _named(session: Session, subscribers: Collection[int]) -> dict[int, dict[int, str]]:
    """Of each of these phones how the people behind it are told apart; nothing for one who is alone."""
    people: dict[int, dict[int, tuple[str, int]]] = defaultdict(dict)  # name, year of birth
    for phone, resident, name, birth in session.execute(
        select(RelatedPerson.subscriber_id, RelatedPerson.resident_id, RelatedPerson.name, Resident.birth)
        .join(Resident, Resident.id == RelatedPerson.resident_id)
        .where(among(session, RelatedPerson.subscriber_id, subscribers), RelatedPerson.is_told)
    ):
        people[phone][resident] = name, birth.year
    return defaultdict(dict, {phone: apart(them) for phone, them in people.items() if len(them) > 1})


def apart(people: dict[int, tuple[str, int]]) -> dict[int, str]:
    """The shortest of its forms by which each of them differs from the others."""
    forms = {who: (covered(name), f"{covered(name)}({year})", name) for who, (name, year) in people.items()}
    counts = [Counter(forms) for forms in zip(*forms.values(), strict=True)]
    return {
        who: next((form for form, count in zip(own, counts, strict=True) if count[form] == 1), own[-1])
        for who, own in forms.items()
    }


def covered(name: str) -> str:
    """A name as a screen may show it: 王*明, 王*; of several words the first letters, but for the last word (J. Smith).

    What stands for a spoken name (尾号1234) hides nothing.
    """
    words = name.split()
    if len(words) > 1:
        return " ".join([*(f"{word[0]}." for word in words[:-1]), words[-1]])
    if name.startswith("尾号") or len(name) < 2:
        return name
    return f"{name[0]}*{name[-1]}" if len(name) > 2 else f"{name[0]}*"
