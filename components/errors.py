"""Every error that a person can cause or meet, as one tree.

    StudioError
    ├── SettingsError        a setting has a value that cannot be used
    ├── ModelUnavailable     the segmentation model could not be found, fetched or verified
    ├── SegmenterError       one frame could not be segmented; the next one may
    ├── UploadError          an uploaded file cannot become a background
    ├── GenerationError      a prompt did not become a picture
    │   ├── PromptRejected       before any call: blank, too long, control characters; costs nothing
    │   ├── GenerationCancelled  given up before it was sent, or while the service was busy; costs nothing
    │   ├── ContentRefused       the model's content filter said no
    │   ├── AccessRefused        credentials, permissions or model access are missing
    │   ├── ModelGone            retired, or not in this region; the text names the models to use
    │   ├── GeneratorBusy        throttled or out of order for a moment
    │   ├── GeneratorUnreachable no connection could be made
    │   ├── GenerationTimeout    no answer in time; it may have been billed, so nothing is tried again
    │   └── BadAnswer            the answer is no picture
    ├── BudgetSpent          no generation is left, for this visitor or for today
    ├── LibraryError         a picture could not be kept, found or read
    └── StageError           the stream does not reach a stage
        ├── TokenRejected        before anything is sent: blank, malformed, expired, or not allowed to publish
        ├── JoinRefused          the stage said no, and would say so again
        ├── StageBusy            the stage is full, throttled or out of order for a moment
        ├── StageUnreachable     no connection could be made, or none in time
        │   └── StageUnanswered      it was asked and gave no answer, so that it may have done what was asked
        ├── BadStageAnswer       the answer is no answer to an offer
        ├── StageAccessRefused   AWS credentials or permissions are missing
        ├── StageLost            a connection that stood has broken
        └── MediaEnded           there is nothing left to publish: the camera has gone

The text of each is a sentence for the page: what happened and what to do next. It never holds a secret.
`retryable` tells whether the same call may succeed later without the person changing anything.
"""

from __future__ import annotations

from typing import ClassVar


class StudioError(Exception):
    """Base of every error that the product raises on purpose."""

    retryable: ClassVar[bool] = False


class SettingsError(StudioError):
    """A setting has a value that cannot be used; the text names the setting."""


class ModelUnavailable(StudioError):
    """The segmentation model could not be found, fetched or verified; the text says which file goes where."""

    retryable = True


class SegmenterError(StudioError):
    """A frame could not be segmented, or the answer cannot be trusted."""

    retryable = True


class UploadError(StudioError):
    """An uploaded file cannot become a background; the text says why and what would work."""


class GenerationError(StudioError):
    """A prompt did not become a picture; what is on screen stays."""


class PromptRejected(GenerationError):
    """The prompt cannot be sent: blank, too long, or with control characters."""


class GenerationCancelled(GenerationError):
    """Nobody waits for the picture any more, and nothing was billed."""


class ContentRefused(GenerationError):
    """The model's content filter refused the prompt or the picture."""


class AccessRefused(GenerationError):
    """Credentials, permissions or model access are missing; the text says which and where to get them."""


class ModelGone(GenerationError):
    """The model is retired or not in this region; the text names the models to use."""


class GeneratorBusy(GenerationError):
    """The generator was throttled or out of order, also after the retries."""

    retryable = True


class GeneratorUnreachable(GenerationError):
    """No connection to the generator could be made: nothing was sent, nothing billed."""

    retryable = True


class GenerationTimeout(GenerationError):
    """No answer in time. The picture may have been made and billed: never retried by itself."""


class BadAnswer(GenerationError):
    """The generator answered with something that is no picture."""


class BudgetSpent(StudioError):
    """No generation is left, for this visitor or for today; the text says when there will be."""


class LibraryError(StudioError):
    """A picture could not be kept, found or read."""


class StageError(StudioError):
    """The stream does not reach a stage. The preview goes on. The text never holds a token, a key or a room's code."""

    perhaps_held: bool = False
    """The server also says so while it still holds an earlier connection of ours (`stage/held.py`)."""


class TokenRejected(StageError):
    """The participant token cannot be used; nothing was sent."""


class JoinRefused(StageError):
    """The stage said no, and would say so again: the text says what to change."""


class StageBusy(StageError):
    """The stage is full, throttled or out of order for a moment."""

    retryable = True


class StageUnreachable(StageError):
    """No connection to the stage could be made, or none in time."""

    retryable = True


class StageUnanswered(StageUnreachable):
    """The stage was asked and gave no answer: it may have done what it was asked for."""


class BadStageAnswer(StageError):
    """The stage answered with something that is no answer to an offer: most likely the address is wrong."""


class StageAccessRefused(StageError):
    """AWS credentials or permissions are missing; the text says which."""


class StageLost(StageError):
    """A connection that stood has broken."""

    retryable = True


class MediaEnded(StageError):
    """Picture and sound have ended by themselves: the camera has gone, and with it the reason to be on the stage."""
