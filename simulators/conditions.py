"""How badly the network behaves. Everything is off by default and may be changed while it runs."""

from __future__ import annotations

from collections import deque
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Conditions(BaseModel):
    """The misbehaviour of the network. Times are seconds, shares 0 to 1; 0 and false mean "not at all"."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    latency: float = Field(default=0, ge=0, le=600, description="Seconds before a submit is worked on and answered.")
    throttle: int = Field(default=0, ge=0, description="Most submits a second of one account, then ESME_RTHROTTLED.")
    drop_after: int = Field(default=0, ge=0, description="Close a connection after this many requests of the ESME.")
    receipt_delay: float = Field(
        default=0, ge=0, le=86400, description="Seconds from a submit to its delivery receipt."
    )
    fail: float = Field(default=0, ge=0, le=1, description="Share of messages that never arrive (receipt UNDELIV).")
    refuse: float = Field(default=0, ge=0, le=1, description="Share of submits refused with ESME_RSYSERR.")
    receipt_first: bool = Field(default=False, description="Send the receipt before the answer to its submit.")
    hex_ids: bool = Field(
        default=False, description="Write message ids in hexadecimal in answers, in decimal in receipts."
    )
    silent: bool = Field(default=False, description="Answer no submit at all.")

    def changed(self, changes: dict[str, Any]) -> Conditions:
        """Return the conditions after `changes`, by field name. Raises pydantic.ValidationError."""
        return type(self).model_validate(self.model_dump() | changes)


class Throttle:
    """Counts requests within the last second."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def admits(self, most: int, now: float) -> bool:
        """Tell whether one more request is within `most` a second (0: no limit), and count it if so."""
        while self._times and self._times[0] <= now - 1:
            self._times.popleft()
        if most and len(self._times) >= most:
            return False
        if most:
            self._times.append(now)
        return True
