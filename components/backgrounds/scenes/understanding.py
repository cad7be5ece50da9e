"""Understanding a prompt, as far as is honest: known English words, nothing else. Pure functions, any Unicode text."""

from __future__ import annotations

import difflib
import re
import unicodedata
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

from components.backgrounds.scenes import vocabulary
from components.backgrounds.scenes.mood import Mood

_Value = TypeVar("_Value", bound=str)

_MOST_WORDS = 300
_MOST_GUESSES = 40
"""Unknown words that are compared with the whole vocabulary; each costs about a millisecond."""

_LONGEST_PHRASE = 3
_REACH = 4
"""Words that a "no" reaches, unless something ends it before."""

_OUTDOORS = ("beach", "mountain-lake", "forest-mist", "aurora", "meadow", "dunes", "lavender", "cherry-blossom")
"""Where a prompt with no known word ends up: places that suit anybody."""

_ENDINGS = (("ies", "y"), ("es", ""), ("s", ""), ("nny", "n"), ("ggy", "g"), ("y", ""), ("ing", ""), ("ed", ""))


_WHOLE = frozenset(("falling", "falls", "led", "earthy", "sunday", "rainbow"))
"""Words that lose their meaning with their ending: falling snow is not autumn."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a prompt asks of the painter. `exact`: whether it named the place; if not, the scene is only the nearest."""

    scene_key: str
    mood: Mood
    exact: bool


def understand(prompt: str, negative: str = "") -> Understanding:
    """The scene and the mood that the words ask for; English only, and only words of `vocabulary`.

    Negated words ("no people", "without snow") and those of the negative prompt switch nothing on. Never raises.
    """
    said, refused = _said(prompt)
    refused |= {form for word in _words(negative) for form in _forms(word)}
    said = [word for word in said if not refused.intersection(_forms(word))]
    mood = Mood(
        _first(said, vocabulary.HOURS),
        _first(said, vocabulary.SEASONS),
        _first(said, vocabulary.WEATHERS),
        _first(_coloured(said), vocabulary.PALETTES),
    )
    scores = _scores(said)
    if scores and max(scores.values()) >= 2:
        key = max(scores, key=scores.__getitem__)
        if key in vocabulary.HAVE_A_DAY and mood.hour is None and "night" in refused:
            mood = replace(mood, hour="day")
        return Understanding(key, mood, exact=True)
    return Understanding(_nearest(prompt, said, scores, mood), mood, exact=False)


def _words(text: str) -> list[str]:
    """Lower-case words; marks that end a clause are kept as ".", so that phrases and negations stop there."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    found = re.findall(r"[^\W_]+(?:'[^\W_]+)*|[.,;:!?\n()]", folded)
    return ["." if word in ".,;:!?\n()" else word.removesuffix("'s") for word in found[:_MOST_WORDS]]


@cache
def _forms(word: str) -> tuple[str, ...]:
    """The word and what remains of it without each of the usual endings."""
    if word in _WHOLE:
        return (word,)
    cut = [word.removesuffix(old) + new for old, new in _ENDINGS if word.endswith(old) and len(word) - len(old) >= 2]
    return (word, *cut)


def _said(prompt: str) -> tuple[list[str], set[str]]:
    """The words that are meant, in order, and the forms of those that are negated."""
    said: list[str] = []
    refused: set[str] = set()
    left = 0
    words = _words(prompt)
    for at, word in enumerate(words):
        if word in vocabulary.NEGATIONS:
            left = _REACH
            said.append(".")
        elif word == "." or word in vocabulary.NEGATION_ENDS:
            left = 0
            said.append(word)
        elif left or words[at + 1 : at + 2] == ["free"]:
            refused.update(_forms(word))
            left = max(0, left - (word not in ("a", "an", "the", "any", "or", "and", "sign", "of")))
        else:
            said.append(word)
    return said, refused


def _phrases(said: list[str], known: frozenset[str]) -> Iterable[str]:
    """The known phrases and words in their order and spelling, the longest first, no word used twice."""
    at = 0
    while at < len(said):
        for size in range(min(_LONGEST_PHRASE, len(said) - at), 0, -1):
            found = _spelled(tuple(said[at : at + size]), known)
            if found is not None:
                yield found
                at += size
                break
        else:
            at += 1


def _known(lists: Iterable[str]) -> frozenset[str]:
    return frozenset(word for entry in lists for word in _entries(entry))


@cache
def _places() -> frozenset[str]:
    return _known(entry for scene in vocabulary.SCENES.values() for entry in scene.values())


@cache
def _everything() -> frozenset[str]:
    moods: tuple[Mapping[Any, str], ...] = (
        vocabulary.HOURS,
        vocabulary.SEASONS,
        vocabulary.WEATHERS,
        vocabulary.PALETTES,
    )
    return _places() | _known(entry for table in moods for entry in table.values())


@cache
def _entries(entry: str) -> frozenset[str]:
    return frozenset(word.strip().replace("-", " ") for word in entry.split(","))


def _spelled(words: tuple[str, ...], known: frozenset[str]) -> str | None:
    """The table's spelling of a word or phrase; endings are taken off the last word only."""
    head = " ".join(words[:-1])
    for form in _forms(words[-1]):
        phrase = f"{head} {form}".strip()
        if phrase in known:
            return phrase
    return None


def _first(said: list[str], table: Mapping[_Value, str]) -> _Value | None:
    """The first value that the words name."""
    for phrase in _phrases(said, _known(table.values())):
        for value, entry in table.items():
            if phrase in _entries(entry):
                return value
    return None


def _coloured(said: list[str]) -> list[str]:
    """Without the colours that belong to one thing in the picture."""
    colours = _known(vocabulary.PALETTES.values())
    kept = []
    for at, word in enumerate(said):
        after = said[at + 1] if at + 1 < len(said) else "."
        if word in colours and vocabulary.OWN_COLOUR.intersection(_forms(after)):
            continue
        kept.append(word)
    return kept


def _scores(said: list[str]) -> dict[str, int]:
    """What each scene's words add up to, in the order in which the scenes are first named."""
    scores: dict[str, int] = {}
    for phrase in _phrases(said, _places()):
        for key, weights in vocabulary.SCENES.items():
            for weight, entry in weights.items():
                if phrase in _entries(entry):
                    scores[key] = scores.get(key, 0) + weight
    return scores


def _nearest(prompt: str, said: list[str], scores: dict[str, int], mood: Mood) -> str:
    """The nearest scene: by words that only lean somewhere, by words spelled nearly right, by the mood, by chance."""
    guessed = _scores(_corrected(said))
    if guessed and max(guessed.values()) >= 2:
        return max(guessed, key=guessed.__getitem__)
    for value in (mood.season, mood.weather, mood.hour, mood.palette):
        if value is not None:
            return vocabulary.NEAREST[value]
    if scores:
        return max(scores, key=scores.__getitem__)
    return _OUTDOORS[zlib.crc32(prompt.encode("utf-8", "surrogatepass")) % len(_OUTDOORS)]


def _corrected(said: list[str]) -> list[str]:
    """Each unknown word of four letters or more as the known one that it is most like, if it is very like it."""
    known = [word for word in sorted(_everything()) if " " not in word]
    unknown = [word for word in dict.fromkeys(said) if len(word) > 3 and _spelled((word,), _everything()) is None][
        :_MOST_GUESSES
    ]
    likely = {word: difflib.get_close_matches(word[:40], known, 1, 0.78) for word in unknown}
    return [likely[word][0] if likely.get(word) else word for word in said]
