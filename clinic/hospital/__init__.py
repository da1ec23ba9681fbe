"""The hospital's system: sessions, visits, patients and fees as FHIR R4 (hl7.org/fhir/R4), in and out.

A department, or one of its practitioners, is a Schedule; a clinic session is one Slot of it, with its places counted in
an extension: the places of a session are not told apart, only their queue numbers are, and those belong to visits. A
visit is an Appointment. Its fee is an extension of the Appointment, and not a resource of its own: it is a value of the
same row, and would have the same version. docs/hospital.md is the contract with all elements.

`written` out, `forms` and `slot_values` in, `slots`, `appointments` and `patients` what a resource that is put does,
`search` and `puts` the rest. It uses the doors that staff and phones use: it books, withdraws and stops by them.
"""

from __future__ import annotations
