"""A stranger's check of a draw, as docs/lottery.md shows it: python recompute.py draw.json"""

import hashlib
import hmac
import json
import sys
from pathlib import Path

draw = json.loads(Path(sys.argv[1]).read_text())
seed, tickets = bytes.fromhex(draw["seed"]), sorted(entry["ticket"] for entry in draw["tickets"])
assert hashlib.sha256(seed).hexdigest() == draw["commitment"], "another seed than the one that was fixed"
listed = "".join(f"{ticket}\n" for ticket in tickets).encode()
assert hashlib.sha256(listed).hexdigest() == draw["entries_digest"], "other tickets than those at the close"
order = sorted(tickets, key=lambda ticket: hmac.new(seed, str(ticket).encode(), hashlib.sha256).digest())
published = sorted(draw["tickets"], key=lambda entry: entry["rank"])
assert [entry["ticket"] for entry in published] == order, "another order than the seed gives"
print(f"all right: {len(tickets)} tickets")  # noqa: T201
