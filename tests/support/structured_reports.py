"""What a structured report says, read by pydicom alone."""

from typing import Any

from pydicom.dataset import Dataset


def groups(report: Dataset) -> list[Dataset]:
    """The groups of statements of a report."""
    (measurements,) = [
        item for item in report.ContentSequence if _name(item) == "Imaging Measurements"
    ]
    return list(measurements.ContentSequence)


def statements(report: Dataset) -> dict[str, dict[str, list[Any]]]:
    """What the groups of a report say, each by who says it: coded values and numbers."""
    found: dict[str, dict[str, list[Any]]] = {}
    for group in groups(report):
        said: dict[str, list[Any]] = {}
        for item in group.ContentSequence:
            said.setdefault(_name(item), []).append(_value(item))
        found[str(said.pop("Tracking Identifier")[0]).split(", ")[1]] = said
    return found


def _name(item: Dataset) -> str:
    return str(item.ConceptNameCodeSequence[0].CodeMeaning)


def _value(item: Dataset) -> Any:
    if item.ValueType == "CODE":
        return str(item.ConceptCodeSequence[0].CodeMeaning)
    if item.ValueType == "NUM":
        return float(item.MeasuredValueSequence[0].NumericValue)
    if item.ValueType == "IMAGE":
        return str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
    if item.ValueType == "PNAME":
        return str(item.PersonName)
    return str(item.get("TextValue", item.get("UID", "")))
