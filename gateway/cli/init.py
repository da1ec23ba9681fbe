"""`caredial init`: everything that a first start needs, made where it is missing."""

from __future__ import annotations

import datetime as dt
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.opening import (
    bare_store,
    chosen,
    private_files,
    read_settings,
    with_config,
)
from gateway.keys import CALLBACK_KEY, open_keyring, open_vault
from mobilemoney.callbacks import open_key

if TYPE_CHECKING:
    from gateway.config import Settings
    from gateway.store import Store

SAMPLE_SETTINGS = """\
# CareDial with the sample centres, the built-in SMS centre and Asterisk, all on this machine:
# caredial run --with-simulator
# Every setting there is, with its default: {full}

[http]
port = {http_port}

[smpp.links.main]
host = "127.0.0.1"
port = {smpp_port}
system_id = "caredial"
password = "caredial"

# How the sample's meter with a SIM card (154 0000 9001) writes its readings.
[care.meters.example]
format = "BP:{{systolic}}/{{diastolic}},P:{{pulse}},T:{{time:%y%m%d%H%M}},ID:{{serial}}"

# The operator and who is on duty are telephones of the handset page, too: open it for their number to answer.
[ivr]
operator = "PJSIP/15499990000"
emergency = "15499990009"

[ivr.servers.main]
host = "127.0.0.1"
port = {manager_port}
username = "caredial"
secret = "caredial"

[ivr.trunks.main]
server = "main"
dial = "PJSIP/{{number}}@trunk"

# Dongyuan's fees can be paid by phone: the mobile-money simulator has an account of every phone.
[payments.providers.main]
url = "http://127.0.0.1:{money_port}"
client_id = "caredial"
client_secret = "caredial"
merchant = "caredial"
"""


@click.command(short_help="Make settings, keys and database where missing.")
@with_config
@click.option("--sample", is_flag=True, help="Settings for this machine alone, and three sample centres to try.")
@click.option("--http-port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="With --sample.")
@click.option("--smpp-port", type=click.IntRange(1, 65535), default=2775, show_default=True, help="With --sample.")
@click.option("--manager-port", type=click.IntRange(1, 65535), default=5038, show_default=True, help="With --sample.")
@click.option("--money-port", type=click.IntRange(1, 65535), default=8083, show_default=True, help="With --sample.")
def init(config: Path | None, sample: bool, http_port: int, smpp_port: int, manager_port: int, money_port: int) -> None:
    """Make the settings file, the keys and the database, each where it is missing.

    What is there already stays as it is, so it may be run again at any time, and after a new version is installed.
    Keep a copy of the keys: without them identity numbers cannot be read.

    \b
    Examples:
        caredial init --sample
        caredial init --sample --http-port 8090 --smpp-port 2776 --manager-port 5048
        caredial init --config /etc/caredial/caredial.toml
    """
    path = chosen(config)
    with private_files():
        ports = {
            "http_port": http_port,
            "smpp_port": smpp_port,
            "manager_port": manager_port,
            "money_port": money_port,
        }
        _write_settings(path, _sample_settings(ports) if sample else _full_settings())
        settings = read_settings(path)
        _make_folders(settings)
        _make_keys(settings)
        with bare_store(settings) as store:
            _upgrade(store)
            if sample:
                _load_sample(store, settings)
        if sample and not settings.ivr.servers:
            click.echo("hotline   none: these settings have no [ivr.servers.main], which new ones have")


def _sample_settings(ports: dict[str, int]) -> str:
    return SAMPLE_SETTINGS.format(**ports, full=files("conf") / "caredial.toml")


def _full_settings() -> str:
    return (files("conf") / "caredial.toml").read_text(encoding="utf-8")


def _write_settings(path: Path, text: str) -> None:
    """The file is for its owner alone, because passwords stand in it; one that exists is never touched."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        click.echo(f"settings  {path} (was there)")
    else:
        click.echo(f"settings  {path} (new)")


def _make_folders(settings: Settings) -> None:
    for folder in (settings.installation.data_dir, settings.keys.directory):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    data = settings.installation.data_dir
    open_to_others = data.stat().st_mode & 0o077
    click.echo(f"data      {data}{' (other users can look into it: chmod 700)' if open_to_others else ''}")


def _make_keys(settings: Settings) -> None:
    open_vault(settings)
    open_key(settings.keys.directory / CALLBACK_KEY)
    key, _ = open_keyring(settings).current()
    click.echo(f"keys      {settings.keys.directory} (T-codes are signed with key {key})")


def _upgrade(store: Store) -> None:
    from clinic import schema  # noqa: PLC0415

    store.upgrade()
    # A URL is shown with its password masked.
    click.echo(f"database  {store.engine.url.render_as_string(hide_password=True)} at {schema.newest()}")


def _load_sample(store: Store, settings: Settings) -> None:
    """The sample centres, unless there are any; for those of the sample, new sessions once the old ones are over."""
    from clinic import imports, listing  # noqa: PLC0415

    today = dt.datetime.now(settings.installation.timezone).date()
    if not store.run_now(listing.centre_codes):
        kinds = list(imports.kinds())
    elif (store.run_now(listing.last_day) or today) < today:
        kinds = ["sessions"]
    else:
        click.echo("sample    not loaded: the database has centres already")
        return
    try:
        counts = _import(store, settings, kinds)
    except imports.BadFile:  # the centres there are not those of the sample
        click.echo("sample    not loaded: the database has centres of its own")
    else:
        click.echo(f"sample    {', '.join(f'{rows} {kind}' for kind, rows in counts.items())}")


def _import(store: Store, settings: Settings, kinds: list[str]) -> dict[str, int]:
    """Import these files of conf/sample in one transaction; the rows of each."""
    from sqlalchemy.orm import Session  # noqa: PLC0415

    from clinic import imports  # noqa: PLC0415
    from gateway.given import installation_of  # noqa: PLC0415

    vault, place = open_vault(settings), installation_of(settings)

    def load(session: Session, *, folder: Path, now: dt.datetime) -> dict[str, int]:
        return {
            kind: imports.load(
                session, kind=kind, path=folder / f"{kind}.csv", vault=vault, installation=place, now=now
            )
            for kind in kinds
        }

    with as_file(files("conf") / "sample") as folder:
        return store.run_now(load, folder=folder, now=place.now())
