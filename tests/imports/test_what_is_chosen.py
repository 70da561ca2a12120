"""What a program may choose of an import: never a path of the server."""

import pytest
from sqlalchemy import select
from support.web import Web

from app.db.learning import Run


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_import_takes_no_path_and_no_parameter_that_is_not_a_persons_to_choose(web: Web) -> None:
    (web.settings.home / "inbox" / "films").mkdir(parents=True)
    admin = web.browser("Admin", "admin")
    for name in ("paths", "manifest", "labeler", "seed_patients", "surprise"):
        refused = admin.post("/api/v1/imports", json={"inbox": "films", name: "/etc/passwd"})
        assert (refused.status_code, refused.json()["where"]) == (422, name)
    with web.database.begin() as session:
        assert session.scalars(select(Run)).all() == []
