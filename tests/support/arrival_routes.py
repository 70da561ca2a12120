"""The routes of how films arrive from a PACS, and who may use them."""

ARRIVALS = {
    ("GET", "/arrivals"): "admin",
    ("POST", "/arrivals/import"): "admin",
    ("POST", "/arrivals/settings"): "admin",
    ("POST", "/arrivals/senders/forget"): "admin",
    ("POST", "/arrivals/{film_id}/let-in"): "admin",
    ("POST", "/arrivals/{film_id}/remove"): "admin",
    ("GET", "/api/v1/arrivals"): "admin",
    ("PUT", "/api/v1/arrivals/settings"): "admin",
    ("POST", "/api/v1/arrivals/import"): "admin",
    ("GET", "/api/v1/arrivals/put-aside"): "admin",
    ("POST", "/api/v1/arrivals/put-aside/{film_id}/let-in"): "admin",
    ("DELETE", "/api/v1/arrivals/put-aside/{film_id}"): "admin",
    ("GET", "/api/v1/arrivals/senders"): "admin",
    ("DELETE", "/api/v1/arrivals/senders"): "admin",
    ("GET", "/pull"): "admin",
    ("POST", "/pull/try"): "admin",
    ("POST", "/pull/count"): "admin",
    ("POST", "/pull/fetch"): "admin",
    ("GET", "/api/v1/pull"): "admin",
}
