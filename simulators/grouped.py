"""Options of a click command under headings, so that many of them stay readable."""

from __future__ import annotations

from typing import Any

import click


class GroupedOption(click.Option):
    """An option that stands under the heading `group` in the help."""

    def __init__(self, *names: Any, group: str = "", **details: Any) -> None:
        super().__init__(*names, **details)
        self.group = group


class GroupedCommand(click.Command):
    """A command whose help has a heading for each group of options, in the order of the first of each."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for option in self.get_params(ctx):
            line = option.get_help_record(ctx)
            if line is not None:
                sections.setdefault(getattr(option, "group", ""), []).append(line)
        for title, lines in sections.items():
            with formatter.section(title or "Options"):
                formatter.write_dl(lines, col_max=30)
