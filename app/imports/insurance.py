"""Numbers that a state or an insurer gives to a person, told by their form and check digits."""

import re
from datetime import date

LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
"""Check letters of the Spanish DNI, by the number modulo 23."""


def is_formed(cell: str) -> bool:
    """Whether it has the form of one and, where it has a check digit, that is right.

    Source: Germany KVNR (GKV-Spitzenverband, modulus 10 with weights 1 2); Switzerland AHVN13
    (EAN-13); France NIR (97 less the number modulo 97); Italy codice fiscale (form); Spain DNI and
    NIE (modulus 23); USA SSN (form); UK NHS number spaced 3 3 4 (modulus 11); Sweden personnummer
    (modulus 10) and Denmark CPR (form, with a date); Poland PESEL (weights 1 3 7 9, with a date).
    """
    plain = cell.upper().strip()
    return any(
        check(plain) for check in (_kvnr, _ahv, _nir, _fiscale, _dni, _ssn, _nhs, _nordic)
    ) or (_pesel(plain))


def is_checked(cell: str) -> bool:
    """Whether plain digits fit a check digit: UK NHS and Dutch BSN (both modulus 11).

    One number in eleven does by chance, so it takes several to tell.
    """
    if re.fullmatch("[0-9]{10}", cell):
        return _nhs_digits(cell)
    return (
        bool(re.fullmatch("[0-9]{9}", cell))
        and _weighted(cell, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0
    )


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(digits[::-1]))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _kvnr(cell: str) -> bool:
    if not re.fullmatch("[A-Z][0-9]{9}", cell):
        return False
    digits = f"{ord(cell[0]) - 64:02}{cell[1:9]}"
    products = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(digits))
    return sum(value // 10 + value % 10 for value in products) % 10 == int(cell[9])


def _ahv(cell: str) -> bool:
    digits = re.sub(r"[. ]", "", cell)
    if not re.fullmatch("756[0-9]{10}", digits):
        return False
    return _weighted(digits, (1, 3) * 6 + (1,)) % 10 == 0


def _nir(cell: str) -> bool:
    digits = re.sub(r"[ .-]", "", cell).replace("2A", "19").replace("2B", "18")
    if not re.fullmatch("[12][0-9]{14}", digits):
        return False
    return 97 - int(digits[:13]) % 97 == int(digits[13:])


def _fiscale(cell: str) -> bool:
    return bool(
        re.fullmatch(
            "[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]", cell
        )
    )


def _dni(cell: str) -> bool:
    found = re.fullmatch("([0-9XYZ][0-9]{7})-?([A-Z])", cell)
    if found is None:
        return False
    number = int(found[1].translate(str.maketrans("XYZ", "012")))
    return LETTERS[number % 23] == found[2]


def _ssn(cell: str) -> bool:
    return bool(re.fullmatch("(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}", cell))


def _nhs(cell: str) -> bool:
    spaced = re.fullmatch("[0-9]{3}[ -][0-9]{3}[ -][0-9]{4}", cell)
    return bool(spaced) and _nhs_digits(re.sub(r"\D", "", cell))


def _nhs_digits(digits: str) -> bool:
    return _weighted(digits, (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def _nordic(cell: str) -> bool:
    swedish = re.fullmatch("(?:19|20)?([0-9]{6})[-+]([0-9]{4})", cell)
    if not swedish:
        return False
    year, month, day = (swedish[1][start : start + 2] for start in (0, 2, 4))
    checked = _luhn(swedish[1] + swedish[2]) and _is_date(year, month, day)
    return checked or (len(cell) == 11 and _is_date(day, month, year))


def _pesel(cell: str) -> bool:
    if not re.fullmatch("[0-9]{11}", cell):
        return False
    month = str(int(cell[2:4]) % 20)
    return _weighted(cell, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0 and _is_date(
        cell[:2], month, cell[4:6]
    )


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        date(2000 + int(year), int(month), int(day))
    except ValueError:
        return False
    return True
