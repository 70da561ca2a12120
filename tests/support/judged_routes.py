"""Every route, and what a reader could learn from it about an image that is read blind.

A route that is not here fails a test with its name: judge it, and say how to ask it.
"""

from support.access_routes import OF_ACCESS, OF_LOG_INS, OF_PEOPLE
from support.arrival_routes import ARRIVALS
from support.class_routes import OF_CLASSES
from support.judgements import FILTERS, LISTS, Judgement, of_classes, of_images, of_labels, only
from support.notification_routes import NOTIFICATIONS, OF_NOTIFICATIONS
from support.outbox_routes import OF_OUTBOX
from support.webhook_routes import OF_WEBHOOKS

OPEN = Judgement("Is asked without a log-in, and knows nothing of images.")
CHANGE = Judgement("A change of the reader's own; its answers are those of the desk or the grid.")
ADMIN = Judgement(
    "For admins. An admin page may show what was said; that of agreement only of images that have"
    " all their reads."
)
TELLS_ADMINS = Judgement(
    "For admins. Holds what was said by image, so it is noted, and the admin reads none of them"
    " blind."
)
SHOWN_TO_ADMINS = Judgement(
    "For admins. Tells, counts and sorts nothing that was said of an image that may still be read"
    " blind; whose label is shown is noted, image by image."
)

JUDGED = {
    **dict.fromkeys((route for route in OF_ACCESS if route[0] in ("POST", "DELETE")), CHANGE),
    ("GET", "/api/v1/openapi.json"): OPEN,
    ("GET", "/api/v1/texts"): OPEN,
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/metrics"): OPEN,
    **dict.fromkeys(OF_LOG_INS, OPEN),
    ("GET", "/"): Judgement("Counts what waits; in review without what is read blind.", only("/")),
    ("POST", "/api/v1/classify"): TELLS_ADMINS,
    ("GET", "/api/v1/classes"): Judgement("The label set.", only("/api/v1/classes")),
    ("POST", "/logout"): CHANGE,
    ("POST", "/api/v1/logout"): CHANGE,
    ("GET", "/reading"): Judgement("Leads to a list that has something.", only("/reading")),
    ("GET", "/reading/{worklist}"): Judgement(
        "The page without its film; sites and views of the archive.",
        lambda _: (f"/reading/{name}" for name in LISTS[:-1]),
    ),
    ("POST", "/api/v1/worklists/{worklist}/next"): Judgement(
        "Films in an order drawn before, and counts. What the labeler thinks comes with images in"
        " review only, of which none is read blind; what readers said to an adjudicator only.",
        lambda _: (
            *(f"POST /api/v1/worklists/{name}/next" for name in LISTS),
            *(f"POST /api/v1/worklists/review/next{asked}" for asked in FILTERS),
            "POST /api/v1/worklists/seed/next?site=",
        ),
    ),
    ("POST", "/api/v1/images/{image_id}/annotations"): CHANGE,
    ("POST", "/api/v1/worklists/{worklist}/skip"): CHANGE,
    ("POST", "/api/v1/leases/give-back"): Judgement("Answers nothing."),
    ("POST", "/api/v1/worklists/{worklist}/undo"): Judgement(
        "Succeeds for every last read alike, also where all reads of its image were made."
    ),
    ("GET", "/api/v1/images/{image_id}"): Judgement(
        "The film, its side, view and pixel size.", of_images("/api/v1/images/{}")
    ),
    ("GET", "/api/v1/images/{image_id}/history"): Judgement(
        "Everything that was said: refused in the same words while the image may still be read.",
        of_images("/api/v1/images/{}/history"),
    ),
    ("GET", "/images/{image_id}/history"): Judgement(
        "The same as a page.", of_images("/images/{}/history")
    ),
    ("GET", "/api/v1/images/{image_id}/pixels"): Judgement(
        "The film.", of_images("/api/v1/images/{}/pixels")
    ),
    ("POST", "/api/v1/images/{image_id}/pixels"): Judgement("Answers nothing."),
    ("GET", "/api/v1/images/{image_id}/comparison"): Judgement(
        "Other films of the patient, without a word about any.",
        of_images("/api/v1/images/{}/comparison"),
    ),
    ("GET", "/images/{image_id}/view"): Judgement(
        "The page of the same, with the film described as on a desk.", of_images("/images/{}/view")
    ),
    ("POST", "/api/v1/images/{image_id}/knee"): Judgement(
        "The film with its side and frame as they are after a correction: no word of a label."
    ),
    ("GET", "/api/v1/images/{image_id}/preview"): Judgement(
        "The film, small.", of_images("/api/v1/images/{}/preview")
    ),
    ("GET", "/guideline"): Judgement(
        "Rules, and films of which every read is over: an example of a film that is open is refused"
        " when the guideline is published.",
        only("/guideline", "/api/v1/guideline"),
    ),
    ("GET", "/api/v1/guideline"): Judgement("The same for the desk.", only("/api/v1/guideline")),
    ("GET", "/profile"): Judgement("What somebody has chosen for themselves.", only("/profile")),
    ("POST", "/profile"): CHANGE,
    **dict.fromkeys((route for route in OF_NOTIFICATIONS if route[0] == "POST"), CHANGE),
    **NOTIFICATIONS,
    ("GET", "/help"): Judgement(
        "What a reader has tried, by their own reads alone, and words that are the same for all.",
        only("/help"),
    ),
    ("GET", "/help/glossary"): Judgement("The same words for all.", only("/help/glossary")),
    ("GET", "/help/documents/{document}"): Judgement("A page.", only("/help/documents/reading")),
    ("GET", "/help/pictures/{picture}"): Judgement("A picture.", only("/help/pictures/loop.svg")),
    ("POST", "/help/tour/begin"): CHANGE,
    ("POST", "/help/tour/end"): CHANGE,
    ("GET", "/second-factor"): Judgement("How the reader's own stands.", only("/second-factor")),
    ("GET", "/access"): Judgement("The reader's own log-ins and tokens.", only("/access")),
    ("GET", "/api/v1/log-ins"): Judgement("The same as JSON.", only("/api/v1/log-ins")),
    ("GET", "/api/v1/tokens"): Judgement("The same as JSON.", only("/api/v1/tokens")),
    ("GET", "/practice"): Judgement(
        "The reader's own practice answers, and how many films are practised on: none of them is"
        " open to be read.",
        only("/practice", "/practice/desk", "/api/v1/practice"),
    ),
    ("GET", "/practice/desk"): Judgement("A desk without a film.", only("/practice/desk")),
    ("GET", "/api/v1/practice"): Judgement("As the page.", only("/api/v1/practice")),
    ("POST", "/api/v1/practice/next"): Judgement("A film of which every read is over."),
    ("POST", "/api/v1/practice/answers"): Judgement(
        "The label of a film of the practice set, of which every read is over: it is not asked"
        " while somebody may read it, and who was told is not handed it blind."
    ),
    ("GET", "/password"): Judgement("A form without a word of films.", only("/password")),
    ("POST", "/password"): CHANGE,
    ("GET", "/api/v1/keys"): Judgement("The reader's own keys.", only("/api/v1/keys")),
    ("PUT", "/api/v1/keys"): CHANGE,
    ("GET", "/reads"): Judgement(
        "The reader's own reads that stand, and nothing of what followed from them.",
        only("/reads", "/reads?before=3"),
    ),
    ("GET", "/reads/{worklist}/{image_id}"): Judgement(
        "A read of the reader's own. Whether it may be corrected follows from what the reader has"
        " looked at since, not from what others said.",
        of_images("/reads/seed/{}", "/reads/validation/{}", "/reads/audit/{}", "/reads/review/{}"),
    ),
    ("GET", "/api/v1/reads/{worklist}"): Judgement(
        "The same as the page, the last ten of a list.",
        only(*(f"/api/v1/reads/{each}" for each in LISTS)),
    ),
    ("GET", "/api/v1/reads/{worklist}/{image_id}"): Judgement(
        "The same as its page, with the film.",
        of_images("/api/v1/reads/seed/{}", "/api/v1/reads/adjudication/{}"),
    ),
    ("POST", "/api/v1/reads/{worklist}/{image_id}/correction"): CHANGE,
    ("GET", "/api/v1/worklists/{worklist}/progress"): Judgement(
        "Counts what is listed and open, and the reader's own reads.",
        only(*(f"/api/v1/worklists/{each}/progress" for each in LISTS)),
    ),
    ("GET", "/review"): Judgement(
        "The page without its film.", lambda _: (f"/review{asked}" for asked in FILTERS)
    ),
    ("POST", "/api/v1/pseudo-labels/{pseudo_label_id}/decision"): Judgement(
        "Needs the image in hands, which one that is read blind never is; without it the refusal"
        " is the same for all."
    ),
    ("POST", "/api/v1/pseudo-labels/{pseudo_label_id}/blind-read"): Judgement(
        "Needs the image in hands; shows the pseudo-label to who has decided, and nobody else."
    ),
    ("GET", "/api/v1/pseudo-labels/{pseudo_label_id}/attention"): Judgement(
        "Where the labeler looked: refused alike, with a map or without, for what was never in"
        " review, is read blind, or is to be decided on first.",
        of_labels("/api/v1/pseudo-labels/{}/attention"),
    ),
    ("GET", "/review/grid"): Judgement(
        "Leads to the class with the most images, without those that are read blind.",
        only("/review/grid"),
    ),
    ("GET", "/review/grid/{class_id}"): Judgement(
        "The page without its films.", of_classes("/review/grid/{}")
    ),
    ("POST", "/api/v1/grid/{class_id}/page"): Judgement(
        "Images and counts by predicted class, without those that are read blind.",
        of_classes("POST /api/v1/grid/{}/page"),
    ),
    ("POST", "/api/v1/grid/{class_id}/decisions"): CHANGE,
    ("POST", "/api/v1/grid/undo"): CHANGE,
    ("GET", "/api/v1/thumbnails/{digest}"): Judgement(
        "A film, small, by the digest of its pixels.",
        lambda known: (f"/api/v1/thumbnails/{digest}" for digest in known.digests),
    ),
    ("GET", "/archive"): SHOWN_TO_ADMINS,
    ("GET", "/api/v1/images"): SHOWN_TO_ADMINS,
    ("POST", "/api/v1/images/export"): SHOWN_TO_ADMINS,
    ("POST", "/archive/export"): SHOWN_TO_ADMINS,
    ("POST", "/api/v1/images/exclude/preview"): ADMIN,
    ("POST", "/api/v1/images/exclude"): ADMIN,
    ("POST", "/api/v1/images/take-back"): ADMIN,
    ("POST", "/api/v1/images/duplicates/preview"): ADMIN,
    ("POST", "/api/v1/images/duplicates"): ADMIN,
    ("POST", "/images/{image_id}/exclude"): ADMIN,
    ("POST", "/images/{image_id}/keep"): ADMIN,
    ("POST", "/images/{image_id}/take-back"): ADMIN,
    ("POST", "/api/v1/images/lists/preview"): ADMIN,
    ("POST", "/api/v1/images/lists"): ADMIN,
    ("POST", "/images/{image_id}/overrule"): ADMIN,
    ("POST", "/images/{image_id}/put-back"): ADMIN,
    ("POST", "/api/v1/images/{image_id}/overrule"): ADMIN,
    ("POST", "/api/v1/images/{image_id}/put-back"): ADMIN,
    ("GET", "/api/v1/export/{what}"): TELLS_ADMINS,
    ("GET", "/api/v1/evaluations/{evaluation_id}/predictions.csv"): TELLS_ADMINS,
    ("GET", "/evaluations/{evaluation_id}"): TELLS_ADMINS,
    ("GET", "/models/compare"): TELLS_ADMINS,
    ("GET", "/evaluations/{evaluation_id}/films"): TELLS_ADMINS,
    ("GET", "/evaluations/{evaluation_id}/films/{image_id}"): TELLS_ADMINS,
} | dict.fromkeys(
    [
        *OF_OUTBOX,
        *OF_WEBHOOKS,
        *OF_CLASSES,
        *OF_PEOPLE,
        ("GET", "/people/access"),
        ("GET", "/imports"),
        ("POST", "/api/v1/uploads"),
        ("PUT", "/api/v1/uploads/{upload}/files"),
        ("DELETE", "/api/v1/uploads/{upload}"),
        ("POST", "/api/v1/imports"),
        ("POST", "/api/v1/imports/columns"),
        ("GET", "/worklists"),
        ("POST", "/worklists/{worklist}/assignment"),
        ("POST", "/worklists/hands/{reader_id}/give-back"),
        ("POST", "/worklists/named/{list_id}"),
        ("POST", "/worklists/named/{list_id}/end"),
        ("GET", "/settings"),
        ("GET", "/find-films"),
        ("POST", "/find-films"),
        ("POST", "/find-films/by-look"),
        ("POST", "/worklists/seed/order"),
        ("POST", "/worklists/review/order"),
        ("POST", "/imports/quarantine/dismiss"),
        ("POST", "/imports/quarantine/{file_id}/dismiss"),
        *ARRIVALS,
        ("GET", "/held"),
        ("GET", "/api/v1/held/{film_id}/films/{part}"),
        ("POST", "/held/{film_id}/release"),
        ("POST", "/held/{film_id}/leave-out"),
        ("GET", "/imports/{import_id}"),
        ("POST", "/imports/{import_id}/take-back"),
        ("POST", "/api/v1/imports/{import_id}/take-back"),
        ("GET", "/activity"),
        ("GET", "/api/v1/activity.csv"),
        ("GET", "/removals"),
        ("POST", "/removals"),
        ("POST", "/removals/{removal_id}/lift"),
        ("POST", "/api/v1/removals"),
        ("GET", "/both-knees"),
        ("POST", "/both-knees"),
        ("POST", "/both-knees/{view_id}/remove"),
        ("GET", "/practice/set"),
        ("POST", "/practice/set"),
        ("POST", "/practice/set/draw"),
        ("POST", "/practice/set/{image_id}/remove"),
        ("POST", "/practice/terms"),
        ("GET", "/api/v1/practice/people"),
        ("GET", "/guideline/edit"),
        ("POST", "/guideline/edit"),
        ("GET", "/findings"),
        ("POST", "/findings"),
        ("POST", "/findings/{finding_id}/retire"),
        ("POST", "/findings/{finding_id}/offer"),
        ("GET", "/review/settings"),
        ("POST", "/review/settings"),
        ("POST", "/models/export"),
        ("GET", "/api/v1/export/model/{run_id}"),
        ("GET", "/runs"),
        ("POST", "/runs"),
        ("GET", "/runs/{run_id}"),
        ("POST", "/runs/{run_id}/again"),
        ("POST", "/runs/{run_id}/cancel"),
        ("POST", "/api/v1/runs"),
        ("GET", "/api/v1/runs/{run_id}"),
        ("POST", "/api/v1/runs/{run_id}/cancel"),
        ("GET", "/api/v1/runs/{run_id}/events"),
        ("GET", "/acceptance"),
        ("GET", "/agreement"),
        ("POST", "/double-reading"),
        ("GET", "/evaluations"),
        ("POST", "/evaluations/{evaluation_id}/read-again"),
        ("GET", "/evaluations/{evaluation_id}/evaluation.html"),
        ("GET", "/api/v1/evaluations/{evaluation_id}"),
        ("GET", "/monitor"),
        ("POST", "/monitor/stops/{stop_id}/lift"),
        ("GET", "/api/v1/monitor"),
        ("POST", "/api/v1/monitor/stops/{stop_id}/lift"),
        ("GET", "/models"),
        ("POST", "/models/{version_id}/promote"),
        ("POST", "/models/{group}/roll-back"),
        ("GET", "/api/v1/models"),
        ("POST", "/api/v1/models/{version_id}/promote"),
    ],
    ADMIN,
)
