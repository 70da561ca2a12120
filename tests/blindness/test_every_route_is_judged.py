"""No route is added without a thought about what it tells of an image that is read blind."""

from fastapi.routing import iter_route_contexts
from support.judged_routes import ADMIN, JUDGED, OPEN, SHOWN_TO_ADMINS, TELLS_ADMINS
from test_permissions import ADMIN as ADMINS
from test_permissions import ANYONE, ROUTES

from app.main import create_app
from app.settings import Settings


def test_every_route_is_judged(settings: Settings) -> None:
    served = {
        (method, context.path)
        for context in iter_route_contexts(create_app(settings).routes)
        for method in getattr(context, "methods", None) or ()
        if method != "HEAD"
    }
    unjudged = sorted(served - set(JUDGED))
    assert not unjudged, f"what could a reader learn from {unjudged}?"
    assert not set(JUDGED) - served


def test_what_a_reader_may_get_is_asked_in_the_test_of_two_worlds() -> None:
    for (method, path), judgement in JUDGED.items():
        least = ROUTES[method, path]
        of_admins = judgement in (ADMIN, TELLS_ADMINS, SHOWN_TO_ADMINS)
        assert of_admins == (least == ADMINS), path
        assert (judgement == OPEN) == (least == ANYONE), path
        if method == "GET" and least not in (ADMINS, ANYONE):
            assert judgement.ask, f"how is {path} asked?"
