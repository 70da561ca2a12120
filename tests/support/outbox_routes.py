"""The routes of the outbox, page and API, and the least role that may use each."""

OF_OUTBOX = dict.fromkeys(
    (
        ("GET", "/outbox"),
        ("POST", "/outbox/again"),
        ("POST", "/outbox/{report_id}/again"),
        ("POST", "/outbox/selections/{selection_id}/again"),
        ("POST", "/evaluations/{evaluation_id}/key-objects"),
        ("GET", "/api/v1/outbox"),
        ("POST", "/api/v1/outbox/again"),
        ("POST", "/api/v1/outbox/{report_id}/again"),
        ("GET", "/api/v1/outbox/selections"),
        ("POST", "/api/v1/outbox/selections/again"),
        ("POST", "/api/v1/outbox/selections/{selection_id}/again"),
        ("POST", "/api/v1/evaluations/{evaluation_id}/key-objects"),
    ),
    "admin",
)
