"""How badly the network behaves. Everything is off by default and may be changed while it runs.

The fields stand in groups, one class each: `bind_*`, `session_*`, `wire_*`, `submit_*`, `receipt_*`, `phone_*` and
`ussd_*`. Options of the command, the page's panel and the JSON API are all made from them (`simulators.forms`).
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from simulators import codes
from simulators.dialects import Dialect
from simulators.junk import Junk
from simulators.letter_forms import LetterForm
from smpp.kinds import SegmentMethod
from smpp.status import ESME_RSUBMITFAIL, ESME_RSYSERR

ACTIONS: Final = ("close", "wait")


def _reaction(written: object) -> str:
    text = str(written).strip().lower()
    return text if text in ACTIONS else codes.write(codes.read(written))


class Code:
    """Marks a field that holds a command_status."""


class React:
    """Marks a field that holds a command_status, "close" or "wait"."""


CommandStatus = Annotated[
    int, BeforeValidator(codes.read), PlainSerializer(codes.write, return_type=str), AfterValidator(int), Code()
]
"""A command_status; 0 means none. Read from a name or a number, written as a name."""

Reaction = Annotated[str, BeforeValidator(_reaction), React()]
"""What is done about too much: a command_status by name, "close" (the connection), or "wait" (read no more)."""

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=86400)]
IdForm = Literal["decimal", "hex", "hex-lower", "padded"]
FailState = Literal["UNDELIV", "EXPIRED", "DELETED", "REJECTD", "UNKNOWN"]


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class BindTrouble(_Group):
    """Binds: who gets in, and when."""

    bind_refuse: CommandStatus = Field(default=0, description="Refuse every bind with this command_status.")
    bind_latency: Seconds = Field(default=0, description="Seconds before a bind is answered.")
    bind_silent: bool = Field(default=False, description="Answer no bind at all.")
    bind_no_version: bool = Field(default=False, description="Leave sc_interface_version out of the answer to a bind.")
    bind_limit: int = Field(default=0, ge=0, le=1000, description="Most binds of one account, then ESME_RALYBND.")
    bind_pause: Seconds = Field(
        default=0, description="Least seconds between two tries of one account to bind, else ESME_RBINDFAIL."
    )
    bind_linger: Seconds = Field(
        default=0, description="Seconds that a bind counts for the limit after its connection was lost."
    )


class SessionTrouble(_Group):
    """Sessions: how they are kept and ended."""

    session_no_enquire_link: bool = Field(default=False, description="Do not answer enquire_link.")
    session_half_open: bool = Field(
        default=False, description="Take nothing in and send nothing, as over a connection that died unnoticed."
    )
    session_no_reading: bool = Field(
        default=False, description="Read nothing from bound ESMEs, so that their octets pile up (back pressure)."
    )
    session_close_after: int = Field(
        default=0, ge=0, description="Close a connection after this many requests of the ESME."
    )
    session_unbind_after: int = Field(
        default=0, ge=0, description="Unbind a session after this many requests of the ESME."
    )
    session_unbind_seconds: Seconds = Field(default=0, description="Unbind a session this many seconds after its bind.")
    session_reset: bool = Field(
        default=False, description="Close connections by a TCP reset instead of an orderly end."
    )


class WireTrouble(_Group):
    """Octets on the wire: PDUs that are none, or come oddly cut."""

    wire_junk: Junk = Field(default="none", description="Kind of wrong PDU that is slipped in.")
    wire_junk_every: int = Field(default=10, ge=1, le=10000, description="It is slipped in before every Nth PDU.")
    wire_trailing: int = Field(
        default=0, ge=0, le=64, description="Zero octets too many at the end of each answer to a submit."
    )
    wire_pieces: int = Field(default=0, ge=0, le=65536, description="Write so many octets at a time (1: one by one).")
    wire_glue: Annotated[float, Field(ge=0, le=60)] = Field(
        default=0, description="Seconds for which PDUs are kept, to be written in one go."
    )


class SubmitTrouble(_Group):
    """Submits: how they are paced, answered and refused."""

    submit_latency: Seconds = Field(default=0, description="Seconds before a submit is worked on and answered.")
    submit_throttle: int = Field(default=0, ge=0, description="Most submits a second of one account.")
    submit_throttle_reaction: Reaction = Field(
        default="ESME_RTHROTTLED", description="What more of them get: a command_status, close, or wait."
    )
    submit_window: int = Field(default=0, ge=0, description="Most unanswered submits of one connection.")
    submit_window_reaction: Reaction = Field(
        default="ESME_RMSGQFUL", description="What more of them get: a command_status, close, or wait."
    )
    submit_refuse: Share = Field(default=0, description="Share of submits that are refused.")
    submit_refuse_with: CommandStatus = Field(
        default=ESME_RSYSERR, description="The command_status that refused submits get."
    )
    submit_nack: Share = Field(default=0, description="Share of submits that are refused by generic_nack.")
    submit_error_body: bool = Field(
        default=False, description="Write a body with an empty message_id in answers that refuse."
    )
    submit_no_body: bool = Field(
        default=False, description="Leave the body out of all answers to submits, and the message_id with it."
    )
    submit_lost_answers: Share = Field(
        default=0, description="Share of answers that are never sent, though the message was taken."
    )
    submit_answer_delay: Seconds = Field(
        default=0, description="Seconds from taking a message to its answer, as when it misses the ESME's timer."
    )
    submit_answer_twice: Share = Field(default=0, description="Share of answers that are sent twice.")
    submit_reorder: int = Field(
        default=0, ge=0, le=1000, description="Collect so many answers (for a second at most), send the last one first."
    )
    submit_ids: IdForm = Field(default="decimal", description="How answers write message ids.")
    submit_fail: Share = Field(default=0, description="Share of messages that never arrive.")
    submit_fail_state: FailState = Field(default="UNDELIV", description="The final state of messages that fail.")


class ReceiptTrouble(_Group):
    """Delivery receipts: when they come, and what they look like."""

    receipt_delay: Seconds = Field(default=0, description="Seconds from a message's end to its delivery receipt.")
    receipt_first: bool = Field(default=False, description="Send the receipt before the answer to its submit.")
    receipt_lost: Share = Field(default=0, description="Share of receipts that are never sent.")
    receipt_twice: Share = Field(default=0, description="Share of receipts that are sent twice.")
    receipt_other_bind: bool = Field(
        default=False, description="Send receipts by another bind of the account than the message came by."
    )
    receipt_late_enroute: bool = Field(default=False, description="Send an ENROUTE after the final state as well.")
    receipt_intermediate: bool = Field(
        default=False, description="Send an intermediate notification (ENROUTE) first, asked for or not."
    )
    receipt_ids: IdForm = Field(default="decimal", description="How receipts write message ids.")
    receipt_dialect: Dialect = Field(default="standard", description="The way in which receipts are written.")


class PhoneTrouble(_Group):
    """Messages from and to phones."""

    phone_off: bool = Field(default=False, description="All phones are off: messages to them wait, or expire.")
    phone_segments: SegmentMethod = Field(default="udh8", description="How the parts of long messages are tied.")
    phone_shuffle: bool = Field(default=False, description="Send the parts of long messages last one first.")
    phone_spread: bool = Field(default=False, description="Send the parts of long messages over different binds.")
    phone_twice: Share = Field(default=0, description="Share of messages and parts that are sent twice.")
    phone_twice_after: Seconds = Field(default=0, description="Seconds between the two.")
    phone_form: LetterForm = Field(default="standard", description="The way in which messages are written.")
    phone_data_sm: bool = Field(default=False, description="Send messages of phones as data_sm.")


class UssdTrouble(_Group):
    """USSD sessions (their form on the wire: --ussd)."""

    ussd_latency: Seconds = Field(default=0, description="Seconds before a code or an answer is passed on.")
    ussd_late_text: CommandStatus = Field(
        default=ESME_RSUBMITFAIL, description="The command_status of texts for a session that is over."
    )
    ussd_no_release: bool = Field(default=False, description="Never tell that the subscriber or a timer ended it.")
    ussd_release_delay: Seconds = Field(default=0, description="Seconds before the end of a session is told.")


class Conditions(UssdTrouble, PhoneTrouble, ReceiptTrouble, SubmitTrouble, WireTrouble, SessionTrouble, BindTrouble):
    """The misbehaviour of the network. Times are seconds, shares 0 to 1; 0 and false mean "not at all"."""

    def changed(self, changes: dict[str, Any]) -> Conditions:
        """Return the conditions after `changes`, by field name. Raises pydantic.ValidationError."""
        return type(self).model_validate(self.model_dump() | changes)

    @property
    def trouble(self) -> dict[str, Any]:
        """What differs from a network that behaves, by field name."""
        return self.model_dump(exclude_defaults=True)


GROUPS: Final[tuple[type[BaseModel], ...]] = (
    BindTrouble,
    SessionTrouble,
    WireTrouble,
    SubmitTrouble,
    ReceiptTrouble,
    PhoneTrouble,
    UssdTrouble,
)
