"""Who a broadcast is for: expressions, what they mean, stored audiences, lists of phones.

The language stands in `clinic.audience.grammar`, what its clauses mean for a resident and for a mere number in
`clinic.audience.conditions`.
"""

from __future__ import annotations

from clinic.audience.counts import ClauseCount, columns, explain
from clinic.audience.expressions import BadExpression, Expression
from clinic.audience.grammar import parse
from clinic.audience.members import Cursor, Member, members

__all__ = ["BadExpression", "ClauseCount", "Cursor", "Expression", "Member", "columns", "explain", "members", "parse"]
