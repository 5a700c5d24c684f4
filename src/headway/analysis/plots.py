"""The figures of an analysis, in the style of all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from numpy.typing import NDArray

from headway.analysis.columns import CONSTANT, NEAR_CONSTANT
from headway.drawing.lettering import label
from headway.drawing.style import BAD, GOOD, INK, SERIES, SURFACE, colours, describe, drawn, new_figure, note

if TYPE_CHECKING:
    from headway.analysis.columns import ColumnReport, Evidence
    from headway.analysis.spectrum import Spectrum
    from headway.types import FloatArray, IntArray

MOST_CLASSES = 12  # in the panels of single features: the most frequent ones
PANELS = 8
MOST_IN_LEGEND = 20  # classes on the map

_GREY = "#999999"
_BINS = 60
_SHOWN = (0.002, 0.998)  # quantiles of a feature between which its values are drawn; outer ones are at the ends
_MAPS = {"pca": "first two principal components", "tsne": "t-SNE", "umap": "UMAP"}


@drawn
def spread(found: ColumnReport) -> Figure:
    """Draw the distribution of the standard deviations."""
    title = "How much the features vary"
    figure, [axes] = new_figure(title, 7, 3.4)
    limit = found.limits.spread
    values = found.spread[found.verdict != CONSTANT]
    bad = found.verdict[found.verdict != CONSTANT] == NEAR_CONSTANT
    far = values < limit / 10  # drawn in their place, they would squeeze the rest into a corner
    low, high = _axis_limits(np.maximum(values, limit / 10), limit)
    left = max(1, round(_BINS * np.log(limit / low) / np.log(high / low)))
    edges = _join_edges(np.geomspace(low, limit, left + 1), np.geomspace(limit, high, max(2, _BINS - left)))
    _draw_stacked(axes, edges, values, {f"near-constant: {bad.sum():,}": (bad, BAD), "varying": (~bad, GOOD)})
    axes.legend()
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0.7, max(axes.get_ylim()[1], 10))  # one feature must be visible beside a thousand
    _set_log_scale(axes.xaxis)
    _set_log_scale(axes.yaxis)
    _draw_line(axes, limit)
    constant = int((found.verdict == CONSTANT).sum())
    notes = [f"{constant:,} constant, not drawn"] * (constant > 0)
    notes += [f"{far.sum():,} below {limit / 10:g}, in the first bar"] * bool(far.any())
    axes.set_xlabel("standard deviation / median of the same output" + f"\n{'; '.join(notes)}" * bool(notes))
    axes.set_ylabel("features")
    return describe(
        figure, f"{title}: {bad.sum():,} of {len(found.verdict):,} are near-constant, {constant:,} constant"
    )


@drawn
def correlation(found: ColumnReport) -> Figure:
    """Draw the distribution of the correlation of each feature with its nearest other."""
    title = "How much the features repeat each other"
    figure, [axes] = new_figure(title, 7, 3.4)
    compared = found.nearest >= 0
    limit, values = found.limits.correlation, np.abs(found.correlation[compared])
    repeated = found.repeats[compared] >= 0
    kinds = {
        "repeats another": (repeated, BAD),
        "near-constant": (found.verdict[compared] <= NEAR_CONSTANT, _GREY),
        "kept, others repeat it": (np.isin(np.flatnonzero(compared), found.repeats), SERIES[5]),
        "kept, those like it are left out": (values >= limit, SERIES[4]),
        "no repetition": (np.ones(len(values), bool), GOOD),
    }
    taken = np.zeros(len(values), bool)
    parts = {}
    for name, (fits, colour) in kinds.items():  # the first that fits
        if (own := fits & ~taken).any() or name == "repeats another":
            parts[f"{name}: {own.sum():,}"] = own, colour
        taken |= fits
    last = max(1, round(_BINS * (1 - limit)))
    edges = _join_edges(np.linspace(0, limit, _BINS - last + 1), np.linspace(limit, 1, last + 1))
    _draw_stacked(axes, edges, values, parts)
    axes.legend()
    _draw_line(axes, limit)
    axes.set_xlim(0, 1.01)
    axes.set_xlabel(f"|r| with the most correlated other feature; a repetition from {limit:g} on")
    axes.set_ylabel("features")
    return describe(figure, f"{title}: {repeated.sum():,} of {len(found.verdict):,} repeat another")


@drawn
def information(found: ColumnReport, evidence: Evidence) -> Figure:
    """Draw the distributions of F and of the mutual information with the class."""
    few = f" (few pictures: {found.n:,} of {evidence.n_classes:,} classes)" if found.few else ""
    title = "What each feature says about the class"
    figure, [left, right] = new_figure(title + few, 10, 3.4, columns=2)
    varying = found.verdict > NEAR_CONSTANT
    rate = found.limits.false_discovery_rate
    bad = ((evidence.F_q > rate) & (evidence.information_q > rate))[varying]
    parts = {f"no information shown: {bad.sum():,}": (bad, BAD), "some information": (~bad, GOOD)}
    F = np.clip(evidence.F[varying], 1e-3, 1e6)
    edges = np.geomspace(*_axis_limits(F, 1.0), _BINS)
    _draw_stacked(left, edges, F, parts)
    left.set_xlim(edges[0], edges[-1])
    _set_log_scale(left.xaxis)
    left.set_xlabel("ANOVA F (1 is chance)")
    share = 100 * evidence.information[varying] / max(evidence.entropy, 1e-12)
    edges = np.linspace(0, max(float(share.max(initial=0)), 1.0), _BINS)
    _draw_stacked(right, edges, share, parts)
    right.legend()
    right.set_xlabel("mutual information, % of the entropy of the class")
    for axes in (left, right):
        axes.set_ylabel("features")
    return describe(figure, f"{title}: {bad.sum():,} of {varying.sum():,} show no information")


@drawn
def rank(found: Spectrum, d: int) -> Figure:
    """Draw how much of the variance of ``d`` features the first principal directions hold."""
    title = "How many directions the features have"
    figure, [axes] = new_figure(title, 7, 3.4)
    held = 100 * np.cumsum(found.variances)
    axes.plot(np.arange(1, len(held) + 1), held, color=GOOD, linewidth=2)
    axes.set_xlim(1, max(len(held), 2))
    _set_log_scale(axes.xaxis)
    axes.set_ylim(0, 102)
    marks = (("participation ratio", found.participation_ratio), ("effective rank", found.effective_rank))
    ground = {"facecolor": SURFACE, "edgecolor": "none", "pad": 1}
    for height, (name, value) in zip((12, 4), marks, strict=True):
        _draw_line(axes, value)
        side, gap = ("right", -4) if value > len(held) ** 0.5 else ("left", 4)
        axes.annotate(
            f"{name} {value:,.1f}", (value, height), (gap, 0), textcoords="offset points", ha=side, bbox=ground
        )
    axes.set_xlabel(
        f"principal directions: {found.n:,} pictures ({d:,} features each) have at most {found.max_directions:,}"
    )
    axes.set_ylabel("% of the variance")
    return describe(figure, f"{title}: the effective rank is {found.effective_rank:,.1f} of {found.max_directions:,}")


@drawn
def panels(
    classes: Sequence[str],
    features: FloatArray,
    labels: IntArray,
    chosen: IntArray,
    titles: Sequence[str],
    title: str,
) -> Figure:
    """Draw the distribution of up to 8 features, the columns ``chosen``, in each class, one panel each."""
    counts = np.bincount(labels, minlength=len(classes))
    shown = np.sort(np.argsort(-counts, kind="stable")[: min(MOST_CLASSES, int((counts > 0).sum()))])
    left_out = len(np.flatnonzero(counts)) - len(shown)
    more = f" ({len(shown)} most frequent classes of {len(shown) + left_out:,})" if left_out else ""
    rows = -(-len(chosen) // 4)
    figure, grid = new_figure(title + more, 12, max(1.9, 0.32 * len(shown) + 0.9) * rows + 0.5, rows, 4)
    shades = colours(len(classes))
    for axes, column, name in zip(grid, chosen.tolist(), titles, strict=False):
        values = features[:, column]
        low, high = np.quantile(values, _SHOWN)
        edges = np.linspace(low, high if high > low else low + 1, 41)
        for place, code in enumerate(reversed(shown.tolist())):
            density = _density(values[labels == code], edges)
            middle = (edges[1:] + edges[:-1]) / 2
            axes.fill_between(middle, place, place + 0.92 * density, color=shades[code], alpha=0.75, linewidth=0)
            axes.plot(middle, place + 0.92 * density, color=shades[code], linewidth=0.8)
        # Beside the middle of each ridge: between two of them a name would read as the other's.
        axes.set_yticks(
            np.arange(len(shown)) + 0.4, [label(classes[code]) for code in reversed(shown.tolist())], va="center"
        )
        axes.hlines(np.arange(len(shown)), edges[0], edges[-1], color="#dddddd", linewidth=0.6, zorder=0)
        axes.set_ylim(-0.05, len(shown))
        axes.grid(False)
        axes.set_title("\n".join(label(line, 40) for line in name.split("\n")), fontsize=9)
    for axes in grid[len(chosen) :]:
        axes.set_axis_off()
    for place, axes in enumerate(grid):
        if place % 4:
            axes.set_yticklabels([])
    note(
        figure,
        "Across: the value of the feature. Each ridge shows how its class spreads over the values, scaled to a peak of "
        "its own: compare places and shapes,\nnot heights. "
        "Values beyond the inner 99.6 % of all are drawn at the ends.",
    )
    return describe(figure, f"{title}, each in {len(shown):,} classes")


@drawn
def scatter(classes: Sequence[str], places: FloatArray, labels: IntArray, method: str) -> Figure:
    """Draw the pictures on the plane, coloured by class; up to 20 classes have a legend. No classes are one colour."""
    has_legend = 0 < len(classes) <= MOST_IN_LEGEND
    title = f"The pictures, by their features ({_MAPS[method]})"
    figure, [axes] = new_figure(title, 8.5 if has_legend else 7, 6)
    shades = colours(len(classes)) or [GOOD]
    size = float(np.clip(12_000 / max(len(places), 1), 4, 36))
    order = np.random.default_rng(0).permutation(len(places))  # so that no class hides the others
    x, y = places[order].T
    axes.scatter(x, y, s=size, c=[shades[code] for code in labels[order].tolist()], alpha=0.7, linewidths=0)
    if has_legend:
        present = np.unique(labels).tolist()
        marks = [axes.scatter([], [], s=30, color=shades[code]) for code in present]
        # Given one by one: a name that begins with _ would be left out.
        axes.legend(marks, [label(classes[code]) for code in present], loc="center left", bbox_to_anchor=(1.0, 0.5))
    low, high = np.quantile(places, [0.001, 0.999], axis=0)
    margin = 0.05 * np.maximum(high - low, 1e-6)
    axes.set_xlim(low[0] - margin[0], high[0] + margin[0])
    axes.set_ylim(low[1] - margin[1], high[1] + margin[1])
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    of_classes = f" of {len(classes):,} classes" if classes else ""
    return describe(figure, f"{title}: {len(places):,} pictures{of_classes}")


def _axis_limits(values: NDArray[Any], limit: float) -> tuple[float, float]:
    """Return the ends of a logarithmic axis that shows all values and the limit."""
    positive = values[values > 0]
    low = min(float(positive.min(initial=limit)), limit)
    return low / 1.2, max(float(positive.max(initial=limit)), limit) * 1.2


def _join_edges(left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    """Return the edges of bins, one of which is where both halves meet, so that no bar crosses a limit."""
    return np.concatenate([left[:-1], right])


def _draw_stacked(axes: Axes, edges: Any, values: Any, parts: Mapping[str, tuple[Any, str]]) -> None:
    """Draw stacked bars of parts of some values; a part's label in the legend leads to its mask and colour."""
    clipped = np.clip(values, edges[0], edges[-1])
    chosen = [clipped[own] for own, _ in parts.values()]
    axes.hist(chosen, edges, stacked=True, color=[colour for _, colour in parts.values()], label=list(parts))


def _set_log_scale(axis: Any) -> None:
    """Make an axis, whose ends are set, logarithmic, with plain numbers."""
    low, high = axis.get_view_interval()
    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 1e4 else (1,), numticks=12))
    axis.axes.tick_params(axis=axis.axis_name, which="minor", length=0)
    axis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axis.set_minor_formatter("")


def _draw_line(axes: Axes, value: float) -> None:
    axes.axvline(value, color=INK, linewidth=1, linestyle=":")


def _density(values: NDArray[Any], edges: NDArray[Any]) -> NDArray[Any]:
    """Return a smoothed histogram with a maximum of 1."""
    counts = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0].astype(float)
    kernel = np.exp(-0.5 * (np.arange(-4, 5) / 1.5) ** 2)
    smooth = np.convolve(np.pad(counts, 4, mode="reflect"), kernel / kernel.sum(), mode="valid")
    top = float(smooth.max(initial=0.0))
    return smooth / top if top else smooth
