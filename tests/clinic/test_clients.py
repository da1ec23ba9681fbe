"""Clients: a token and a webhook's secret that are shown once; known, rotated, disabled."""

from __future__ import annotations

from typing import Any

import pytest

from clinic import clients, pushes
from clinic.clients import BadWebhook, NameTaken, UnknownClient
from clinic.tables import Audit, Client, Message, Push


def enter(clinic: Any, name: str = "hospital", webhook: str = "", classes: Any = ("notice",)) -> Any:
    return clinic.run(clients.new, name=name, classes=classes, webhook=webhook, vault=clinic.vault, now=clinic.moment)


def test_a_client_is_known_by_its_token_and_may_use_its_classes(clinic: Any) -> None:
    made, secrets = enter(clinic, classes=["notice", "answer"])
    assert (made.name, made.classes, made.webhook_url, secrets.webhook_secret) == (
        "hospital",
        ("answer", "notice"),
        "",
        "",
    )
    assert clinic.run(clients.known, token=secrets.token) == made


def test_neither_token_nor_secret_can_be_read_in_the_database(clinic: Any) -> None:
    _, secrets = enter(clinic, webhook="https://hospital.example/hook")
    kept = str(clinic.rows(Client.token_digest, Client.webhook_url, Client.webhook_secret))
    kept += str(clinic.rows(Audit.actor, Audit.subject, Audit.detail))
    assert secrets.token not in kept
    assert secrets.webhook_secret not in kept
    (sealed,) = clinic.rows(Client.webhook_secret)
    assert clinic.vault.unlock(sealed).decode() == secrets.webhook_secret
    assert secrets.webhook_secret.startswith("whsec_")


@pytest.mark.parametrize("token", ["", "x", "' or 1=1 --", "é" * 24, "\udcff"])
def test_any_other_token_is_nobodys(clinic: Any, token: str) -> None:
    enter(clinic)
    assert clinic.run(clients.known, token=token) is None


def test_a_name_is_given_once(clinic: Any) -> None:
    enter(clinic)
    clinic.run(clients.disable, name="hospital", now=clinic.moment)
    with pytest.raises(NameTaken):
        enter(clinic)


@pytest.mark.parametrize(
    "webhook",
    [
        "hospital.example/hook",
        "ftp://hospital.example/",
        "file:///etc/passwd",
        "http://",
        "http://host:port/",
        "http://[::1/",
        "http://me:secret@hospital.example/",
        "http://hospital.example/#here",
        "http://hospital.example/\r\nX: y",
        "http://hospital.example/a b",
        "http://医院.example/",
        "http://hospital.example/" + "x" * 400,
    ],
)
def test_a_webhook_is_an_address_that_can_be_posted_to(clinic: Any, webhook: str) -> None:
    with pytest.raises(BadWebhook):
        enter(clinic, webhook=webhook)
    assert clinic.rows(Client.id) == []


def test_a_new_token_ends_the_old_one(clinic: Any) -> None:
    made, old = enter(clinic)
    token = clinic.run(clients.rotate, name="hospital", now=clinic.moment)
    assert clinic.run(clients.known, token=old.token) is None
    assert clinic.run(clients.known, token=token).id == made.id


def test_a_disabled_client_is_refused_until_it_gets_a_new_token(clinic: Any) -> None:
    _, secrets = enter(clinic)
    assert clinic.run(clients.disable, name="hospital", now=clinic.moment) is True
    assert clinic.run(clients.known, token=secrets.token) is None
    assert clinic.run(clients.disable, name="hospital", now=clinic.moment) is False
    token = clinic.run(clients.rotate, name="hospital", now=clinic.moment)
    assert clinic.run(clients.known, token=token) is not None
    assert clinic.run(clients.known, token=secrets.token) is None
    assert clinic.rows(Audit.action) == ["client.new", "client.disable", "client.rotate"]


def test_a_new_webhook_has_a_new_secret_and_none_drops_what_waits(clinic: Any) -> None:
    made, first = enter(clinic, webhook="http://127.0.0.1:9/hook")
    clinic.run(_message_of, client=made.id, now=clinic.moment)
    given = {"name": "hospital", "vault": clinic.vault, "now": clinic.moment}
    second = clinic.run(clients.point, webhook="https://hospital.example/", **given)
    assert second not in {"", first.webhook_secret}
    assert clinic.run(clients.named, name="hospital").waiting == 1
    assert [each.waiting for each in clinic.run(clients.listed)] == [1]
    assert clinic.run(clients.point, webhook="", **given) == ""
    assert clinic.rows(Client.webhook_url, Client.webhook_secret) == [("", None)]
    assert clinic.rows(Push.id) == []


def test_nobody_else_is_meant_by_a_name_that_is_not_there(clinic: Any) -> None:
    enter(clinic)
    words = {"name": "Hospital", "now": clinic.moment}
    for act in (clients.disable, clients.rotate):
        with pytest.raises(UnknownClient):
            clinic.run(act, **words)
    with pytest.raises(UnknownClient):
        clinic.run(clients.point, webhook="", vault=clinic.vault, **words)
    with pytest.raises(UnknownClient):
        clinic.run(clients.named, name="Hospital")


def _message_of(session: Any, *, client: int, now: Any) -> None:
    row = Message(
        occasion=f"test:{client}", phone="+8615400000001", text="您好", state="sent", due_at=now, expires_at=now,
        created_at=now, client_id=client,
    )  # fmt: skip
    session.add(row)
    session.flush()
    pushes.note(session, [row.id], now)
