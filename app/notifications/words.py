"""What a notification says, and the page it leads to; made when it is shown, in its language."""

from collections.abc import Callable, Mapping
from typing import Any

from app import announcing
from app.names import named
from app.runs.kinds import title_of
from app.texts import _, noop

Data = Mapping[str, Any]
Names = Mapping[int, str] | None
"""What named lists are called, by their numbers; None where that is not said."""

LISTS = {
    "seed": noop("Seed set"),
    "validation": noop("Validation"),
    "audit": noop("Audit"),
    "adjudication": noop("Adjudication"),
    "review": noop("Review"),
}


def _run(data: Data, _names: Names) -> str:
    told = {"number": data["run"], "kind": title_of(data["kind"])}
    if data["status"] == "succeeded":
        return _("Run {number} is done: {kind}", **told)
    if data["status"] == "failed":
        return _("Run {number} failed: {kind}", **told)
    return _("Run {number} was cancelled: {kind}", **told)


def _filled(data: Data, _names: Names) -> str:
    return _("New films to read: {list}", list=_(LISTS[data["worklist"]]))


def _assigned(data: Data, names: Names) -> str:
    number = data["named_list"]
    if not number:
        name = _(LISTS[data["worklist"]])
    elif names is None:
        return _("A list of films was assigned to you")
    else:
        name = names.get(number, "")
    if not name:
        return _("A list was assigned to you, and has ended since")
    if data["due"]:
        return _(
            "A list was assigned to you, to be read by {day}: {list}", list=name, day=data["due"]
        )
    return _("A list was assigned to you: {list}", list=name)


def _promoted(data: Data, _names: Names) -> str:
    told = {"number": data["model"], "group": named(data["group"])}
    return _("Model {number} was promoted ({group})", **told)


def _rolled_back(data: Data, _names: Names) -> str:
    told = {"number": data["model"], "group": named(data["group"])}
    return _("The promotion of model {number} was taken back ({group})", **told)


SENTENCES: dict[str, Callable[[Data, Names], str]] = {
    announcing.RUN_ENDED: _run,
    announcing.LIST_FILLED: _filled,
    announcing.LIST_ASSIGNED: _assigned,
    announcing.LOT_RELEASED: lambda data, _names: _(
        "Lot {number} passed its audit and was released", number=data["lot"]
    ),
    announcing.LOT_FAILED: lambda data, _names: _(
        "Lot {number} failed its audit", number=data["lot"]
    ),
    announcing.MODEL_PROMOTED: _promoted,
    announcing.MODEL_ROLLED_BACK: _rolled_back,
    announcing.MONITOR_STOPPED: lambda _data, _names: _("The monitor stopped acceptance"),
}
"""Of each topic that people are told of."""


def sentence(topic: str, data: Data, names: Names) -> str:
    """Return what a notification says, in the current language.

    Args:
        topic: of `app.announcing.TOPICS`.
        data: what it holds.
        names: of the named lists there are; None leaves them out.
    """
    return SENTENCES[topic](data, names)


def page(topic: str, data: Data) -> str:
    """Return the address of the page of what a notification is about.

    Args:
        topic: of `app.announcing.TOPICS`.
        data: what it holds.
    """
    if topic == announcing.RUN_ENDED:
        return f"/runs/{data['run']}"
    if topic in (announcing.LIST_FILLED, announcing.LIST_ASSIGNED):
        return _page_of_list(data)
    if topic in (announcing.LOT_RELEASED, announcing.LOT_FAILED):
        return "/acceptance"
    return "/monitor" if topic == announcing.MONITOR_STOPPED else "/models"


def _page_of_list(data: Data) -> str:
    if data["worklist"] == "review":
        return "/review"
    named = data.get("named_list")
    return f"/reading/{data['worklist']}" + (f"?named_list={named}" if named else "")
