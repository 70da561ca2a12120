"""pynetdicom without its log, which quotes what was sent, names and all."""

import logging

from pynetdicom import _config


def be_silent() -> None:
    """Keep pynetdicom from writing logs in this process."""
    _config.LOG_HANDLER_LEVEL = "none"
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)
