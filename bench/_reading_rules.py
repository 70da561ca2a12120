"""Some forty lines of rules that read a report: what anybody would try before learning anything."""

import re

SKIPPED = re.compile(
    r"^\s*(history|clinical|indication|reason|technique|views?|comparison|recommend\w*|plan|"
    r"exam\w*|procedure|study|signed|dictated|reported|fracture|effusion|chondro\w*)\b[^:\n]*:"
    r".*?(?=$|findings:|impression:|opinion:|conclusion:)",
    re.MULTILINE,
)
MARKUP = re.compile(r"\\'[0-9a-f]{2}|\\[a-z]+-?\d* ?|[{}]|obx\|[^\n]*?\|\||\|{3,}f|\^")
UNTICKED = re.compile(r"(\[ \]|\( \)|☐)[^\[(☐☒\n]*")
UNCHANGED = re.compile(
    r"(no|without) (interval |significant )*(change|chg)|not (significantly )?(progressed|altered)"
)
ENDS = re.compile(r"[.;~\n]|//|, (?=mild|mod|sev|early|slight|advanced|marked|equivocal)")
REPLACED = re.compile(r"replace|arthroplast|prosthe|\btk[ra]\b|hardware is|components|implant")
ABSENT = re.compile(
    r"(replac|arthroplast|prosthe|implant|hardware|metalwork)\w*[\w ()]*:"
    r"\W*(x\W+)?(no|nil|none|absent|n|not)\b"
    r"|:\W*yes \Wx\W+no\b|\bno (implant|hardware)"
)
WORN = re.compile(
    r"osteoarth|\boa\b|degen|arthro(sis|path)|arthritic|osteophyt|spur|narrow|\bjsn\b|\bdjd\b|"
    r"bone.on.bone|obliterat|joint space loss|loss of|lipping|wear"
)
DENIED = re.compile(
    r"\b(no|nil|not|nothing|nad|none|without|w/o|neither|absent|negative|doubtful|minute|trivial|minimal|tiny|"
    r"within normal|preserved|free of|maintained|normal)\b"
)
KELLGREN = re.compile(
    r"(?:k[-/&]?l\w?|kellgren\W+(?:and |& )?(?:lawrence)?)\W*(?:gr\w*\.?)?\W*(\d|iv|i{1,3}\b)"
    r"|grade (\d)(?:/4)? (?:\(|by |on the )kell"
)
SIDES = {
    "L": re.compile(r"\bleft\b|\blt\b|^\W*l\b|\(l\)"),
    "R": re.compile(r"\bright\b|\brt\b|^\W*r\b|\(r\)"),
}


def read(report: str, laterality: str) -> str:
    """Name the class that a report says of one knee."""
    text = MARKUP.sub(" ", report.lower())
    text = UNCHANGED.sub("stable", UNTICKED.sub("", SKIPPED.sub("", text)))
    both = all(side.search(text) for side in SIDES.values())
    votes, side = [], ""
    for sentence in ENDS.split(text):
        named = [name for name, words in SIDES.items() if words.search(sentence)]
        side = "".join(named) or side
        if both and laterality and laterality not in side:
            continue
        votes.append(_vote(sentence))
    said = [vote for vote in votes if vote]
    if "arthroplasty" in said:
        return "arthroplasty"
    return "abnormal" if said.count("abnormal") > said.count("normal") else "normal"


def _vote(sentence: str) -> str:
    grade = KELLGREN.search(sentence)
    if grade:
        return "normal" if (grade[1] or grade[2]) in ("0", "1", "i") else "abnormal"
    denied = DENIED.search(sentence)
    if REPLACED.search(sentence):
        return "" if ABSENT.search(sentence) else "arthroplasty"
    if not WORN.search(sentence):
        return ""
    return "normal" if denied else "abnormal"
