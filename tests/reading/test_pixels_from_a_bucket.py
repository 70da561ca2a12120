"""Films that lie in a bucket are answered as those in a folder are."""

import cv2
import numpy as np
import pytest
from sqlalchemy import select
from support.web import Web
from support.worklist_rows import add_classes, add_images, list_images

from app.db.archive import Rendition
from app.db.engine import Database
from app.imaging.stores import open_store
from app.settings import Settings

PNG = cv2.imencode(".png", np.arange(400, dtype=np.uint16).reshape(20, 20))[1].tobytes()


@pytest.fixture
def in_folder(sqlite_database: Database, settings: Settings) -> Web:
    """An image on the seed worklist, whose pixels are in a folder."""
    with sqlite_database.begin() as session:
        add_classes(session)
        list_images(session, "seed", add_images(session, 2))
        rendition = session.scalars(select(Rendition).order_by(Rendition.id)).first()
        assert rendition
        rendition.digest = open_store(settings).put(PNG)
    return Web(sqlite_database, settings)


@pytest.fixture
def in_bucket(in_folder: Web, bucket: str) -> Web:
    """The same image, whose pixels are in a bucket."""
    settings = in_folder.settings.model_copy(update={"store_url": bucket})
    open_store(settings).put(PNG)
    return Web(in_folder.database, settings)


def test_the_answer_is_the_same(in_folder: Web, in_bucket: Web) -> None:
    asked = {}
    for web in (in_folder, in_bucket):
        rosa = web.browser("rosa")
        film = rosa.get("/api/v1/images/1").json()
        whole = rosa.get(film["pixels"])
        tag = {"If-None-Match": whole.headers["etag"]}
        part = rosa.get(film["pixels"], headers={"Range": "bytes=0-7"})
        assert whole.content == PNG
        assert (part.status_code, part.content) == (206, PNG[:8])
        assert rosa.get(film["pixels"], headers=tag).status_code == 304
        assert rosa.get("/api/v1/images/2/pixels").status_code == 404
        asked[web] = {key: value for key, value in whole.headers.items() if key != "last-modified"}
    assert asked[in_folder] == asked[in_bucket]


def test_a_bucket_that_is_gone_is_a_server_in_trouble_and_no_missing_film(in_bucket: Web) -> None:
    settings = in_bucket.settings.model_copy(update={"store_url": "s3://no-such-bucket"})
    answer = Web(in_bucket.database, settings).browser("rosa").get("/api/v1/images/1/pixels")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "There is no such bucket" in answer.json()["what"]
