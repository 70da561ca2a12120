"""A radiology report's text down to what it says about one knee.

Follows Zhang et al. (J Digit Imaging 2023;36:2402): findings and impression are kept, the history
(which holds the diagnosis somebody expected) and the signature are not, nor are digits and most
punctuation. What is dropped is told apart by headings in eight languages; in any other the whole
text is read.

`plain` takes the format off (`hl7`, `rtf`, `markup`, `wrapping`); `headings` cuts the text at its
headings, which `heads` reads; `issues` tells addenda from the report; `layout` keeps what was seen;
`corrections` replaces what was corrected; `forms` and `tables` read what was filled in. `sections`
puts them together.
"""

from models.reports.tokens import Token, clean, tokens

__all__ = ["Token", "clean", "tokens"]
