"""Why a delivery got no answer, in words."""

from app.texts import noop

REMOVED = "removed"
FAULTS = {
    "unknown_name": noop("The name of the server is not known."),
    "not_allowed": noop(
        "Nothing may be sent to this address: it is not public, not encrypted, or not listed in "
        "CONDYLE_WEBHOOK_NETWORKS."
    ),
    "no_connection": noop("There was no connection."),
    "certificate": noop("The server's certificate is not trusted."),
    "time_out": noop("The server did not answer in time."),
    "no_http": noop("What answered does not speak HTTP."),
    "interrupted": noop("Every try was interrupted: whoever made it was stopped."),
    REMOVED: noop("The webhook was removed."),
}
