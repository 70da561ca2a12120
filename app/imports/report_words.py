"""Words by which names, dates and numbers are found in reports, in seven languages."""

MONTHS = (
    "january|february|march|april|june|july|august|september|october|november|december"
    "|januar|jänner|jaenner|februar|märz|maerz|juni|juli|oktober|dezember"
    "|janvier|février|fevrier|avril|juin|juillet|août|aout|septembre|octobre|novembre|décembre"
    "|decembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre"
    "|noviembre|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre"
    "|janeiro|fevereiro|março|marco|junho|julho|setembro|outubro|novembro|dezembro"
    "|januari|februari|maart|augustus"
)
AMBIGUOUS_MONTHS = (
    r"may|mai|mei|maio|mars|mrt|jan|feb|mar|mär|apr|jun|jul|aug|sept?|oct|okt|nov|dec|dez|janv|févr"
    r"|fevr|fev|avr|juil|déc|ene|ago|dic|gen|mag|giu|lug|set|ott|abr|out"
)
"""Months that are other words too: they count beside a year only."""
TITLES = (
    r"(?:(?:PD|Priv\.-Doz\.) )?(?:Prof|Dr|DR(?=\.)|PROF(?=\.)|Dott|Dra|Doc|Univ)\.?"
    r"|Dipl\.-Med\.|Dott\.?ssa|Docteure?|Doctore?|Doctora|Doktor|Dottore|Dottoressa|Doutora?"
    r"|Professore?|Professeur|Mr\.?|Mrs\.?|Ms\.?|Miss|Mister|Mme\.?|Mlle\.?|Monsieur|Madame"
    r"|Mademoiselle|Herrn?|Frau|Sig\.?(?:ra|na)?\.?|Signora?|Signore|Sra?\.|Señora?|Don|Doña"
    r"|Senhora?|Dhr\.|Mevr\.|Mevrouw|Meneer|De heer"
)
DEGREES = r"(?:med|rer|nat|phil|univ|habil|h\.? ?c)\.?"
PARTICLES = r"(?:von|van|vom|de|der|den|del|della|di|da|do|dos|la|le|ten|ter|zu|zum|bin|al|el|y|e)"
MUSCLES = (
    "quadriceps|gastrocnemius|vastus|rectus|biceps|semi\\w+|sartorius|gracilis|soleus|plantaris"
    "|popliteus|tibialis|peroneus|fibularis|adductor|abductor|flexor|extensor|tensor|gluteus"
    "|iliopsoas|triceps"
)
SIGNING = (
    r"(?:(?:electronically |digitally )?(?:signed|dictated|reported|verified|approved"
    r"|authenticated|transcribed|referred|requested|interpreted|reviewed|performed|finali[sz]ed)"
    r"(?: and \w+)?(?: electronically)? by\b|(?:electronically|digitally) signed\b"
    r"|(?:befundet|diktiert|freigegeben|signiert|unterschrieben|vidiert|untersucht|überwiesen"
    r"|zugewiesen|gezeichnet) (?:von|durch)\b|gez\.|unterschrift\b"
    r"|sign[ée]e? (?:par|[ée]lectroniquement par)\b|dict[ée]e? par\b|valid[ée]e? par\b"
    r"|adress[ée]e? par\b|firmado (?:por|electr[óo]nicamente por)\b|informado por\b|dictado por\b"
    r"|solicitado por\b|firmato (?:da|digitalmente da)\b|refertato da\b|inviato da\b"
    r"|assinado por\b|laudado por\b|ondertekend door\b|verslagen door\b|aangevraagd door\b)"
)
OFFICES = (
    r"(?:(?:referring|attending|requesting|reading|reporting|interpreting|ordering|performing)"
    r" )?(?:physician|doctor|radiologist|clinician|consultant|surgeon|provider|operator"
    r"|technologist|radiographer)|(?:überweisender |zuweisender |befundender |behandelnder )?"
    r"arzt|ärztin|zuweiser(?:in)?|überweiser(?:in)?|einsender(?:in)?|befunder(?:in)?"
    r"|untersucher(?:in)?|radiolog(?:e|in|ue|o|a)|m[ée]decin(?: \w+)?|m[ée]dic[oa](?: \w+)?"
    r"|radi[óo]logo|aanvrager|verwijzer|huisarts|arts"
)
NAMED = (
    r"(?:patient(?:en|in)?[- ]?|pat\.?[- ]?)?name(?: of (?:the )?patient)?|nachname|vorname"
    r"|familienname|nom(?: du patient)?|pr[ée]nom|nombre(?: del paciente)?|apellidos?|cognome"
    r"|nome(?: d[eo]l? paziente| do paciente)?|naam|achternaam|voornaam|surname|first name"
    r"|last name"
)
PATIENTS = r"patient(?:in|e)?|pat\.|paciente|paziente|patiënt(?:e)?"
RECORDS = (
    r"mrn|medical record|health record|record|accession|acc|patient|pat|pid|case|fall|auftrags?"
    r"|aufnahme|akten|kranken(?:akten|blatt)?|dossier|nip|ipp|historia(?: cl[íi]nica)?|nhc|cartella"
    r"(?: clinica)?|processo|insurance|policy|versicherten|versicherungs?|krankenversicherten|kv"
    r"|ssn|social security|nhs|ahv|svnr|sozialversicherungs?|s[ée]curit[ée] sociale|seguridad"
    r" social|tarjeta sanitaria|codice fiscale|order|request|exam(?:ination)?|study|report|episode"
    r"|visit|encounter|file|chart|untersuchungs?|befund|patienten|patiënt|bsn"
)
PHONES = (
    r"tel(?:efon|efone|efono|éfono|ephone|efoon)?|phone|ph|fax|telefax|mobile?|mobiltelefon|handy"
    r"|cell(?:ulare)?|t[ée]l(?:[ée]phone)?|portable|m[óo]vil|celular|telem[óo]vel"
    r"|pager|beeper|durchwahl"
    r"|dect|funk"
)
_ORDINARY = (
    "right left both bilateral knee knees the a an no not on at in of and or with"
    " without has had is"
    " was were for from to this male female man woman year years old aged age date dob born time"
    " report findings finding impression history indication technique comparison"
    " conclusion clinical"
    " exam examination study radiograph radiographs xray x-ray view views signed electronically"
    " department radiology hospital clinic number id mrn phone tel fax normal severe mild moderate"
    " total pain swelling fall trauma status post after before standing weight"
    " bearing known unknown"
    " rechts links rechtes linkes beide beidseits knie kniegelenk der die das und"
    " mit ohne am im vom"
    " befund beurteilung fragestellung anamnese indikation technik klinische angaben kein keine"
    " keinen zustand nach bei weiblich männlich jahre jahr geb geboren datum telefon nummer"
    " kollege kollegin kollegen droit droite gauche genou les le la du au aux avec sans résultat"
    " résultats conclusion né née date examen derecha derecho izquierda izquierdo rodilla con sin"
    " hallazgos impresión fecha estudio destro destra sinistro sinistra ginocchio"
    " referto esito data"
    " joelho direito esquerdo achados laudo rechter linker bevindingen conclusie datum met zonder"
    " doctor colleague sir madam md by ap pa lat lateral mr ct us dr prof arthrosis"
    " arthrose gonarthrosis"
    " gonarthrose osteoarthritis artrosis artrosi fracture fraktur"
)
ORDINARY = frozenset(_ORDINARY.split())
"""Words that begin with a capital and go on a sentence or begin one, and name nobody."""
_SMALL_TALK = (
    "klein kleiner kleine lang lange kurz gross stark starke weiss schwarz braun grau roth rot jung"
    " alt neu gut fein hart weich spitz rund berg stein wolf horn kern fuchs vogel"
    " koch richter bauer"
    " short long small strong young white black brown green gray grey good best hand foot head neck"
    " bone bones joint read reed day may march april june august summer price stone wood hill field"
    " rivers banks power cross grant mark marks will rose ray hope grace faith petit petite grand"
    " grande blanc blanche noir noire rouge roux brun long court bon fort forte legros rossi bianco"
    " neri bruno verdi basso alto lungo grosso piccolo blanco negro rubio moreno"
    " delgado bueno fuerte"
    " rey reyes cruz santos ramos campos iglesias costa leal bello branco preto pequeno jong groot"
    " lange witte zwart bruin"
)
SMALL_TALK = frozenset(_SMALL_TALK.split())
"""Names that are common words too: in a text they count with a capital only."""
EPONYMS = (
    r"Kellgren(?:\W{1,3}(?:and |& )?Lawrence)?|Lawrence grad"
    r"|Baker(?:['’]?s)?[- ]?(?:cyst|zyste|kyst)"
    r"|Hoffa(?:['’]?s)?|Osgood\W{1,3}Schlatter|Segond|Sinding\W{1,3}Larsen|Ahlb[aä]ck|Looser"
    r"|Insall\W{1,3}Salvati|Rosenberg|Pellegrini\W{1,3}Stieda|Outerbridge|Blumensaat|Caton"
    r"|Maisonneuve|Schatzker|Blount|Paget|Charcot"
)
"""Names of signs, scores and views, which are nobody's here."""
