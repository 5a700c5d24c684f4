"""What to do next about a result, what is expected to gain most first, each with a number that was measured."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headway.clock import duration
from headway.facts.fit import FitReport
from headway.rendering import forecast
from headway.rendering.blocks import Block, Line
from headway.rendering.verdict import UNSURE, weakest_class
from headway.rendering.words import percent, percent_range, plural, some

if TYPE_CHECKING:
    from headway.facts.alternatives import Alternative
    from headway.facts.documents import EvaluationReport
    from headway.facts.scores import Scores

MOST = 3  # sentences about a fit
_SURE = 0.9  # probability from which on a wrong prediction says something of the label
_WEAK = 0.1  # macro F1 less that of a class, from which on more pictures of it are advised
_AUDIT = "headway audit PICTURES/ --fixes fixes.csv"
_LEAST_GAIN = 0.002  # in accuracy: less is not worth a sentence


@dataclass(frozen=True)
class Advice:
    """Something to do next.

    Parameters
    ----------
    text : str
        What to do, and why: a sentence without its full stop.
    commands : tuple of str
        What to type, where there is something: one of these.
    gain : float
        What it may bring, as a part of all pictures: that many more are right, or counted rightly.
    """

    text: str
    commands: tuple[str, ...] = ()
    gain: float = 0.0

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.text, ", or ".join(self.commands)))) + "."


def advice(report: FitReport | EvaluationReport, model: str = "MODEL") -> tuple[Advice, ...]:
    """Return what to do next, what may gain most first; ``model`` is what to type for the model's file.

    About a fit at most three sentences: what else there is can wait.
    """
    if isinstance(report, FitReport):
        return tuple(sorted(_of_fit(report, model), key=lambda one: -one.gain)[:MOST])
    return tuple(_of_scores(report.scores, model))


def blocks(report: FitReport, model: str) -> Iterator[Block]:
    """Yield what to do next, a line each."""
    for one in advice(report, model):
        yield Line(f"- {one}")


def _of_fit(report: FitReport, model: str) -> Iterator[Advice]:
    facts, test = report.data, report.test
    yield from _copies(report)
    for overlap in facts.overlaps:
        if test is not None and (overlap.part, overlap.by) == ("test", "group"):
            have = "picture has" if overlap.count == 1 else "pictures have"
            yield Advice(
                f"Keep groups whole: {overlap.count:,} test {have} others of their group in training",
                ("headway fit PICTURES/ --no-splits",),
                overlap.count / test.n,
            )
    if facts.contradicting:
        files = plural(facts.contradicting, "file")
        yield Advice(
            f"Correct the labels of the {files} found under several labels: one of each is wrong",
            (_AUDIT,),
            facts.contradicting / facts.n,
        )
    for finding in report.findings:
        if finding.check == "wrong-labels" and finding.count:
            labels = plural(finding.count, "label that is", "labels that are")
            share = finding.count / facts.n
            yield Advice(f"Look at the {labels} likely wrong, {percent(share)} of all", (_AUDIT,), share)
    yield from _more_pictures(report)
    if test is None:
        yield Advice(
            f"Hold some of the {facts.n:,} pictures back, to see what goes wrong class by class",
            ("headway fit PICTURES/ --test-fraction 0.2", f"headway evaluate {model} MORE-PICTURES/"),
        )
        return
    yield from _mistakes(test)
    yield from _weak(test, facts.counts, _wanted(report))
    if facts.imbalance is not None and facts.imbalance.balance == "none":
        yield Advice(
            "Let every class count the same in training: the mean recall of the classes is "
            f"{percent(test.balanced_accuracy)}, where {percent(test.accuracy)} of the pictures are right",
            (f"headway fit PICTURES/ --balance {facts.imbalance.remedy}",),
            max(0.0, test.accuracy - test.balanced_accuracy) / 2,
        )
    yield from _test_more(test, model)
    yield from _alternatives(report.alternatives, test)


def _alternatives(alternatives: Iterable[Alternative], test: Scores) -> Iterator[Advice]:
    """Yield what a comparison measured of fine-tuning and of bigger networks."""
    for one in alternatives:
        tuned, other = one.tuned, "" if one.kind == "fine-tuning" else f"{one.backbone}, a bigger network"
        interval = percent_range(one.low, one.high)
        measured = (
            f"headway compare measured {percent(one.accuracy)} ({interval}) for that on the same {one.n:,} pictures"
        )
        if one.better:
            what = f"{'Fine-tune' if tuned else 'Take'} {other or 'the network'}"
            yield Advice(
                f"{what}: {measured}, {percent(test.accuracy)} for this model; it took {duration(one.seconds)}",
                (one.command,),
                one.gain,
            )
        else:
            what = f"fine-tuning{other and ' ' + other}" if tuned else other
            yield Advice(
                f"Do not expect more of {what}: {measured}, not better beyond chance than {percent(test.accuracy)} for "
                "this model"
            )


def _copies(report: FitReport) -> Iterator[Advice]:
    """Yield what to do about copies of training pictures among those that were scored."""
    anew = " --no-splits" if report.data.division.kind == "given" else ""  # which groups do not change
    for scored, part in ((report.test, "test picture"), (report.cross_validation, "held-out picture")):
        if scored is None or (scored.unseen is None and not scored.near_training):
            continue
        known = scored.near_training + getattr(scored, "seen_in_training", 0)
        others, gain = "there are no others to score", scored.accuracy
        if scored.unseen is not None:
            alone, together = percent(scored.unseen.accuracy), percent(scored.accuracy)
            others = f"of the others {alone} are right, {'too' if alone == together else f'not {together}'}"
            gain = abs(scored.accuracy - scored.unseen.accuracy)
        yield Advice(
            f"Keep copies on one side: {plural(known, part)} {'is a copy' if known == 1 else 'are copies'} of training "
            f"pictures, and {others}",
            (f"{_AUDIT} && headway fit PICTURES/{anew} --fixes fixes.csv",),
            max(gain, _LEAST_GAIN),
        )
        return


def _more_pictures(report: FitReport) -> Iterator[Advice]:
    """Yield what twice the pictures would bring."""
    curve = report.forecast
    if curve is not None and (text := forecast.advice(curve)) is not None:
        yield Advice(f"Add pictures: {text}", gain=curve.forecasts[0].gain)


def _mistakes(test: Scores) -> Iterator[Advice]:
    """Yield to look at the mistakes that the model is sure of."""
    sure = sum(one.probability >= _SURE for one in test.mistakes)
    if sure:
        mistakes = "mistake" if sure == 1 else f"{sure:,} mistakes"
        yield Advice(
            f"Look at the {mistakes} that the model is at least {percent(_SURE)} sure of: where the label is wrong, "
            "correct it and fit again",
            gain=sure / test.n / 2,
        )


def _wanted(report: FitReport) -> Container[str]:
    """Return the classes that the advice on more pictures names."""
    curve = report.forecast
    return () if curve is None or forecast.advice(curve) is None else [one.name for one in curve.classes]


def _weak(scores: Scores, counts: Mapping[str, int] | None = None, wanted: Container[str] = ()) -> Iterator[Advice]:
    """Yield to add pictures of the weakest class, where it is far behind and not ``wanted`` already."""
    weakest = weakest_class(scores)
    if weakest is None or weakest.f1 > scores.macro_f1 - _WEAK or weakest.name in wanted:
        return
    has = "" if counts is None else f", of which there are {counts.get(weakest.name, 0):,}"
    gain = (scores.macro_f1 - weakest.f1) * weakest.support / scores.n
    yield Advice(
        f"Add pictures of {some([weakest.name])}, the weakest class, with an F1 of {weakest.f1:.2f}{has}", gain=gain
    )


def _test_more(scores: Scores, model: str) -> Iterator[Advice]:
    """Yield to test on more pictures, or on others."""
    if scores.high - scores.low > UNSURE:
        ends = percent_range(scores.low, scores.high)
        yield Advice(
            f"Test on more pictures, as {scores.n:,} leave an interval of {ends}",
            (f"headway evaluate {model} MORE-PICTURES/",),
        )
    elif scores.right == scores.n and not scores.seen_in_training:
        yield Advice(
            f"Test it on pictures of another day, place or camera: all {scores.n:,} of these are right",
            (f"headway evaluate {model} OTHER-PICTURES/",),
        )


def _of_scores(scores: Scores, model: str) -> Iterator[Advice]:
    if scores.seen_in_training:
        yield Advice(
            f"Test it on pictures that it has not learned from, as it has from {scores.seen_in_training:,} of these",
            (f"headway evaluate {model} OTHER-PICTURES/",),
        )
    yield from _mistakes(scores)
    yield from _weak(scores)
    yield from _test_more(scores, model)
    if scores.right < scores.n:
        yield Advice(
            "See whether another way to transfer does better on the same pictures", ("headway compare PICTURES/",)
        )
