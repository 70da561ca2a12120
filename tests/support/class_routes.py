"""The routes of the label set and of the seed set's draw, which are for admins."""

OF_CLASSES = dict.fromkeys(
    (
        ("GET", "/classes"),
        ("POST", "/classes"),
        ("POST", "/classes/set-up"),
        ("POST", "/classes/{class_id}"),
        ("POST", "/classes/{class_id}/up"),
        ("POST", "/classes/{class_id}/remove"),
        ("POST", "/classes/{class_id}/retire"),
        ("POST", "/classes/{class_id}/offer"),
        ("POST", "/seed"),
        ("POST", "/api/v1/worklists/seed/draw"),
    ),
    "admin",
)
