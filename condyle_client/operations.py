"""The operations of the API that the client uses: all of them, and nothing else is ever asked.

A test holds each against the OpenAPI: its route and method, what it takes and what it answers.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from condyle_client import answers, sent
from condyle_client.report import EvaluationReport

T = TypeVar("T")
API = "/api/v1"


@dataclass(frozen=True)
class Operation(Generic[T]):
    """One route of the API.

    Attributes:
        method: of HTTP.
        path: under `API`, with the names of its parameters.
        answer: what a success answers, as `condyle_client.decoding` reads it.
        body: what it is sent as JSON, if anything.
        query: what may stand behind its address, if anything.
        repeatable: whether the same request, sent again, changes nothing more: it only asks,
            puts the same in the same place, or carries a key by which Condyle knows it again.
    """

    method: str
    path: str
    answer: type[T]
    body: type | None = None
    query: type | None = None
    repeatable: bool = False


BEGIN_UPLOAD = Operation("POST", "/uploads", answers.Upload, body=sent.NewUpload)
SEND_FILE = Operation(
    "PUT", "/uploads/{upload}/files", answers.Stored, query=sent.FileName, repeatable=True
)
DISCARD_UPLOAD = Operation("DELETE", "/uploads/{upload}", type(None))
START_IMPORT = Operation("POST", "/imports", answers.Started, body=sent.NewImport)

START_RUN = Operation("POST", "/runs", answers.Run, body=sent.NewRun)
GET_RUN = Operation("GET", "/runs/{run_id}", answers.Run, repeatable=True)
CANCEL_RUN = Operation("POST", "/runs/{run_id}/cancel", answers.Run, repeatable=True)

LIST_CLASSES = Operation("GET", "/classes", list[answers.Class], repeatable=True)
DRAW_SEED = Operation("POST", "/worklists/seed/draw", answers.DrawnSeed, body=sent.SeedDraw)
NEXT = Operation(
    "POST",
    "/worklists/{worklist}/next",
    answers.Desk,
    query=sent.WorklistFilter,
    repeatable=True,
)
READ = Operation(
    "POST",
    "/images/{image_id}/annotations",
    answers.Desk,
    body=sent.Read,
    query=sent.WorklistFilter,
    repeatable=True,
)
SKIP = Operation(
    "POST",
    "/worklists/{worklist}/skip",
    answers.Desk,
    body=sent.Skip,
    query=sent.WorklistFilter,
)
UNDO = Operation(
    "POST",
    "/worklists/{worklist}/undo",
    answers.Desk,
    body=sent.Undo,
    query=sent.WorklistFilter,
    repeatable=True,
)
PROGRESS = Operation("GET", "/worklists/{worklist}/progress", answers.Progress, repeatable=True)
DECIDE = Operation(
    "POST",
    "/pseudo-labels/{pseudo_label_id}/decision",
    answers.Desk,
    body=sent.Decision,
    query=sent.WorklistFilter,
    repeatable=True,
)
READ_BLIND = Operation(
    "POST",
    "/pseudo-labels/{pseudo_label_id}/blind-read",
    answers.Desk,
    body=sent.BlindRead,
    query=sent.WorklistFilter,
    repeatable=True,
)

LIST_IMAGES = Operation("GET", "/images", answers.Images, query=sent.ImagePage, repeatable=True)
EXPORT = Operation("GET", "/export/{what}", bytes, query=sent.TableForm, repeatable=True)

LIST_MODELS = Operation("GET", "/models", list[answers.ModelVersion], repeatable=True)
PROMOTE = Operation(
    "POST", "/models/{version_id}/promote", answers.ModelVersion, body=sent.Promotion
)
CLASSIFY = Operation(
    "POST", "/classify", answers.Classified, query=sent.FilmToClassify, repeatable=True
)
GET_EVALUATION = Operation("GET", "/evaluations/{evaluation_id}", EvaluationReport, repeatable=True)
