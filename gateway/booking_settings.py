"""Settings that keep booking fair; the fields of `clinic.rules.BookingRules`."""

from __future__ import annotations

from pydantic import Field

from gateway.message_settings import Table


class BookingSettings(Table):
    person_day: int = Field(2, ge=0, le=20, description="Most visits of one person on one day; 0: no limit.")
    person: int = Field(6, ge=0, le=100, description="Most visits of one person that are still to come; 0: no limit.")
    phone: int = Field(
        12, ge=0, le=200, description="Most visits booked by one phone that are still to come; 0: no limit."
    )
    phone_day: int = Field(
        12, ge=0, le=200, description="Most visits that a phone may book within a day, given up or not; 0: no limit."
    )
    hold_minutes: int = Field(
        15, ge=2, le=1440, description="Minutes for which a booking that is to be paid holds its place."
    )
    drawn_hours: int = Field(12, ge=1, le=72, description="Hours for which a place that was drawn waits to be paid.")
    offer_minutes: int = Field(
        15, ge=1, le=1440, description="Minutes after which a place that came back is told to the next who wait."
    )
    offer_at_once: int = Field(
        3, ge=1, le=50, description="How many of those who wait are told at a time of a place that came back."
    )
    late_minutes: int = Field(
        30, ge=0, le=240, description="Minutes by which somebody may come late and keep their queue number."
    )
    identities: int = Field(
        5, ge=1, le=100, description="People whom a phone may name before it is shown to staff as a possible scalper."
    )
    grabs: int = Field(
        5, ge=1, le=100, description="Bookings given up within a month after which a phone is shown to staff."
    )
    code_minutes: int = Field(5, ge=1, le=60, description="Minutes for which a code that proves a phone is good.")
    code_seconds: int = Field(
        60, ge=0, le=3600, description="Seconds after which such a code can be sent again at the earliest."
    )
    code_wrong: int = Field(5, ge=1, le=20, description="Wrong tries after which such a code is void.")
