"""What `caredial check` looks at of the hotline: all that can be told without a call."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.ivr.door import logged_in
from gateway.cli.ivr.duty import doubts
from gateway.cli.opening import opened_store
from gateway.cli.problems import Doubt, Problem

if TYPE_CHECKING:
    from gateway.config import Settings

PROGRAMS = ("espeak-ng", "sox")


def looks(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    """Each thing to look at, and the look: what was found; Problem where it will not do."""
    if not settings.ivr.servers:
        return
    yield "voice", _voice
    yield "prompts", partial(_prompts, settings)
    yield "clips", partial(_folder, settings.ivr.prompts.clips)
    yield "names", partial(_folder, settings.ivr.prompts.names)
    yield "duty phone", partial(_duty, settings)
    for name, server in settings.ivr.servers.items():
        yield f"server {name}", partial(logged_in, name, server)


def _voice() -> str:
    """Also of use where all prompts are there: names of residents are spoken on the spot."""
    from ivr.speech.espeak import PACKAGES  # noqa: PLC0415

    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        raise Problem(f"{' and '.join(missing)}: not installed; {PACKAGES}")
    return " and ".join(PROGRAMS)


def _prompts(settings: Settings) -> str:
    from clinic import spoken_names  # noqa: PLC0415
    from gateway.speech import open_library  # noqa: PLC0415
    from ivr.speech.phrases import needed  # noqa: PLC0415

    with opened_store(settings) as store:
        wanted = needed(store.run_now(spoken_names.all_names))
    missing = open_library(settings).missing(wanted)
    if missing:
        raise Problem(
            f"{len(missing)} of {len(wanted)} are missing, and no call is answered; run `caredial prompts build`"
        )
    return f"{len(wanted)} in {settings.ivr.prompts.folder}"


def _duty(settings: Settings) -> str:
    found = [f"{what}; {todo}" for what, todo in doubts(settings)]
    if found:
        raise Doubt("\n".join(found))
    return "a trunk carries it"


def _folder(folder: Path) -> str:
    """Which folder on the way is closed to others; whether Asterisk's user is one of those only it can tell."""
    from ivr.findings import closed_to_others  # noqa: PLC0415

    if folder.exists() and not folder.is_dir():
        raise Problem(f"{folder}: is no folder")
    closed = closed_to_others(folder)
    if closed is None:
        return str(folder)
    return f"{folder}; {closed} is open only to its owner and group: Asterisk's user must be one of those"
