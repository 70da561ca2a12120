"""Which columns of a table, by their headers, hold what says who a person is.

A header is taken apart into words, accents taken away, and each word looked up: `Patient_Name`,
`NachnamePat`, `date de naissance` and `Fecha nacimiento` are found by their parts. The words are
those of the languages whose hospitals' tables have been asked for; others are not found.
"""

import re
import unicodedata

PERSONS = (
    "patient|patients|pat|person|persons|paziente|paciente|potilas|patientin|arzt|physician|doctor"
    "|medecin|medico|dottore|doktor|dr|radiologist|radiologe|reader|operator|technician|referrer|mothers|fathers"
    "|referring|performing|reading|mother|father|mutter|vater|madre|padre|mere|pere|full|first|last"
    "|middle|given|family|maiden|birth|sur|fore|vor|nach|zu|ruf|familien|geburts|legal|voller"
    "|complet|completo|completa|du|de|del|della|des|la|le|el|o|a|van|der|den|of|the|no|id|s|1|2"
)
NAME = "name|names|nom|noms|nome|nombre|nombres|naam|namn|navn|nimi|ime|jmeno"
SURELY_NAMES = (
    "surname|lastname|firstname|forename|givenname|familyname|fullname|middlename|maidenname|lname"
    "|fname|initials|patname|ptname|nachname|vorname|vornamen|familienname|geburtsname|zuname"
    "|rufname|prenom|prenoms|apellido|apellidos|cognome|sobrenome|apelido|apelidos|achternaam"
    "|voornaam|familienaam|fornavn|efternavn|etternavn|fornamn|efternamn|imie|nazwisko|prijmeni"
    "|prezime|sukunimi|etunimi|soyadi|soyad|adi|onoma|eponymo|фамилия|имя|отчество|фио|姓名|氏名"
    "|患者名|이름|성명|الاسم"
)
BIRTH = (
    r"birth\w*|dob|born|geb|gebdat\w*|geburt\w*|naissance|naiss|ddn|nacimiento|fnac|nascita"
    r"|nascimento|geboorte\w*|gebdatum|fodsel\w*|fodt|fodelse\w*|syntyma\w*|urodzenia|narozeni"
    r"|dogum|рождения|出生\w*|生年月日|생년월일"
)
PHONE = (
    r"\w*phone\w*|tel|telno|telnr|telefon\w*|telefoon\w*|fono|telemovel|fax\w*|handy\w*"
    r"|mobil(?:nummer|nr|tel)\w*|celular|movil|cellulare|e?mail\w*|courriel|correo|телефон|почта"
    r"|電話\w*|电话\w*|手机\w*|전화\w*"
)
ADDRESS = (
    r"address\w*|addr|adresse\w*|adres|anschrift|direccion|domicilio|indirizzo|endereco|morada"
    r"|street\w*|strasse\w*|hausn\w*|wohnort\w*|rue|calle|straat|woonplaats|city|town|ville"
    r"|ciudad|citta|cidade|zip|zipcode|postcode|postal|plz|postleitzahl|cep|postnummer"
    r"|адрес|住所|地址|주소"
)
INSURANCE = (
    r"ssn|insurance\w*|insured|nhs|nhsno|mrn|versicher\w*|kvnr|krankenkasse\w*|svnr|ahv\w*|nir"
    r"|secu|carte_vitale|fiscale|dni|nif|nie|nuss|sanitaria|bsn|cpr|personnummer|personnumer"
    r"|fodselsnummer|henkilotunnus|pesel|passport\w*|passeport|pasaporte|ausweis\w*|снилс|身份证\w*"
)
KINDS = (
    ("names of people", re.compile(SURELY_NAMES)),
    ("dates of birth", re.compile(BIRTH)),
    ("phone numbers or mail addresses", re.compile(PHONE)),
    ("addresses", re.compile(ADDRESS)),
    ("insurance or record numbers", re.compile(INSURANCE)),
)
OF_PERSONS = re.compile(f"{PERSONS}|{NAME}")
A_NAME = re.compile(NAME)
GLUED_NAME = re.compile(
    r"(?:patient(?:en|in)?|pat|arzt|person(?:en)?|familien|eltern|mutter|vater|maedchen|madchen"
    r"|last|first|full|family|given|middle|operator|physician|doctor|reader)s?(?:name|namen)"
)
PAIRS = {
    "socialsecurity": "insurance or record numbers",
    "codicefiscale": "insurance or record numbers",
    "securitesociale": "insurance or record numbers",
    "seguridadsocial": "insurance or record numbers",
    "medicalrecord": "insurance or record numbers",
}
ALONE = {"cap": "addresses", "str": "addresses", "via": "addresses", "cell": "phone numbers"}
"""Words that mean something else where another stands beside them."""


def identifying(header: str) -> str:
    """Return what a column seems to hold that says who a person is, or an empty text.

    Args:
        header: as it stands in the table's first line.
    """
    words = _words(header)
    for kind, pattern in KINDS:
        if any(pattern.fullmatch(word) for word in words):
            return kind
    glued = "".join(words)
    if glued in ALONE:
        return ALONE[glued]
    for pair, kind in PAIRS.items():
        if pair in glued:
            return kind
    named = any(A_NAME.fullmatch(word) for word in words)
    about_a_person = named and all(OF_PERSONS.fullmatch(word) for word in words)
    if about_a_person or any(GLUED_NAME.fullmatch(word) for word in (*words, glued)):
        return "names of people"
    return ""


def _words(header: str) -> list[str]:
    """Take a header apart at signs, digits and changes of case; small letters, no accents."""
    apart = re.sub(r"(?<=[^\W\d_])(?=[A-ZÄÖÜ][a-zäöüß])|(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", header)
    plain = unicodedata.normalize("NFKD", apart.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    plain = plain.translate(str.maketrans("øłıđ", "olid"))
    return re.findall(r"[^\W_]+?(?=\d|_|\W|$)|\d+", plain)
