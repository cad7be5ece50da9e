"""What is kept of a picture that showed the room."""

import numpy as np

from tests.browser.evidence import CAMERA, nearest_camera_frame
from tests.material import moving_cutout


def test_the_camera_frame_of_a_composite_is_found_by_the_persons_place() -> None:
    backdrop = np.random.default_rng(1).integers(0, 255, (CAMERA[1], CAMERA[0], 3)).astype(np.float32)
    for number in (3, 18):
        person, alpha = list(moving_cutout(*CAMERA))[number]
        composite = np.rint(person + backdrop * (1 - alpha[..., None])).astype(np.uint8)
        found, camera = nearest_camera_frame(composite[::2, ::2])
        # She passes every place twice, but for the turning points.
        assert min(abs(found - number), abs(found - (30 - number) % 60)) <= 1
        assert camera.shape == (CAMERA[1] // 2, CAMERA[0] // 2, 3)
        assert (camera[0, 0] == (255, 0, 255)).all()
