"""`caredial ivr check`: what is wrong with a live Asterisk, and what to do about it."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.ivr.duty import doubts
from gateway.cli.ivr.servers import servers_of
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import FAILED, Problem
from gateway.cli.words import Line

if TYPE_CHECKING:
    from gateway.config import Settings
    from ivr.findings import Finding

STYLES: dict[str, dict[str, Any]] = {
    "ok": {"fg": "green"},
    "warning": {"fg": "yellow"},
    "problem": {"fg": "red", "bold": True},
}
TEXT = "voice.goodbye"
"""What is played to see whether Asterisk can read it: short, and without a word of anybody's."""


@click.command(short_help="Tell what is wrong with the Asterisks.")
@click.option("--server", metavar="NAME", default="", help="Only this one. Default: all of [ivr.servers].")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON document.")
@with_config
@click.pass_context
def check(ctx: click.Context, server: str, as_json: bool, config: Path | None) -> None:
    """Log in to each Asterisk and look at all that the hotline needs: a line for each thing, and what to do about it.

    Looked at: prompts and the way to the duty phones; address, TLS, login, version, the account's rights (each action
    is tried so that nothing comes of it), modules, the dialplan at the hotline's number, the trunks' codecs. Then
    Asterisk calls itself by [caredial-check] of conf/asterisk/extensions.conf: are we told of the call, of a key, of
    the hangup; can Asterisk play what we compose and record a name, by the same paths as we? No telephone is rung, all
    that was begun is hung up, and it takes a few seconds. A daemon may run meanwhile and is not disturbed.

    Run it as the daemon's user: folders and files are made as the daemon would make them. Exits with 1 where there is
    a problem; a warning is something that could not be looked at, or that may be meant so.

    \b
    Examples:
        caredial ivr check
        caredial ivr check --server main
        caredial ivr check --json | jq '.servers[].findings[] | select(.level != "ok")'
        sudo -u caredial caredial ivr check --config /etc/caredial/caredial.toml
    """
    settings = read_settings(config)
    names = servers_of(settings, server)
    here, clip = _prepared(settings)
    found = {name: list(findings) for name, findings in _probed(settings, names, clip).items()}
    if as_json:
        servers = [{"name": name, "findings": list(map(asdict, each))} for name, each in found.items()]
        click.echo(json.dumps({"findings": list(map(asdict, here)), "servers": servers}, ensure_ascii=False))
    else:
        _show("here", here)
        for name, findings in found.items():
            _show(f"server {name}", findings)
    problems = sum(each.level == "problem" for findings in (here, *found.values()) for each in findings)
    if problems:
        click.echo(f"{problems} problem{'s' if problems > 1 else ''}", err=True)
        ctx.exit(FAILED)


def _show(title: str, findings: list[Finding]) -> None:
    click.echo(f"{title}:")
    for finding in findings:
        level = click.style(finding.level, **STYLES[finding.level])
        click.echo(f"  {level}{str(finding).removeprefix(finding.level)}")


def _prepared(settings: Settings) -> tuple[list[Finding], Path | None]:
    """What is found on our side, and a clip that Asterisk shall play, composed as for a call."""
    from gateway.speech import open_library, open_voice  # noqa: PLC0415
    from ivr.findings import ok, problem  # noqa: PLC0415
    from ivr.speech.clips import Clips  # noqa: PLC0415
    from ivr.speech.espeak import NoVoice  # noqa: PLC0415

    prompts = settings.ivr.prompts
    found = [_missing(settings), *_duty(settings)]
    try:
        prompts.names.mkdir(parents=True, exist_ok=True)
        megabytes = prompts.clips_megabytes
        clips = Clips(open_library(settings), prompts.clips, open_voice(settings), most_octets=megabytes * 1_000_000)
        clip = clips.clip([(settings.installation.language, Line(TEXT, {}))])
    except OSError as error:
        look = "look at [ivr.prompts] clips and names; run this as the user of the daemon"
        return [*found, problem(f"{error.filename}: {error.strerror}", look)], None
    except NoVoice as error:
        return [*found, problem(str(error), "or build the prompts elsewhere, and bring their folder")], None
    return [*found, ok(f"a prompt can be composed: {clip.text}")], clip.path


def _missing(settings: Settings) -> Finding:
    """Whether all prompts are there; their names are of the data, so the database must be there, too."""
    from clinic import spoken_names  # noqa: PLC0415
    from gateway.speech import open_library  # noqa: PLC0415
    from ivr.findings import ok, problem  # noqa: PLC0415
    from ivr.speech.phrases import needed  # noqa: PLC0415

    try:
        with opened_store(settings) as store:
            wanted = needed(store.run_now(spoken_names.all_names))
    except Problem as error:
        return problem(f"the names that are spoken could not be read: {error.message}", "see `caredial check`")
    missing = open_library(settings).missing(wanted)
    if missing:
        return problem(f"{len(missing)} of {len(wanted)} prompts are missing, and no call is answered",
                       "run `caredial prompts build`")  # fmt: skip
    return ok(f"all {len(wanted)} prompts are there")


def _duty(settings: Settings) -> list[Finding]:
    from ivr.findings import ok, warning  # noqa: PLC0415

    try:
        found = [warning(what, todo) for what, todo in doubts(settings)]
    except Problem:
        return []  # that the database cannot be read has been said
    return found or [ok("a trunk carries every duty phone")]


def _probed(settings: Settings, names: list[str], clip: Path | None) -> dict[str, list[Finding]]:
    """Probe one after the other, in a reactor of its own."""
    # The reactor is installed by its import, and whoever only asks for --help needs none.
    from twisted.internet import reactor as twisted_reactor  # noqa: PLC0415, TID251
    from twisted.internet.defer import Deferred  # noqa: PLC0415
    from twisted.internet.task import react  # noqa: PLC0415

    from ivr.probe import Wanted, probe  # noqa: PLC0415

    logging.getLogger("caredial").addHandler(logging.NullHandler())  # all that matters is in the findings
    wanted = Wanted(settings.installation.hotline, settings.ivr, clip)
    found: dict[str, list[Finding]] = {}

    async def all_of_them(reactor: Any) -> None:
        for name in names:
            found[name] = await probe(name, wanted, reactor)

    try:
        react(lambda reactor: Deferred.fromCoroutine(all_of_them(reactor)), _reactor=twisted_reactor)
    except SystemExit as ended:  # react always leaves so; what had failed it has written to standard error
        if ended.code:
            raise
    return found
