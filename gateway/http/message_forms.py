"""What the messages API is sent and answers: each form is a type, by which it is both checked and described."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from clinic.client_messages import MOST, BatchView, ClientMessageView, Queued
from clinic.tables import ConsentClass, MessageState
from conf.texts.words import Language
from smpp.kinds import MessageClass

LONGEST_TEXT = 1600
LONGEST_LIFE = dt.timedelta(days=14)
MOST_TOLD = 100
"""Mistakes that one answer tells."""

Reference = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:/-]+$", description="Your own name for a message.")
]
State = Annotated[
    MessageState,
    Meta(
        description="queued: waits for its turn. sending: on its way to an SMS centre. sent: an SMS centre has taken"
        " it. Final, unless a receipt comes late: delivered; failed (`error` tells why); expired: not sent in time;"
        " unknown: sent, not answered, and not sent once more; cancelled: not to be sent any more."
    ),
]
Instant = Annotated[dt.datetime, Meta(tz=True, description="RFC 3339, with its offset from UTC.")]


class Message(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A message to be sent by SMS."""

    to: Annotated[
        str,
        Meta(
            min_length=3,
            max_length=40,
            description="A phone, best in E.164 (+8613800138000); without + it is read by the installation's country.",
        ),
    ]
    text: Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT, description="What the phone shows.")]
    message_class: Annotated[
        MessageClass,
        Meta(
            description="code: a one-time code. answer: somebody waits for it. notice: about one person's own affairs."
            " bulk: one of many alike; it waits out the quiet hours, and tells how to refuse more of them. The classes"
            " go in this order. A client may use those that it was given."
        ),
    ] = msgspec.field(name="class")
    consent_class: Annotated[
        ConsentClass | UnsetType,
        Meta(
            description="Of class bulk only, education where it is left out. A message to a phone that has refused"
            " education or commercial is cancelled at once; public is what nobody can refuse."
        ),
    ] = UNSET
    language: Annotated[
        Language | UnsetType, Meta(description="Of the text; the installation's, where it is left out.")
    ] = UNSET
    expires_at: (
        Annotated[dt.datetime, Meta(tz=True, description="From this moment on, at most 14 days ahead, it is not sent.")]
        | UnsetType
    ) = UNSET
    lifetime_seconds: (
        Annotated[
            int, Meta(ge=1, le=int(LONGEST_LIFE.total_seconds()), description="The same, counted from now. Not both.")
        ]
        | UnsetType
    ) = UNSET
    reference: Reference | UnsetType = UNSET


class Batch(Struct, forbid_unknown_fields=True):
    """Messages to be queued together: all of them, or none where one cannot be."""

    messages: Annotated[list[Message], Meta(min_length=1, max_length=MOST)]


class Accepted(Struct, omit_defaults=True):
    id: int
    reference: Reference | None = None


class Receipt(Struct):
    """What was queued. The same request with the same Idempotency-Key has the same answer."""

    batch: int
    count: int
    refused: Annotated[int, Meta(description="Of class bulk, to phones that have refused: cancelled at once.")]
    messages: Annotated[list[Accepted], Meta(description="In the order of the request.")]


class Part(Struct):
    """A segment that an SMS centre took."""

    number: int
    state: str
    error: str | None


class MessageStatus(Struct):
    id: int
    batch: int
    reference: Reference | None
    to: str
    text: str
    message_class: MessageClass = msgspec.field(name="class")
    state: State
    error: str | None
    segments: Annotated[int | None, Meta(description="How many the text takes.")]
    parts: list[Part]
    created_at: Instant
    due_at: Annotated[dt.datetime, Meta(tz=True, description="Not sent before.")]
    expires_at: Annotated[dt.datetime, Meta(tz=True, description="Not sent after.")]
    settled_at: Annotated[
        Instant | None, Meta(description="Since when it is in its state; null while it waits for the first time.")
    ]


class Page(Struct):
    messages: list[MessageStatus]
    next: Annotated[int | None, Meta(description="Give it as `after` to get the next page; null: there is none.")]


class BatchStatus(Struct):
    id: int
    created_at: Instant
    count: int
    states: Annotated[
        dict[str, int], Meta(description="How many messages are in which state; those without any are left out.")
    ]


class Mistake(Struct, omit_defaults=True):
    message: str
    index: Annotated[int | None, Meta(description="Of the message, from 0; left out where it is not one of many.")] = (
        None
    )
    field: str = ""


class Error(Struct, omit_defaults=True):
    """Why a request was refused."""

    error: Annotated[str, Meta(description="A word for programs.")]
    message: Annotated[str, Meta(description="A sentence for people.")]
    mistakes: Annotated[list[Mistake], Meta(max_length=MOST_TOLD, description="The first of them, by their order.")] = (
        msgspec.field(default_factory=list)
    )


class Event(Struct):
    """A message came into a state."""

    id: Annotated[str, Meta(description="The same whenever it is pushed again: events come at least once.")]
    message: int
    reference: Reference | None
    state: State
    error: str | None
    at: Instant


class Events(Struct):
    """What a webhook is pushed. Events of one message come in their order."""

    events: Annotated[list[Event], Meta(min_length=1, max_length=100)]


def receipt(queued: Queued) -> Receipt:
    messages = [Accepted(number, reference) for number, reference in queued.messages]
    return Receipt(queued.batch, len(messages), queued.refused, messages)


def status(view: ClientMessageView) -> MessageStatus:
    return MessageStatus(
        id=view.id,
        batch=view.batch,
        reference=view.reference,
        to=view.phone,
        text=view.text,
        message_class=view.message_class,
        state=view.state,
        error=view.error,
        segments=view.segments,
        parts=[Part(part.number, part.state, part.error) for part in view.parts],
        created_at=view.created_at,
        due_at=view.due_at,
        expires_at=view.expires_at,
        settled_at=view.settled_at,
    )


def batch_status(view: BatchView) -> BatchStatus:
    return BatchStatus(view.id, view.created_at, view.count, {str(state): n for state, n in view.states.items()})


def encoded(form: Any) -> bytes:
    return msgspec.json.encode(form)
