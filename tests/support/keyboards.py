"""Keyboards of other countries: what their keys type, and presses of them in a real browser."""

from dataclasses import dataclass

from playwright.sync_api import Page

LETTER_CODES = {letter: f"Key{letter.upper()}" for letter in "abcdefghijklmnopqrstuvwxyz"}
NAMED = "Enter Escape Backspace Delete ArrowLeft ArrowRight ArrowUp ArrowDown PageUp PageDown"


@dataclass(frozen=True)
class Keyboard:
    """A layout: by `KeyboardEvent.code`, what a key types alone and with Shift.

    Signs that need AltGr, and accents that wait for a letter, are left out: nothing may need them.
    """

    name: str
    digits: str
    """What the ten digit keys, `1` to `0`, type alone."""
    shifted_digits: str
    letters: dict[str, str]
    """By the letter typed, the code of its key, where a US keyboard has it elsewhere."""
    signs: dict[str, str]
    """By code, two signs: alone and with Shift."""

    def presses(self) -> list[dict[str, object]]:
        """Every press of one key, alone and with Shift, as the browser tells of it."""
        typed = [
            *((f"Digit{n}", pair) for n, pair in zip("1234567890", self._digits(), strict=True)),
            *((code, (letter, letter.upper())) for letter, code in self._codes().items()),
            *((code, (pair[0], pair[1])) for code, pair in self.signs.items()),
            *((code, (code, code)) for code in NAMED.split()),
            ("Space", "  "),
        ]
        return [
            {"code": code, "key": key, "shiftKey": bool(shift)}
            for code, pair in typed
            for shift, key in enumerate(pair)
        ]

    def press(self, page: Page, code: str, shift: bool = False) -> None:
        """Press and release a key, with the events this keyboard sends."""
        told = next(
            press
            for press in self.presses()
            if press["code"] == code and press["shiftKey"] == shift
        )
        send = page.context.new_cdp_session(page).send
        event = {"code": code, "key": told["key"], "modifiers": 8 if shift else 0}
        text = told["key"] if len(str(told["key"])) == 1 else None
        send(
            "Input.dispatchKeyEvent",
            {"type": "keyDown", **event} | ({"text": text} if text else {}),
        )
        send("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    def _digits(self) -> list[tuple[str, str]]:
        return list(zip(self.digits, self.shifted_digits, strict=True))

    def _codes(self) -> dict[str, str]:
        return LETTER_CODES | self.letters


US = Keyboard(
    "US", "1234567890", "!@#$%^&*()", {},
    {"Minus": "-_", "Equal": "=+", "Semicolon": ";:", "Comma": ",<", "Period": ".>", "Slash": "/?"},
)  # fmt: skip
FRENCH = Keyboard(
    "French", "&é\"'(-è_çà", "1234567890",
    {"a": "KeyQ", "q": "KeyA", "z": "KeyW", "w": "KeyZ", "m": "Semicolon"},
    {"Minus": ")°", "Equal": "=+", "KeyM": ",?", "Comma": ";.", "Period": ":/", "Slash": "!§"},
)  # fmt: skip
GERMAN = Keyboard(
    "German", "1234567890", "!\"§$%&/()=", {"z": "KeyY", "y": "KeyZ"},
    {"Minus": "ß?", "BracketRight": "+*", "Comma": ",;", "Period": ".:", "Slash": "-_"},
)  # fmt: skip
SWISS = Keyboard(
    "Swiss", "1234567890", "+\"*ç%&/()=", {"z": "KeyY", "y": "KeyZ"},
    {"Minus": "'?", "Comma": ",;", "Period": ".:", "Slash": "-_"},
)  # fmt: skip
TURKISH = Keyboard(
    "Turkish", "1234567890", "!'^+%&/()=", {"i": "Quote"},
    {"Minus": "*?", "Equal": "-_", "Backslash": ",;", "Slash": ".:"},
)  # fmt: skip
RUSSIAN = Keyboard(
    "Russian", "1234567890", "!\"№;%:?*()",
    dict(zip("фисвуапршолдьтщзйкыегмцчня", sorted(LETTER_CODES.values()), strict=True)),
    {"Minus": "-_", "Equal": "=+", "Backslash": "\\/", "Slash": ".,"},
)  # fmt: skip
KEYBOARDS = [US, FRENCH, GERMAN, SWISS, TURKISH, RUSSIAN]
