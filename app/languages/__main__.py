"""`make texts`: write the catalogue, and bring every translation up to it."""

from app.languages.catalogue import TEMPLATE, forms_of, gather, refresh, translated, written
from app.texts import DOMAIN, FOLDER

catalogue = gather()
TEMPLATE.write_bytes(written(catalogue))
print(f"{len(catalogue)} texts in {TEMPLATE}")
for path in sorted(FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
    translation = refresh(path, catalogue)
    missing = [message for message in translation if message.id and not translated(message)]
    print(f"{path}: {len(missing)} are not translated")
    for message in missing:
        print(f"  {forms_of(message.id)[0]}")
