"""Whether a language model is there, lets us in and answers in the form that is asked for."""

import json

from app.endpoint.client import Endpoint
from app.endpoint.errors import NoAnswer
from app.errors import Refused

QUESTION = "This is a test. Answer with the JSON object that says: ready is true."
SCHEMA = {
    "type": "object",
    "properties": {"ready": {"type": "boolean"}},
    "required": ["ready"],
    "additionalProperties": False,
}


def try_out(endpoint: Endpoint) -> None:
    """Ask a question that holds nothing of the archive.

    Args:
        endpoint: to be tried.

    Raises:
        Unreachable: as `Endpoint.chat` does.
        Refused: it answers, and not by the JSON schema it was given.
    """
    try:
        answer = json.loads(endpoint.chat([{"role": "user", "content": QUESTION}], "trial", SCHEMA))
    except (NoAnswer, ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get("ready"), bool):
        raise Refused(
            f"The language model `{endpoint.model}` does not answer by a JSON schema.",
            str(endpoint.address),
            "Use a server and a model that follow response_format json_schema.",
        )
