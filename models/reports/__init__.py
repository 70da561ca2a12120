"""A radiology report's text down to what it says about one knee.

Follows Zhang et al. (J Digit Imaging 2023;36:2402): findings and impression are kept, the history
(which holds the diagnosis somebody expected) and the signature are not, nor are digits and most
punctuation. What is dropped is told apart by headings in eight languages; in any other the whole
text is read.

`plain` takes the format off (`hl7`, `rtf`, `markup`, `wrapping`); `headings` cuts the text at its
headings, which `heads` reads; `issues` tells addenda from the report; `layout` keeps what was seen;
`corrections` replaces what was corrected; `forms` and `tables` read what was filled in. `sections`
puts them together.

`statements` goes on from there: `grades` writes grades in words; `lexemes` cuts the text into
words, which `lexicon` finds in `languages`; `sides` and `mentions` tell whose knee they are about,
`denial` and `denial_rules` what is denied; `tokens` keeps each word's place.
"""

from models.reports.statements import Reading, Statement, read
from models.reports.tokens import Token

__all__ = ["Reading", "Statement", "Token", "clean", "read"]


def clean(report: str, laterality: str = "") -> str:
    """Reduce a report to the words about one knee.

    Args:
        report: the report's text, in any language, with or without headings.
        laterality: "L" or "R" of the film: what is said of the other knee is left out. "" keeps
            both.

    Returns:
        Lower-case words and the marks `.`, `;`, `:` and `,`, one space apart; "" if the report
        holds no word but history, technique or signature, or is about the other knee alone. No
        digit stays: a Kellgren-Lawrence grade becomes a word.
    """
    return " ".join(token.text for token in read(report, laterality).tokens())
