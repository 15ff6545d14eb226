"""The pictures of the README beside this, drawn from the sections' figures: messages a second by size, and growth.

Colours are Okabe and Ito's, which colour-blind people tell apart, and every line is named where it ends. Measures
nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

_INK, _FAINT = "#222222", "#dddddd"
#: Keeps a line from running through a number.
_CLEAR = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
#: Client → label, colour, marker.
CLIENTS = {
    "ours": ("kontena_ws_nb", "#d55e00", "o"),
    "picows": ("picows (Cython)", "#0072b2", "s"),
    "aiohttp": ("aiohttp (Cython)", "#009e73", "^"),
    "websockets": ("websockets", "#cc79a7", "D"),
    "websockets asyncio": ("websockets asyncio", "#8a6fb0", "v"),
    "websocket-client": ("websocket-client", "#555555", "X"),
}
TRANSPORTS = {"receive": "plain", "tls": "TLS", "compressed": "permessage-deflate, JSON"}
#: What `growth` measured → title. The others are in the table.
GROWN = {
    "receive and record": "receive and record\nns a message",
    "memory": "memory, 64-byte messages\nbytes a message",
    "log[i], random": "log[i] at random\nµs",
    "search": "search for a substring\nns a message",
}


def draw(figures: Mapping[str, Mapping[str, Any]], folder: Path) -> list[Path]:
    """Draw what there are figures for; tell the files."""
    folder.mkdir(parents=True, exist_ok=True)
    style: Any = {
        "font.size": 10,
        "font.family": "DejaVu Sans",
        "axes.edgecolor": _INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "figure.facecolor": "white",
        "savefig.dpi": 150,
    }
    drawn = []
    with mpl.rc_context(style):
        rates = {name: figures[name]["rates"] for name in TRANSPORTS if name in figures}
        if rates:
            drawn.append(_save(_receive(rates), folder / "receive.png"))
        if "growth" in figures:
            drawn.append(_save(_growth(figures["growth"]), folder / "growth.png"))
    return drawn


def _save(figure: Figure, to: Path) -> Path:
    figure.savefig(to, metadata={"Software": None})
    return to


def _receive(rates: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Figure:
    spans = [
        math.log(int(list(by_size)[-1]) / int(next(iter(by_size)))) + 6 for by_size in rates.values()
    ]  # as `_lines` limits them
    figure = Figure(figsize=(1 + 3.6 * len(rates), 4.8), layout="constrained")
    axes = figure.subplots(1, len(rates), sharey=True, squeeze=False, width_ratios=spans)
    for axis, (transport, by_size) in zip(axes[0], rates.items(), strict=True):
        _lines(axis, by_size)
        axis.set_title(TRANSPORTS[transport], loc="left", fontsize=11, fontweight="bold")
        axis.set_xlabel("bytes a message")
    _decades(axes[0][0])
    axes[0][0].set_ylabel("messages received and recorded a second")
    return figure


def _lines(axis: Axes, by_size: Mapping[str, Mapping[str, float]]) -> None:
    sizes = [int(size) for size in by_size]
    ends = {}
    for name in [name for name in CLIENTS if name in by_size[str(sizes[-1])]]:
        values = [by_size[str(size)][name] for size in sizes]
        _, colour, marker = CLIENTS[name]
        ours = name == "ours"
        axis.plot(
            sizes,
            values,
            color=colour,
            marker=marker,
            lw=3 if ours else 1.6,
            ms=7 if ours else 5,
            zorder=3 if ours else 2,
        )
        ends[name] = values[-1]
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlim(sizes[0] / 1.6, sizes[-1] * 200)
    axis.xaxis.set_major_locator(FixedLocator(sizes))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda size, _: _size(int(size))))
    axis.grid(axis="y", color=_FAINT, lw=0.8)
    axis.set_axisbelow(True)
    places = apart([math.log10(value) for value in ends.values()], 0.24)
    for (name, value), place in zip(ends.items(), places, strict=True):
        label, colour, _ = CLIENTS[name]
        axis.annotate(
            label,
            (sizes[-1], value),
            (sizes[-1] * 3, 10**place),
            color=colour,
            fontsize=9,
            fontweight="bold" if name == "ours" else "normal",
            va="center",
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.7, "relpos": (0, 0.5), "shrinkA": 0, "shrinkB": 4},
        )


def apart(values: Sequence[float], least: float) -> list[float]:
    """Move values apart until no two are nearer than `least`, keeping their order and moving none far."""

    def centre(group: list[int]) -> float:
        return sum(values[at] for at in group) / len(group)

    groups: list[list[int]] = []
    for at in sorted(range(len(values)), key=values.__getitem__):
        groups.append([at])
        while (
            len(groups) > 1
            and centre(groups[-1]) - centre(groups[-2]) < least * (len(groups[-1]) + len(groups[-2])) / 2
        ):
            last = groups.pop()
            groups[-1] += last
    placed = list(values)
    for group in groups:
        for rank, at in enumerate(group):
            placed[at] = centre(group) + (rank - (len(group) - 1) / 2) * least
    return placed


def _growth(figures: Mapping[str, Any]) -> Figure:
    lengths: list[int] = figures["lengths"]
    figure = Figure(figsize=(11.7, 3.1), layout="constrained")
    axes = figure.subplots(1, len(GROWN))
    for axis, (name, title) in zip(axes, GROWN.items(), strict=True):
        values = [measured[name] for measured in figures["measured"]]
        axis.plot(lengths, values, color=CLIENTS["ours"][1], marker="o", lw=3, ms=7, clip_on=False)
        axis.set_title(title, loc="left", fontsize=10)
        axis.set_xscale("log")
        axis.set_ylim(0, max(values) * 1.4)
        axis.set_xlim(lengths[0] / 2, lengths[-1] * 2)
        axis.xaxis.set_major_locator(FixedLocator(lengths))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.set_xlabel("messages in the log")
        axis.grid(axis="y", color=_FAINT, lw=0.8)
        for length, value in zip(lengths, values, strict=True):
            axis.annotate(
                f"{value:.3g}",
                (length, value),
                (0, 9),
                textcoords="offset points",
                ha="center",
                fontsize=9,
                color=_INK,
                bbox=_CLEAR,
            )
        if name == "memory":
            axis.axhline(64, color=_INK, lw=1, ls=(0, (4, 3)))
            axis.annotate(
                "payload alone", (lengths[0], 64), (0, -12), textcoords="offset points", fontsize=9, color=_INK
            )
    return figure


def _decades(axis: Axes) -> None:
    axis.yaxis.set_major_locator(LogLocator(numticks=12))
    axis.yaxis.set_minor_locator(NullLocator())
    axis.yaxis.set_major_formatter(
        FuncFormatter(
            lambda value, _: (
                f"{value / 1e6:g} M" if value >= 1e6 else f"{value / 1e3:g} k" if value >= 1e3 else f"{value:g}"
            )
        )
    )


def _size(size: int) -> str:
    return f"{size}" if size < 1024 else f"{size >> 10} Ki" if size < 1 << 20 else f"{size >> 20} Mi"
