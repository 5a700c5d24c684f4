"""The figures of an analysis, by matplotlib."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from headway.analysis.columns import CONSTANT, NEAR_CONSTANT
from headway.optional import import_optional

if TYPE_CHECKING:
    from headway.analysis.columns import ColumnReport
    from headway.analysis.spectrum import Spectrum
    from headway.types import FloatArray, IntArray

MOST_CLASSES = 12  # in the panels of single features: the most frequent ones
PANELS = 8

_GOOD, _BAD, _LINE = "#0072b2", "#d55e00", "#333333"  # by Okabe and Ito, for colour-blind readers, too
# Okabe and Ito's eight, then others as far from them as possible.
_PALETTE = [
    *("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#333333", "#b8a900", "#7b3294", "#8c510a"),
    *("#c51b3f", "#7fbf3f", "#00b3a4", "#f781bf", "#9e9ac8", "#5a6b00", "#a50f76", "#999999", "#00441b", "#ff9b85"),
]
_BINS = 60
_SHOWN = (0.002, 0.998)  # quantiles of a feature between which its values are drawn; outer ones are at the ends
_DPI = 130


def spread(report: ColumnReport) -> Any:
    """Draw the distribution of the standard deviations, as a matplotlib figure."""
    figure, axes = _figure(7, 3.4)
    limit = report.limits.spread
    values = report.spread[report.verdict != CONSTANT]
    bad = report.verdict[report.verdict != CONSTANT] == NEAR_CONSTANT
    far = values < limit / 10  # drawn in their place, they would squeeze the rest into a corner
    low, high = _axis_limits(np.maximum(values, limit / 10), limit)
    left = max(1, round(_BINS * np.log(limit / low) / np.log(high / low)))
    edges = _join_edges(np.geomspace(low, limit, left + 1), np.geomspace(limit, high, max(2, _BINS - left)))
    _draw_stacked(axes, edges, values, {f"near-constant: {bad.sum():,}": (bad, _BAD), "varying": (~bad, _GOOD)})
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0.7, max(axes.get_ylim()[1], 10))  # one feature must be visible beside a thousand
    _set_log_scale(axes.xaxis)
    _set_log_scale(axes.yaxis)
    _draw_line(axes, limit)
    constant = int((report.verdict == CONSTANT).sum())
    notes = [f"{constant:,} constant, not drawn"] * (constant > 0)
    notes += [f"{far.sum():,} below {limit / 10:g}, in the first bar"] * bool(far.any())
    axes.set_xlabel("standard deviation / median of the same output" + f"\n{'; '.join(notes)}" * bool(notes))
    return _finish(figure, axes, "How much the features vary", "features")


def correlation(report: ColumnReport) -> Any:
    """Draw the distribution of the correlation of each feature with its nearest other."""
    figure, axes = _figure(7, 3.4)
    compared = report.nearest >= 0
    limit, values = report.limits.correlation, np.abs(report.correlation[compared])
    kinds = {
        "repeats another": (report.repeats[compared] >= 0, _BAD),
        "near-constant": (report.verdict[compared] <= NEAR_CONSTANT, "#999999"),
        "kept, others repeat it": (np.isin(np.flatnonzero(compared), report.repeats), "#56b4e9"),
        "kept, those like it are left out": (values >= limit, "#e69f00"),
        "no repetition": (np.ones(len(values), bool), _GOOD),
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
    _draw_line(axes, limit)
    axes.set_xlim(0, 1.01)
    axes.set_xlabel(f"|r| with the most correlated other feature; a repetition from {limit:g} on")
    return _finish(figure, axes, "How much the features repeat each other", "features")


def information(report: ColumnReport) -> Any:
    """Draw the distributions of F and of the mutual information with the class."""
    figure, (left, right) = _figure(10, 3.4, columns=2)
    varying = report.verdict > NEAR_CONSTANT
    nothing = (report.F_q > report.limits.false_discovery_rate) & (
        report.information_q > report.limits.false_discovery_rate
    )
    bad = nothing[varying]
    parts = {f"no information shown: {bad.sum():,}": (bad, _BAD), "some information": (~bad, _GOOD)}
    F = np.clip(report.F[varying], 1e-3, 1e6)
    edges = np.geomspace(*_axis_limits(F, 1.0), _BINS)
    _draw_stacked(left, edges, F, parts)
    left.set_xlim(edges[0], edges[-1])
    _set_log_scale(left.xaxis)
    left.set_xlabel("ANOVA F (1 is chance)")
    share = 100 * report.information[varying] / max(report.entropy, 1e-12)
    edges = np.linspace(0, max(float(share.max(initial=0)), 1.0), _BINS)
    _draw_stacked(right, edges, share, parts)
    left.get_legend().remove()  # one is enough, and the right one has room
    right.set_xlabel("mutual information, % of the entropy of the class")
    few = f" (few pictures: {report.n:,} of {report.n_classes:,} classes)" * report.few
    _finish(figure, left, "What each feature says about the class" + few, "features")
    return _finish(figure, right, "", "features")


def rank(found: Spectrum, d: int) -> Any:
    """Draw how much of the variance the first principal directions hold."""
    figure, axes = _figure(7, 3.4)
    held = 100 * np.cumsum(found.variances)
    axes.plot(np.arange(1, len(held) + 1), held, color=_GOOD, linewidth=2)
    axes.set_xlim(1, max(len(held), 2))
    _set_log_scale(axes.xaxis)
    axes.set_ylim(0, 102)
    marks = (("participation ratio", found.participation_ratio), ("effective rank", found.effective_rank))
    style = {"color": _LINE, "fontsize": 9, "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1}}
    for height, (name, value) in zip((12, 4), marks, strict=True):
        _draw_line(axes, value)
        side, gap = ("right", -4) if value > len(held) ** 0.5 else ("left", 4)
        axes.annotate(f"{name} {value:,.1f}", (value, height), (gap, 0), textcoords="offset points", ha=side, **style)
    axes.set_xlabel(
        f"principal directions: {found.n:,} pictures ({d:,} features each) have at most {found.max_directions:,}"
    )
    return _finish(figure, axes, "How many directions the features have", "% of the variance")


def panels(
    features: FloatArray, labels: IntArray, classes: Sequence[str], chosen: IntArray, titles: Sequence[str], title: str
) -> Any:
    """Draw the distribution of up to 8 features, the columns ``chosen``, in each class, one panel each."""
    counts = np.bincount(labels, minlength=len(classes))
    shown = np.sort(np.argsort(-counts, kind="stable")[: min(MOST_CLASSES, int((counts > 0).sum()))])
    height = max(1.9, 0.32 * len(shown) + 0.9)
    rows = -(-len(chosen) // 4)
    figure, grid = _figure(12, height * rows + 0.5, rows=rows, columns=4)
    colours = _colours(len(classes))
    for axes, column, name in zip(grid, chosen.tolist(), titles, strict=False):
        values = features[:, column]
        low, high = np.quantile(values, _SHOWN)
        edges = np.linspace(low, high if high > low else low + 1, 41)
        for place, code in enumerate(reversed(shown.tolist())):
            density = _density(values[labels == code], edges)
            middle = (edges[1:] + edges[:-1]) / 2
            axes.fill_between(middle, place, place + 0.92 * density, color=colours[code], alpha=0.75, linewidth=0)
            axes.plot(middle, place + 0.92 * density, color=colours[code], linewidth=0.8)
        # Beside the middle of each ridge: between two of them a name would read as the other's.
        middles = np.arange(len(shown)) + 0.4
        axes.set_yticks(
            middles, [_safe_label(classes[code]) for code in reversed(shown.tolist())], fontsize=8, va="center"
        )
        axes.hlines(np.arange(len(shown)), edges[0], edges[-1], color="#dddddd", linewidth=0.6, zorder=0)
        axes.set_ylim(-0.05, len(shown))
        axes.tick_params(axis="y", length=0)
        axes.tick_params(axis="x", labelsize=8)
        axes.set_title("\n".join(_safe_label(line, 40) for line in name.split("\n")), fontsize=9, loc="left")
        _hide_frame(axes)
    for axes in grid[len(chosen) :]:
        axes.set_axis_off()
    for place, axes in enumerate(grid):
        if place % 4:
            axes.set_yticklabels([])
    left_out = len(np.flatnonzero(counts)) - len(shown)
    more = f" ({len(shown)} most frequent classes of {len(shown) + left_out:,})" if left_out else ""
    figure.suptitle(title + more, x=0.01, ha="left", fontsize=12)
    figure.supxlabel(
        "Across: the value of the feature. Each ridge shows how its class spreads over the values, scaled to a peak of "
        "its own: compare places and shapes,\nnot heights. "
        "Values beyond the inner 99.6 % of all are drawn at the ends.",
        x=0.01,
        ha="left",
        fontsize=9,
        color=_LINE,
    )
    return figure


def scatter(places: FloatArray, labels: IntArray, classes: Sequence[str], method: str) -> Any:
    """Draw the pictures on the plane, coloured by class; up to 20 classes have a legend."""
    many = len(classes) > len(_PALETTE)
    figure, axes = _figure(8.5 if not many else 7, 6)
    colours = _colours(len(classes))
    size = float(np.clip(12_000 / max(len(places), 1), 4, 36))
    order = np.random.default_rng(0).permutation(len(places))  # so that no class hides the others
    shown = [colours[code] for code in labels[order].tolist()]
    axes.scatter(*places[order].T, s=size, c=shown, alpha=0.7, linewidths=0)
    if not many:
        for code in np.unique(labels).tolist():
            axes.scatter([], [], s=30, color=colours[code], label=_safe_label(classes[code]))
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=9)
    low, high = np.quantile(places, [0.001, 0.999], axis=0)
    margin = 0.05 * np.maximum(high - low, 1e-6)
    axes.set_xlim(low[0] - margin[0], high[0] + margin[0])
    axes.set_ylim(low[1] - margin[1], high[1] + margin[1])
    axes.set_xticks([])
    axes.set_yticks([])
    name = {"pca": "first two principal components", "tsne": "t-SNE", "umap": "UMAP"}[method]
    axes.set_title(f"The pictures, by their features ({name})", loc="left", fontsize=12)
    return figure


def save(figure: Any, file: IO[bytes]) -> None:
    """Write a figure as PNG."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # names of classes may be of any script
        figure.savefig(file, format="png", dpi=_DPI)


def available() -> bool:
    """Return whether matplotlib is installed."""
    from headway.errors import MissingExtraError

    try:
        import_optional("matplotlib.figure", "plots")
    except MissingExtraError:
        return False
    return True


def _figure(width: float, height: float, rows: int = 1, columns: int = 1) -> tuple[Any, Any]:
    # Not by pyplot, which keeps every figure and needs a screen.
    figure = import_optional("matplotlib.figure", "plots").Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    return figure, axes[0] if rows * columns == 1 else axes


def _axis_limits(values: NDArray[Any], limit: float) -> tuple[float, float]:
    """Return the ends of a logarithmic axis that shows all values and the limit."""
    positive = values[values > 0]
    low = min(float(positive.min(initial=limit)), limit)
    return low / 1.2, max(float(positive.max(initial=limit)), limit) * 1.2


def _join_edges(left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    """Return the edges of bins, one of which is where both halves meet, so that no bar crosses a limit."""
    return np.concatenate([left[:-1], right])


def _draw_stacked(axes: Any, edges: Any, values: Any, parts: Mapping[str, tuple[Any, str]]) -> None:
    """Draw stacked bars of parts of some values; a part's label in the legend leads to its mask and colour."""
    clipped = np.clip(values, edges[0], edges[-1])
    chosen = [clipped[own] for own, _ in parts.values()]
    axes.hist(chosen, edges, stacked=True, color=[colour for _, colour in parts.values()], label=list(parts))
    axes.legend(frameon=False, fontsize=9)


def _set_log_scale(axis: Any) -> None:
    """Make an axis, whose ends are set, logarithmic, with plain numbers."""
    low, high = axis.get_view_interval()
    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    marked = (1, 2, 5) if high / low < 1e4 else (1,)
    axis.set_major_locator(import_optional("matplotlib.ticker", "plots").LogLocator(subs=marked, numticks=12))
    axis.axes.tick_params(axis=axis.axis_name, which="minor", length=0)
    axis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axis.set_minor_formatter("")


def _draw_line(axes: Any, value: float) -> None:
    axes.axvline(value, color=_LINE, linewidth=1, linestyle=":")


def _hide_frame(axes: Any) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _finish(figure: Any, axes: Any, title: str, unit: str) -> Any:
    _hide_frame(axes)
    axes.set_title(title, loc="left", fontsize=12)
    axes.set_ylabel(unit)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    return figure


def _density(values: NDArray[Any], edges: NDArray[Any]) -> NDArray[Any]:
    """Return a smoothed histogram with a maximum of 1."""
    counts = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0].astype(float)
    kernel = np.exp(-0.5 * (np.arange(-4, 5) / 1.5) ** 2)
    smooth = np.convolve(np.pad(counts, 4, mode="reflect"), kernel / kernel.sum(), mode="valid")
    top = float(smooth.max(initial=0.0))
    return smooth / top if top else smooth


def _colours(count: int) -> list[Any]:
    """Return a colour for each class: those of the palette as long as there are enough."""
    if count <= len(_PALETTE):
        return _PALETTE[:count]
    turbo = import_optional("matplotlib", "plots").colormaps["turbo"]
    return [turbo(place / (count - 1)) for place in range(count)]


def _safe_label(text: str, most: int = 28) -> str:
    """Return a name that matplotlib can draw: not too long, and not taken for a formula."""
    short = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(c if c.isprintable() else "?" for c in short).replace("$", r"\$")
