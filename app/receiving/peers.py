"""Who may send to us, by AE title and address, and under which titles we are known."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from app import errors
from app.receiving.tallies import Sender
from app.settings import Settings

LONGEST_TITLE = 16


@dataclass(frozen=True)
class Peers:
    """The lists.

    Attributes:
        ours: AE titles that films may be sent to.
        senders: AE titles that may send, each with the addresses it must send from; none of them
            means from anywhere.
    """

    ours: frozenset[str]
    senders: Mapping[str, frozenset[str]]

    def refusal_of(self, sender: Sender) -> str:
        """Return why somebody may not send, a key of `tallies.WORDS`; empty where they may."""
        if sender.called not in self.ours:
            return "called"
        if sender.calling not in self.senders:
            return "calling"
        addresses = self.senders[sender.calling]
        return "address" if addresses and sender.address not in addresses else ""


def peers_of(settings: Settings) -> Peers:
    """Return the lists that are set.

    Raises:
        errors.Refused: a title or an address is none, or nobody may send.
    """
    ours = frozenset(
        _title(each, "CONDYLE_DICOM_TITLES") for each in _listed(settings.dicom_titles)
    )
    if not ours:
        raise _wrong("No AE title of ours is set.", "CONDYLE_DICOM_TITLES", "Set it to CONDYLE.")
    senders: dict[str, set[str]] = {}
    for each in _listed(settings.dicom_senders):
        title, _at, address = each.partition("@")
        addresses = senders.setdefault(_title(title, "CONDYLE_DICOM_SENDERS"), set())
        if address:
            addresses.add(_address(address))
    if not senders:
        raise _wrong(
            "Nobody may send films yet.",
            "CONDYLE_DICOM_SENDERS",
            "Set it to the AE titles of those who may, such as PACS1 or PACS1@10.0.0.5.",
        )
    return Peers(ours, {title: frozenset(found) for title, found in senders.items()})


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _title(text: str, setting: str) -> str:
    title = text.strip()
    if not 0 < len(title) <= LONGEST_TITLE or not title.isascii() or not title.isprintable():
        raise _wrong(
            f"{text!r} is no AE title.", setting, "Use 1 to 16 letters, digits and signs of ASCII."
        )
    return title


def _address(text: str) -> str:
    try:
        return str(ip_address(text.strip()))
    except ValueError as error:
        raise _wrong(
            f"{text!r} is no network address.",
            "CONDYLE_DICOM_SENDERS",
            "Write TITLE@ADDRESS with a numeric address, such as PACS1@10.0.0.5.",
        ) from error


def _wrong(what: str, where: str, do: str) -> errors.Refused:
    return errors.Refused(what, where, do)
