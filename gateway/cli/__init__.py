"""The command line. `caredial COMMAND --help` tells what a command does, with examples."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points

import click

from gateway.cli.problems import told

# Loaded when it is asked for: `caredial --help` should not wait for the database's and the network's libraries.
COMMANDS = {
    "init": "gateway.cli.init:init",
    "run": "gateway.cli.run:run",
    "check": "gateway.cli.check:check",
    "db": "gateway.cli.db:db",
    "import": "gateway.cli.importing:import_",
    "smpp": "gateway.cli.smpp.group:smpp",
    "kiosk": "gateway.cli.kiosk:kiosk",
    "tcode": "gateway.cli.tcode:tcode",
    "visits": "gateway.cli.visits:visits",
    "queue": "gateway.cli.queue:queue",
    "home-visits": "gateway.cli.home_visits:home_visits",
    "people": "gateway.cli.people.group:people",
    "children": "gateway.cli.children.group:children",
    "medication": "gateway.cli.medication:medication",
    "audience": "gateway.cli.audience:audience",
    "ivr": "gateway.cli.ivr.group:ivr",
    "calls": "gateway.cli.calls:calls",
    "messages": "gateway.cli.messages:messages",
    "sessions": "gateway.cli.sessions.group:sessions",
    "draws": "gateway.cli.draws:draws",
    "accounts": "gateway.cli.accounts:accounts",
    "payments": "gateway.cli.payments:payments",
    "settle": "gateway.cli.settle:settle",
    "satisfaction": "gateway.cli.satisfaction:satisfaction",
    "fairness": "gateway.cli.fairness.group:fairness",
    "prompts": "gateway.cli.prompts:prompts",
    "broadcast": "gateway.cli.broadcast.group:broadcast",
    "consent": "gateway.cli.consent:consent",
    "staff": "gateway.cli.staff:staff",
    "care": "gateway.cli.care.group:care",
    "clients": "gateway.cli.clients:clients",
    "hospital": "gateway.cli.hospital:hospital",
    "jobs": "gateway.cli.jobs:jobs",
}
GROUP = "caredial.commands"


class Commands(click.Group):
    """Our commands in the order of a first use, then those of the entry-point group `caredial.commands`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [*COMMANDS, *sorted(entry.name for entry in entry_points(group=GROUP) if entry.name not in COMMANDS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name in COMMANDS:
            module, _, name = COMMANDS[cmd_name].partition(":")
            found = getattr(import_module(module), name)
        else:
            found = next((entry.load() for entry in entry_points(group=GROUP, name=cmd_name)), None)
        return found if isinstance(found, click.Command) else None

    def invoke(self, ctx: click.Context) -> object:
        with told():
            return super().invoke(ctx)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="caredial", prog_name="caredial")
def main() -> None:
    """CareDial: residents book a visit by any phone and scan a T-code at the kiosk.

    \b
    To try everything on this machine:
        caredial init --sample
        caredial run --with-simulator

    Every command has --help, with examples. Most take --json for scripts; what cannot be undone asks first, unless
    --yes says not to. Staff at the counter begin with visits, queue and sessions.

    Commands read the settings from --config FILE, else $CAREDIAL_CONFIG, else ./caredial.toml, else
    /etc/caredial/caredial.toml. A command that fails says what to do, and exits with 1; with 2 where the command or
    the settings were wrong.
    """
