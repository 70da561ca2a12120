"""Codes from closed lists: what is typed at a console never gets further, what it means does."""

MODALITIES = {"CR", "DX", "RG", "RF", "XA", "IO", "PX", "OT", "SC", "XC"}
SEXES = {"M", "F", "O"}
ANSWERS = {"YES", "NO"}
LOSSY = {"00", "01"}
PRESENTATION_SHAPES = {"IDENTITY", "INVERSE"}
INTENSITY_RELATIONSHIPS = {"LIN", "LOG", "DISP"}
VOI_FUNCTIONS = {"LINEAR", "LINEAR_EXACT", "SIGMOID"}
CALIBRATIONS = {"GEOMETRY", "FIDUCIAL"}
RESCALE_TYPES = {"OD", "HU", "US", "MGML", "Z_EFF", "ED", "EDW", "HU_MOD", "PCT"}

VIEWS = {
    "AP": "AP ANTEROPOSTERIOR",
    "PA": "PA POSTEROANTERIOR",
    "LL": "LL LEFTLATERAL LLAT LTLATERAL",
    "RL": "RL RIGHTLATERAL RLAT RTLATERAL",
    "LAT": "LAT LATERAL LATERALVIEW MEDIOLATERAL LATEROMEDIAL ML LM",
    "RLD": "RLD",
    "LLD": "LLD",
    "RLO": "RLO",
    "LLO": "LLO",
    "OBL": "OBL OBLIQUE",
    "RAO": "RAO",
    "LAO": "LAO",
    "RPO": "RPO",
    "LPO": "LPO",
    "AXIAL": "AXIAL",
    "TANGENTIAL": "TANGENTIAL TANG",
    "SKYLINE": "SKYLINE SUNRISE MERCHANT LAURIN",
    "TUNNEL": "TUNNEL NOTCH INTERCONDYLAR",
    "ROSENBERG": "ROSENBERG SCHUSS",
}
_TERM_OF_VIEW = {word: term for term, words in VIEWS.items() for word in words.split()}

_BODY_PART_TERMS = """
    ABDOMEN ABDOMENPELVIS ACJOINT ANKLE ARM BACK BREAST BUTTOCK CALCANEUS CALF CHEST CHESTABDOMEN
    CHESTABDPELVIS CLAVICLE COCCYX CSPINE CTSPINE EAR ELBOW EXTREMITY EYE FACE FEMUR FINGER FOOT
    FOREARM HAND HEAD HEADNECK HEART HIP HUMERUS ILIUM JAW KNEE LARYNX LEG LSPINE LSSPINE LUNG
    MANDIBLE MAXILLA MEDIASTINUM MOUTH NECK NECKCHEST NOSE ORBIT PATELLA PELVIS PHARYNX RADIUS RIB
    SCAPULA SHOULDER SIJOINT SKULL SPINE SSPINE STERNUM TARSUS TEETH THIGH THUMB TIBIA TLSPINE
    TMJOINT TOE TSPINE ULNA WHOLEBODY WRIST ZYGOMA
"""
BODY_PARTS = frozenset(_BODY_PART_TERMS.split())
_PART_OF_WORD = {
    "KNEES": "KNEE",
    "KNEEJOINT": "KNEE",
    "HIPS": "HIP",
    "ANKLES": "ANKLE",
    "FEET": "FOOT",
    "HANDS": "HAND",
    "RIBS": "RIB",
    "LOWERLEG": "LEG",
    "LOWEREXTREMITY": "EXTREMITY",
    "UPPEREXTREMITY": "EXTREMITY",
    "CERVICALSPINE": "CSPINE",
    "THORACICSPINE": "TSPINE",
    "LUMBARSPINE": "LSPINE",
    "THORAX": "CHEST",
}
_SIDES = {"LEFT", "RIGHT", "LT", "RT", "L", "R", "BOTH", "BILATERAL", "BILAT"}


def view(stated: str) -> str:
    """Return the projection a View Position means; empty where it is none of the list.

    Args:
        stated: as typed, in whatever capitals and with whatever spaces and signs.

    Source: the defined terms of DICOM PS3.3 C.8.1.1.1 (AP, PA, LL, RL, RLD, LLD, RLO, LLO), and the
    projections of PS3.16 CID 4010 that films of knees are taken in, by their usual names.
    """
    return _TERM_OF_VIEW.get("".join(_words(stated)), "")


def body_part(stated: str) -> str:
    """Return the body part a Body Part Examined means, without its side; empty where unknown.

    Source: DICOM PS3.16 annex L, of which the parts that radiographs are taken of.
    """
    whole = "".join(word for word in _words(stated) if word not in _SIDES)
    meant = _PART_OF_WORD.get(whole, whole)
    return meant if meant in BODY_PARTS else ""


def modality(stated: str) -> str:
    """Return a modality of single projections (PS3.3 C.7.3.1.1.1); `DR` was never one of them,
    and means `DX`."""
    return among(MODALITIES, "DX" if stated.upper() == "DR" else stated)


def among(closed: set[str], stated: str) -> str:
    """Return a code in capitals where it is one of a list, else empty."""
    code = stated.upper()
    return code if code in closed else ""


def _words(stated: str) -> list[str]:
    letters = "".join(sign if sign.isalnum() else " " for sign in stated.upper())
    return letters.split()
