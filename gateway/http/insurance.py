"""A card is in the kiosk: what its reader has settled with the insurer, for a visit that was checked in there.

What a kiosk may do by it: let the insurer pay of what a resident has paid already, which goes back to that resident.
"""

from __future__ import annotations

import json
from typing import Any

from clinic import vouchers
from clinic.money import amounts, insurance
from clinic.money.amounts import BadAmount
from clinic.money.insurance import NotSwappable, Swapped
from clinic.views import KioskView
from gateway.http.answers import Refusal
from gateway.http.ports import Office

EXAMPLE = '{"visit": 812, "covered": "8.00", "currency": "CNY", "reference": "YB-17"}'
MOST_REFERENCE = 64


async def settle(office: Office, kiosk: KioskView, octets: bytes) -> dict[str, Any]:
    """The answer to POST /api/kiosk/insurance. Raises Refusal. Sent again, it gives the same and says `again`."""
    visit, covered, currency, reference = _read(octets)
    view = await office.store.run(vouchers.by_visit, visit=visit, centre=kiosk.centre)
    if view is None or view.state != "used":
        raise Refusal(404, "not_found", "no visit with this number was checked in at this centre")
    try:
        ours = await office.store.run(insurance.currency, visit=visit)
        if currency != ours:
            raise Refusal(400, "bad_amount", f"this centre's books are kept in {ours}")
        done = await office.store.run(
            insurance.swap,
            visit=visit,
            covered=amounts.units(covered, ours),
            reference=reference,
            by=f"kiosk:{kiosk.id}",
            now=office.now(),
        )
    except BadAmount as error:
        raise Refusal(400, "bad_amount", f"covered: {error}") from error
    except NotSwappable as error:
        raise Refusal(409, "not_swappable", error.said) from error
    return _document(visit, done)


def _read(octets: bytes) -> tuple[int, str, str, str]:
    try:
        said = json.loads(octets)
    except ValueError as error:
        raise Refusal(400, "bad_json", f"send JSON, as {EXAMPLE}") from error
    known = {"visit": int, "covered": str, "currency": str, "reference": str}
    if not isinstance(said, dict) or any(type(said.get(name)) is not kind for name, kind in known.items()):
        raise Refusal(400, "bad_json", f"send a number and three texts, as {EXAMPLE}")
    if not 0 < said["visit"] < 2**31 or not said["reference"].strip() or len(said["reference"]) > MOST_REFERENCE:
        raise Refusal(400, "bad_json", f"a visit has a number, the settlement a reference of at most {MOST_REFERENCE}")
    return said["visit"], said["covered"], said["currency"], said["reference"].strip()


def _document(visit: int, done: Swapped) -> dict[str, Any]:
    return {
        "visit": visit,
        "covered": amounts.written(done.covered.fen, done.covered.currency),
        "own": amounts.written(done.own.fen, done.own.currency),
        "currency": done.covered.currency,
        "back": done.back,
        "again": done.again,
    }
