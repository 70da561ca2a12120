"""Routes of one's account, log-ins and tokens, and the least role that may use each."""

ANYONE, READER, ADMIN = "anyone", "reader", "admin"

OF_ACCESS = {
    ("GET", "/password"): READER,
    ("POST", "/password"): READER,
    ("GET", "/profile"): READER,
    ("POST", "/profile"): READER,
    ("GET", "/second-factor"): READER,
    ("POST", "/second-factor"): READER,
    ("POST", "/second-factor/begin"): READER,
    ("POST", "/second-factor/recovery-codes"): READER,
    ("POST", "/second-factor/off"): READER,
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
OF_LOG_INS = {
    ("GET", "/login"): ANYONE,
    ("POST", "/login"): ANYONE,
    ("GET", "/login/code"): ANYONE,
    ("POST", "/login/code"): ANYONE,
    ("POST", "/login/set-up"): ANYONE,
    ("GET", "/login/provider"): ANYONE,
    ("GET", "/login/provider/back"): ANYONE,
    ("GET", "/login/left"): ANYONE,
    ("POST", "/api/v1/login"): ANYONE,
    ("GET", "/welcome/{token}"): ANYONE,
    ("POST", "/welcome/{token}"): ANYONE,
}
OF_PEOPLE = {
    ("GET", "/people"): ADMIN,
    ("POST", "/people"): ADMIN,
    ("POST", "/people/{person_id}/link"): ADMIN,
    ("POST", "/people/{person_id}/role"): ADMIN,
    ("POST", "/people/{person_id}/deactivate"): ADMIN,
    ("POST", "/people/{person_id}/activate"): ADMIN,
    ("POST", "/people/{person_id}/release"): ADMIN,
    ("POST", "/people/second-factor"): ADMIN,
    ("POST", "/people/second-factor/reset"): ADMIN,
}
