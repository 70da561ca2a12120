"""Why a language model gave no answer."""

from app.errors import CondyleError


class Unreachable(CondyleError):
    """The endpoint answers nobody at the moment, or not us: no report will fare better.

    Args:
        what: what was wrong, one sentence.
        where: the endpoint.
        do: what the person can do now.
        lasting: whether asking again would bring the same.
    """

    def __init__(self, what: str, where: str, do: str, lasting: bool = False) -> None:
        super().__init__(what, where, do)
        self.lasting = lasting


class Slow(Unreachable):
    """Nothing came within the time that one answer may take; asking again would take as long."""


class NoAnswer(Exception):
    """The endpoint was reached, and what it says of this one question is no answer.

    Args:
        fault: which; of `models.reports.questionnaire.FAULTS`.
    """

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault
