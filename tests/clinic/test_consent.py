"""What a phone has said, with its proof; what waits for it goes no more."""

from __future__ import annotations

from typing import Any

import pytest

from clinic import consent, messages
from clinic.tables import Audit, Broadcast, Consent, ConsentClass, Message

PHONE, OTHER = "+8615400000001", "+8615400000002"
MOMENT: Any = None


def refuse(clinic: Any, phone: str = PHONE, **more: Any) -> int:
    return int(clinic.run(consent.refuse, phone=phone, now=clinic.moment, **{"source": "sms", "proof": "TD", **more}))


def agree(clinic: Any, phone: str = PHONE, **more: Any) -> None:
    clinic.run(consent.agree, phone=phone, now=clinic.moment, **{"source": "sms", "proof": "订阅", **more})


def test_a_refusal_is_kept_with_its_very_words(clinic: Any) -> None:
    refuse(clinic, proof=" td 。")
    columns = Consent.phone, Consent.consent_class, Consent.given, Consent.source, Consent.proof, Consent.changed_at
    assert clinic.rows(*columns) == [
        (PHONE, "commercial", False, "sms", " td 。", clinic.moment),
        (PHONE, "education", False, "sms", " td 。", clinic.moment),
    ]


def test_who_agrees_again_has_agreed(clinic: Any) -> None:
    refuse(clinic)
    clinic.wait(days=1)
    agree(clinic, classes=("education",))
    assert clinic.run(consent.said, phone=PHONE) == {"commercial": False, "education": True}
    assert clinic.rows(Consent.proof, Consent.changed_at)[1] == ("订阅", clinic.moment)


def test_standing_tells_of_who_said_something_to_that_class(clinic: Any) -> None:
    refuse(clinic, classes=("commercial",))
    agree(clinic, OTHER, source="staff")
    both = {PHONE, OTHER, "+8615400000003"}
    assert clinic.run(consent.standing, phones=both, consent_class="education") == {OTHER: True}
    assert clinic.run(consent.standing, phones=both, consent_class="commercial") == {PHONE: False, OTHER: True}
    assert clinic.run(consent.standing, phones=[], consent_class="commercial") == {}


def test_every_change_stands_in_the_trail_without_a_phone(clinic: Any) -> None:
    refuse(clinic)
    agree(clinic, source="staff", actor="staff:lin", classes=("education",))
    assert clinic.rows(Audit.actor, Audit.action, Audit.subject, Audit.detail) == [
        ("subscriber:1", "refuse", "subscriber:1", {"classes": ["commercial", "education"], "source": "sms"}),
        ("staff:lin", "agree", "subscriber:1", {"classes": ["education"], "source": "staff"}),
    ]


def test_nobody_refuses_warnings(clinic: Any) -> None:
    with pytest.raises(ValueError, match="nobody can refuse or agree to messages of the class public"):
        refuse(clinic, classes=("public",))
    assert clinic.rows(Consent.id) == []


def test_a_proof_that_is_too_long_is_cut(clinic: Any) -> None:
    refuse(clinic, proof="退订" * 200)
    assert clinic.rows(Consent.proof) == ["退订" * 100] * 2


def broadcast(session: Any, consent_class: ConsentClass) -> int:
    row = Broadcast(
        title="x", consent_class=consent_class, expression="all", texts={}, state="sending", created_by="lin",
        created_at=MOMENT,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def put(session: Any, number: int | None, state: Any, phone: str = PHONE) -> None:
    times = {"due_at": MOMENT, "expires_at": MOMENT, "created_at": MOMENT}
    occasion = f"{number}:{state}:{phone}"
    session.add(Message(occasion=occasion, phone=phone, text="x", state=state, broadcast_id=number, **times))


def test_only_what_was_refused_and_still_waits_is_cancelled(clinic: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "MOMENT", clinic.moment)
    for consent_class in ("education", "commercial", "public"):
        number = clinic.run(broadcast, consent_class)
        clinic.run(put, number, "queued")
        clinic.run(put, number, "sending")
        clinic.run(put, number, "queued", OTHER)
    code = {"occasion": "code", "phone": PHONE, "text": "T码", "now": clinic.moment, "message_class": "code"}
    clinic.run(messages.tell_text, **code)
    assert refuse(clinic) == 2
    cancelled = [row for row in clinic.rows(Message.occasion, Message.error, Message.state) if row[2] == "cancelled"]
    assert cancelled == [(f"1:queued:{PHONE}", "refused", "cancelled"), (f"2:queued:{PHONE}", "refused", "cancelled")]
    assert refuse(clinic) == 0
