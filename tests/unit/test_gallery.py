from concurrent.futures import ThreadPoolExecutor

from components.backgrounds.gallery import SIZE, picture
from components.backgrounds.painter import SCENES


def test_there_are_eight_scenes_and_the_first_is_the_beach() -> None:
    assert len(SCENES) >= 8
    assert (SCENES[0].name, SCENES[0].key) == ("Beach", "beach")


def test_everybody_gets_the_same_painting_whoever_asks_first() -> None:
    keys = [scene.key for scene in SCENES]
    with ThreadPoolExecutor(4) as visitors:
        pictures = list(visitors.map(picture, [*reversed(keys), *keys]))
    assert all(pixels.shape == (SIZE[1], SIZE[0], 3) for pixels in pictures)
    again = [picture(key) for key in keys]
    assert all(one is other for one, other in zip(pictures[len(keys) :], again, strict=True))
