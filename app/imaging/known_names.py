"""Names of people as keyed hashes: enough to find them in a report, too little to read them.

The hash is an HMAC under the installation's key, as the pseudonyms are. A name is hashed as several
forms, because `Müller`, `MUELLER` and `Muller` are one; a text is looked through in the same forms.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator

WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*")
ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
SHORTEST = 3
"""Letters of a name that is looked for: of shorter ones, too many are words."""
LONGEST_PHRASE = 6
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
OTHERS = str.maketrans({"ø": "o", "æ": "ae", "ł": "l", "đ": "d", "ı": "i", "þ": "th", "ð": "d"})
_NOBODY = (
    "anonymous anonym anonymized anonymised anonymisiert unknown unbekannt inconnu desconocido test"
    " none null nobody removed deleted dummy patient name names dicom doctor doktor dott dottore"
    " prof professor herr frau monsieur madame mme mlle miss mrs sir med dipl priv doz von van der"
    " den del della dello des dos das les the and und jun sen iii knee knie genou rodilla ginocchio"
    " right left rechts links both normal"
)
NOBODY = frozenset(_NOBODY.split())
"""Words in the fields of names that are no names, and ones no report could do without."""
_PLACES = (
    "hospital hospitals clinic clinics clinique klinik kliniken klinikum krankenhaus praxis zentrum"
    " center centre centro hopital hospitalier ospedale hospitalario azienda ziekenhuis university"
    " universitat universitaet universite universidad universitatsklinikum radiology radiologie"
    " radiologia radiologische institute institut istituto instituto department dept abteilung"
    " orthopaedic orthopedic orthopadie orthopaedie trauma medical medicine medizin health care"
    " general regional national saint sankt imaging diagnostic diagnostics diagnostik surgery"
    " surgical community memorial children city stadt gmbh group associates partners"
)
PLACES = frozenset(_PLACES.split())
"""Words that many institutions have in their names."""


def of_people(names: Iterable[str], key: bytes) -> set[str]:
    """Return the hashes of the words of people's names (DICOM VR PN, or as people write them)."""
    words = (word for name in names for word in re.split(r"[\^=\s,.;/\\&-]+", name))
    return {
        digest(form, key)
        for word in words
        for form in forms(word)
        if _is_long_enough(form) and form not in NOBODY
    }


def of_places(names: Iterable[str], key: bytes) -> set[str]:
    """Return the hashes of institutions: of the whole name, and of its words that are its own."""
    found: set[str] = set()
    for name in names:
        words = WORD.findall(name)
        forms_of_words = {form for word in words for form in forms(word)}
        own = {form for form in forms_of_words - PLACES - NOBODY if len(form) > SHORTEST}
        found |= own | (_phrases(words) if own else set())
    return {digest(form, key) for form in found}


def of_numbers(numbers: Iterable[str], key: bytes) -> set[str]:
    """Return the hashes of record and accession numbers that a report could be recognised by."""
    return {
        digest(form, key)
        for number in numbers
        for form in forms(number.replace(" ", ""))
        if len(form) >= 5 and form not in NOBODY
    }


def digest(form: str, key: bytes) -> str:
    """Return the hash, 16 hexadecimal digits, under which a form is kept."""
    return hmac.new(key, f"name\0{form}".encode(), hashlib.sha256).hexdigest()[:16]


def forms(word: str) -> set[str]:
    """Return the ways a word is spelled: without accents, and with `ue` for `ü`."""
    small = word.casefold().replace("'", "").replace("’", "")
    return {_plain(small), _plain(small.translate(UMLAUTS))} - {""}


def places(text: str, hashes: set[str], key: bytes) -> Iterator[tuple[int, int]]:
    """Yield where a text holds words or phrases of some hashes, as first character and past last.

    Args:
        text: a report.
        hashes: as the functions above return them.
        key: the installation's key.
    """
    if not hashes:
        return
    words = list(WORD.finditer(text))
    for index, word in enumerate(words):
        if any(digest(form, key) in hashes for form in _endings(word[0])):
            yield word.span()
        for phrase in range(2, LONGEST_PHRASE + 1):
            part = words[index : index + phrase]
            if len(part) == phrase and any(
                digest(form, key) in hashes for form in _phrases([each[0] for each in part])
            ):
                yield part[0].start(), part[-1].end()
    yield from _asian_places(text, hashes, key)


def _asian_places(text: str, hashes: set[str], key: bytes) -> Iterator[tuple[int, int]]:
    """Chinese, Japanese and Korean put no spaces around a name."""
    for run in ASIAN.finditer(text):
        for start in range(run.start(), run.end()):
            for end in range(start + 2, min(start + LONGEST_PHRASE, run.end()) + 1):
                if digest(text[start:end], key) in hashes:
                    yield start, end


def _phrases(words: list[str]) -> set[str]:
    return {" ".join(_plain(word.casefold()) for word in words)} if words else set()


def _endings(word: str) -> set[str]:
    """A name in the genitive (`Müllers`, `Smith's`) is the name still."""
    found = forms(word)
    bare = re.sub(r"['’]?s$", "", word, flags=re.IGNORECASE)
    return found | (forms(bare) if len(bare) > SHORTEST else set())


def _is_long_enough(form: str) -> bool:
    return len(form) >= (2 if ASIAN.fullmatch(form) else SHORTEST)


def _plain(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word.replace("ß", "ss"))
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return unicodedata.normalize("NFC", plain.translate(OTHERS))
