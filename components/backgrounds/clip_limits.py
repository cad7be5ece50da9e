"""What an uploaded clip may be, and what is played of it."""

from __future__ import annotations

MAX_CLIP_SIDE = 4096
"""Longest side of an uploaded clip in pixels."""
MAX_CLIP_SECONDS = 60.0
"""So much of a clip is played; the rest is left out, and the page says so."""
MAX_CLIP_BYTES = 24_000_000
"""Of a rewritten clip; the rest is left out. At `MAX_CLIP_KBPS` it is 48 seconds, of a usual clip a minute."""
MAX_CLIP_KBPS = 4000

UPLOAD_DECODERS = frozenset({"h264", "hevc", "libdav1d", "vp8", "vp9", "libvpx", "libvpx-vp9", "mpeg4", "gif"})
CLIP_OPTIONS = {
    "protocol_whitelist": "none",  # No protocol has that name: nothing beyond the given bytes can be opened.
    "codec_whitelist": ",".join(sorted(UPLOAD_DECODERS)),
    "max_streams": "16",
    "max_pixels": str(MAX_CLIP_SIDE**2),  # Read by the decoders that look into the file while it is opened.
}
