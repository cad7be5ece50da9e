"""The library on a disk: what was kept is found again, by its owner alone, and deleted with an undo."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from components.backgrounds.entries import request_key
from components.backgrounds.generator import ImageRequest
from components.backgrounds.library import UNDO, Details, Library
from components.errors import LibraryError
from tests.library_material import Clock, files, opened, png, prompted


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def library(tmp_path: Path, clock: Clock) -> Library:
    return opened(tmp_path, clock)


def test_a_generated_picture_comes_back_with_all_that_is_known_of_it(library: Library) -> None:
    kept = library.keep("ada", png(1), prompted("beach with palm trees", seed=42, negative="people"))
    page = library.find("ada")
    assert page.entries == (kept,)
    assert (page.total, page.problems, page.note) == (1, 0, None)
    assert (kept.prompt, kept.negative_prompt, kept.seed) == ("beach with palm trees", "people", 42)
    assert (kept.model, kept.generator, kept.kind) == ("stability.core", "Bedrock", "generated")
    assert (kept.width, kept.height, kept.media_type) == (64, 36, "image/jpeg")
    assert kept.created_at.tzinfo is not None
    data = library.read(kept)
    assert hashlib.sha256(data).hexdigest() == kept.hash
    assert library.link(kept) is None


def test_the_picture_is_a_jpeg_of_nothing_but_pixels(library: Library) -> None:
    buffer = io.BytesIO()
    secret = Image.Exif()
    secret[0x010E] = "at home, 12 Acacia Avenue"
    Image.new("RGB", (3000, 1000), (10, 200, 30)).save(buffer, "JPEG", exif=secret)
    kept = library.keep("ada", buffer.getvalue(), Details.uploaded("garden.jpg"))
    data = library.read(kept)
    assert b"Acacia" in buffer.getvalue()
    assert b"Acacia" not in data
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == ("JPEG", (1920, 640))
        assert all(abs(a - b) <= 3 for a, b in zip(image.getpixel((900, 300)), (10, 200, 30), strict=True))  # type: ignore[arg-type]
    assert (kept.kind, kept.name, kept.width) == ("uploaded", "garden.jpg", 1920)


def test_the_thumbnail_has_its_size_whatever_the_picture_and_is_made_again_when_lost(
    library: Library, tmp_path: Path
) -> None:
    tall = library.keep("ada", png((200, 30, 30), (90, 300)), prompted("a tower"))
    (thumbnail,) = (tmp_path / "backgrounds" / "thumbnails").rglob("*.jpg")
    for damage in (thumbnail.unlink, lambda: thumbnail.write_bytes(b"\xff\xd8 cut off"), lambda: None):
        damage()
        with Image.open(io.BytesIO(library.thumbnail(tall))) as image:
            assert (image.format, image.size) == ("JPEG", (320, 180))
            assert image.getpixel((0, 90))[0] > 150  # type: ignore[index]  # Covered to the edge, no bars.


@pytest.mark.parametrize("data", [b"", b"GIF89a" + bytes(30), b"\x89PNG\r\n\x1a\n" + bytes(50), png(1)[:60]])
def test_what_is_no_picture_is_not_kept(library: Library, tmp_path: Path, data: bytes) -> None:
    with pytest.raises(LibraryError):
        library.keep("ada", data, Details.uploaded("x"))
    assert files(tmp_path) == []


def test_each_visitor_sees_their_own(library: Library) -> None:
    hers, his = library.keep("ada", png(1), prompted("a")), library.keep("bob", png(1), prompted("a"))
    assert library.find("ada").entries == (hers,)
    assert library.find("bob").entries == (his,)
    assert library.find("eve").entries == ()


def test_a_shared_library_is_everybodys_but_shows_nothing_from_before(tmp_path: Path) -> None:
    opened(tmp_path).keep("ada", png(1), prompted("private"))
    shared = opened(tmp_path, shared=True)
    kept = shared.keep("ada", png(2), prompted("for all"))
    assert shared.find("bob").entries == (kept,)
    assert [entry.prompt for entry in opened(tmp_path).find("ada").entries] == ["private"]


def test_owners_are_not_written_down(library: Library, tmp_path: Path) -> None:
    kept = library.keep("cookie-of-ada", png(1), prompted("beach"))
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"beach" in everything
    assert b"cookie-of-ada" not in everything
    assert kept.owner.encode() in everything


def test_the_newest_comes_first_and_pages_follow_each_other(library: Library) -> None:
    for n in range(7):
        library.keep("ada", png(n), prompted(f"number {n}"))
    pages = [library.find("ada", limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert [[entry.prompt[-1] for entry in page.entries] for page in pages] == [list("654"), list("321"), ["0"], []]
    assert {page.total for page in pages} == {7}
    assert library.find("ada", limit=-1, offset=-5).entries == ()


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("beach", {"Beach at dusk", "palm BEACH 100%"}),
        ("  DUSK   beach ", {"Beach at dusk"}),
        ("beach forest", set()),
        ("100%", {"palm BEACH 100%"}),
        ("0_0", set()),
        ("%", {"palm BEACH 100%"}),
        ("_", {"snake_case"}),
        ("\\", {"back\\slash"}),
        ("STRASSE", {"Die alte Straße"}),
        ("CAFÉ", {"cafe\u0301 in Paris"}),
        ("МОРЕ", {"море"}),
        ("'; drop table entries", set()),
        ("word " * 2000, set()),
    ],
)
def test_search_wants_all_words_in_any_case_and_nothing_is_a_wildcard(
    library: Library, search: str, found: set[str]
) -> None:
    prompts = ("Beach at dusk", "palm BEACH 100%", "snake_case", "back\\slash", "Die alte Straße", "море")
    for n, prompt in enumerate((*prompts, "cafe\u0301 in Paris")):
        library.keep("ada", png(n), prompted(prompt))
    page = library.find("ada", search)
    assert {entry.prompt for entry in page.entries} == found
    assert page.total == len(found)


def test_uploads_are_found_by_their_name(library: Library) -> None:
    kept = library.keep("ada", png(1), Details.uploaded("Holiday \ud800.png"))
    assert library.find("ada", "holiday").entries == (kept,)


def test_the_same_content_is_stored_once(library: Library, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (64, 36), (8, 0, 90, 255)).save(buffer, "PNG", optimize=True)
    entries = [
        library.keep("ada", png(1), prompted("one")),
        library.keep("ada", buffer.getvalue(), prompted("another")),
        library.keep("bob", png(1), prompted("one")),
    ]
    assert len({entry.hash for entry in entries}) == 1
    assert len(list((tmp_path / "backgrounds" / "pictures").rglob("*.jpg"))) == 1
    assert library.find("ada").total == 2


def test_the_same_picture_with_the_same_words_is_one_entry_and_the_newest(library: Library) -> None:
    library.keep("ada", png(1), prompted("again"))
    library.keep("ada", png(2), prompted("between"))
    library.keep("ada", png(1), prompted("again"))
    assert [entry.prompt for entry in library.find("ada").entries] == ["again", "between"]


def test_the_same_request_is_served_without_a_charge(library: Library, tmp_path: Path) -> None:
    request = ImageRequest("beach", "people", "16:9", seed=42, model="stability.core")
    assert library.served("ada", request) is None
    kept = library.keep("ada", png(1), prompted("beach", 42, "people"))
    assert library.served("ada", request) == kept
    for other in (
        replace(request, prompt="Beach"),
        replace(request, negative_prompt=""),
        replace(request, aspect_ratio="4:3"),
        replace(request, seed=43),
        replace(request, seed=None),
        replace(request, model="stability.ultra"),
        replace(request, model=None),
    ):
        assert library.served("ada", other) is None
    assert library.served("bob", request) is None
    library.delete(kept)
    assert library.served("ada", request) is None
    library.restore(kept)
    next((tmp_path / "backgrounds" / "pictures").rglob("*.jpg")).unlink()
    assert library.served("ada", request) is None


def test_a_picture_first_made_by_chance_is_served_once_its_seed_was_asked_for(library: Library) -> None:
    library.keep("ada", png(1), prompted("beach", seed=None, used=42))
    explicit = library.keep("ada", png(1), prompted("beach", seed=42))
    by_chance = library.keep("ada", png(1), prompted("beach", seed=None, used=42))
    served = library.served("ada", ImageRequest("beach", seed=42, model="stability.core"))
    assert served == by_chance
    assert (
        served.request_key
        == explicit.request_key
        == request_key(ImageRequest("beach", seed=42, model="stability.core"))
    )


def test_delete_hides_at_once_and_can_be_undone_for_a_while(library: Library, clock: Clock, tmp_path: Path) -> None:
    kept = library.keep("ada", png(1), prompted("beach"))
    library.delete(kept)
    library.delete(kept)
    assert library.find("ada").total == 0
    library.restore(kept)
    assert library.find("ada").entries == (kept,)
    library.delete(kept)
    clock.now += UNDO
    library.purge()
    assert files(tmp_path) == []
    with pytest.raises(LibraryError, match="too long ago"):
        library.restore(kept)


def test_a_restart_purges_what_is_due(library: Library, clock: Clock, tmp_path: Path) -> None:
    library.delete(library.keep("ada", png(1), prompted("beach")))
    opened(tmp_path, clock).find("ada")
    assert files(tmp_path) != []
    clock.now += UNDO
    opened(tmp_path, clock).find("ada")
    assert files(tmp_path) == []


def test_a_picture_goes_only_when_nobody_uses_it(library: Library, clock: Clock) -> None:
    hers, his = library.keep("ada", png(1), prompted("a")), library.keep("bob", png(1), prompted("b"))
    library.delete(hers)
    clock.now += UNDO
    library.purge()
    assert library.read(his)
    assert library.find("bob").problems == 0


def test_keeping_again_undoes_a_deletion(library: Library, clock: Clock) -> None:
    library.delete(library.keep("ada", png(1), prompted("a")))
    clock.now += UNDO - timedelta(seconds=20)
    kept = library.keep("ada", png(1), prompted("a"))
    clock.now += UNDO
    library.purge()
    assert library.find("ada").entries == (kept,)
    assert library.read(kept)
