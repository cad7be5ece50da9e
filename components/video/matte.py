"""From camera picture to matte, how much of each pixel is the person: look, remember, refine, ramp.

    average the dark (noise) -> look at the person's box (follow), or bring the last look over (carry) -> clean
    -> steady -> follow the picture's edges (guided) -> ramp at full size

Each step is a pure function of arrays in a file of its own and can be switched off (`quality.Steps`). What is
remembered from frame to frame lives here and is dropped when anything fails.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from components.video.box import Box, whole
from components.video.carry import Carrier, colour_explained, colour_of, explained
from components.video.clean import cleaned
from components.video.drawing import Drawing
from components.video.edges import Edges
from components.video.follow import Follow
from components.video.model_input import shrink
from components.video.moment import NEVER, Moment
from components.video.noise import Averaged
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

NEARER = 0.7
"""Of the last look's box: a box smaller than this is looked at at once, whatever the stride, since what is brought over
comes from further away. A person at a quarter of 720p, IoU with a stride of 3: .949 for .795."""

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
    colour: Plane
    """The chroma, as `carry.colour_of` gives it."""
    box: Box
    at: Moment
    looks: int = 1
    """How many looks at this box it rests on."""
    serves: int = 1
    """How many frames the look is worth: see `Steps.square`."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """What `alpha` is asked for."""

    camera: I420
    shown: I420
    """What the model is shown of it."""
    segmenter: Segmenter
    edges: Edges
    steps: Steps
    now: Moment


class Matte:
    """The pipeline of one stream, with its memory and its buffers. One thread."""

    def __init__(self) -> None:
        self._carrier = Carrier()
        self._size: Size = (2, 2)
        self.reset()

    @property
    def box(self) -> Box:
        """Outside it the last matte is 0."""
        return self._drawing.box

    def reset(self) -> None:
        """Forget everything, as before the first frame."""
        self._drawing = Drawing(self._size)
        self._last: Seen | None = None
        self._drawn: tuple[Box, Edges, Steps] | None = None
        self._looked_at = NEVER
        self._since_look = 0
        self._looked_last = False
        self._unchanged = Unchanged()
        self._averaged = Averaged()
        self._follow = Follow(self._size)

    def alpha(
        self,
        camera: I420,
        segmenter: Segmenter,
        edges: Edges,
        steps: Steps,
        now: float,
        taken: float | None = None,
    ) -> Plane:
        """The matte of `camera`: uint8 HxW, 255 = person, valid until the next call. Outside the box that the model
        looked at it is 0.

        `now` is in seconds of a steady clock; `taken` is when the camera took the picture, in seconds of its own clock,
        or None where nobody knows (`Moment`).

        Raises SegmenterError where the model fails or its answer would show the room; then nothing is remembered.
        """
        if camera.size != self._size:
            self._size = camera.size
            self.reset()
        try:
            shown = self._averaged.see(camera) if steps.low_light else camera
            return self._drawn_or_kept(_Frame(camera, shown, segmenter, edges, steps, Moment(now, taken)))
        except Exception:
            self.reset()
            raise

    def _drawn_or_kept(self, frame: _Frame) -> Plane:
        steps, now = frame.steps, frame.now
        last = self._last
        if last is not None and now.since(last.at) > FORGET_SECONDS:
            self._last = last = None
            # Where the person was is forgotten too: in a box that they have left half-way the model takes a strip of
            # the room along the box's side for the rest of them.
            self._follow = Follow(self._size)
        recent = now.since(self._looked_at) <= REUSE_SECONDS and not self._wants_full_look(frame)
        if (
            last is not None
            and last.looks >= SETTLED
            and self._looked_last
            and steps.reuse
            and recent
            and self._drawn == (self._box(steps), frame.edges, steps)
            and self._unchanged.still(*frame.camera.planes)
        ):
            self._last = replace(last, at=now)
            return self._drawing.alpha
        self._since_look += 1
        carried = None if self._due(frame) else self._carried(frame)
        seen = carried or self._look(frame)
        self._drawn = seen.box, frame.edges, steps
        self._drawing.draw(seen.shown, seen.guide, seen.box, frame.camera.y, frame.edges, edge_aware=steps.edge_aware)
        self._last, self._looked_last = seen, seen.at == self._looked_at
        believed(seen.box.cut(self._drawing.alpha))
        return self._drawing.alpha

    def _due(self, frame: _Frame) -> bool:
        """Whether this frame needs a look, whatever was seen before."""
        last, steps = self._last, frame.steps
        if last is None or self._since_look >= steps.stride * last.serves:
            return True
        nearer = self._box(steps).area < NEARER * last.box.area
        cut_off = steps.follow and self._follow.at_a_side
        return nearer or cut_off or self._wants_full_look(frame)

    def _box(self, steps: Steps) -> Box:
        return self._follow.box if steps.follow else whole(self._size)

    def _wants_full_look(self, frame: _Frame) -> bool:
        # A box that is the frame needs none besides.
        near = frame.steps.follow and self._follow.box != whole(self._size)
        return near and self._follow.wants_full_look(frame.now.worked)

    def _look(self, frame: _Frame) -> Seen:
        last, box, everything = self._last, self._box(frame.steps), whole(self._size)
        full = self._wants_full_look(frame)
        if not full or last is None:
            return self._look_whole(everything if full else box, frame)
        # A full look only tells where people are: the box, seen from nearer, is carried over from the last frame, or
        # looked at as well where it or too much in it has moved.
        seen = (self._carried(frame) if last.box == box else None) or self._look_whole(box, frame)
        if seen.box != everything:
            self._follow.saw_all(self._asked(everything, frame), (seen.probability, seen.box), frame.now.worked)
        return seen

    def _look_whole(self, box: Box, frame: _Frame) -> Seen:
        """A look at `box`; if the box cuts a person off, at the box that has moved after them; if that one does too, at
        everything. A matte that is cut off shows room along the box's side and is not used."""
        seen = self._look_and_tell(box, frame)
        if self._follow.at_a_side and self._follow.box != seen.box:
            seen = self._look_and_tell(self._follow.box, frame)
        if self._follow.at_a_side:
            seen = self._look_and_tell(whole(self._size), frame)
        return seen

    def _look_and_tell(self, box: Box, frame: _Frame) -> Seen:
        seen = self._look_at(box, frame)
        if box == whole(self._size):
            self._follow.saw_all(seen.probability, None, frame.now.worked)
        else:
            self._follow.saw_box(seen.probability, box)
        return seen

    def _look_at(self, box: Box, frame: _Frame) -> Seen:
        probability = self._asked(box, frame)
        self._looked_at, self._since_look = frame.now, 0
        self._unchanged.looked(*frame.camera.planes)
        near, grid = box.of(frame.camera), (probability.shape[1], probability.shape[0])
        guide, colour = shrink(near.y, grid), colour_of(near, grid)
        serves = 2 if frame.steps.square and is_wide(self._size) and not is_wide(box.size) else 1
        seen = Seen(probability, probability, probability, guide, colour, box, frame.now, serves=serves)
        return self._refined(seen, frame)

    def _asked(self, box: Box, frame: _Frame) -> Probability:
        steps, wide = frame.steps, not frame.steps.square and is_wide(self._size)
        probability = frame.segmenter.probability(box.of(frame.shown), low_light=steps.low_light, wide=wide)
        # Refused here already: steadying would only thin out what shows the room.
        return plausible(checked(probability))

    def _refined(self, seen: Seen, frame: _Frame) -> Seen:
        probability, last, steps = seen.probability, self._last, frame.steps
        if steps.clean:
            probability = cleaned(probability)
        looked, looks = probability, 1
        # A new box is another distance: what was seen from afar would blur it for as long as nobody moves.
        if last is not None and last.box == seen.box:
            looks = last.looks + 1
            if steps.steady:
                probability = self._steadied(seen, probability, last, steps)
        shown = looked if probability is looked else showable(probability, looked, frame.edges.ramp[0], seen.guide)
        return replace(seen, probability=probability, looked=looked, shown=shown, looks=looks)

    def _steadied(self, seen: Seen, probability: Probability, last: Seen, steps: Steps) -> Probability:
        old, before, old_guide = last.probability, last.looked, last.guide
        if old.shape != probability.shape:
            # Another model, after the quality was changed.
            return probability
        if steps.flow:
            (old, before), old_guide = self._carrier.carried([old, before], old_guide, seen.guide)
        return steadied(probability, old, before, seen.guide, old_guide)

    def _carried(self, frame: _Frame) -> Seen | None:
        """What was seen last, brought over to this frame; None where the frame needs a look of its own."""
        last = self._last
        if last is None or frame.now.since(self._looked_at) > CARRY_SECONDS:
            return None
        near, grid = last.box.of(frame.camera), (last.probability.shape[1], last.probability.shape[0])
        guide = shrink(near.y, grid)
        # What the look itself gave is asked for by steadying alone.
        mattes = [last.shown, last.looked] if frame.steps.steady else [last.shown]
        mattes, moved = self._carrier.carried(mattes, last.guide, guide)
        shown = mattes[0]
        if not explained(shown, moved, guide):
            return None
        colour = colour_of(near, grid)
        if not colour_explained(shown, self._carrier.carried_colour(last.colour), colour, guide):
            return None
        self._follow.saw_box(shown, last.box)
        return replace(
            last, probability=shown, looked=mattes[-1], shown=shown, guide=guide, colour=colour, at=frame.now
        )
