"""Back-tests that only look forward: train before an origin, test after it, with a gap between.

The origins are instants of the class, the same for all its machines, so that no machine's future
teaches another one's past. Rows are never shuffled.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.history import Flags, Instants
from models.spec import ClassSpec

ORIGINS = 4
FIRST_SHARE = 0.4  # of the recorded span comes before the first origin


@dataclass(frozen=True, slots=True)
class Fold:
    """One origin. Train on rows up to `train_until` with what was known at `origin`; test on the
    decisions taken from `origin` on, before `test_until`."""

    origin: int
    train_until: int
    test_until: int

    @property
    def purpose(self) -> str:
        """What tells this fold apart, for seeds and reports."""
        return str(self.origin)

    def train(self, at: Instants) -> Flags:
        """Return which rows may be learned from: horizon and longest window end by the origin."""
        return at <= self.train_until

    def test(self, at: Instants) -> Flags:
        """Return which rows are decisions that this fold's predictor would have taken."""
        return (at >= self.origin) & (at < self.test_until)


def forward_folds(
    spec: ClassSpec, first_at: int, until: int, count: int = ORIGINS, newest: int | None = None
) -> tuple[Fold, ...]:
    """Return up to `count` folds over (first_at, until], origins on decision times, rising.

    An origin whose gap leaves nothing to train on is left out; a young class has no fold. `newest`
    keeps only so many of them: a quicker back-test with fewer events to judge by.
    """
    review = spec.review_steps * spec.step_us
    gap = spec.gap_steps * spec.step_us
    shares = [FIRST_SHARE + (1.0 - FIRST_SHARE) * k / count for k in range(count)]
    wished = [first_at + int((until - first_at) * share) for share in shares]
    origins = sorted({at - (at - spec.decision_us) % review for at in wished})
    # Decisions at `until` itself are tonight's: they have no outcome yet.
    ends = [*origins[1:], until]
    folds = tuple(
        Fold(origin, origin - gap, end)
        for origin, end in zip(origins, ends, strict=True)
        if first_at < origin - gap and origin < end
    )
    return folds if newest is None else folds[max(0, len(folds) - newest) :]
