"""Which store is set: a folder, or a bucket."""

import re
from importlib.util import find_spec

from app import errors
from app.imaging.storage import Store
from app.settings import Settings

BUCKET = r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w!.*'()-]+)*/?"


def open_store(settings: Settings, patience: float = 0) -> Store:
    """Return the store that is set: a bucket, or the folder `store` of the home folder.

    Args:
        settings: what is configured.
        patience: for how many seconds a bucket that is away is tried again.

    Raises:
        errors.Refused: the address is none of a bucket, or this installation knows no buckets.
    """
    if not settings.store_url:
        return Store(settings.home / "store")
    if not re.fullmatch(BUCKET, settings.store_url):
        raise errors.Refused(
            "This is no address of a bucket.",
            "CONDYLE_STORE_URL",
            "Set it to s3://BUCKET or s3://BUCKET/PREFIX; keys are set by AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY.",
        )
    if find_spec("s3fs") is None:
        raise errors.Refused(
            "This installation knows no buckets.",
            "CONDYLE_STORE_URL",
            "Install condyle[s3], or leave it empty.",
        )
    from app.imaging.bucket import Bucket

    cached = settings.store_cache_mb * 2**20
    return Bucket(settings.store_url, settings.home / "cache", cached, patience)
