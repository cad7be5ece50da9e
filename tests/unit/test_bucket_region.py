"""Where the library's bucket is: said by a setting, and named where it is wrong."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from components.backgrounds.bucket import BucketStore
from components.backgrounds.library import Library
from components.errors import LibraryError
from components.settings import Settings
from components.ui import workshop
from tests.library_material import opened, png, prompted


class ElsewhereClient:
    """S3's client when the bucket is in another region than it was told."""

    def get_object(self, **_: object) -> None:
        raise ClientError({"Error": {"Code": "PermanentRedirect"}}, "GetObject")


@pytest.mark.parametrize(
    ("given", "region"),
    [
        ({}, "us-west-2"),
        ({"bedrock_region": "eu-west-1"}, "eu-west-1"),
        ({"backgrounds_region": "eu-north-1"}, "eu-north-1"),
    ],
)
def test_the_bucket_is_where_the_setting_says_or_where_the_models_are(
    given: dict[str, str], region: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    library = workshop._library(Settings(data_dir=tmp_path, backgrounds_bucket="pictures", **given))  # type: ignore[arg-type]
    assert isinstance(library._store, BucketStore)
    assert library._store._client.meta.region_name == region


def test_a_bucket_in_another_region_names_the_setting(tmp_path: Path) -> None:
    kept = opened(tmp_path).keep("ada", png(), prompted("beach"))
    library = Library(tmp_path, BucketStore(ElsewhereClient(), "pictures"))
    with pytest.raises(LibraryError, match="bucket pictures is in another region; set BACKGROUNDS_REGION"):
        library.read(kept)
