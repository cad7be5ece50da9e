import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.backgrounds.generator import ImageRequest, nearest_ratio
from components.errors import PromptRejected
from components.ui.plain import plain
from components.ui.styles import IDEAS, STYLES, an_idea, enriched


@pytest.mark.parametrize(
    ("size", "ratio"),
    [((640, 480), "4:3"), ((1280, 720), "16:9"), ((720, 1280), "9:16"), ((480, 640), "3:4"), ((500, 500), "1:1")],
)
def test_the_ratio_nearest_to_the_cameras_is_asked_for(size: tuple[int, int], ratio: str) -> None:
    assert nearest_ratio(*size) == ratio


def test_a_style_adds_its_words_to_a_description_and_to_nothing_else() -> None:
    assert enriched("a beach ", "Anime") == f"a beach, {STYLES['Anime']}"
    assert enriched("a beach", None) == "a beach"
    assert enriched("  ", "Anime") == "  "


def test_a_surprise_is_another_idea() -> None:
    assert all(an_idea(IDEAS[0]) in IDEAS[1:] for _ in range(50))


@pytest.mark.parametrize("prompt", ["", "   ", "\n", "x" * 1001, "a\x00b", "a\x1b[31m", "\ud800"])
def test_what_cannot_be_sent_is_rejected_before_any_call(prompt: str) -> None:
    with pytest.raises(PromptRejected):
        ImageRequest(prompt)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_rejected(seed: int) -> None:
    with pytest.raises(PromptRejected, match="seed"):
        ImageRequest("a beach", seed=seed)


@given(st.text(max_size=40))
def test_plain_words_hold_no_markup(text: str) -> None:
    escaped = plain(text)
    left = escaped
    for mark in "\\`*_{}[]()<>#+-.!|~:$&":
        left = left.replace(f"\\{mark}", "")
    assert not set(left) & set("`*_[]()<>!:$&")
