"""`condyle key-objects`: the worst errors of an evaluation, as the PACS can show them."""

import re
from pathlib import Path
from typing import Annotated

import typer

from app.audit import record
from app.db.engine import migrate, open_database, snapshot
from app.db.learning import ModelVersion
from app.imaging import pseudonyms
from app.imaging.stores import open_store
from app.settings import settings
from app.write_back.commands import To, outside_of_home, seal_or_refusal, tell
from app.write_back.destinations import destination_of, our_title


def key_objects(
    evaluation: Annotated[int, typer.Argument(min=1, help="Its number, as in its address.")],
    folder: Annotated[Path, typer.Argument(help="Where to.")],
    most: Annotated[int, typer.Option(min=1, max=1000, help="Films at most.")] = 20,
    to: To = None,
) -> None:
    """Write a DICOM Key Object Selection of the films that an evaluation's final classifier got
    most confidently wrong, one for each study.

    The exit status is 3 where the PACS has not taken every one.
    """
    from app.evaluation.read_predictions import predictions_of  # NumPy
    from app.evaluation.rules import find
    from app.evaluation.worst_errors import worst_errors
    from app.write_back import key_objects as documents  # only this needs highdicom
    from app.write_back.folder import refusing, write_whole
    from app.write_back.sending import send

    chosen = settings()
    seal = seal_or_refusal(chosen)
    outside_of_home(folder, chosen)
    destination = destination_of(to, chosen) if to is not None else None
    migrate(chosen.resolved_database_url)
    database = open_database(chosen.resolved_database_url)
    with snapshot(database) as session:
        row = find(session, evaluation)
        known = predictions_of(open_store(chosen), row.predictions_digest)
        worst = worst_errors(session, known, most, seal.name)
        made_at, final = row.created_at, session.get_one(ModelVersion, row.final_id)
        classifier = final.id, final.digest
    named = [(error, seal.opened(error.source_digest, error.sealed)) for error in worst.errors]
    key = pseudonyms.load_key(chosen.home)
    with refusing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    paths = list[Path]()
    for number, document in enumerate(
        documents.key_objects(evaluation, made_at, classifier, named, key), 1
    ):
        paths.append(folder / f"evaluation-{evaluation}-{number}.dcm")
        write_whole(document, paths[-1])
    ours = re.compile(rf"evaluation-{evaluation}-[1-9]\d*\.dcm")
    with refusing(folder):
        for file in set(folder.iterdir()).difference(paths):
            if ours.fullmatch(file.name):
                file.unlink()  # of an earlier run, which found more
    with database.begin() as session:
        record(session, None, "write key objects", f"evaluation {evaluation}", films=len(named))
    typer.echo(f"{len(paths):,} key object selections written, of {len(named):,} films.")
    if destination is not None:
        sent = send(paths, destination, our_title(chosen), chosen.dicom_seconds)
        answers = [each.answer for each in sent]
        tell(answers, len(paths), f"key object selections sent to {destination}")
