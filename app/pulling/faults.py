"""Why a PACS was of no use, and why one request to it was not: in words, and what to do."""

from app.texts import noop

FAULTS = {
    "unknown_name": (noop("The name of the PACS is not known."), noop("Check the address.")),
    "no_http": (
        noop("Nobody answers there by HTTP."),
        noop(
            "Check address and port, whether the PACS runs, and whether a firewall lets this "
            "machine through."
        ),
    ),
    "certificate": (
        noop("The certificate of the PACS cannot be trusted."),
        noop("Have it name the server, and name its authority's file in SSL_CERT_FILE."),
    ),
    "credentials": (
        noop("The PACS does not let us in."),
        noop(
            "Put a name and password, or a token, that may search and fetch into the file of "
            "CONDYLE_PULL_CREDENTIALS."
        ),
    ),
    "redirected": (
        noop("The PACS sends us elsewhere, and nothing is fetched from there."),
        noop("Name the address at which it answers itself."),
    ),
}
"""Why the PACS as a whole was of no use: what, and what to do."""
TROUBLES = {
    "time_out": noop("it did not answer in time (CONDYLE_DICOM_SECONDS)"),
    "broken_off": noop("its answer broke off"),
    "busy": noop("it is busy"),
    "not_there": noop("it says that nothing is at this address (404)"),
    "refused": noop("it refuses the request"),
    "failed": noop("it answers with an error of its own"),
    "too_large": noop("its answer is too large"),
    "content": noop("it answers in a format it was not asked for"),
}
"""Why one request came to nothing, after "the PACS:"."""
