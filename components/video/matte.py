"""From camera picture to matte, how much of each pixel is the person: look, remember, refine, ramp.

    look at the person's box (follow) -> clean -> steady -> follow the picture's edges (guided) -> ramp at full size

Each step is a pure function of arrays in a file of its own and can be switched off (`quality.Steps`). What is
remembered from frame to frame lives here and is dropped when anything fails.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from components.video.box import Box, whole
from components.video.carry import Carrier, explained
from components.video.clean import cleaned
from components.video.edges import Edges
from components.video.follow import Follow
from components.video.guided import Ramp, coefficients
from components.video.model_input import shrink
from components.video.planes import I420, Plane, Size
from components.video.quality import Steps
from components.video.segmenter import Probability, Segmenter, checked, is_wide
from components.video.steady import showable, steadied
from components.video.trust import believed, plausible
from components.video.unchanged import REUSE_SECONDS, Unchanged

SETTLED = 5
"""Looks at one box after which a matte may be kept: each moves it by a quarter only."""

CARRY_SECONDS = 0.07
"""A look serves the frames after it no longer than this: two of a camera's, or one of a slow one's. The flow begins to
lose people who move fast at 100 ms (`carry.EXPLAINED`)."""

REST = 3
"""Looks after a matte could not be brought over before that is tried again: what moves so fast goes on for a while."""

FORGET_SECONDS = 0.25
"""What was seen longer ago than this says nothing about now."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one frame gave: the probability on the model's grid over `box`, and the luma on the same grid."""

    probability: Probability
    looked: Probability
    """What the look itself gave, before steadying."""
    shown: Probability
    """What may be shown of `probability`."""
    guide: Plane
    box: Box
    at: float
    looks: int = 1
    """How many looks at this box it rests on."""


class Matte:
    """The pipeline of one stream, with its memory and its buffers. One thread."""

    def __init__(self) -> None:
        self._ramp = Ramp()
        self._carrier = Carrier()
        self._floor = 0.0
        self._resize((2, 2))

    def _resize(self, size: Size) -> None:
        self._size = size
        self._alpha: Plane = np.zeros((size[1], size[0]), np.uint8)
        self.reset()

    @property
    def box(self) -> Box:
        """Outside it the last matte is 0."""
        return self._drawn[0] if self._drawn else whole(self._size)

    def reset(self) -> None:
        """Forget everything, as before the first frame."""
        self._last: Seen | None = None
        self._drawn: tuple[Box, Edges, Steps] | None = None
        self._looked_at = -np.inf
        self._since_look = 0
        self._at_rest = 0
        self._looked_last = False
        self._unchanged = Unchanged()
        self._follow = Follow(self._size)

    def alpha(self, camera: I420, segmenter: Segmenter, edges: Edges, steps: Steps, now: float) -> Plane:
        """The matte of `camera` at `now`, in seconds of a steady clock: uint8 HxW, 255 = person, valid until the next
        call. Outside the box that the model looked at it is 0.

        Raises SegmenterError where the model fails or its answer would show the room; then nothing is remembered.
        """
        if camera.size != self._size:
            self._resize(camera.size)
        self._floor = edges.ramp[0]
        try:
            return self._drawn_or_kept(camera, segmenter, edges, steps, now)
        except Exception:
            self.reset()
            raise

    def _drawn_or_kept(self, camera: I420, segmenter: Segmenter, edges: Edges, steps: Steps, now: float) -> Plane:
        last = self._last
        if last is not None and not 0 <= now - last.at <= FORGET_SECONDS:
            self._last = last = None
        self._unchanged.see(camera.y)
        recent = now - self._looked_at <= REUSE_SECONDS and not self._wants_full_look(steps, now)
        if (
            last is not None
            and last.looks >= SETTLED
            and self._looked_last
            and steps.reuse
            and self._unchanged.still
            and recent
            and self._drawn == (self._box(steps), edges, steps)
        ):
            self._last = replace(last, at=now)
            return self._alpha
        self._since_look += 1
        due = self._since_look >= steps.stride
        seen = (None if due else self._carried(camera, steps, now)) or self._look(camera, segmenter, steps, now)
        self._draw(seen, camera, edges, steps)
        self._last, self._looked_last = seen, seen.at == self._looked_at
        believed(seen.box.cut(self._alpha))
        return self._alpha

    def _box(self, steps: Steps) -> Box:
        return self._follow.box if steps.follow else whole(self._size)

    def _wants_full_look(self, steps: Steps, now: float) -> bool:
        # A box that is the frame needs none besides.
        return steps.follow and self._follow.box != whole(self._size) and self._follow.wants_full_look(now)

    def _look(self, camera: I420, segmenter: Segmenter, steps: Steps, now: float) -> Seen:
        last, box = self._last, self._box(steps)
        if self._wants_full_look(steps, now):
            everything = whole(self._size)
            if last is not None and last.box == box:
                # It only tells where people are: the box, seen from nearer, is brought over from last time, or looked
                # at as well where too much has moved.
                seen = self._carried(camera, steps, now) or self._look_at(box, camera, segmenter, steps, now)
                self._follow.saw_all(self._asked(everything, camera, segmenter, steps), seen.probability, now)
                return seen
            box = everything
        seen = self._look_at(box, camera, segmenter, steps, now)
        if box == whole(self._size):
            self._follow.saw_all(seen.probability, None, now)
        else:
            self._follow.saw_box(seen.probability)
        return seen

    def _look_at(self, box: Box, camera: I420, segmenter: Segmenter, steps: Steps, now: float) -> Seen:
        probability = self._asked(box, camera, segmenter, steps)
        self._looked_at, self._since_look = now, 0
        self._at_rest = max(0, self._at_rest - 1)
        self._unchanged.looked()
        guide = shrink(box.cut(camera.y), probability.shape[::-1])
        return self._refined(Seen(probability, probability, probability, guide, box, now), steps)

    def _asked(self, box: Box, camera: I420, segmenter: Segmenter, steps: Steps) -> Probability:
        # Refused here already: steadying would only thin out what shows the room.
        wide = not steps.square and is_wide(self._size)
        return plausible(checked(segmenter.probability(box.of(camera), low_light=steps.low_light, wide=wide)))

    def _refined(self, seen: Seen, steps: Steps) -> Seen:
        probability, last = seen.probability, self._last
        if steps.clean:
            probability = cleaned(probability)
        looked, looks = probability, 1
        # A new box is another distance: what was seen from afar would blur it for as long as nobody moves.
        if last is not None and last.box == seen.box:
            looks = last.looks + 1
            if steps.steady:
                probability = self._steadied(seen, probability, last, steps)
        shown = looked if probability is looked else showable(probability, looked, self._floor, seen.guide)
        return replace(seen, probability=probability, looked=looked, shown=shown, looks=looks)

    def _steadied(self, seen: Seen, probability: Probability, last: Seen, steps: Steps) -> Probability:
        old, before, old_guide = last.probability, last.looked, last.guide
        if old.shape != probability.shape:
            # Another model, after the quality was changed.
            return probability
        if steps.flow:
            (old, before), old_guide = self._carrier.carried([old, before], old_guide, seen.guide)
        return steadied(probability, old, before, seen.guide, old_guide)

    def _carried(self, camera: I420, steps: Steps, now: float) -> Seen | None:
        """What was seen last, brought over to this frame; None where the frame needs a look of its own."""
        last = self._last
        if last is None or self._at_rest or now - self._looked_at > CARRY_SECONDS:
            return None
        guide = shrink(last.box.cut(camera.y), last.probability.shape[::-1])
        # What the look itself gave is asked for by steadying alone.
        mattes = [last.shown, last.looked] if steps.steady else [last.shown]
        mattes, moved = self._carrier.carried(mattes, last.guide, guide)
        shown = mattes[0]
        if not explained(shown, moved, guide):
            self._at_rest = REST
            return None
        return replace(last, probability=shown, looked=mattes[-1], shown=shown, guide=guide, at=now)

    def _draw(self, seen: Seen, camera: I420, edges: Edges, steps: Steps) -> None:
        if self._drawn is None or self._drawn[0] != seen.box:
            self._alpha.fill(0)
        self._drawn = seen.box, edges, steps
        out = seen.box.cut(self._alpha)
        if steps.edge_aware:
            guide = seen.guide.astype(np.float32) * np.float32(1 / 255)
            self._ramp.guided(coefficients(seen.shown, guide), seen.box.cut(camera.y), edges.ramp, out)
        else:
            self._ramp.plain(seen.shown, edges.ramp, out)
