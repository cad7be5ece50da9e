"""What stood behind the person, in order, for "Undo" and "Redo"."""

from __future__ import annotations

from dataclasses import dataclass, field

from components.video.backdrop import Backdrop

MOST = 12
"""Steps kept: each may hold a picture of up to 8 MB."""
MOST_UPLOADS = 4
"""Different clips and other uploads among them: each may hold a clip of up to 24 MB besides."""


@dataclass(frozen=True)
class Chosen:
    """A backdrop and what it is called: kind "scene", "blur", "colour", "upload" or "kept", and a name within it."""

    kind: str
    name: str
    backdrop: Backdrop


@dataclass
class Timeline:
    """One line, with a place on it. A new choice cuts off what was undone."""

    _steps: list[Chosen]
    _place: int = field(default=0)

    @property
    def current(self) -> Chosen:
        """What stands there now."""
        return self._steps[self._place]

    @property
    def can_undo(self) -> bool:
        """Whether there is something before."""
        return self._place > 0

    @property
    def can_redo(self) -> bool:
        """Whether something was undone."""
        return self._place + 1 < len(self._steps)

    def find(self, kind: str, name: str) -> Chosen | None:
        """The newest choice of this name, decoded and fitted as it still is; None if it is no longer here."""
        return next((step for step in reversed(self._steps) if (step.kind, step.name) == (kind, name)), None)

    def put(self, chosen: Chosen) -> None:
        """A new choice; what stands there already is none."""
        if _same(chosen, self.current):
            return
        steps = [*self._steps[: self._place + 1], chosen]
        uploads = dict.fromkeys(step.name for step in reversed(steps) if step.kind == "upload")
        forgotten = list(uploads)[MOST_UPLOADS:]
        kept: list[Chosen] = []
        for step in steps:
            # What stood on both sides of a forgotten one is one step.
            if not (step.kind == "upload" and step.name in forgotten) and not (kept and _same(step, kept[-1])):
                kept.append(step)
        self._steps = kept[-MOST:]
        self._place = len(self._steps) - 1

    def undo(self) -> Chosen:
        """One step back; stays at the first."""
        self._place = max(0, self._place - 1)
        return self.current

    def redo(self) -> Chosen:
        """One step on; stays at the last."""
        self._place = min(len(self._steps) - 1, self._place + 1)
        return self.current


def _same(one: Chosen, other: Chosen) -> bool:
    return (one.kind, one.name) == (other.kind, other.name)
