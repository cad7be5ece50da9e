"""A text that goes nowhere by accident."""

from __future__ import annotations

from typing import NoReturn, Self


class Secret:
    """Keeps a token or a key out of `repr`, `str`, format strings, logs, copies of a dataclass and pickles.

    Whoever needs the text says so with `reveal()`, at the one place where it is sent.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret()"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is not pickled.")
