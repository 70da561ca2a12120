"""Keyed pseudonyms: the same patient gets the same one, and nobody without the key gets back."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from app import errors
from app.imaging.storage import Store

MARK = "pseudonym.mark"
"""Where a store tells keys apart, by an HMAC that says nothing of them."""
UID_ROOT = "2.25."
"""The root for UIDs made from a number of up to 128 bits (DICOM PS3.5 B.2)."""


def load_key(home: Path) -> bytes:
    """Return the installation's secret key, made at the first call and readable by its owner only.

    Args:
        home: the home folder; the key is its file `pseudonym.key`.

    Returns:
        32 bytes. Whoever loses them gets new pseudonyms for the same patients from then on.
    """
    path = home / "pseudonym.key"
    home.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _create(path)
    return bytes.fromhex(path.read_text().strip())


def require_one_key(store: Store, home: Path) -> None:
    """Refuse to make pseudonyms by another key than the machines one shares a bucket with.

    One patient would become two, and could be on both sides of the split.

    Args:
        store: what the machines share.
        home: this machine's home folder.

    Raises:
        errors.Refused: another machine has used another key.
    """
    if not store.agrees(MARK, _digest("mark of the key", "", load_key(home)).hex()):
        raise errors.Refused(
            "This machine has another key of the pseudonyms than the one films were imported by.",
            str(home / "pseudonym.key"),
            "Copy pseudonym.key from the home folder of the machine that imported first.",
        )


def patient(patient_id: str, key: bytes, scope: str = "") -> str:
    """Return the pseudonym of a DICOM PatientID, e.g. `P-3f9a01c2b7de`.

    Spaces around the PatientID mean nothing in DICOM and make no difference here.

    Args:
        patient_id: as the file has it.
        key: the secret of the pseudonyms.
        scope: the pseudonym of the issuer or site whose number it is; empty where unknown.
    """
    purpose = f"patient of {scope}" if scope else "patient"
    return "P-" + _digest(purpose, patient_id, key).hex()[:12]


def issuer(name: str, key: bytes) -> str:
    """Return the pseudonym of who gave a PatientID, e.g. `A-3f9a01c2`; empty where it is empty."""
    plain = " ".join(name.casefold().split())
    return "A-" + _digest("issuer", plain, key).hex()[:8] if plain else ""


def birth(date: str, patient_id: str, key: bytes) -> str:
    """Return the pseudonym of a person's birth date; empty where it, or the PatientID, is empty.

    It tells whether two files with the same PatientID state the same date, and nothing else: two
    people born on one day have different ones.
    """
    if not date.isdigit() or not patient_id:
        return ""
    return "B-" + _digest(f"birth of {patient_id.strip()}", date, key).hex()[:12]


def accession(number: str, key: bytes) -> str:
    """Return the pseudonym of an accession number, e.g. `N-3f9a01c2b7de`; empty where empty."""
    return "N-" + _digest("accession", number, key).hex()[:12] if number.strip(" \0") else ""


def site(institution: str, key: bytes) -> str:
    """Return the pseudonym of a DICOM InstitutionName, e.g. `S-3f9a01c2`; empty where it is empty.

    Capitals and spaces are typed differently at every console and make no difference here.
    """
    name = " ".join(institution.casefold().split())
    return "S-" + _digest("site", name, key).hex()[:8] if name else ""


def device(name: str, key: bytes) -> str:
    """Return the pseudonym of a device's name, e.g. `D-3f9a01c2`.

    Capitals and spaces make no difference, as in the name of a site.
    """
    return "D-" + _digest("device", " ".join(name.casefold().split()), key).hex()[:8]


def uid(original: str, key: bytes) -> str:
    """Return the pseudonym of a UID, itself a valid UID: `2.25.` and a number of 122 bits."""
    return UID_ROOT + str(int.from_bytes(_digest("uid", original, key)[:16]) >> 6)


def _digest(purpose: str, text: str, key: bytes) -> bytes:
    message = f"{purpose}\0{text.strip(' ' + chr(0))}".encode()
    return hmac.new(key, message, hashlib.sha256).digest()


def _create(path: Path) -> None:
    """Write the whole key under another name first: two processes never see half of one."""
    temporary = path.with_name(f".{secrets.token_hex(8)}.key")
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
