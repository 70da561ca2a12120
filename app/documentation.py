"""What the OpenAPI says beyond what FastAPI finds: who may call, and how an error is answered."""

from typing import Any

from app import scopes
from app.problems import Problem

SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": (
            "A token made on *Your profile > Log-ins and tokens*, with the scope that the operation"
            " names, or that of `/api/v1/login`, which opens everything its person may do."
        ),
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "condyle",
        "description": "A browser's; with it, changes carry the header `X-CSRF-Token`.",
    },
}
LIMITED = {("/api/v1/login", "post"), ("/api/v1/tokens", "post")}
"""Where too many requests are sent away."""
EVERYWHERE = {
    400: "The request cannot be read.",
    404: "There is no such thing.",
    409: "The thing is not, or no longer, in a state that allows this.",
    422: "A value is missing or wrong.",
}
CHANGES = {403: "The request is another site's.", 413: "The body is too large."}
PROTECTED = {
    429: "The token asks too often; `Retry-After` says when it may ask again.",
    401: "Nobody is logged in.",
    403: "The role or the token's scopes do not allow it, or a wrong CSRF token.",
}
LIMITS = {401: "Not logged in, or a wrong name or password.", 429: "Too many at once."}


def complete(schema: dict[str, Any], open_paths: set[str]) -> dict[str, Any]:
    """Add the security and the problems (RFC 9457) to each operation of a schema.

    Args:
        schema: as FastAPI made it; it is changed.
        open_paths: those that nobody has to log in for.

    Returns:
        The same schema.
    """
    parts = schema.setdefault("components", {})
    parts["securitySchemes"] = SCHEMES
    for unused in ("HTTPValidationError", "ValidationError"):
        parts.get("schemas", {}).pop(unused, None)
    parts.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if path not in open_paths:
                scope = scopes.of_route(method.upper(), path)
                named = [scope] if scope in scopes.TITLES else []
                operation["security"] = [{"bearer": named}, {"cookie": []}]
            for status, words in _problems(path, method, path in open_paths).items():
                operation["responses"][str(status)] = _problem(words)
    return schema


def _problems(path: str, method: str, is_open: bool) -> dict[int, str]:
    return {
        **EVERYWHERE,
        **(CHANGES if method != "get" else {}),
        **({} if is_open else PROTECTED),
        **(LIMITS if (path, method) in LIMITED else {}),
    }


def _problem(words: str) -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Problem"}
    return {"description": words, "content": {"application/problem+json": {"schema": reference}}}
