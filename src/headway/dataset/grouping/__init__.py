"""Pictures that belong together, by the names of their files or the times at which they were taken (ADR 29)."""

from headway.dataset.grouping.finding import with_groups

__all__ = ["with_groups"]
