"""Every language that is shipped says everything, and keeps the values and the markup of it."""

import pytest
from babel.messages.pofile import read_po
from languages.committed import every_text

from app.languages.catalogue import faults, translated
from app.texts import DOMAIN, FOLDER, language, languages, speaking
from app.texts import gettext as _

SHIPPED = languages()[1:]


def test_simplified_chinese_is_shipped():
    chinese = language("zh_Hans")
    assert chinese.tag == "zh-Hans"
    assert set(chinese.catalogue.forms) == {0}  # type: ignore[union-attr]
    with speaking(chinese):
        assert _("Unusable film") == "无法使用的影像"


@pytest.mark.parametrize("code", SHIPPED)
def test_every_text_is_translated_with_its_values_and_markup(code: str):
    with (FOLDER / code / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        translation = read_po(file, locale=code, domain=DOMAIN)
    missing = []
    for message in every_text():
        if message.id:
            theirs = translation.get(message.id, message.context)
            if theirs is None or theirs.fuzzy or not translated(theirs):
                missing.append(message.id)
    assert missing == []
    assert faults(translation) == []
