"""The code of a stage of this server's own: whoever has it may come in, so nobody can guess it."""

from __future__ import annotations

import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letter looks like a digit, and none makes a word by accident."""

GROUPS, GROUP = 4, 4
"""4 x 4 letters of 5 bits: 80 bits."""

MAX_TYPED_CHARACTERS = 100
"""Of what is typed, or stands in a link; more is no code."""

MISREAD = str.maketrans("oil", "011")
"""What people type for what they read."""


def new_code() -> str:
    """Another one each time."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def normalised(code: str) -> str:
    """A code without what people change in typing it: case, spaces, dashes, and letters that look like digits."""
    return "".join(letter for letter in code[:MAX_TYPED_CHARACTERS].lower() if letter.isalnum()).translate(MISREAD)
