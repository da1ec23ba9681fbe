"""`caredial smpp decode`: octets in hexadecimal as PDUs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from gateway.cli.opening import read_settings, with_config
from gateway.cli.problems import FAILED, Mistake
from gateway.cli.smpp.links import link_of

HEADER = 16


@click.command(short_help="Decode PDUs given in hexadecimal.")
@click.argument("octets", nargs=-1, metavar="[HEX]...")
@click.option("--texts", is_flag=True, help="Show message texts too.")
@click.option("--json", "as_json", is_flag=True, help="A JSON document a line, with every field.")
@click.option("--link", metavar="NAME", help="Read the maker's own parameters as this link's vendor_tlvs name them.")
@with_config
@click.pass_context
def decode(
    ctx: click.Context, octets: tuple[str, ...], texts: bool, as_json: bool, link: str | None, config: Path | None
) -> None:
    """Decode PDUs given as hexadecimal digits, here or on standard input.

    No daemon is needed, and settings only with --link.

    Spaces, colons and line breaks do not matter, and several PDUs may follow one another. Numbers are masked,
    passwords never shown. Exits with 1 if one is malformed.

    \b
    Examples:
        caredial smpp decode 00000010 00000015 00000000 00000001
        xxd -p capture.bin | caredial smpp decode --json
    """
    from smpp import tlv  # noqa: PLC0415
    from smpp.trace import describe, line  # noqa: PLC0415

    dictionary = tlv.dictionary(link_of(read_settings(config), link).vendor_tlvs) if link else tlv.STANDARD
    malformed = False
    for pdu in parted(_read(" ".join(octets) or sys.stdin.read())):
        described = describe(pdu, texts=texts, dictionary=dictionary)
        malformed = malformed or described["name"] == "malformed"
        click.echo(json.dumps(described, ensure_ascii=False) if as_json else line(described))
    if malformed:
        ctx.exit(FAILED)


def parted(stream: bytes) -> list[bytes]:
    """Octets cut by their command_length; what fits no length stays as it is, for `describe` to say so."""
    found = []
    while stream:
        length = int.from_bytes(stream[:4], "big")
        size = length if HEADER <= length <= len(stream) else len(stream)
        found.append(stream[:size])
        stream = stream[size:]
    return found


def _read(written: str) -> bytes:
    digits = "".join(written.replace("0x", "").replace(":", "").split())
    try:
        octets = bytes.fromhex(digits)
    except ValueError:
        raise Mistake("only pairs of hexadecimal digits can be decoded, as in 00000010 00000015 ...") from None
    if not octets:
        raise Mistake("nothing to decode: give hexadecimal digits as arguments, or on standard input")
    return octets
