"""What a PACS answers to a report, and which of its answers say that the report is there."""

from dataclasses import dataclass

STORED = (0x0000, 0xB000, 0xB006, 0xB007, 0x0111)
"""Statuses of C-STORE that say that the report is there: some with a warning (PS3.4 B.2.3), the
last since what has its UID is there already (PS3.7 C.5.7), and nobody else makes that UID. STOW-RS
gives the same numbers as reasons (PS3.18 table I.2-2)."""


@dataclass(frozen=True)
class Answer:
    """What a PACS answered to one report.

    Attributes:
        status: of the C-STORE, or the reason that STOW-RS gives; None where none was given.
        fault: why there was none, in a word that does not change with the language.
        http: status of HTTP where STOW-RS gave no reason.
        lasting: whether a PACS that gave no status would answer the same another time.
    """

    status: int | None = None
    fault: str = ""
    http: int | None = None
    lasting: bool = False

    @property
    def stored(self) -> bool:
        """Whether the PACS has said that it has the report."""
        return self.status in STORED
