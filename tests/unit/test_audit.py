"""What `make audit` makes of a lock file."""

from pathlib import Path

import pytest

from scripts import audit

LOCK = "httpx==0.28.1 \\\n    --hash=sha256:00\n    # via app\npyjwt==2.15.1 \\\n    --hash=sha256:00\n"


def test_the_lock_file_in_this_repository_fits_its_requirements() -> None:
    requirements = (Path(audit.ROOT) / "requirements.txt").read_text()
    assert audit.stale_pins(requirements, audit.locked_versions(audit.LOCK.read_text())) == []


@pytest.mark.parametrize(
    ("requirements", "names"),
    [
        ("httpx==0.28.1\nPyJWT[crypto]==2.15.1\n", []),
        ("# httpx==1\nhttpx==0.29\n", ["httpx"]),
        ("httpx==0.28.1\nnewcomer>=1,<2\n", ["newcomer"]),
    ],
)
def test_a_requirement_that_the_lock_file_does_not_hold_is_named(requirements: str, names: list[str]) -> None:
    sentences = audit.stale_pins(requirements, audit.locked_versions(LOCK))
    assert [sentence.split(":")[0] for sentence in sentences] == names
