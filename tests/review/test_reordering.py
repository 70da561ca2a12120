"""Review is put in another order while people read."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

from sqlalchemy import select
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep

from app.db.conditions import stands
from app.db.reading import Annotation
from app.db.tables import now
from app.review import grid
from app.review.batches import decide_batch
from app.review.grid import BatchDecision, page_of_grid
from app.worklists.items import lease_next
from app.worklists.orders import reorder_review


def test_while_a_new_order_is_written_readers_are_given_what_nobody_holds(postgresql_database):
    with postgresql_database.begin() as session:
        (ann, ben, eva), classes = add_readers(session, 3), add_classes(session)
        images = add_images(session, 4)
        add_sweep(session, images)
    with postgresql_database.begin() as session:
        assert lease_next(session, ann, "review", 300, now()) == images[0]
    with postgresql_database.begin() as admin:
        reorder_review(admin, "random", 3)
        with postgresql_database.begin() as session:
            assert lease_next(session, ben, "review", 300, now()) == images[1]
        with postgresql_database.begin() as session:
            tiles = page_of_grid(session, eva, classes[1], 300, now()).tiles
            assert {tile.image_id for tile in tiles} == set(images[2:])


def test_readers_and_an_admin_who_puts_review_in_order_again_and_again(database, monkeypatch):
    monkeypatch.setattr(grid, "PAGE", 20)
    with database.begin() as session:
        readers, classes = add_readers(session, 3), add_classes(session)
        images = add_images(session, 600)
        add_sweep(session, images)
    over = Event()

    def sort() -> int:
        times = 0
        while not over.is_set():
            with database.begin() as session:
                reorder_review(session, "random", times)
            times += 1
        return times

    def read(reader: int) -> int:
        keys, decided = count(), 0
        while True:
            with database.begin() as session:
                tiles = page_of_grid(session, reader, classes[1], 300, now()).tiles
            if not tiles:
                return decided
            batch = [
                BatchDecision(
                    pseudo_label_id=tile.pseudo_label_id, decision="approve", class_id=None
                )
                for tile in tiles
            ]
            with database.begin() as session:
                decide_batch(session, reader, classes[1], batch, 1, f"batch {next(keys)}", now())
            decided += len(batch)

    with ThreadPoolExecutor(4) as pool:
        sorting = pool.submit(sort)
        try:
            decided = sum(pool.map(read, readers))
        finally:
            over.set()
    assert sorting.result() > 0
    assert decided == 600
    with database() as session:
        reads = session.scalars(select(Annotation.image_id).where(stands(Annotation))).all()
        assert sorted(reads) == images
