"""Lists of fixes in words: what was done by one, and what an audit wrote into one."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from headway.rendering.words import plural, some

if TYPE_CHECKING:
    from headway.facts.fixes import Fixes, Proposals


def fixes(fact: Fixes) -> str:
    """Say what was done by a list of fixes.

    Examples
    --------
    >>> from headway.facts.fixes import Fixes
    >>> fixes(Fixes("out/fixes.csv", dropped=12, relabelled=3, grouped=40, groups=13))
    'Fixes: 12 pictures dropped, 3 relabelled, 40 in 13 groups (fixes.csv)'
    >>> fixes(Fixes("fixes.csv", undecided=2))
    'Fixes: nothing is decided, 2 rows without a decision (fixes.csv)'
    """
    counts = (
        (fact.dropped, "dropped"),
        (fact.relabelled, "relabelled"),
        (fact.grouped, f"in {plural(fact.groups, 'group')}"),
        (fact.kept, "kept as they are" if fact.kept > 1 else "kept as it is"),
    )
    done = [f"{count:,} {what}" for count, what in counts if count]
    if done:
        count = next(count for count, _ in counts if count)
        done[0] = f"{plural(count, 'picture')} {done[0].partition(' ')[2]}"
    else:
        done = ["nothing is decided"]
    if fact.undecided:
        done.append(f"{plural(fact.undecided, 'row')} without a decision")
    if fact.new_classes:
        done.append(f"new: {some(fact.new_classes)}")
    if fact.lost_classes:
        done.append(f"no pictures left of {some(fact.lost_classes)}")
    return f"Fixes: {', '.join(done)} ({os.path.basename(fact.file)})"


def proposals(fact: Proposals) -> str:
    """Say what an audit wrote into a list of fixes, and what to do with it.

    Examples
    --------
    >>> from headway.facts.fixes import Proposals
    >>> proposals(Proposals("fixes.csv", before=3, new=0, decided=0))
    'Proposals: none that fixes.csv does not have already'
    >>> proposals(Proposals("fixes.csv", before=0, new=3, decided=1)).partition(": ")[2]
    '3 new in fixes.csv, 1 of them decided, as nothing is lost by it; look at the others and fill in the column \
decision, then: headway fit DATA --fixes fixes.csv'
    """
    if not fact.new:
        return f"Proposals: none{f' that {fact.file} does not have already' if fact.before else ''}"
    todo = "look at them"
    decided = ""
    if fact.decided:
        decided = f", {fact.decided:,} of them decided, as nothing is lost by it"
        todo = "look at the others" if fact.decided < fact.new else ""
    filled = f"{todo} and fill in the column decision, then" if todo else "go on with"
    call = f"headway fit DATA --fixes {shlex.quote(fact.file)}"
    return f"Proposals: {fact.new:,} new in {fact.file}{decided}; {filled}: {call}"
