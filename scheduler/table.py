"""The table of jobs: what runs when, where, and why. A new job is a new line.

Jobs of the leader are kept in the database: one node runs them, a run that was missed is made up for once, and people
can pause them or ask for a run. Jobs of each node look after what only that node has, and live in its memory.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from clinic import outbox, passcodes
from clinic.care import alerts, family
from clinic.care import reminders as care
from clinic.children import reminders as children
from clinic.children import schedules
from clinic.fairness import absences
from clinic.medication import reminders as medication
from clinic.money import settlement
from clinic.sessions import changes, flow, lottery, making, waiting
from clinic.sessions.waiting import ending
from clinic.visit_notices import looking
from clinic.visits import holds
from scheduler import broadcasts, signs, work
from scheduler.cadence import Cadence, Every, daily, every, weekly
from scheduler.given import Given, Node
from scheduler.scans import in_turn, scans
from scheduler.verifying import verify_names


@dataclass(frozen=True, slots=True)
class Job:
    """A job of the leader. `work` returns in a few words what it found, "" for nothing worth a line.

    `at_once`: its first run ever does not wait for its time.
    """

    name: str
    work: Callable[[Given], Coroutine[Any, Any, str]]
    cadence: Cadence
    sentence: str
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class NodeJob:
    """A job of each node. `at_once`: at each start, too."""

    name: str
    work: Callable[[Given, Node], Coroutine[Any, Any, str]]
    cadence: Every
    sentence: str
    at_once: bool = False


# Where the rules have changed, everybody is to be looked at again, and then is.
VACCINES = in_turn(scans(schedules.scan, "children to look at again"), scans(children.scan, "reminders"))

# fmt: off
LEADER: tuple[Job, ...] = (
    Job("expire-vouchers", work.expire_vouchers, daily("00:05"),
        "Expires T-codes that were not used on their day, and counts those visits as not come.", at_once=True),
    Job("vaccine-reminders", VACCINES, daily("06:00"),
        "Tells families which vaccines are due; at the hour of notices, on working days."),
    Job("care-reminders", scans(care.scan, "reminders"), daily("06:10"),
        "Tells who is followed up for a chronic disease when to come, and their family when they did not."),
    Job("family-copies", scans(family.weekly, "summaries"), weekly("mon", "06:20"),
        "Tells families who agreed to copies how the readings of the week were."),
    Job("care-alerts", scans(alerts.escalate, "alerts"), every(minutes=1),
        "Tells the next one on duty of an emergency that nobody has seen to."),
    Job("medication-reminders", scans(medication.scan, "reminders"), every(minutes=1),
        "Tells who takes a medicine that it is time, and when the box runs low."),
    Job("visit-notices", scans(looking.scan, "notices"), every(minutes=1),
        "Tells that a visit is to come; afterwards who was missed is told so, who was there is asked how it was."),
    Job("unpaid-holds", scans(holds.scan, "places"), every(seconds=15),
        "Gives back the places of bookings that were not paid in time."),
    Job("settlement", scans(settlement.scan, "differences"), daily("07:00"),
        "Compares the payments of the last three days with what providers and hospitals say of them."),
    Job("waiting-list", scans(waiting.scan, "offers"), every(minutes=1),
        "Tells who waits of places that have come back, and gives back those that nobody wants."),
    Job("waiting-ends", scans(ending.scan, "entries"), daily("00:20"),
        "Ends what somebody waited for in vain, and tells it.", at_once=True),
    Job("draws", scans(lottery.scan, "tickets"), every(minutes=1),
        "Draws sessions whose time has come: the winners have places, the others are told."),
    Job("make-sessions", scans(making.scan, "sessions"), daily("00:20"),
        "Makes clinic sessions from the weekly roster, as far ahead as the settings say.", at_once=True),
    Job("session-flow", scans(flow.scan, "places"), every(minutes=1),
        "Gives the counter what is left of the places of phones and web, at the hour of each session."),
    Job("session-changes", scans(changes.scan, "visits"), every(minutes=1),
        "Goes on with the visits of a session that was stopped or moved, where the command was broken off."),
    Job("absences", scans(absences.scan, "blocks"), every(minutes=1),
        "Counts visits that were missed or given up by the rules of absence, and blocks who has reached one."),
    Job("verify-names", verify_names, every(minutes=5),
        "Asks the register whether names and identity numbers belong together."),
    Job("forget-codes", scans(passcodes.scan, "codes"), every(minutes=5),
        "Blanks one-time codes that have expired, and forgets old ones."),
    Job("scalper-signs", signs.look, every(hours=1),
        "Notes phones that look as if they trade with places, for staff to judge."),
    Job("broadcasts", broadcasts.go_on, every(seconds=10),
        "Writes what is not written yet of broadcasts, and ends those of which all has gone.", at_once=True),
    Job("forget-receipts", work.forget_receipts, every(hours=1),
        "Drops delivery receipts that found no message.", at_once=True),
    Job("forget-segments", work.forget_segments, every(hours=1),
        "Drops segments of long texts from phones whose rest never came."),
)

NODE: tuple[NodeJob, ...] = (
    NodeJob("recover-messages", work.recover_messages, Every(outbox.LEASE),
            "Sends once more what a sender that died had claimed."),
    NodeJob("recover-calls", work.recover_calls, Every(outbox.LEASE),
            "Makes calls once more that a gateway that died had begun."),
    NodeJob("sweep-shared-state", work.sweep_shared_state, every(hours=1),
            "Lets go of what has expired in the shared state."),
    NodeJob("remove-old-sound", work.remove_old_sound, every(hours=1),
            "Removes sound files that belong to no call any more.", at_once=True),
)
# fmt: on


def by_name(jobs: Iterable[Job]) -> dict[str, Job]:
    """The jobs by their names; ValueError where two have one."""
    jobs = list(jobs)
    named = {job.name: job for job in jobs}
    if len(named) < len(jobs):
        raise ValueError("two jobs have one name")
    return named
