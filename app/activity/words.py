"""What the actions of the audit log are called on the page, and which kind each is of."""

from typing import Any

from app import formats
from app.runs.kinds import KINDS as RUN_KINDS
from app.runs.kinds import title_of
from app.texts import _, noop

KINDS: dict[str, tuple[str, dict[str, str]]] = {
    "reads": (
        noop("Reading"),
        {
            "label": noop("Read a film"),
            "undo label": noop("Took back a read"),
            "correct read": noop("Corrected a read"),
            "read blind": noop("Read a film before seeing the suggestion"),
            "overrule label": noop("Overruled a label"),
            "let reads decide": noop("Took an overruling back"),
            "correct side": noop("Corrected the side of a film"),
            "move line between knees": noop("Moved the line between two knees"),
        },
    ),
    "worklists": (
        noop("Worklists"),
        {
            "draw seed set": noop("Drew the seed set"),
            "order worklist": noop("Changed the order of a worklist"),
            "plan double reading": noop("Planned double reading"),
            "read again": noop("Put films on a list to be read again"),
            "put back": noop("Put a film back on a worklist"),
            "list chosen films": noop("Put chosen films on a worklist"),
            "list films found by words": noop("Put films found by words on the seed list"),
            "release": noop("Released the films somebody held"),
            "assign worklist": noop("Assigned a worklist"),
            "make named list": noop("Made a named list of chosen films"),
            "change named list": noop("Changed a named list"),
            "end named list": noop("Ended a named list"),
            "set blind first": noop("Changed the blinding of review"),
        },
    ),
    "films": (
        noop("Films"),
        {
            "released": noop("Let a held film in"),
            "left out": noop("Left a held film out"),
            "add view of both knees": noop("Added a view of both knees"),
            "remove view of both knees": noop("Removed a view of both knees"),
            "mask reports": noop("Masked names in reports"),
            "let arrived film in": noop("Let a film that was put aside in"),
            "throw arrived film away": noop("Removed a film that was put aside"),
            "set import of arrivals": noop("Changed how films that arrive are imported"),
            "write key objects": noop("Wrote the worst errors for the PACS"),
            "write structured reports": noop("Wrote reports for the PACS"),
            "send structured report": noop("Sent a report to the PACS"),
            "select worst errors": noop("Had the worst errors sent to the PACS"),
            "send key object selection": noop("Sent the worst errors of a study to the PACS"),
            "send selection again": noop("Had worst errors of a study sent to the PACS once more"),
            "send selections again": noop("Had worst errors sent to the PACS once more"),
            "send report again": noop("Had a report sent to the PACS once more"),
            "send reports again": noop("Had reports sent to the PACS once more"),
            "set reading of arrivals": noop("Changed whether films are read as they arrive"),
            "remove patient": noop("Removed a patient"),
            "remove study": noop("Removed a study"),
            "remove image": noop("Removed images"),
            "exclude images": noop("Excluded images"),
            "take back images": noop("Took excluded images back"),
            "remove import": noop("Removed the films of an import"),
            "take back import": noop("Took an import back"),
            "allow import again": noop("Allowed removed films to be imported again"),
        },
    ),
    "runs": (
        noop("Runs"),
        {
            **{f"request {name}": "" for name in RUN_KINDS},
            "cancel": noop("Cancelled a run"),
        },
    ),
    "models": (
        noop("Models and lots"),
        {
            "promote labeler": noop("Promoted a labeler"),
            "promote classifier": noop("Promoted a classifier"),
            "classify film": noop("Had a film classified"),
            "roll back labeler": noop("Went back to an earlier labeler"),
            "roll back classifier": noop("Went back to an earlier classifier"),
            "release lot": noop("Released a lot"),
            "fail lot": noop("Failed a lot"),
            "stop acceptance": noop("Stopped acceptance"),
            "let acceptance go on": noop("Let acceptance go on"),
        },
    ),
    "settings": (
        noop("Settings"),
        {
            "set up classes": noop("Set up the classes"),
            "add class": noop("Added a class"),
            "change class": noop("Changed a class"),
            "move class": noop("Moved a class"),
            "remove class": noop("Removed a class"),
            "retire class": noop("Retired a class"),
            "offer class": noop("Offered a class again"),
            "add finding": noop("Added a finding"),
            "retire finding": noop("Retired a finding"),
            "offer finding": noop("Offered a finding again"),
            "add practice films": noop("Added films to the practice set"),
            "remove practice film": noop("Took a film out of the practice set"),
            "set practice terms": noop("Changed what practice asks of readers"),
            "publish guideline": noop("Published the guideline"),
            "add webhook": noop("Set a webhook up"),
            "pause webhook": noop("Paused a webhook"),
            "resume webhook": noop("Resumed a webhook"),
            "renew secret of webhook": noop("Gave a webhook a new secret"),
            "try webhook": noop("Tried a webhook"),
            "send again": noop("Had a webhook told once more"),
            "remove webhook": noop("Removed a webhook"),
        },
    ),
    "people": (
        noop("People"),
        {
            "invite": noop("Invited somebody"),
            "change role": noop("Changed a role"),
            "deactivate": noop("Deactivated somebody"),
            "activate": noop("Activated somebody"),
            "make one-time link": noop("Made a one-time link"),
            "require second factor": noop("Changed who needs a second factor"),
            "come from provider": noop("Came from the hospital's log-in for the first time"),
            "reset second factor": noop("Reset somebody's second factor"),
        },
    ),
    "log-ins": (
        noop("Log-ins and tokens"),
        {
            "log in": noop("Logged in"),
            "log out": noop("Logged out"),
            "fail to log in": noop("Failed to log in"),
            "set password": noop("Set a password"),
            "change password": noop("Changed the password"),
            "fail to change password": noop("Failed to change the password"),
            "refuse": noop("Was refused a page"),
            "end log-in": noop("Ended a log-in"),
            "change mail address": noop("Changed their mail address"),
            "try mail": noop("Had a mail sent to try their address"),
            "make token": noop("Made a token"),
            "revoke token": noop("Revoked a token"),
            "confirm password": noop("Confirmed the password"),
            "fail to confirm password": noop("Failed to confirm the password"),
            "enter password": noop("Entered the password, before the code"),
            "fail to enter code": noop("Entered a wrong code"),
            "use recovery code": noop("Used a recovery code"),
            "set up second factor": noop("Set up a second factor"),
            "turn off second factor": noop("Turned the second factor off"),
            "make recovery codes": noop("Made new recovery codes"),
        },
    ),
    "data": (
        noop("Data that left or was seen"),
        {
            "export": noop("Exported data"),
            "see history": noop("Saw what others said of a film"),
            "back up": noop("Made a backup"),
            "restore": noop("Restored a backup"),
            "retire events": noop("Moved old events to a file"),
        },
    ),
}
"""Each kind with its title and its actions in words; a run's are put together by its own title."""
_WORDS = {action: words for _title, actions in KINDS.values() for action, words in actions.items()}
_DETAILS = {
    "on": noop("read as they arrive"),
    "audit_share": noop("share read blind"),
}
"""What is among several values that one action changes."""
_PAGES = {
    "image": "/images/{number}/history",
    "run": "/runs/{number}",
    "person": "/people",
    "token": "/people/access",
    "model": "/models",
    "lot": "/acceptance",
    "stop": "/monitor",
    "removal": "/removals",
    "class": "/classes",
    "finding": "/findings",
    "guideline": "/guideline",
    "held film": "/held",
    "arrived film": "/arrivals",
    "webhook": "/webhooks",
    "delivery": "/webhooks",
    "report": "/outbox",
    "reports": "/outbox",
    "selection": "/outbox?what=selections",
    "selections": "/outbox?what=selections",
    "evaluation": "/evaluations/{number}",
}
"""Where each thing is, by what the audit log calls it."""


def in_words(action: str) -> str:
    """Return what somebody did, in words; an action that has none as it is written in the log."""
    if action.startswith("request ") and not _WORDS.get(action):
        return _("Started a run: {kind}", kind=title_of(action.removeprefix("request ")))
    return _(_WORDS[action]) if action in _WORDS else action.capitalize()


def actions_of(kind: str) -> list[str]:
    """Return the actions of a kind."""
    return list(KINDS[kind][1])


def page_of(subject: str) -> str:
    """Return the address of the page of what an event is about, an empty string if it has none."""
    thing, _space, number = subject.rpartition(" ")
    if subject == "label set":
        return "/classes"
    if subject == "second factors":
        return "/people"
    is_named = number.isdigit() or thing == "token"
    return _PAGES[thing].format(number=number) if is_named and thing in _PAGES else ""


def detail_in_words(name: str) -> str:
    """Return what one of several values of an event is called."""
    return _(_DETAILS[name]) if name in _DETAILS else name.replace("_", " ")


def value_in_words(value: Any) -> str:
    """Return a value of an event as people write it."""
    if value is None:
        return formats.NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)
