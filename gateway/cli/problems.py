"""What can go wrong in any command, in words: the reason, then what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

FAILED, WRONG = 1, 2


class Problem(click.ClickException):
    """Ends the command: `message` on standard error, `exit_code` to the shell (1 failed, 2 wrongly asked)."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def listed(heading: str, lines: Sequence[str]) -> str:
    """A heading and, beneath it, a line for each."""
    return "\n".join([heading, *(f"  {line}" for line in lines)])


@contextmanager
def told() -> Iterator[None]:
    """Turns what the rooms below raise into a Problem; what nobody foresaw keeps its traceback."""
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError  # noqa: PLC0415  --help needs none

    from clinic.errors import StoreBusy  # noqa: PLC0415
    from gateway.config import ConfigError  # noqa: PLC0415
    from tcode.fonts import NoFont  # noqa: PLC0415
    from tcode.keyring import BadKeys  # noqa: PLC0415

    try:
        yield
    except ConfigError as error:
        raise Problem(listed("the settings cannot be used:", error.mistakes), WRONG) from error
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise Problem(f"[database] url cannot be used: {error}", WRONG) from error
    except StoreBusy as error:
        raise Problem(f"{error}; try again, and see `caredial check`") from error
    except DBAPIError as error:
        raise Problem(f"the database refused: {error.orig}; see `caredial check`") from error
    except (BadKeys, NoFont) as error:
        raise Problem(str(error)) from error
    except PermissionError as error:
        raise Problem(f"{error.filename}: {error.strerror}; run this as the user of the daemon") from error
