"""The group `caredial care`."""

from __future__ import annotations

import click

from gateway.cli.care.alerting import alerts
from gateway.cli.care.copying import copies
from gateway.cli.care.files import readings, show, trend
from gateway.cli.care.metering import meters
from gateway.cli.care.plans import end, enrol, list_, risk, visit


@click.group(short_help="Follow-up of blood pressure and diabetes.")
def care() -> None:
    """Follow residents up for high blood pressure and diabetes.

    Visits face to face are written down here; from them the next one is computed, reminded of, and counted for the
    year. Readings come by SMS, USSD, hotline and meters, and never count as a visit. PERSON is a number of ours (as
    lists show it), an identity number, a phone or a name. Names and phones are masked unless --shown, which stands in
    the audit trail.

    \b
    Examples:
        caredial care list --doctor DY-QK-1 --due
        caredial care show 8
        caredial care visit 8 --condition hypertension --bp 135/82
        caredial care risk
        caredial care alerts
    """


for command in (list_, show, readings, trend, risk, enrol, visit, end, alerts, copies, meters):
    care.add_command(command)
