"""An import with a mark in every place a name could hide, and a search for the marks."""

import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from files import bad_films
from imagecodecs import jpeg2k_encode, jpeg8_encode
from PIL import Image, PngImagePlugin
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit

STUDY = "1.2.840.99887766.55"
NAMES = (
    "PatientName OtherPatientNames PatientBirthName PatientMotherBirthName"
    " ReferringPhysicianName PerformingPhysicianName OperatorsName RequestingPhysician"
    " NameOfPhysiciansReadingStudy PhysiciansOfRecord ResponsiblePerson"
)
TEXTS = (
    "PatientID OtherPatientIDs PatientAddress PatientTelephoneNumbers PatientComments"
    " InstitutionName InstitutionAddress InstitutionalDepartmentName StationName"
    " DeviceSerialNumber StudyDescription SeriesDescription AccessionNumber StudyID"
    " ProtocolName ImageComments RequestedProcedureDescription IssuerOfPatientID Occupation"
    " MedicalAlerts AdditionalPatientHistory InsurancePlanIdentification AdmissionID"
    " PerformedProcedureStepDescription DetectorID AcquisitionDeviceProcessingDescription"
    " DerivationDescription PatientState MilitaryRank EthnicGroup"
    " RequestingService CurrentPatientLocation SoftwareVersions"
)
TAGS = dict.fromkeys(NAMES.split(), "PN") | dict.fromkeys(TEXTS.split(), "LO")
CODES = (
    "BodyPartExamined",
    "ViewPosition",
    "Manufacturer",
    "ManufacturerModelName",
    "PatientSex",
    "RescaleType",
    "PixelIntensityRelationship",
)
"""Texts that a film keeps, from lists."""


def mark(place: str) -> str:
    """The mark of a place: letters that stand nowhere else."""
    return "Zq" + "".join(letter for letter in place.lower() if letter.isalpha())[:11] + "wx"


def tagged_film() -> bytes:
    """A film with a mark in each tag, nested, private, in the meta group, and around it."""
    dataset = bad_films.good(StudyInstanceUID=STUDY, SOPInstanceUID=f"{STUDY}.1")
    for keyword, vr in TAGS.items():
        dataset.add_new(tag_for_keyword(keyword), vr, mark(keyword))
    for keyword in CODES:
        setattr(dataset, keyword, mark(keyword))
    dataset.PatientBirthDate, dataset.StudyDate = "19390507", "20190611"
    nested = Dataset()
    nested.PatientName = mark("nested name")
    nested.add_new(0x00291010, "LO", mark("nested private"))
    dataset.RequestAttributesSequence = [nested]
    dataset.add_new(0x00290010, "LO", mark("creator"))
    dataset.add_new(0x00291001, "LO", mark("private"))
    table = Dataset()
    table.LUTDescriptor = [4096, 0, 16]
    table.add_new(0x00283006, "OW", np.arange(0, 65536, 16, dtype="<u2").tobytes())
    table.LUTExplanation = mark("explanation")
    dataset.VOILUTSequence = [table]
    plane = mark("overlay plane").encode().ljust(64 * 48 // 8, b"\0")
    for element, vr, value in (
        (0x0010, "US", 64), (0x0011, "US", 48), (0x0022, "LO", mark("overlay text")),
        (0x0040, "CS", "G"), (0x0050, "SS", [1, 1]), (0x0100, "US", 1), (0x0102, "US", 0),
        (0x3000, "OW", plane),
    ):  # fmt: skip
        dataset.add_new(0x60000000 + element, vr, value)
    dataset.file_meta.SourceApplicationEntityTitle = mark("entity")
    dataset.file_meta.PrivateInformationCreatorUID = "1.2.3"
    dataset.file_meta.PrivateInformation = mark("meta").encode()
    dataset.preamble = mark("preamble").encode().ljust(128, b"\0")
    dataset.add_new(0xFFFCFFFC, "OB", mark("padding").encode())
    return bad_films.as_file(dataset) + mark("behind").encode()


def film_with_words_in_its_spare_bits() -> bytes:
    """8 bits in use of 16: the other eight spell a mark."""
    dataset = bad_films.good(SOPInstanceUID=f"{STUDY}.2", BitsStored=8, HighBit=7)
    pixels = np.arange(64 * 48, dtype="<u2") % 200
    letters = np.frombuffer(mark("spare bits").encode(), np.uint8).astype("<u2")
    pixels[: len(letters)] = letters << 8
    dataset.PixelData = pixels.tobytes() + mark("behind pixels").encode().ljust(30, b"\0")
    return bad_films.as_file(dataset)


def jpeg_film() -> bytes:
    stream = jpeg8_encode(np.arange(64 * 48, dtype=np.uint8).reshape(64, 48))
    said = b"".join(
        b"\xff" + code + struct.pack(">H", len(text) + 2) + text
        for code, text in ((b"\xfe", mark("comment").encode()), (b"\xe1", mark("app").encode()))
    )
    return encapsulated(stream[:2] + said + stream[2:], JPEGBaseline8Bit, 3)


def jpeg_2000_film() -> bytes:
    pixels = np.arange(64 * 48, dtype=np.uint8).reshape(64, 48)
    stream = jpeg2k_encode(pixels, codecformat="J2K", reversible=True)
    tile = stream.index(b"\xff\x90")
    text = b"\0\x01" + mark("codestream").encode()
    comment = b"\xff\x64" + struct.pack(">H", len(text) + 2) + text
    return encapsulated(stream[:tile] + comment + stream[tile:], JPEG2000Lossless, 4)


def encapsulated(stream: bytes, syntax: str, number: int) -> bytes:
    values = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    dataset = bad_films.good(SOPInstanceUID=f"{STUDY}.{number}", **values)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([stream])
    dataset["PixelData"].is_undefined_length = True
    return bad_films.as_file(dataset)


def pictures(folder: Path) -> None:
    """A PNG and a JPEG with marks in their metadata and manifest."""
    folder.mkdir(parents=True)
    grey = Image.fromarray(np.random.default_rng(1).integers(0, 255, (40, 40)).astype(np.uint8))
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", mark("png text"))
    grey.save(folder / f"{mark('listed file')}.png", pnginfo=said)
    exif = Image.Exif()
    exif[0x010E] = mark("exif")
    grey.rotate(90).save(folder / "b.jpg", exif=exif, comment=mark("jpeg comment"))
    report = (
        f"Seen by Dr. {mark('signature')}. MRN {mark('mrn')}12345. Tel. 030/1234599."
        f" Name: {mark('label')} {mark('second')}. Mail {mark('mail')}@example.org on 07.05.2011."
    )
    (folder / "manifest.csv").write_text(
        "file,patient_id,study_id,image_id,note,report\n"
        f"{mark('listed file')}.png,{mark('patient')}^Hans,{mark('study')},{mark('image')},"
        f'{mark("note")},"{report}"\n'
        f"b.jpg,{mark('patient')}^Hans,,,{mark('other note')},\n"
    )


def reports() -> str:
    """A table of reports that names the people of the tagged film."""
    people = " ".join(mark(keyword).upper() for keyword, vr in TAGS.items() if vr == "PN")
    place = mark("InstitutionName")
    text = f"Normal knee. {people} at {place}. {mark('AccessionNumber')} 92-year-old. 11/06/2019"
    return f'study_id,report\n{STUDY},"{text}"\n9.9.9,{mark("nobody")}\n'


def write(folder: Path) -> Path:
    """Write what is uploaded; return the folder."""
    inside = folder / mark("folder")
    inside.mkdir(parents=True)
    (inside / f"{mark('file')}.dcm").write_bytes(tagged_film())
    (inside / "2.dcm").write_bytes(film_with_words_in_its_spare_bits())
    (inside / f"{mark('bad file')}.dcm").write_bytes(b"To whom it may concern")
    pictures(folder / "listed")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        opened.comment = mark("zip comment").encode()
        entry = zipfile.ZipInfo(f"{mark('entry')}/3.dcm")
        entry.comment = mark("entry comment").encode()
        opened.writestr(entry, jpeg_film())
        opened.writestr(f"{mark('second entry')}.dcm", jpeg_2000_film())
    (folder / f"{mark('zip')}.zip").write_bytes(packed.getvalue())
    (folder / f"{mark('reports file')}.csv").write_text(reports())
    return folder


def planted(folder: Path) -> set[str]:
    """Every mark that a folder of `write` holds in any form, and dates and UIDs beside them."""
    places = [
        *TAGS, *CODES, "nested name", "nested private", "creator", "private", "explanation",
        "overlay plane", "overlay text", "entity", "meta", "preamble", "padding", "behind",
        "spare bits", "behind pixels", "comment", "app", "codestream", "png text", "exif",
        "jpeg comment", "listed file", "signature", "mrn", "label", "second", "mail", "patient",
        "study", "image", "note", "other note", "nobody", "folder", "file", "bad file", "entry",
        "second entry", "zip", "zip comment", "entry comment", "reports file",
    ]  # fmt: skip
    return {mark(place) for place in places} | {
        "19390507", "20190611", "11/06/2019", "07.05.2011", "030/1234599", STUDY, "92-year"
    }  # fmt: skip


def found(words: set[str], haystacks: Iterator[bytes]) -> set[str]:
    """Return the words that stand somewhere, in any case, as UTF-8 or UTF-16 of either order."""
    seen = set()
    for haystack in haystacks:
        small = haystack.lower()
        for word in words - seen:
            codes = ("utf-8", "utf-16-le", "utf-16-be")
            if any(word.lower().encode(code) in small for code in codes):
                seen.add(word)
    return seen


def contents(path: Path) -> Iterator[bytes]:
    """The bytes and the name of every file in a folder; of pictures, also the pixels."""
    for file in sorted(path.rglob("*")):
        yield str(file.relative_to(path)).encode()
        if file.is_file():
            data = file.read_bytes()
            yield data
            if data.startswith(b"\x89PNG"):
                with Image.open(io.BytesIO(data)) as picture:
                    yield np.asarray(picture).tobytes()
