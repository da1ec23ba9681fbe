"""The picture of a broadcast: how many were sent, and how many arrived, by and by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES, DOTS = (10.0, 5.6), 150
SHORT = 600  # seconds: a chart of less has rates a second, and seconds on its axis
SENT, DELIVERED, NOT_COME, GREY = "#2b6cb0", "#2f9e6b", "#c2543d", "#6b7280"


@dataclass(frozen=True, slots=True)
class Slice:
    """What happened in the `seconds` from `at` on: how many were sent, delivered, and are known not to come."""

    at: dt.datetime
    seconds: float
    sent: int
    delivered: int
    lost: int


def draw(path: Path, slices: Sequence[Slice], *, title: str, about: str, recipients: int, zone: ZoneInfo) -> None:
    """Write a PNG. `about` is a line beneath the title, `recipients` is the line that all curves aim at.

    Above: so many by then; beneath: so many a minute, or a second. The fonts that matplotlib brings know no Chinese:
    of `title` only what is ASCII is written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  half a second, and a display for pyplot
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=INCHES, dpi=DOTS, layout="constrained")
    FigureCanvasAgg(figure)
    above, beneath = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    figure.suptitle(_plain(title), x=0.01, ha="left", fontsize=13, fontweight="bold")
    above.set_title(about, loc="left", fontsize=9, color=GREY)
    _totals(above, slices, recipients)
    _pace(beneath, slices, zone)
    figure.savefig(path, format="png")


def _plain(title: str) -> str:
    return " ".join("".join(letter if letter.isascii() else " " for letter in title).replace("$", r"\$").split())


def _totals(axes: Axes, slices: Sequence[Slice], recipients: int) -> None:
    first = slices[0].at
    times = [first, *(each.at + dt.timedelta(seconds=each.seconds) for each in slices)]
    axes.axhline(recipients, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate(f"{recipients:,} recipients", (0, recipients), xycoords=("axes fraction", "data"), fontsize=8,
                  xytext=(4, -10), textcoords="offset points", color=GREY)  # fmt: skip
    for name, color, counts in (
        ("sent", SENT, [each.sent for each in slices]),
        ("delivered", DELIVERED, [each.delivered for each in slices]),
        ("not delivered", NOT_COME, [each.lost for each in slices]),
    ):
        if name == "not delivered" and not any(counts):
            continue
        totals = [0, *accumulate(counts)]
        axes.plot(_numbers(times), totals, color=color, linewidth=1.8, label=f"{name}  {totals[-1]:,}")
        if name == "delivered":
            axes.fill_between(_numbers(times), totals, color=color, alpha=0.12, linewidth=0)
    axes.set_ylim(0, max(recipients, 1) * 1.06)
    axes.set_ylabel("messages by then", fontsize=9)
    axes.legend(loc="lower right", frameon=False, fontsize=9)
    _tidy(axes)


def _pace(axes: Axes, slices: Sequence[Slice], zone: ZoneInfo) -> None:
    from matplotlib.dates import AutoDateLocator, DateFormatter  # noqa: PLC0415

    end = slices[-1].at + dt.timedelta(seconds=slices[-1].seconds)
    edges = _numbers([*(each.at for each in slices), end])
    whole = (end - slices[0].at).total_seconds()
    unit, name = (1, "a second") if whole < SHORT else (60, "a minute")
    for color, counts in ((SENT, [each.sent for each in slices]), (DELIVERED, [each.delivered for each in slices])):
        rates = [unit * count / each.seconds for count, each in zip(counts, slices, strict=True)]
        axes.stairs(rates, edges, color=color, linewidth=1.2, fill=color == SENT, alpha=0.35 if color == SENT else 1)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(name, fontsize=9)
    axes.xaxis.set_major_locator(AutoDateLocator(tz=zone, maxticks=8))
    axes.xaxis.set_major_formatter(DateFormatter(_clock(whole), tz=zone))
    axes.set_xlabel(f"{slices[0].at.astimezone(zone):%Y-%m-%d}, time in {zone.key}", fontsize=8, color=GREY)
    axes.set_xlim(edges[0], edges[-1])
    _tidy(axes)


def _clock(seconds: float) -> str:
    """How moments are written on an axis of this length."""
    if seconds < SHORT:
        return "%H:%M:%S"
    return "%H:%M" if seconds < 86_400 else "%m-%d %H:%M"


def _numbers(times: Sequence[dt.datetime]) -> Any:
    from matplotlib.dates import date2num  # noqa: PLC0415

    return date2num(times)


def _tidy(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # noqa: PLC0415

    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.grid(axis="y", color=GREY, alpha=0.18, linewidth=0.8)
    axes.tick_params(labelsize=8, colors="#374151")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
