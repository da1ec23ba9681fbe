"""How badly the Asterisk behaves. Everything is off by default and may be changed while it runs.

As in `simulators.conditions` the fields stand in groups, `manager_*`, `agi_*`, `dial_*` and `phone_*`, and options of
the command and the JSON API are made from them.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from simulators.asterisk.causes import Manner

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=86400)]


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ManagerTrouble(_Group):
    """The manager interface: its connections and what is written to them."""

    manager_no_booted: bool = Field(default=False, description="Never say FullyBooted.")
    manager_no_dtmf: bool = Field(default=False, description="Send no event about keys.")
    manager_old_events: bool = Field(
        default=False, description="Write events of AsyncAGI and keys as Asterisk 11 and older do (AsyncAGI, SubEvent)."
    )
    manager_old_command: bool = Field(
        default=False, description="Answer Command as Asterisk 13 and older do (Response: Follows)."
    )
    manager_answer_delay: Seconds = Field(default=0, description="Seconds before an action is answered.")
    manager_answer_twice: Share = Field(default=0, description="Share of answers that are sent twice.")
    manager_no_action_id: bool = Field(default=False, description="Leave the ActionID out of refusals.")
    manager_half_open: bool = Field(
        default=False, description="Take nothing in and send nothing, as over a connection that died unnoticed."
    )
    manager_close_after: int = Field(default=0, ge=0, description="Close a connection after this many actions.")
    manager_pieces: int = Field(default=0, ge=0, le=65536, description="Write so many octets at a time.")
    manager_line_ends: bool = Field(default=False, description="End messages with CR LF LF.")
    manager_latin1: bool = Field(default=False, description="Write text in Latin-1 instead of UTF-8.")


class AgiTrouble(_Group):
    """Calls to the hotline and the commands on them."""

    agi_pickup: Seconds = Field(default=0, description="Seconds for which the hotline rings before it answers.")
    agi_delay: Seconds = Field(default=0, description="Seconds before a queued command is picked up.")
    agi_dead: Seconds = Field(
        default=0, description="Seconds that AGI stays after a hangup; its commands get 511 meanwhile."
    )


class DialTrouble(_Group):
    """Calls that the Asterisk makes."""

    dial_congested: Share = Field(default=0, description="Share of calls that find no line.")
    dial_response_first: bool = Field(
        default=False, description="Tell OriginateResponse of an answered call before anything else of it."
    )


class PhoneTrouble(_Group):
    """Telephones that are called."""

    phone_manner: Manner = Field(default="rings", description="What phones do that have not been told otherwise.")
    phone_reaction: Seconds = Field(default=0.2, description="Seconds before a phone is busy, rejects, is not found.")
    phone_answers_after: Seconds = Field(default=2, description="Seconds that a phone rings which answers by itself.")


class AsteriskConditions(PhoneTrouble, DialTrouble, AgiTrouble, ManagerTrouble):
    """The misbehaviour of the Asterisk. Times are seconds, shares 0 to 1; 0 and false mean "not at all"."""

    def changed(self, changes: dict[str, Any]) -> AsteriskConditions:
        """Return the conditions after `changes`, by field name. Raises pydantic.ValidationError."""
        return type(self).model_validate(self.model_dump() | changes)

    @property
    def trouble(self) -> dict[str, Any]:
        """What differs from an Asterisk that behaves, by field name."""
        return self.model_dump(exclude_defaults=True)


GROUPS: Final[tuple[type[BaseModel], ...]] = (ManagerTrouble, AgiTrouble, DialTrouble, PhoneTrouble)
