"""The routes of webhooks, page and API, and the least role that may use each."""

OF_WEBHOOKS = dict.fromkeys(
    (
        ("GET", "/webhooks"),
        ("POST", "/webhooks"),
        ("POST", "/webhooks/{webhook_id}/secret"),
        ("POST", "/webhooks/{webhook_id}/pause"),
        ("POST", "/webhooks/{webhook_id}/resume"),
        ("POST", "/webhooks/{webhook_id}/try"),
        ("POST", "/webhooks/{webhook_id}/remove"),
        ("POST", "/webhooks/deliveries/{delivery_id}/again"),
        ("GET", "/api/v1/webhooks"),
        ("POST", "/api/v1/webhooks"),
        ("DELETE", "/api/v1/webhooks/{webhook_id}"),
        ("POST", "/api/v1/webhooks/{webhook_id}/secret"),
        ("POST", "/api/v1/webhooks/{webhook_id}/pause"),
        ("POST", "/api/v1/webhooks/{webhook_id}/resume"),
        ("POST", "/api/v1/webhooks/{webhook_id}/try"),
        ("GET", "/api/v1/webhooks/deliveries"),
        ("POST", "/api/v1/webhooks/deliveries/{delivery_id}/again"),
    ),
    "admin",
)
