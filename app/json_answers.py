"""Answers that a reader waits for, as JSON."""

from fastapi.responses import Response
from pydantic import BaseModel


def as_json(answer: BaseModel, status: int = 200) -> Response:
    """Return an answer as JSON, for a route that declares its class as `response_model`.

    FastAPI would take a thread of its own to find that the answer is of that class.
    """
    return Response(answer.model_dump_json(), status, media_type="application/json")
