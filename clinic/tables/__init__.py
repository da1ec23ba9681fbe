"""The tables. Rows never leave a use case: what comes out are the frozen views of `clinic.views`.

Times are stored as UTC and come back aware; a clinic session's day and hours are local to the installation.
States use the words of HL7 FHIR R4 where it has them (Appointment.status: booked, arrived, cancelled, noshow).
"""

from __future__ import annotations

from clinic.tables.base import Base, Channel, Id, Instant
from clinic.tables.messages import NOT_COME, TO_CALL, Call, Inbound, InboundPart, Message, MessagePart, Receipt
from clinic.tables.people import Immunization, RelatedPerson, Resident, Subscriber
from clinic.tables.places import Centre, ClinicSession, Department, Practitioner
from clinic.tables.trail import Audit
from clinic.tables.visits import Alarm, HomeVisit, Kiosk, Visit, Voucher

__all__ = [
    "NOT_COME",
    "TO_CALL",
    "Alarm",
    "Audit",
    "Base",
    "Call",
    "Centre",
    "Channel",
    "ClinicSession",
    "Department",
    "HomeVisit",
    "Id",
    "Immunization",
    "Inbound",
    "InboundPart",
    "Instant",
    "Kiosk",
    "Message",
    "MessagePart",
    "Practitioner",
    "Receipt",
    "RelatedPerson",
    "Resident",
    "Subscriber",
    "Visit",
    "Voucher",
]
