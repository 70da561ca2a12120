"""Free-text reports of generated knees: as varied, hedged and sometimes wrong as real ones."""

import numpy as np

from app.demo.patients import Study

SIDES = {"L": ("left", "Lt"), "R": ("right", "Rt")}

HISTORIES = (
    "Knee pain, ?osteoarthritis.",
    "Rule out degenerative change.",
    "Known osteoarthritis of the other knee.",
    "Pain after a fall. Fracture?",
    "Pain on stairs for six months, no trauma.",
    "Follow-up. Contralateral total knee replacement in 2011.",
    "Pre-operative assessment for arthroscopy.",
    "Swelling and locking. Loose body?",
    "Suspected gonarthrosis, candidate for arthroplasty?",
    "Routine control, no complaints.",
    "Rheumatoid factor positive, erosions?",
    "Limited extension.",
)
TECHNIQUES = (
    "AP and lateral radiographs of the {side} knee.",
    "{short} knee, two views.",
    "Two views of the {side} knee, non-weight-bearing.",
    "XR knee {side} AP/LAT.",
    "Digital radiographs in two planes. Comparison: none available.",
)
SPACE_KEPT = (
    "The joint spaces are preserved.",
    "Medial and lateral compartments of normal height.",
    "No joint space narrowing.",
    "Joint space kept on both sides.",
    "Femorotibial joint space within normal limits for age.",
    "Joint space at the lower limit of normal medially, not clearly narrowed.",
)
NO_SPURS = (
    "No osteophytes.",
    "No significant marginal spurring.",
    "Tiny spur at the tibial spine, likely without significance.",
    "Smooth articular contours, no subchondral sclerosis.",
    "Articular surfaces are congruent.",
    "No osteophytosis, no erosion.",
)
BENIGN = (
    "No fracture or dislocation.",
    "No joint effusion.",
    "Bone density is age-appropriate.",
    "Soft tissues unremarkable.",
    "No evidence of prior surgery, no hardware.",
    "Patella in normal position.",
    "No loose body is seen.",
    "",
)
NORMAL_IMPRESSIONS = (
    "Normal {side} knee.",
    "No acute or degenerative abnormality.",
    "Unremarkable examination.",
    "No radiographic evidence of osteoarthritis.",
    "No significant abnormality; minimal age-related change at most.",
    "Normal study. If symptoms persist consider MRI.",
    "KL 0-1.",
)
NARROWED = (
    "{grade} narrowing of the {compartment} compartment.",
    "The {compartment} joint space is {grade_adverb} reduced.",
    "Joint space loss, {grade}, {compartment}.",
    "There is {grade} loss of height of the {compartment} femorotibial joint space.",
    "Possible {grade} narrowing {compartment}, projection may contribute.",
)
SPURS = (
    "Marginal osteophytes at femur and tibia.",
    "{grade_capital} osteophytic spurring of the tibial plateau.",
    "Osteophytes, most marked in the {compartment} compartment.",
    "Spurring of the tibial spines and patellar poles.",
    "Early osteophyte formation cannot be excluded.",
)
SCLEROSIS = (
    "Subchondral sclerosis of the {compartment} plateau.",
    "Sclerosis beneath the {compartment} articular surface.",
    "No subchondral cysts.",
    "",
)
EFFUSION = (
    "Suprapatellar effusion.",
    "Small joint effusion.",
    "Fullness of the suprapatellar recess, likely fluid.",
)
ABNORMAL_IMPRESSIONS = (
    "{grade_capital} osteoarthritis of the {side} knee.",
    "Degenerative joint disease, {compartment} predominant.",
    "Findings in keeping with {grade} gonarthrosis.",
    "Probable {grade} OA.",
    "Degenerative change as described. No fracture.",
    "Kellgren-Lawrence grade {kl}.",
    "{compartment_capital} compartment OA, no acute bony injury.",
)
IMPLANTS = (
    "Status post total knee arthroplasty.",
    "Cemented total knee prosthesis in situ.",
    "TKR components are in place, femoral, tibial and polyethylene.",
    "Knee endoprosthesis with tibial tray in satisfactory position.",
    "Post-operative appearances with metallic femoral and tibial components.",
)
HALF_IMPLANTS = (
    "Unicompartmental prosthesis of the medial compartment.",
    "Status post medial unicompartmental arthroplasty.",
    "Medial hemi-sledge prosthesis in situ; lateral joint space kept.",
)
IMPLANT_STATES = (
    "No periprosthetic lucency.",
    "No sign of loosening.",
    "No periprosthetic fracture.",
    "A thin radiolucent line under the tray, of doubtful significance.",
    "Alignment is satisfactory.",
    "Components unchanged in position as far as can be judged.",
)
IMPLANT_IMPRESSIONS = (
    "Knee prosthesis without complication.",
    "Satisfactory post-operative appearances.",
    "Regular position of the arthroplasty.",
    "No evidence of loosening.",
    "Post-arthroplasty {side} knee, no acute finding.",
)
SIGNATURES = (
    "Electronically signed, Radiologist 04",
    "Dictated and signed: reader B",
    "-- reported by R. 12 --",
    "Signed off without correction",
    "Verified by: consultant on duty",
)
HEADINGS = (
    ("HISTORY", "TECHNIQUE", "FINDINGS", "IMPRESSION"),
    ("Clinical information", "Examination", "Findings", "Conclusion"),
    ("INDICATION", "PROCEDURE", "REPORT", "OPINION"),
    ("", "", "", ""),
)
GRADES = (
    ("mild", "slightly", 2),
    ("moderate", "moderately", 3),
    ("severe", "markedly", 4),
)


def dictate(study: Study) -> str:
    """Return the report of a study: of the class it is reported as, not always its own.

    Args:
        study: the knee; its `report_seed` chooses the words.

    Returns:
        History, technique, findings, impression and signature, some of them missing.
    """
    rng = np.random.default_rng(study.report_seed)
    findings, impression = {
        "normal": _normal,
        "abnormal": _abnormal,
        "arthroplasty": _replaced,
    }[study.reported](study, rng)
    parts = [
        _one(HISTORIES, rng) if rng.random() < 0.75 else "",
        _one(TECHNIQUES, rng) if rng.random() < 0.8 else "",
        findings,
        impression if rng.random() < 0.85 else "",
    ]
    headings = HEADINGS[int(rng.integers(len(HEADINGS)))]
    lines = [_under(heading, part) for heading, part in zip(headings, parts, strict=True) if part]
    if rng.random() < 0.7:
        lines.append(_one(SIGNATURES, rng))
    return "\n".join(lines).format(**_words(study, rng))


def _normal(study: Study, rng: np.random.Generator) -> tuple[str, str]:
    benign = rng.choice(BENIGN, 2, replace=False)
    findings = [_one(SPACE_KEPT, rng), _one(NO_SPURS, rng), *benign]
    return _shuffled(findings, rng), _one(NORMAL_IMPRESSIONS, rng)


def _abnormal(study: Study, rng: np.random.Generator) -> tuple[str, str]:
    findings = [_one(NARROWED, rng), _one(SPURS, rng), _one(SCLEROSIS, rng), _one(BENIGN[:2], rng)]
    if study.anatomy.effusion > 0.3:
        findings[-1] = _one(EFFUSION, rng)
    return _shuffled(findings, rng), _one(ABNORMAL_IMPRESSIONS, rng)


def _replaced(study: Study, rng: np.random.Generator) -> tuple[str, str]:
    half = study.prosthesis is not None and study.prosthesis.make == "unicompartmental"
    states = rng.choice(IMPLANT_STATES, 2, replace=False)
    findings = [_one(HALF_IMPLANTS if half else IMPLANTS, rng), *states]
    return _shuffled(findings, rng), _one(IMPLANT_IMPRESSIONS, rng)


def _words(study: Study, rng: np.random.Generator) -> dict[str, str]:
    """Return what the templates' gaps are filled with: as the films show it, roughly graded."""
    knee = study.anatomy
    compartment = "medial" if knee.medial_space <= knee.lateral_space else "lateral"
    narrowest = min(knee.medial_space, knee.lateral_space) + rng.normal(0, 0.5)
    grade, adverb, kl = GRADES[int(narrowest < 2.8) + int(narrowest < 1.2)]
    side, short = SIDES[study.laterality]
    return {
        "side": side,
        "short": short,
        "compartment": compartment,
        "compartment_capital": compartment.capitalize(),
        "grade": grade,
        "grade_capital": grade.capitalize(),
        "grade_adverb": adverb,
        "kl": str(kl),
    }


def _one(choices: tuple[str, ...], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def _shuffled(sentences: list[str], rng: np.random.Generator) -> str:
    order = rng.permutation(len(sentences))
    text = " ".join(sentences[place] for place in order if sentences[place])
    return text[:1].upper() + text[1:]


def _under(heading: str, part: str) -> str:
    return f"{heading}: {part}" if heading else part
