"""What commands open: the settings and the store."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from gateway.config import Settings
    from gateway.store import Store

HERE, SYSTEM = Path("caredial.toml"), Path("/etc/caredial/caredial.toml")

Command = TypeVar("Command", bound=Callable[..., Any])


def with_config(command: Command) -> Command:
    """Gives a command the option --config, as its argument `config`."""
    option = click.option(
        "--config",
        metavar="FILE",
        envvar="CAREDIAL_CONFIG",
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"Settings (TOML). Default: $CAREDIAL_CONFIG, ./{HERE}, {SYSTEM}.",
    )
    return option(command)


def chosen(config: Path | None) -> Path:
    """The settings file to use, also where it does not exist yet."""
    return config or (SYSTEM if SYSTEM.exists() and not HERE.exists() else HERE)


def read_settings(config: Path | None) -> Settings:
    """The settings; ConfigError with all mistakes, Problem where there is no file."""
    from gateway.config import load  # noqa: PLC0415  pydantic takes its time, and --help needs none

    path = chosen(config)
    if not path.exists():
        raise Mistake(f"{path}: there is no such file; `caredial init --config {path}` makes one")
    return load(path)


@contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """The store, known to have this code's schema."""
    with bare_store(settings) as store:
        refuse_missing_file(store)
        try:
            store.check()
        except RuntimeError as error:
            raise Problem(str(error)) from error
        yield store


@contextmanager
def bare_store(settings: Settings) -> Iterator[Store]:
    """The store, whatever its schema; an SQLite file is made where none is, readable for its owner only."""
    from gateway.store import Store, connect  # noqa: PLC0415

    database = settings.database
    engine = connect(database.url.get_secret_value(), threads=database.threads)
    try:
        with private_files():
            yield Store(engine, tries=database.tries)
    finally:
        engine.dispose()


def refuse_missing_file(store: Store) -> None:
    """SQLite would make an empty database, and hide that the settings point to a wrong place."""
    url = store.engine.url
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        raise Problem(f"{url.database}: there is no such database; run `caredial init`")


@contextmanager
def private_files() -> Iterator[None]:
    """Files made meanwhile are for their owner alone: they hold names and phone numbers."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
