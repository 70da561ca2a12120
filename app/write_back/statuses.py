"""What a PACS answers to a report that is there."""

STORED = (0x0000, 0xB000, 0xB006, 0xB007, 0x0111)
"""Statuses of C-STORE that say that the report is there: some with a warning (PS3.4 B.2.3), the
last since what has its UID is there already (PS3.7 C.5.7), and nobody else makes that UID."""
