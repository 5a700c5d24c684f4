"""The confusion matrix, and the pictures in its cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from headway.rendering import report as wording
from headway.rendering.blocks import Line
from headway.reporting.parts import Cell, CellPictures, Cells, Gallery, Matrix, Part, Sortable, Sparse
from headway.reporting.pictures import MOST_CLASSES, MOST_PAIRS

if TYPE_CHECKING:
    from headway.reporting.pictures import Pictures


def confusion(
    classes: tuple[str, ...], counts: Mapping[tuple[int, int], int], pictures: Pictures | None
) -> Iterator[Part]:
    """Yield the matrix, or of many classes the pairs that are confused most; then the pictures of the cells."""
    listed = {} if pictures is None else pictures.cells
    places = sorted({place for cell in counts for place in cell})
    if len(places) <= MOST_CLASSES:
        yield Line(wording.MATRIX if listed else wording.MATRIX_WITHOUT_PICTURES)
        yield _matrix(classes, counts, places, set(listed))
    else:
        yield from _pairs(classes, counts, set(listed))
    if pictures is not None and listed:
        yield Cells(tuple(_cell(classes, pictures, cell) for cell in sorted(listed)))


def _matrix(
    classes: tuple[str, ...],
    counts: Mapping[tuple[int, int], int],
    places: list[int],
    listed: set[tuple[int, int]],
) -> Matrix:
    sums = {true: sum(counts.get((true, predicted), 0) for predicted in places) for true in places}

    def cell(true: int, predicted: int) -> Cell | None:
        count = counts.get((true, predicted), 0)
        if not count:
            return None
        label = wording.cell(classes[true], classes[predicted], count)
        return Cell(
            key=_key(true, predicted),
            count=count,
            share=count / sums[true],
            right=true == predicted,
            label=label,
            has_pictures=(true, predicted) in listed,
        )

    rows = ((classes[true], tuple(cell(true, predicted) for predicted in places)) for true in places if sums[true])
    return Matrix(tuple(classes[place] for place in places), tuple(rows))


def _pairs(
    classes: tuple[str, ...], counts: Mapping[tuple[int, int], int], listed: set[tuple[int, int]]
) -> Iterator[Part]:
    wrong = sorted((cell for cell in counts if cell[0] != cell[1]), key=lambda cell: (-counts[cell], cell))
    if not wrong:
        yield Line(wording.ALL_RIGHT)
        return
    yield Sparse()
    shown = wrong[:MOST_PAIRS]
    yield Sortable(
        wording.PAIRS,
        ("true", "predicted", "pictures"),
        tuple((classes[true], classes[predicted], f"{counts[true, predicted]:,}") for true, predicted in shown),
        left=2,
        links=tuple(_key(*cell) if cell in listed else None for cell in shown),
    )


def _cell(classes: tuple[str, ...], pictures: Pictures, cell: tuple[int, int]) -> CellPictures:
    true, predicted = cell
    count, listed = pictures.counts[cell], pictures.cells[cell]
    gallery = Gallery(
        tuple(
            pictures.shown(position, wording.probability(float(pictures.probability[position]))) for position in listed
        ),
        wording.more(len(listed), count),
    )
    return CellPictures(_key(true, predicted), wording.cell(classes[true], classes[predicted], count), gallery)


def _key(true: int, predicted: int) -> str:
    return f"{true}-{predicted}"
