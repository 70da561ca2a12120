"""Asking a language model one question: OpenAI-compatible chat completions, answered in JSON."""

import http.client
import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from app.endpoint.address import Address, parse
from app.endpoint.errors import NoAnswer, Slow, Unreachable
from app.errors import Refused
from app.outgoing.connection import Reply, post, seconds_of
from app.settings import Settings

Messages = Sequence[Mapping[str, str]]
TRIES = 3
"""Of one question, where the endpoint is busy or has just broken off."""
PAUSE = 1.0
"""Seconds before the second try, doubled before the third."""
MOST_BYTES = 2**20
"""Of an answer's body; a chat completion of this use has some hundred."""
MOST_TOKENS = 2000
"""Of an answer; a model that thinks aloud first needs more than the answer itself."""
OF_THIS_REPORT = (400, 413, 422)
"""What servers say of a question they do not like, as one that is too long for the model."""
FOR_NOW = (408, 409, 425, 429)


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    choices: list[_Choice]


class Endpoint:
    """A language model at an address.

    Args:
        address: where it is.
        model: its name there.
        key: sent as a bearer token; "" for none.
        seconds: that one answer may take.

    Attributes:
        address: where it is.
        model: its name there.
    """

    def __init__(self, address: Address, model: str, key: str, seconds: float) -> None:
        self.address = address
        self.model = model
        self._headers = {"Content-Type": "application/json", "Connection": "close"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._seconds = seconds
        self._closed = threading.Event()

    def close(self) -> None:
        """Let nobody wait for another try."""
        self._closed.set()

    def chat(self, messages: Messages, name: str, schema: Mapping[str, Any]) -> str:
        """Ask one question; safe to call from several threads.

        Args:
            messages: each with `role` and `content`.
            name: of the schema.
            schema: a JSON schema that the answer is to follow; whether it does is for the caller
                to check.

        Returns:
            The text of the answer.

        Raises:
            Unreachable: nobody answers, or not us, also after some tries.
            NoAnswer: there is an answer, and it holds no text, is cut off or too large, or the
                question is refused.
        """
        body = {
            "model": self.model,
            "messages": list(messages),
            "temperature": 0,
            "seed": 0,
            "max_tokens": MOST_TOKENS,
            "stream": False,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": name, "strict": True, "schema": schema},
            },
        }
        reply = self._answered(body)
        if reply.status in OF_THIS_REPORT:
            raise NoAnswer("refused")
        return _text_of(reply.body)

    def _answered(self, body: Mapping[str, Any]) -> Reply:
        """Return a reply that is final for this question: 200, or a refusal of the question."""
        for attempt in range(TRIES):
            try:
                reply = self._post(body)
            except Slow:
                raise
            except Unreachable as reason:
                failure, pause = reason, PAUSE * 2**attempt
            else:
                if reply.status == 200 or reply.status in OF_THIS_REPORT:
                    return reply
                failure = self._unusable(reply)
                pause = max(PAUSE * 2**attempt, seconds_of(reply.retry_after))
            last = attempt + 1 == TRIES
            if last or failure.lasting or pause > self._seconds or self._closed.wait(pause):
                raise failure
        raise AssertionError("the last try returns or raises")

    def _post(self, body: Mapping[str, Any]) -> Reply:
        numbers = self.address.resolved()
        try:
            reply = post(
                self.address,
                numbers,
                json.dumps(body).encode(),
                self._headers,
                self._seconds,
                MOST_BYTES + 1,
            )
        except TimeoutError:
            raise Slow(
                f"The language model did not answer within {self._seconds:g} s.",
                str(self.address),
                "See that it runs and is not overloaded, or set CONDYLE_LLM_SECONDS higher.",
            ) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise self._failure(
                f"The language model cannot be reached ({type(error).__name__}).",
                "See that it runs and listens there.",
            ) from None
        if len(reply.body) > MOST_BYTES:
            raise NoAnswer("too_large")
        return reply

    def _unusable(self, reply: Reply) -> Unreachable:
        """Say what a status other than 200 means for all questions."""
        status = reply.status
        if status in (401, 403):
            return self._failure(
                f"The language model refuses the key (status {status}).",
                "Set CONDYLE_LLM_KEY to a key it knows.",
                lasting=True,
            )
        if status == 404:
            return self._failure(
                f"The language model `{self.model}` is not there (status 404).",
                "Check CONDYLE_LLM_MODEL and the path in CONDYLE_LLM_URL.",
                lasting=True,
            )
        if status in FOR_NOW or status >= 500:
            return self._failure(
                f"The language model is too busy or broken (status {status}).",
                "Try again later, or set CONDYLE_LLM_PARALLEL lower.",
            )
        return self._failure(
            f"What answers there is no language model, or it is elsewhere (status {status}).",
            "Check CONDYLE_LLM_URL; redirects are not followed.",
            lasting=True,
        )

    def _failure(self, what: str, do: str, lasting: bool = False) -> Unreachable:
        return Unreachable(what, str(self.address), do, lasting)


def open_endpoint(settings: Settings) -> Endpoint:
    """Return the language model that is set; nothing is sent yet.

    Raises:
        Refused: none is set, or a setting cannot be used.
    """
    if not settings.asks_language_model:
        raise Refused(
            "No language model is set.",
            "CONDYLE_LLM_URL, CONDYLE_LLM_MODEL",
            "Set both, for the workers too.",
        )
    key = settings.llm_key.strip()
    if not (key.isascii() and key.isprintable()):
        raise Refused(
            "The key of the language model holds characters that no HTTP header can hold.",
            "CONDYLE_LLM_KEY",
            "Set it again.",
        )
    address = parse(settings.llm_url, settings.llm_public)
    return Endpoint(address, settings.llm_model, key, settings.llm_seconds)


def _text_of(body: bytes) -> str:
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError:
        raise NoAnswer("no_completion") from None
    choice = completion.choices[0] if completion.choices else None
    if choice is None or not choice.message.content:
        raise NoAnswer("empty")
    if choice.finish_reason == "length":
        raise NoAnswer("cut_off")
    return choice.message.content
