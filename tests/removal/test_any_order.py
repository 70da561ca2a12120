"""Import, read, remove, take back and import again, in any order: nothing is lost or left."""

from contextlib import suppress
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support.archive_of_films import Films, orphans, pointing_to_nothing, still_named

from app import errors
from app.db.archive import Image
from app.db.engine import Database
from app.removal import doing, rules
from app.settings import Settings

FILM = st.integers(0, 3)
STEP = st.one_of(
    st.tuples(st.just("import"), st.sets(FILM, min_size=1)),
    st.tuples(st.just("read"), FILM),
    st.tuples(st.sampled_from(["image", "study", "patient"]), FILM),
    st.tuples(st.just("take back"), FILM),
    st.tuples(st.just("lift"), FILM),
)


@hypothesis_settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(steps=st.lists(STEP, min_size=2, max_size=8))
@example(steps=[("import", {0, 1}), ("read", 1), ("take back", 0)])  # its report was read
def test_nothing_removed_is_left_and_nothing_left_is_lost(
    database: Database, settings: Settings, steps: list[tuple[str, Any]]
) -> None:
    settings.home.mkdir(exist_ok=True)
    films = Films(database, settings, uuid4().hex)
    read, kept_away, imports = set[int](), dict[int, int](), list[int]()
    for what, which in [("import", {0, 2}), *steps]:
        if what == "import":
            there = {film for film in which if films.image_of(film) is not None}
            run, left_out = films.take_in(which)
            imports.append(run)
            assert left_out == {film for film in which if film in kept_away}
            assert all(films.image_of(film) for film in which - left_out)
            assert there <= which - left_out
        elif what == "read":
            films.read(which)
            read |= {which} if films.image_of(which) else set()
        elif what == "take back":
            run = imports[which % len(imports)]
            brought = {film for film in range(4) if _run_of(films, film) == run}
            with suppress(errors.Conflict):
                doing.take_back(database, settings, run, films.admin)
                assert not brought & read
                films.carry_out()
                assert not any(films.image_of(film) for film in brought)
                continue
            of_its_reports = {film ^ 1 for film in brought}  # the other film of the study
            assert (brought | of_its_reports) & read
        elif what == "lift":
            if which in kept_away:
                removal = kept_away[which]
                with database.begin() as session:
                    rules.lift(session, removal, films.admin)
                kept_away = {film: by for film, by in kept_away.items() if by != removal}
        elif (image := films.image_of(which)) is not None:
            gone = {which} if what == "image" else {which // 2 * 2, which // 2 * 2 + 1}
            number = image if what == "image" else _number(films, image, what)
            there = {film for film in gone if films.image_of(film)}
            removal = doing.remove(database, settings, what, [number], "consent", films.admin)
            assert not any(films.image_of(film) for film in gone)
            away = gone if what == "patient" else there
            kept_away |= dict.fromkeys(away, removal)
            read -= gone
    films.carry_out()
    assert not list(pointing_to_nothing(database))
    assert not list(still_named(database))
    assert orphans(database, films.store) == (set(), set())


def _run_of(films: Films, film: int) -> int | None:
    image = films.image_of(film)
    with films.database() as session:
        return image and session.get_one(Image, image).run_id


def _number(films: Films, image_id: int, what: str) -> int:
    with films.database() as session:
        image = session.get_one(Image, image_id)
        return image.study_id if what == "study" else image.patient_id
