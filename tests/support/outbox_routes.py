"""The routes of the outbox, page and API, and the least role that may use each."""

OF_OUTBOX = dict.fromkeys(
    (
        ("GET", "/outbox"),
        ("POST", "/outbox/again"),
        ("POST", "/outbox/{report_id}/again"),
        ("GET", "/api/v1/outbox"),
        ("POST", "/api/v1/outbox/again"),
        ("POST", "/api/v1/outbox/{report_id}/again"),
    ),
    "admin",
)
