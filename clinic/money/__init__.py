"""Money: a ledger with two sides, what is charged and given back, accounts, payments on their way.

It knows visits as rows only; what a payment means for its visit is `clinic.visits.paid`.
"""

from __future__ import annotations
