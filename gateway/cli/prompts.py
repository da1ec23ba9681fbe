"""`caredial prompts`: what the hotline says, built from the texts; what is missing; one prompt to listen to."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import FAILED, Mistake, Problem
from gateway.cli.words import Line, word, wrong_words

if TYPE_CHECKING:
    from conf.texts.words import Language
    from gateway.config import Settings
    from ivr.speech.building import Built
    from ivr.speech.espeak import Espeak
    from ivr.speech.library import Library
    from ivr.speech.pieces import Prompt

SHOWN = 20


@click.group(short_help="Build and check what the hotline says.")
def prompts() -> None:
    """What the hotline says: WAV files, built from the texts by espeak-ng or spoken by people.

    The daemon answers no call while a prompt is missing. Recordings of people ([ivr.prompts] recordings) go before
    what is built; `caredial prompts script` writes what there is to speak.

    \b
    Examples:
        caredial prompts build
        caredial prompts check
        caredial prompts say visit.day_item day=2027-03-08 left=2 -o day.wav
    """


@prompts.command(short_help="Build the prompts that are missing or stale.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON document of what was done.")
@with_config
def build(as_json: bool, config: Path | None) -> None:
    """Build the prompts that are missing or stale, and remove those that no text needs any more.

    What there is already is left alone, so this takes a moment only where something has changed: run it after an
    update, and after an import of centres, departments or practitioners, whose names are spoken. A recording of a
    person that is not of the telephone's format (8 kHz, mono, 16 bit) is converted.

    \b
    Examples:
        caredial prompts build
        caredial prompts build --json | jq '.made | length'
    """
    from ivr.speech.building import Building  # noqa: PLC0415

    shelf = _opened(config)
    building = Building(shelf.library, shelf.voice)
    due = len(building.due(shelf.needed))
    with _told(), writable(shelf.library.prompts), _progress(due, quiet=as_json) as done:
        built = building.build(shelf.needed, done)
    click.echo(json.dumps(_document(built), ensure_ascii=False) if as_json else _sentence(built, shelf.library))


def _document(built: Built) -> dict[str, Any]:
    made = [{"language": prompt.language, "key": prompt.key, "text": prompt.text} for prompt in built.made]
    return {"made": made, "removed": built.removed, "kept": built.kept}


def _sentence(built: Built, library: Library) -> str:
    return f"{len(built.made)} prompts built, {built.kept} kept, {len(built.removed)} removed: {library.prompts}"


@contextmanager
def _progress(total: int, *, quiet: bool) -> Iterator[Callable[[Prompt], None]]:
    """A bar on a terminal, else a line for each hundred."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    if sys.stderr.isatty() and not quiet:
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("building prompts", total=total)
            yield lambda _: progress.update(task, advance=1)
        return
    ready = 0

    def count(_: Prompt) -> None:
        nonlocal ready
        ready += 1
        if ready % 100 == 0 and not quiet:
            click.echo(f"{ready} of {total}", err=True)

    yield count


@prompts.command(short_help="List prompts that are missing or stale.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON document with everything that was found.")
@with_config
@click.pass_context
def check(ctx: click.Context, as_json: bool, config: Path | None) -> None:
    """List what is missing, stale, orphaned and unreadable. Exits with 1 if a prompt is missing.

    Missing: no call can play it. Stale: built of a text or by a voice that has changed since. Orphaned: no text needs
    the file (build removes what it has made itself). Unreadable: no WAV of 8 kHz, mono, 16 bit.

    \b
    Examples:
        caredial prompts check
        caredial prompts check --json | jq -r '.missing[] | .key + "  " + .text'
    """
    from ivr.speech.building import Building  # noqa: PLC0415

    shelf = _opened(config)
    library = shelf.library
    missing = library.missing(shelf.needed)
    found = {
        "missing": [_row(prompt) for prompt in missing],
        "stale": [_row(prompt) for prompt in library.stale(shelf.needed, Building(library, shelf.voice).recipe)],
        "orphaned": [{"file": str(path)} for path in library.orphaned(shelf.needed)],
        "unreadable": [{"file": str(each.path), "reason": each.reason} for each in library.unreadable()],
    }
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(found, len(shelf.needed))))
    if missing:
        ctx.exit(FAILED)


def _row(prompt: Prompt) -> dict[str, str]:
    return {"language": prompt.language, "key": prompt.key, "text": prompt.text}


def _lines(found: dict[str, list[dict[str, str]]], needed: int) -> Iterator[str]:
    counts = ", ".join(f"{len(rows)} {kind}" for kind, rows in found.items())
    yield f"{needed} prompts needed: {counts}"
    for kind, rows in found.items():
        for row in rows[:SHOWN]:
            yield f"{kind:<10}  {'  '.join(row.values())}"
        if len(rows) > SHOWN:
            yield f"{kind:<10}  and {len(rows) - SHOWN} more (--json lists them all)"
    if found["missing"] or found["stale"]:
        yield "`caredial prompts build` builds what is missing or stale."


@prompts.command(short_help="Write the script for a voice actor.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Only this language. Default: both.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write. Default: standard output."
)
@with_config
def script(language: str | None, output: Path | None, config: Path | None) -> None:
    """Write what there is to speak as CSV: language, key, text, and the file that the recording should become.

    Save each recording as that file, below the folder of [ivr.prompts] recordings; WAV of any rate will do. Keys end
    with a digest of their text, so a recording whose text has changed is not used any more.

    \b
    Examples:
        caredial prompts script -o script.csv
        caredial prompts script --language zh | head
    """
    shelf = _opened(config)
    rows = [
        (prompt.language, prompt.key, prompt.text, f"{prompt.language}/{prompt.key}.wav")
        for prompt in sorted(shelf.needed, key=lambda prompt: (prompt.language, prompt.key))
        if language in (None, prompt.language)
    ]
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(("language", "key", "text", "file"))
    writer.writerows(rows)
    if output is None:
        click.echo(written.getvalue(), nl=False)
        return
    with writable(output):
        output.write_text(written.getvalue(), encoding="utf-8-sig")  # spreadsheets know UTF-8 by its mark
    click.echo(f"{len(rows)} lines to speak: {output}")


@prompts.command(short_help="Compose one prompt to listen to.")
@click.argument("key")
@click.argument("words", nargs=-1, metavar="[WORD=VALUE]...")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Default: the installation's language.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="WAV file to write.",
)
@with_config
def say(key: str, words: tuple[str, ...], language: Language | None, output: Path, config: Path | None) -> None:
    """Compose the text KEY with its words as a caller would hear it, and print what it says.

    A value is a date (2027-03-08), a time (08:30), an amount (12.50元), a number (7), a code of nine digits and more
    (123456789012), a name in both languages ('全科|General practice'), or else a text.

    \b
    Examples:
        caredial prompts say voice.welcome -o welcome.wav
        caredial prompts say visit.code number=123456789012 --language en -o code.wav && aplay code.wav
        caredial prompts say visit.department_item 'department=全科|General practice' left=2 -o day.wav
    """
    from conf.texts import NoSuchText, WrongWords  # noqa: PLC0415
    from ivr.speech import wav  # noqa: PLC0415
    from ivr.speech.clips import composed  # noqa: PLC0415

    settings = read_settings(config)
    shelf = _shelf(settings)
    line = Line(key, dict(map(word, words)))
    try:
        with _told():
            text, samples = composed(shelf.library, shelf.voice, [(language or settings.installation.language, line)])
    except NoSuchText as error:
        raise Mistake(f"there is no text {error}; conf/texts has them") from error
    except WrongWords as error:
        raise wrong_words(language or settings.installation.language, line, error) from error
    with writable(output):
        if not output.parent.is_dir():  # it would be made, where a slip of the pen meant another one
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        wav.write(output, samples, text)
    click.echo(f"{text}\n{wav.seconds(samples):.1f} s: {output}")


# What the commands work on.


@dataclass(frozen=True, slots=True)
class Shelf:
    """The recordings that there are, the voice for those that are missing, and all that are needed."""

    library: Library
    voice: Espeak
    needed: list[Prompt]


def _opened(config: Path | None) -> Shelf:
    """With the names of the data, so the database must be there."""
    from clinic import spoken_names  # noqa: PLC0415
    from ivr.speech import phrases  # noqa: PLC0415

    settings = read_settings(config)
    with opened_store(settings) as store:
        names = store.run_now(spoken_names.all_names)
    return _shelf(settings, phrases.needed(names))


def _shelf(settings: Settings, needed: list[Prompt] | None = None) -> Shelf:
    from ivr.speech.espeak import Espeak  # noqa: PLC0415
    from ivr.speech.library import Library  # noqa: PLC0415

    chosen = settings.ivr.prompts
    voice = Espeak({"zh": chosen.voice_zh, "en": chosen.voice_en}, chosen.words_per_minute)
    return Shelf(Library(chosen.folder, chosen.recordings), voice, needed or [])


@contextmanager
def _told() -> Iterator[None]:
    from ivr.speech.espeak import NoVoice  # noqa: PLC0415

    try:
        yield
    except NoVoice as error:
        raise Problem(str(error)) from error


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Tells in one line why a file cannot be written there, or a folder not be made."""
    try:
        yield
    except OSError as error:
        raise Problem(f"{path}: {error.strerror or error}") from error
