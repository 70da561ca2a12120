"""Routes of one's account, log-ins and tokens, and the least role that may use each."""

READER, ADMIN = "reader", "admin"

OF_ACCESS = {
    ("GET", "/password"): READER,
    ("POST", "/password"): READER,
    ("GET", "/profile"): READER,
    ("POST", "/profile"): READER,
    ("GET", "/access"): READER,
    ("GET", "/people/access"): ADMIN,
    ("POST", "/access/tokens"): READER,
    ("POST", "/access/tokens/{reference}/revoke"): READER,
    ("POST", "/access/log-ins/{reference}/end"): READER,
    ("POST", "/access/log-ins/end-others"): READER,
    ("GET", "/api/v1/log-ins"): READER,
    ("DELETE", "/api/v1/log-ins/{reference}"): READER,
    ("GET", "/api/v1/tokens"): READER,
    ("POST", "/api/v1/tokens"): READER,
    ("DELETE", "/api/v1/tokens/{reference}"): READER,
}
