"""The language every answer is in, and its texts as scripts need them."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app import texts
from app.security import Everybody

api = APIRouter(prefix="/api/v1", tags=["languages"])


class InLanguage:
    """ASGI middleware: answers every request in one language."""

    def __init__(self, app: ASGIApp, language: texts.Language) -> None:
        self.app, self.language = app, language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        with texts.speaking(self.language):
            await self.app(scope, receive, send)


@api.get("/texts", response_class=Response, dependencies=[Everybody])
def texts_for_scripts(
    digest: Annotated[str, Query(max_length=64)] = "",
    code: Annotated[str, Query(alias="language", max_length=20)] = "",
) -> Response:
    """Return every translated text, and which plural form a number takes; none for English.

    In the installation's language where none is asked for, or there is none such.
    """
    language = texts.or_current(code)
    kept = "max-age=31536000, immutable" if digest == language.digest else "no-cache"
    headers = {"Cache-Control": f"public, {kept}"}
    return Response(language.for_scripts, media_type="application/json", headers=headers)
