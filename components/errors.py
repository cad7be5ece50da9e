"""Every error that a person can cause or meet, as one tree.

    StudioError
    ├── SettingsError        a setting has a value that cannot be used
    ├── ModelUnavailable     the segmentation model could not be found, fetched or verified
    ├── SegmenterError       one frame could not be segmented; the next one may
    └── UploadError          an uploaded file cannot become a background

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
