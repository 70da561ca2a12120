"""The routes of the page of arrived films, and who may use them."""

ARRIVALS = {
    ("GET", "/arrivals"): "admin",
    ("POST", "/arrivals/import"): "admin",
    ("POST", "/arrivals/settings"): "admin",
    ("POST", "/arrivals/senders/forget"): "admin",
    ("POST", "/arrivals/{film_id}/let-in"): "admin",
    ("POST", "/arrivals/{film_id}/remove"): "admin",
}
