"""Asking an object store, and what it says when it does not do what it is asked."""

import fsspec
from botocore.exceptions import ClientError, NoCredentialsError, PartialCredentialsError
from fsspec.asyn import AsyncFileSystem

from app import errors

CONNECT_SECONDS, ANSWER_SECONDS = 5, 10
"""How long an object store may take to be reached, and to say its next word; it is asked twice."""
FULL = {"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "507"}
"""What object stores say that are full: AWS never is, Ceph and MinIO are."""
NO_BUCKET = "NoSuchBucket"


def open_files(url: str) -> AsyncFileSystem:
    """Return a client of its own for an address; it keeps no lists of what it has seen."""
    config = {
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": ANSWER_SECONDS,
        "retries": {"mode": "standard", "total_max_attempts": 2},
    }
    files = fsspec.filesystem(
        url.partition("://")[0],
        skip_instance_cache=True,
        use_listings_cache=False,
        config_kwargs=config,
    )
    files.retries = 1
    return files


def code_of(error: BaseException) -> str:
    """Return the object store's code of an error, or the name of what kept it from answering."""
    cause = error if isinstance(error, ClientError) else error.__cause__
    if isinstance(cause, ClientError):
        return str(cause.response["Error"].get("Code", "no code"))
    return type(error).__name__


def is_refused(error: Exception) -> bool:
    """Whether keys are wrong, missing, or may not do what was asked."""
    return isinstance(error, PermissionError | NoCredentialsError | PartialCredentialsError)


def is_passing(error: Exception) -> bool:
    """Whether an object store may answer when it is asked again."""
    return not is_refused(error) and code_of(error) not in FULL


def refusal(error: Exception, url: str) -> errors.Unavailable:
    """Put an error into words, without what the object store says: it may quote a key."""
    code = code_of(error)
    if isinstance(error, FileNotFoundError):
        what, do = "There is no such bucket", "Make it, or correct CONDYLE_STORE_URL"
    elif code in FULL:
        what, do = "The object store is full", "Make room there; what was stored is kept"
    elif is_refused(error):
        what = "The object store refuses these keys"
        do = "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that they may read, write"
        do += " and list there"
    else:
        what, do = "The object store does not answer", "Try again; if it stays so, look at it"
    return errors.Unavailable(f"{what} ({code}).", url, f"{do}.")
