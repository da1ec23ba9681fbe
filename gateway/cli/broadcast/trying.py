"""`caredial broadcast test`: its text on one phone, before everybody gets it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.broadcast.meant import meant
from gateway.cli.desk import Desk, opened, person, with_by
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake
from smpp.masking import masked

if TYPE_CHECKING:
    from clinic.broadcasts.views import BroadcastView
    from conf.texts.words import Language


@click.command(short_help="Send its text to one phone.")
@click.argument("broadcast", metavar="ID", type=int)
@click.argument("phone")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Only this language. Default: each that it has.")
@click.option("--no-wait", is_flag=True, help="Do not follow it.")
@with_by
@with_config
def test(broadcast: int, phone: str, language: Any, no_wait: bool, by: str, config: Path | None) -> None:
    """Send the text of a broadcast to PHONE at once, as its first recipient would get it (names masked), and follow it.

    Nobody else gets anything, and it counts for nothing: neither quiet hours nor limits apply. Exits with 1 if it
    failed; Ctrl-C stops only the following.

    \b
    Examples:
        caredial broadcast test 7 13800138000
        caredial broadcast test 7 13800138000 --language en --no-wait
    """
    from clinic.phones import BadPhone, canonical  # noqa: PLC0415
    from gateway.cli.smpp.send import Following  # noqa: PLC0415

    with opened(config) as desk:
        try:
            number = canonical(phone, desk.installation.region)
        except BadPhone as error:
            raise Mistake(f"{phone}: {error}") from error
        view = meant(desk, broadcast)
        for each in [language] if language else list(view.texts):
            occasion = _sent(desk, view, number, each, person(by))
            if not no_wait:
                Following(desk.store, occasion, desk.settings).follow()


def _sent(desk: Desk, view: BroadcastView, phone: str, language: Language, by: str) -> str:
    """Write it, say so; its occasion."""
    from clinic.broadcasts import drafts, recipients  # noqa: PLC0415

    given = {"phone": phone, "language": language, "by": by, "region": desk.installation.region}
    text = desk.run(drafts.try_out, broadcast=view.id, now=desk.now(), **given)
    click.echo(f"to {masked(phone)} in {language}: {text}")
    return str(desk.run(recipients.last_test, broadcast=view.id, phone=phone))
