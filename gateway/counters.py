"""What an operator would ask for, counted (Prometheus). A name once given stays."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sized
from functools import lru_cache, partial

from prometheus_client import Counter, Gauge, Histogram

from gateway.entrance import Entrance
from ivr.ami.link import Link as AmiLink
from smpp.link import Link, LinkError, NotAnswered
from smpp.pdu import SubmitSmResp
from smpp.status import classify

SMS_SENT = Counter("caredial_sms_sent", "Outgoing messages settled, by outcome and class.", ["outcome", "class"])
SMS_RECEIVED = Counter("caredial_sms_received", "SMS from phones, by what was done.", ["outcome"])
RECEIPTS = Counter("caredial_receipts", "Delivery receipts, by the state they tell.", ["state"])
USSD_EVENTS = Counter("caredial_ussd_events", "What happened to USSD sessions.", ["event"])
USSD_STEP = Histogram(
    "caredial_ussd_step_seconds",
    "From the subscriber's input to our next screen handed to the link.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
PUSHES = Counter("caredial_pushes", "Events for the webhooks of clients, by what became of a push.", ["outcome"])
CHECKS = Counter("caredial_tcode_checks", "T-codes shown to kiosks, by outcome.", ["outcome"])
LINK_BOUND = Gauge("caredial_smpp_link_bound", "1 while the link is bound.", ["link"])
LINK_WINDOW = Gauge("caredial_smpp_link_window_used", "Submits waiting for their answer.", ["link"])
LINK_PACE = Gauge(
    "caredial_smpp_link_pace", "Submits a second that the link allows itself now, 0 for no limit.", ["link"]
)
LINK_THROTTLED = Gauge("caredial_smpp_link_throttled", "1 while the SMS centre's throttling slows the link.", ["link"])
LINK_QUEUED = Gauge("caredial_smpp_link_queued", "Submits waiting for a place in a window or for the pace.", ["link"])
LINK_BINDS = Gauge("caredial_smpp_link_binds_bound", "Binds of the link that are bound.", ["link"])
LINK_SUBMITS = Counter("caredial_smpp_link_submits", "Submits by the class of their answer.", ["link", "answer"])
LINK_RECEIPTS = Counter(
    "caredial_smpp_link_receipts", "Delivery receipts of a link, by their state.", ["link", "state"]
)
CALLS = Counter("caredial_calls", "Telephone calls that ended, by direction and outcome.", ["direction", "outcome"])
CALL_EVENTS = Counter("caredial_call_events", "What happened to telephone calls.", ["event"])
CALL_SECONDS = Histogram(
    "caredial_call_seconds",
    "How long telephone calls lasted.",
    ["direction"],
    buckets=(5, 15, 30, 60, 120, 180, 300, 600, 1200),
)
CALL_STEP = Histogram(
    "caredial_call_step_seconds",
    "From a caller's key to our next prompt handed to Asterisk.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
CALLS_LIVE = Gauge("caredial_calls_live", "Telephone calls that are live now.")
SERVER_READY = Gauge("caredial_ivr_server_ready", "1 while an Asterisk is logged in to and booted.", ["server"])
TALKS = Gauge("caredial_talks", "Phones in conversation with us, on all channels.")
TALKS_MOST = Gauge("caredial_talks_most", "How many may be at a time, as the database allows now.")
TALKS_WAITING = Gauge("caredial_talks_waiting", "Callers and SMS that wait for their turn to come in.")
PROMPTS_MISSING = Gauge("caredial_prompts_missing", "Prompts that are missing: with any, no call is answered.")


def watch(link: Link) -> None:
    """Have the gauges of a link read it whenever they are asked for."""
    LINK_BOUND.labels(link.name).set_function(lambda: int(link.bound))
    LINK_WINDOW.labels(link.name).set_function(lambda: link.window_used)
    LINK_PACE.labels(link.name).set_function(lambda: link.status().pace)
    LINK_THROTTLED.labels(link.name).set_function(lambda: int(link.throttled))
    LINK_QUEUED.labels(link.name).set_function(lambda: link.queued)
    LINK_BINDS.labels(link.name).set_function(
        lambda: sum(bind.state.startswith("bound") for bind in link.status().binds)
    )


def submits(link: str, answer: str, many: int = 1) -> None:
    """Count submits over a link by their answer: its class, "not answered" or "link down"."""
    _submits(link, answer).inc(many)


@lru_cache(256)
def _submits(link: str, answer: str) -> Counter:
    return LINK_SUBMITS.labels(link, answer)


def count_receipt(link: str, state: str) -> None:
    for counter in _receipts(link, state):
        counter.inc()


@lru_cache(256)
def _receipts(link: str, state: str) -> tuple[Counter, Counter]:
    return RECEIPTS.labels(state), LINK_RECEIPTS.labels(link, state)


async def counted(link: Link, submit: Awaitable[SubmitSmResp]) -> SubmitSmResp:
    """Wait for the answer to a submit over this link, and count it."""
    try:
        answer = await submit
    except LinkError as error:
        submits(link.name, "not answered" if isinstance(error, NotAnswered) else "link down")
        raise
    submits(link.name, classify(answer.status, link.settings.vendor_classes).value)
    return answer


class UssdCounts:
    """Counts for the menus (the port `ussd_menus.sessions.Counts`)."""

    def event(self, name: str) -> None:
        USSD_EVENTS.labels(name).inc()

    def took(self, seconds: float) -> None:
        USSD_STEP.observe(seconds)


class CallCounts:
    """Counts for the hotline (the port `ivr.calls.ports.Counts`)."""

    def event(self, name: str) -> None:
        CALL_EVENTS.labels(name).inc()

    def took(self, seconds: float) -> None:
        CALL_STEP.observe(seconds)

    def ended(self, direction: str, outcome: str, seconds: float) -> None:
        CALLS.labels(direction, outcome).inc()
        CALL_SECONDS.labels(direction).observe(seconds)


def watch_entrance(entrance: Entrance) -> None:
    """Have the gauges of the line before the dialogs read it whenever they are asked for."""
    TALKS.set_function(lambda: entrance.inside.many)
    TALKS_MOST.set_function(lambda: int(entrance.inside.most))
    TALKS_WAITING.set_function(lambda: entrance.waiting)


def watch_hotline(servers: Mapping[str, AmiLink], calls: Sized) -> None:
    """Have the gauges of the hotline read it whenever they are asked for."""
    CALLS_LIVE.set_function(lambda: len(calls))
    for name, server in servers.items():
        SERVER_READY.labels(name).set_function(partial(_ready, server))


def _ready(server: AmiLink) -> int:
    return int(server.ready)
