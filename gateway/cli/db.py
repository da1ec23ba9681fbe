"""`caredial db`: the schema of the database."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.opening import bare_store, opened_store, read_settings, refuse_missing_file, with_config
from gateway.cli.problems import FAILED


@click.group(short_help="Upgrade and check the database, show its version.")
def db() -> None:
    """The database: bring its schema up to date, show its version, check what must be true of its rows."""


@db.command()
@with_config
def upgrade(config: Path | None) -> None:
    """Bring the database to the schema of this version.

    Run it after every installation of a new version, before the daemon is started again; a database that is up to
    date stays as it is. Make a copy of it first.

    \b
    Example:
        caredial db upgrade --config /etc/caredial/caredial.toml
    """
    with bare_store(read_settings(config)) as store:
        store.upgrade()
        with store.engine.connect() as connection:
            from clinic import schema  # noqa: PLC0415

            click.echo(f"the database is at {schema.version(connection)}")


@db.command()
@with_config
@click.pass_context
def version(ctx: click.Context, config: Path | None) -> None:
    """Show the schema's version in the database and in this code; exits with 1 where they differ."""
    from clinic import schema  # noqa: PLC0415

    with bare_store(read_settings(config)) as store:
        refuse_missing_file(store)
        with store.engine.connect() as connection:
            here, newest = schema.version(connection), schema.newest()
    click.echo(f"database {here or 'empty'}\ncode     {newest}")
    if here != newest:
        click.echo("run `caredial db upgrade`", err=True)
        ctx.exit(FAILED)


@db.command()
@with_config
@click.pass_context
def check(ctx: click.Context, config: Path | None) -> None:
    """Check what must be true of places, visits, T-codes and money at every moment; exits with 1 where it is not.

    The daemon may run meanwhile. Where something is broken nothing is changed: keep the output and a copy of the
    database, and tell us.

    \b
    Example:
        caredial db check
    """
    from clinic import invariants  # noqa: PLC0415

    with opened_store(read_settings(config)) as store:
        found = store.run_now(invariants.broken)
    for each in found:
        click.echo(f"{each.subject}: {each.said}\n  {each.rule}", err=True)
    if found:
        click.echo(f"{len(found)} broken", err=True)
        ctx.exit(FAILED)
    click.echo(f"{len(invariants.RULES)} rules hold")
