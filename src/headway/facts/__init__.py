"""Everything that Headway finds out and reports, as typed values.

::

    codec        facts ↔ plain values, and JSON schemas

Facts are numbers, names and enumerations; `headway.rendering` makes the sentences. Whoever finds something out imports
the kind of fact from here; nothing here imports more than ``errors`` and ``types``.
"""
