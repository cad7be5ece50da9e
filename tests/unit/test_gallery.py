from concurrent.futures import ThreadPoolExecutor

from components.backgrounds.gallery import FEATURED, OTHERS, SIZE, picture
from components.backgrounds.painter import SCENES


def test_there_are_eight_scenes_and_the_first_is_the_beach() -> None:
    assert len(FEATURED) == 8
    assert (FEATURED[0].name, FEATURED[0].key) == ("Beach", "beach")
    assert (*FEATURED, *OTHERS) == SCENES


def test_everybody_gets_the_same_painting_whoever_asks_first() -> None:
    keys = [scene.key for scene in FEATURED[:3]]
    with ThreadPoolExecutor(4) as visitors:
        pictures = list(visitors.map(picture, [*reversed(keys), *keys]))
    assert all(pixels.shape == (SIZE[1], SIZE[0], 3) for pixels in pictures)
    again = [picture(key) for key in keys]
    assert all(one is other for one, other in zip(pictures[len(keys) :], again, strict=True))
