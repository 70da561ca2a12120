"""The routes of notifications, the least role that may use each, and how they are judged."""

from support.judgements import Judgement, only

OF_NOTIFICATIONS = dict.fromkeys(
    (
        ("GET", "/notifications"),
        ("POST", "/notifications/read"),
        ("POST", "/notifications/{notification_id}/open"),
        ("GET", "/notifications/choices"),
        ("POST", "/notifications/choices"),
        ("POST", "/notifications/mail/try"),
        ("GET", "/api/v1/notifications"),
        ("POST", "/api/v1/notifications/read"),
        ("POST", "/api/v1/notifications/{notification_id}/read"),
    ),
    "reader",
)
NOTIFICATIONS = {
    ("GET", "/notifications"): Judgement(
        "The reader's own: a reader is told of lists alone, never of what was said of a film.",
        only("/notifications", "/notifications?before=3"),
    ),
    ("GET", "/notifications/choices"): Judgement(
        "What somebody has chosen for themselves.", only("/notifications/choices")
    ),
    ("GET", "/api/v1/notifications"): Judgement(
        "The same as the page.", only("/api/v1/notifications", "/api/v1/notifications?unread=true")
    ),
}
