"""What can go wrong in any command, in words: the reason, then what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

FAILED = 1


class Problem(click.ClickException):
    """Ends the command: the message goes to standard error, 1 to the shell."""

    exit_code = FAILED


class Mistake(Problem):
    """The command or the settings were wrong: nothing was tried."""

    exit_code = 2


class Doubt(Exception):
    """Something that was looked at may be meant so, but hardly is: a warning."""


def listed(heading: str, lines: Sequence[str]) -> str:
    """A heading and, beneath it, a line for each."""
    return "\n".join([heading, *(f"  {line}" for line in lines)])


@contextmanager
def told() -> Iterator[None]:
    """Turns what the rooms below raise into a Problem; what nobody foresaw keeps its traceback."""
    try:
        yield
    except (click.ClickException, click.Abort, click.exceptions.Exit):
        raise
    except Exception as error:
        problem = _problem(error)
        if problem is None:
            raise
        raise problem from error


def _problem(error: Exception) -> Problem | None:
    """What to tell of this error, and what to do about it; None for a fault of ours."""
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415  imported only now: --help should be quick

    from clinic.errors import StoreBusy  # noqa: PLC0415
    from gateway.config import ConfigError  # noqa: PLC0415
    from tcode.fonts import NoFont  # noqa: PLC0415
    from tcode.keyring import BadKeys  # noqa: PLC0415

    found: Problem | None = None
    match error:
        case ConfigError():
            found = Mistake(listed("the settings cannot be used:", error.mistakes))
        case StoreBusy():
            found = Problem(f"{error}; try again, and see `caredial check`")
        case DBAPIError():
            found = Problem(f"the database refused: {error.orig}; see `caredial check`")
        case ModuleNotFoundError(name="psycopg"):
            found = Problem("PostgreSQL needs a driver: pip install 'caredial[postgresql]'")
        case BadKeys() | NoFont():
            found = Problem(str(error))
        case PermissionError():
            found = Problem(f"{error.filename}: {error.strerror}; run this as the user of the daemon")
    return found
