"""What can stop the learning, in words a person can act on."""


class TrainingError(Exception):
    """A refusal with three strings, as the application's own errors have them.

    Args:
        what: what was wrong, one sentence.
        where: the thing it happened to (a position in the list, a class); never patient data.
        do: what the person can do now.
    """

    def __init__(self, what: str, where: str = "", do: str = "") -> None:
        super().__init__(what, where, do)
        self.what = what
        self.where = where
        self.do = do

    def __str__(self) -> str:
        return " ".join(
            part for part in (self.what, self.where and f"({self.where})", self.do) if part
        )


class Stopped(Exception):
    """`should_stop()` said so: the caller asked for the end, and nothing is broken."""
