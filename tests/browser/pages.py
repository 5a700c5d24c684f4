"""Reports of every kind that a reader may open, from the facts of ``tests/reporting/making.py``."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from PIL import Image

from headway import reporting
from tests.reporting import making
from tests.reporting.test_comparison import comparison

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)>',
    "'-alert(4)-'",
    "كلب صغير جدا",
    "👩‍👩‍👧 family",
    "a very long name of a class that goes on and on without any end " * 3,
    "Donaudampfschifffahrtsgesellschaftskapitaensmuetzenabzeichenfabrik" * 2,
)


@cache
def thumbnail(number: int) -> str:
    """Return a picture of one colour as WebP in base64."""
    buffer = io.BytesIO()
    Image.new("RGB", (96, 96), tuple(60 + number * step % 180 for step in (37, 71, 113))).save(
        buffer, "WEBP", quality=50
    )
    return base64.b64encode(buffer.getvalue()).decode()


def page(
    classes: tuple[str, ...],
    *,
    n: int = 240,
    tested: int = 80,
    skill: float = 2.0,
    thumbnails: int = 0,
    has_names: bool = True,
) -> str:
    """Return a report of a fit as HTML."""
    pictures = making.pictures(classes, n, tested=tested, skill=skill, has_names=has_names, thumbnails=thumbnails)
    shown = {position: thumbnail(number % 24) for number, position in enumerate(pictures.thumbnails)}
    report = making.fit_report(classes, n, tested=tested, skill=skill)
    return reporting.to_html(reporting.fit_page(report, replace(pictures, thumbnails=shown)))


def audit(classes: tuple[str, ...]) -> str:
    """Return a report of an audit as HTML."""
    pictures = making.audit_pictures(classes, thumbnails=60)
    shown = {position: thumbnail(number % 24) for number, position in enumerate(pictures.thumbnails)}
    page = reporting.audit_page(making.audit_report(classes), replace(pictures, thumbnails=shown))
    return reporting.to_html(page)


def numbered(k: int) -> tuple[str, ...]:
    """Return names of k classes."""
    return tuple(f"class {place}" for place in range(k))


PAGES: dict[str, Callable[[], str]] = {
    "2": lambda: page(("cat", "dog"), n=100, tested=60, thumbnails=60),
    "12": lambda: page(numbered(12), thumbnails=120, skill=1.5),
    "12-names": lambda: page(numbered(12), skill=1.5),
    "12-nothing": lambda: page(numbered(12), has_names=False),
    "200": lambda: page(numbered(200), n=1200, tested=600, thumbnails=200),
    "200-names": lambda: page(numbered(200), n=1200, tested=600),
    "hostile": lambda: page(HOSTILE, thumbnails=80),
    "untested": lambda: page(numbered(3), tested=0, thumbnails=20),
    "right": lambda: page(numbered(3), skill=90.0, thumbnails=20),
    "comparison": lambda: reporting.to_html(reporting.comparison_page(comparison())),
    "evaluation": lambda: reporting.to_html(reporting.evaluation_page(making.evaluation_report(numbered(5)))),
    "audit": lambda: audit(("cat", "dog", "emu")),
    "audit-hostile": lambda: audit(HOSTILE),
    "wrong": lambda: page(numbered(3), skill=-90.0, thumbnails=20),
}
