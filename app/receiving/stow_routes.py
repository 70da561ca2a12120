"""Storing films by DICOMweb: what a PACS or a gateway sends with a token."""

from email.message import Message
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from starlette.requests import ClientDisconnect

from app import errors
from app.audit import origins
from app.db import engine
from app.db.people import ApiToken
from app.dependencies import CurrentAdmin, CurrentLogIn, CurrentSettings, Database
from app.receiving.parts import OBJECT, Parts
from app.receiving.stow import SERVICE, Intake, answer_of
from app.receiving.taking import Taker
from app.receiving.tallies import Sender
from app.settings import Settings
from app.texts import _

api = APIRouter(prefix="/api/v1/dicomweb", tags=["dicomweb"])

ANY_SIZE = 2**62
"""Instead of the limit for other requests; each film has its own, which is a setting."""
LONGEST_BOUNDARY = 70
"""Characters (RFC 2046, 5.1.1)."""
MOST = 10_000
"""Objects of one request at most: the answer names each."""
JSON = "application/dicom+json"
BODY = {
    "requestBody": {
        "required": True,
        "content": {"multipart/related": {"schema": {"type": "string", "format": "binary"}}},
    },
    "responses": {
        "200": {"description": "Every object is stored.", "content": {JSON: {}}},
        "202": {"description": "Some are; the reasons say why the others are not."},
        "409": {"description": "None is; the reasons say why."},
        "415": {"description": "The body is not made of DICOM files."},
    },
}
Study = Annotated[str, Path(pattern=r"^[0-9.]{1,64}$", description="Study Instance UID.")]


@api.post("/studies", response_class=Response, max_body_size=ANY_SIZE, openapi_extra=BODY)
async def store(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    log_in: CurrentLogIn,
) -> Response:
    """Store films (STOW-RS), as `multipart/related; type="application/dicom"`.

    They wait for their import like films that are sent by C-STORE. The answer names each that is on
    the disk and recorded, and each that is not with the reason.
    """
    sender = _sender(log_in)
    return await _store(request, database, settings, sender, None)


@api.post(
    "/studies/{study_uid}", response_class=Response, max_body_size=ANY_SIZE, openapi_extra=BODY
)
async def store_in_study(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    log_in: CurrentLogIn,
    study_uid: Study,
) -> Response:
    """Store films of one study; those of another are refused (reason A900)."""
    return await _store(request, database, settings, _sender(log_in), study_uid)


async def _store(
    request: Request,
    database: engine.Database,
    settings: Settings,
    sender: Sender,
    study: str | None,
) -> Response:
    boundary = _boundary(request.headers.get("content-type", ""))
    taker = await run_in_threadpool(Taker, database, settings)
    await run_in_threadpool(taker.place.sweep_incoming)
    reserve = settings.disk_reserve_mb * 2**20
    parts = Parts(boundary, taker.place, settings.dicom_film_mb * 2**20, reserve)
    intake = Intake(taker, sender, study)
    try:
        async for piece in request.stream():
            await run_in_threadpool(_take, intake, parts, piece)
    except ClientDisconnect:
        await run_in_threadpool(taker.count, sender, "cut")
        raise
    finally:
        await run_in_threadpool(parts.close)
    if not parts.ended:
        await run_in_threadpool(intake.refuse, "cut")
    if not intake.verdicts:
        raise errors.Refused(
            _("The request holds no object."),
            _("the request's body"),
            _("Send each film as a part of the body."),
        )
    status, told = answer_of(intake.verdicts)
    return JSONResponse(told, status, media_type=JSON)


def _take(intake: Intake, parts: Parts, piece: bytes) -> None:
    intake.take(parts.write(piece))
    if len(intake.verdicts) > MOST:
        raise errors.Refused(
            _("The request holds more than {most} objects.", most=MOST),
            _("the request's body"),
            _("What came before them was stored, or refused. Send fewer in each request."),
        )


def _boundary(content_type: str) -> str:
    """Return what stands between the parts of a body.

    Raises:
        errors.UnknownFormat: the body is not made of DICOM objects.
    """
    header = Message()
    header["Content-Type"] = content_type
    boundary, kind = header.get_param("boundary"), header.get_param("type")
    named = kind.lower() if isinstance(kind, str) else ""
    related = header.get_content_type() == "multipart/related"
    said = boundary if isinstance(boundary, str) and boundary.isascii() else ""
    if not related or named != OBJECT or not 0 < len(said) <= LONGEST_BOUNDARY:
        raise errors.UnknownFormat(
            _("Films are taken as DICOM files alone."),
            "Content-Type",
            _("Send {kind}.", kind='multipart/related; type="application/dicom"; boundary=...'),
        )
    return said


def _sender(log_in: ApiToken | object) -> Sender:
    """Return who sends, by the name that lists and the audit log have for its token."""
    origin = origins.present()
    named = "token" if isinstance(log_in, ApiToken) else "log-in"
    return Sender(f"{named} {origin.log_in}", SERVICE, origin.address)
