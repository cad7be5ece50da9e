"""Where this app counts what it spends: beside the library, if that is in a bucket, or else in the data folder."""

from __future__ import annotations

from components.counts import Counts
from components.counts_file import FileCounts
from components.settings import Settings


def counts_of(settings: Settings, name: str, file: str) -> Counts:
    """The counts called `name` in a bucket, and `file` in the data folder. Nothing is asked or made yet."""
    if settings.backgrounds_bucket and settings.counts_in_bucket:
        from components.counts_bucket import BucketCounts  # boto3 takes most of a second to import
        from components.s3 import QUICK, encryption, s3_client

        client = s3_client(settings.backgrounds_region, settings.bedrock_region, QUICK)
        return BucketCounts(client, settings.backgrounds_bucket, name, encryption(settings.backgrounds_sse))
    return FileCounts(settings.data_dir / file)
