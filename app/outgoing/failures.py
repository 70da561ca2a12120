"""What went wrong with a request to another machine, in a word."""

import http.client
import ssl
from typing import Literal

Failure = Literal["time_out", "certificate", "broken_off", "no_http"]
NO_ANSWER = (OSError, ValueError, http.client.HTTPException)
"""What `app.outgoing.connection` raises where no answer came."""
BROKEN_OFF = (ConnectionResetError, BrokenPipeError, http.client.IncompleteRead)


def failure_of(error: Exception) -> Failure:
    """Return what one of `NO_ANSWER` means.

    Returns:
        `time_out`; `certificate`: it is not trusted; `broken_off`: the connection ended after it
        was made, and what was sent may have arrived; `no_http`: nobody answers there by HTTP.
    """
    if isinstance(error, TimeoutError):
        return "time_out"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate"
    return "broken_off" if isinstance(error, BROKEN_OFF) else "no_http"
