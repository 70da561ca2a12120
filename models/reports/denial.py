"""Which words of a sentence are denied, and which are left open.

After NegEx (Chapman et al., J Biomed Inform 2001;34:301) and ConText (Harkema et al., J Biomed
Inform 2009;42:839): a cue denies what follows it, or what stands before it, up to the end of its
clause, and some cues only look like one ("no change in"). Beyond these, a denial ends where a new
finding begins, which its degree tells ("no fracture, moderate osteoarthritis"), and what is taken
for granted is not denied ("no loosening of the prosthesis").
"""

from collections.abc import Sequence

from models.reports.denial_rules import Rules, rules_of

DENIED, OPEN = "not", "maybe"
SENTENCE_ENDS = frozenset({".", ";"})


def denied(words: Sequence[str], language: str) -> list[str]:
    """Tell of each word whether it is denied.

    Args:
        words: of a cleaned report, with the marks `.`, `;`, `:` and `,`.
        language: whose rules hold.

    Returns:
        For each word `DENIED`, `OPEN` (neither said nor denied) or "".
    """
    found = [""] * len(words)
    rules, begin = rules_of(language), 0
    for place, word in enumerate([*words, "."]):
        if word in SENTENCE_ENDS:
            sentence = Sentence(words[begin:place], rules)
            for start, stop, status in sentence.scopes():
                for at in sentence.within(start, stop):
                    found[begin + at] = status
            begin = place + 1
    return found


class Sentence:
    """One sentence, in which each cue is looked for once."""

    def __init__(self, words: Sequence[str], rules: Rules) -> None:
        self.words, self.rules, self.sets = words, rules, rules.sets
        self.cues: dict[int, tuple[str, int]] = {}
        self.degrees: set[int] = set()
        place = 0
        while place < len(words):
            kind, n = "", 1
            if words[place] in rules.cues.by_first:
                kind, n = rules.cues.at(words, place)
            if kind:
                self.cues[place] = kind, n
            elif words[place] in rules.degrees.by_first and rules.degrees.at(words, place)[0]:
                self.degrees.add(place)
            place += n
        self._verbs = (
            [place for place in range(len(words)) if rules.asserting.at(words, place)[0]]
            if self.cues
            else []
        )

    def scopes(self) -> list[tuple[int, int, str]]:
        """Return the passages that are denied or left open: first word, past the last, status."""
        found = []
        for place, (kind, n) in self.cues.items():
            after = place + n
            if kind == "open_before":
                found.append((after, self.end(after), OPEN))
            elif kind == "open_after":
                found.append((self.begin(place), place, OPEN))
            elif kind == "after":
                found += self._after(place, after)
            elif kind == "before" and not self._changes(after):
                found.append(self._denial(place, after))
        return found

    def _after(self, place: int, after: int) -> list[tuple[int, int, str]]:
        """A cue such as `none` denies what stands before it; at a beginning, what follows."""
        start = self.begin(place)
        if start < place:
            return [(start, place, DENIED)]
        return [(after, self.end(after), DENIED)]

    def _denial(self, place: int, after: int) -> tuple[int, int, str]:
        seen = self._seen(after)
        if seen or self._closes(after):
            start = self.begin(place)
            if start < place:
                return start, place, DENIED
        after = max(after, seen)
        return after, self.end(after), DENIED

    def _changes(self, place: int) -> bool:
        """Whether it is a change alone that is denied: `no significant change in`."""
        while self._is(place, "before_change"):
            place += 1
        return self._is(place, "change") and self._at(place + 1) != "of"

    def _seen(self, place: int) -> int:
        """Return the end of `clearly seen` after `not`, where that closes what stood before."""
        while self._is(place, "adverbs"):
            place += 1
        if self._is(place, "seen_after"):
            return place + 1
        if self._is(place, "seen") and self._closes(place + 1):
            return place + 1
        return 0

    def _closes(self, place: int) -> bool:
        """Whether nothing follows a place in its part of the sentence."""
        return self._at(place) in ("", ",", ":")

    def end(self, start: int) -> int:
        """Return where a denial that begins at a word ends."""
        for place in range(start, len(self.words)):
            word = self.words[place]
            if word == ":" or self._ends_at(start, place):
                return place
        return len(self.words)

    def _ends_at(self, start: int, place: int) -> bool:
        word = self.words[place]
        kind = self.cues.get(place, ("", 1))[0]
        if kind in ("ends", "nothing", "before", "open_before") and place > start:
            return True
        if word == ",":
            return self._new_finding(place + 1, start)
        if place in self.degrees and place > start:
            return not self._degree_stays(start, place)
        return word in self.sets["and"] and self._new_clause(place + 1)

    def _degree_stays(self, start: int, place: int) -> bool:
        """Whether a degree inside a denial is denied with it: `no definite severe`, `or mild`."""
        before = self.words[place - 1]
        if before in self.sets["and"] or before == ",":
            return place - 2 in self.degrees or before == ","
        return (
            before in self.sets["keeps"]
            or place - 1 in self.degrees
            or before in self.sets["or"]
            or before in self.sets["given"]
        )

    def _new_finding(self, place: int, start: int) -> bool:
        """Whether what follows a comma says something, rather than going on with a list."""
        stop = self._part_end(place)
        if self._at(place) in self.sets["or"] or stop == place:
            return False
        first = place + (self._at(place) in self.sets["and"])
        if self._begins(first) or self._predicate(first, stop) or self._closed(start, place - 1):
            return True
        alternatives = [at for at in range(first, stop) if self.words[at] in self.sets["or"]]
        degrees = [at for at in self.degrees if first <= at < stop]
        if not degrees or (alternatives and alternatives[0] < degrees[0]):
            return False
        return not self._list_goes_on(stop)

    def _new_clause(self, place: int) -> bool:
        stop = self._part_end(place)
        alternatives = any(self.words[at] in self.sets["or"] for at in range(place, stop))
        return self._begins(place) or (not alternatives and self._predicate(place, stop))

    def _begins(self, place: int) -> bool:
        word = self._at(place)
        return (
            word in self.sets["begins"] or word in self.sets["fine"] or (word in self.sets["with"])
        )

    def _predicate(self, first: int, stop: int) -> bool:
        """Whether a part of the sentence has its own verb, after its subject."""
        return any(first < verb < stop for verb in self._verbs) or any(
            self.words[place] in self.sets["fine"] for place in range(first + 1, stop)
        )

    def _closed(self, start: int, comma: int) -> bool:
        """Whether the denial had its own verb: `no fracture is seen, ...`."""
        return (
            comma - 1 in self._verbs
            and comma - 1 > start
            and (self.words[comma - 1] not in self.sets["auxiliary"])
        )

    def _list_goes_on(self, comma: int) -> bool:
        """Whether a later part of the list begins with `or`: all of it is one denial."""
        while self._at(comma) == ",":
            if self._at(comma + 1) in self.sets["or"]:
                return True
            comma = self._part_end(comma + 1)
        return False

    def begin(self, stop: int) -> int:
        """Return where what a cue denies backwards begins."""
        place, joined = stop, False
        if self._before(place) == ":" or self._alone(place):
            place -= 1
        while place > 0 and self._before(place) in self.sets["auxiliary"]:
            place -= 1
        while place > 0:
            word = self.words[place - 1]
            joined = joined or word in self.sets["or"] or word in self.sets["and"]
            if word == ":" or self._stops_backwards(place - 1, joined):
                break
            place -= 1
        return place

    def _alone(self, place: int) -> bool:
        """Whether a cue is a part of the sentence of its own: `osteophytes (none)`."""
        kind, n = self.cues.get(place, ("", 1))
        return kind == "after" and self._before(place) == "," and self._closes(place + n)

    def _stops_backwards(self, place: int, joined: bool) -> bool:
        word = self.words[place]
        if any(at <= place < at + n for at, (kind, n) in self.cues.items() if kind != "open_after"):
            return True
        if word == ",":
            first = self._part_start(place)
            has_degree = any(first <= at < place for at in self.degrees)
            return not joined or has_degree or self._predicate(first, place)
        if word in self.sets["and"]:
            return self._predicate(self._part_start(place), place)
        return False

    def within(self, start: int, stop: int) -> list[int]:
        """Return the words of a passage that are meant by its denial.

        What stands in `loosening of the prosthesis` after `of the` is taken for granted, and so is
        what a fault is the fault of: `hardware failure`.
        """
        found: list[int] = []
        phrase: list[int] = []
        granted = False
        for place in range(start, stop):
            word = self.words[place]
            if word == "," or word in self.sets["or"] or word in self.sets["and"]:
                found += self._meant(phrase)
                phrase, granted = [], False
                continue
            granted = granted or bool(self.rules.of_the.at(self.words, place)[0])
            if not granted:
                phrase.append(place)
        return found + self._meant(phrase)

    def _meant(self, phrase: list[int]) -> list[int]:
        faults = [place for place in phrase if self.words[place] in self.sets["faults"]]
        return faults or [at for at in phrase if self.words[at] not in self.sets["given"]]

    def _part_end(self, place: int) -> int:
        while self._at(place) not in ("", ",", ":"):
            if self.cues.get(place, ("",))[0] == "ends":
                break
            place += 1
        return place

    def _part_start(self, place: int) -> int:
        while place > 0 and self.words[place - 1] not in (",", ":"):
            place -= 1
        return place

    def _at(self, place: int) -> str:
        return self.words[place] if 0 <= place < len(self.words) else ""

    def _before(self, place: int) -> str:
        return self._at(place - 1)

    def _is(self, place: int, name: str) -> bool:
        return self._at(place) in self.sets[name]
