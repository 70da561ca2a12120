"""What hospitals call the columns of their tables: what a page suggests, and nothing reads unasked.

Each name is without capitals, accents, spaces and signs. A name that means different things in
different tables is left out.
"""

_NAMES = {
    "file": (
        "filename filepath path filelocation imagefile imagepath picture datei dateiname dateipfad"
        " pfad bilddatei bildname imagename"
        " fichier nomfichier nomdufichier chemin archivo fichero nombrearchivo ruta"
        " nomefile percorso arquivo ficheiro bestand bestandsnaam"
    ),
    "patient_id": (
        "patient patientno patientnr patientnumber patientkey patid patno patnr patnum pid subject"
        " subjectid subjectno subjid participant participantid personid patientennummer"
        " patientennr patientenid patienten patientin numeropatient nopatient idpatient"
        " identifiantpatient paciente idpaciente numeropaciente paziente idpaziente"
        " patientnummer patientpseudonym pseudonym"
    ),
    "image_id": (
        "imageno imagenr imagenumber imagekey filmid filmno sopinstanceuid sopuid bildid bildnr"
        " bildnummer idimage idimagen idimmagine"
    ),
    "study_id": (
        "study studyno studynr studykey studyinstanceuid studyuid exam examid examno examination"
        " examinationid accession accessionno accessionnr accessionnumber accnr untersuchung"
        " untersuchungsid untersuchungsnr untersuchungsnummer studie studienid idstudie examen"
        " idexamen numeroexamen estudio idestudio studio idstudio onderzoek"
    ),
    "laterality": (
        "side kneeside bodyside imagelaterality seite koerperseite korperseite knieseite cote"
        " lateralite lado lateralidad lateralita lato zijde"
    ),
    "view": (
        "projection viewposition viewname position projektion ansicht aufnahme ebene incidence"
        " proyeccion vista proiezione projecao incidencia opname"
    ),
    "site": (
        "centre center hospital clinic institution practice facility standort klinik krankenhaus"
        " praxis zentrum hopital clinique etablissement centro hospitale ospedale clinica"
        " ziekenhuis"
    ),
    "label": (
        "class diagnosis groundtruth klasse diagnose classe diagnostic clase diagnostico diagnosi"
    ),
    "split": "subset partition datasplit teilmenge aufteilung",
    "report": (
        "reporttext textreport radiologyreport reading findings impression befund befundtext"
        " befundbericht bericht compterendu rapport informe textoinforme referto laudo verslag"
    ),
}
LIKELY = {name: column for column, names in _NAMES.items() for name in names.split()}
"""The column that a name probably means."""
