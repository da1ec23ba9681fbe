"""Networks by name, for demos: each a short table of conditions. A new one is one more entry of `NETWORKS`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from simulators.conditions import Conditions

NETWORKS: Final[Mapping[str, Conditions]] = {
    "good": Conditions(),
    "slow": Conditions(bind_latency=2, submit_latency=3, receipt_delay=60, ussd_latency=2),
    "rush-hour": Conditions(submit_throttle=5, submit_window=5, submit_latency=0.5, receipt_delay=120),
    "lossy": Conditions(
        submit_lost_answers=0.1, receipt_lost=0.1, receipt_twice=0.1, phone_twice=0.1, session_close_after=50
    ),
    "moody": Conditions(submit_refuse=0.2, submit_fail=0.1, receipt_intermediate=True, receipt_late_enroute=True),
    "crowded": Conditions(bind_limit=1, bind_linger=60, bind_pause=5, session_unbind_seconds=120),
    "disordered": Conditions(
        submit_reorder=5, submit_answer_twice=0.2, receipt_first=True, receipt_other_bind=True, phone_shuffle=True
    ),
    "hostile": Conditions(
        wire_junk="mixed",
        wire_junk_every=3,
        wire_trailing=2,
        wire_pieces=7,
        submit_error_body=True,
        submit_nack=0.05,
        session_reset=True,
        session_close_after=100,
    ),
    "dead": Conditions(session_half_open=True),
    "dialect-hex": Conditions(submit_ids="hex", receipt_ids="decimal", receipt_dialect="text-only"),
    "dialect-seconds": Conditions(submit_ids="padded", receipt_dialect="seconds", phone_segments="udh16"),
    "dialect-payload": Conditions(receipt_dialect="payload", phone_segments="payload", phone_data_sm=True),
    "dialect-bare": Conditions(
        bind_no_version=True, receipt_dialect="esm-class-0", phone_segments="sar", phone_form="bom"
    ),
    "phones-off": Conditions(phone_off=True),
}


def name(conditions: Conditions) -> str:
    """Return the name of these conditions; empty where they have none."""
    return next((known for known, those in NETWORKS.items() if those == conditions), "")
