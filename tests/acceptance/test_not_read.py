"""Acceptance and the sweep's run say how many reports were not read, and lead to them."""

from acceptance.archive import make_archive
from sqlalchemy import select, update
from support.databases import ON_BOTH
from support.web import Web

from app.db.learning import PseudoLabel, Run, Sweep

SENTENCE = "The reports of 2 films were not read"


@ON_BOTH
def test_both_pages_count_reports_that_were_not_read_and_lead_to_those_in_review(web: Web) -> None:
    archive = make_archive(web.database, [0] * 40)
    sweep = archive.sweep([0] * 40, [0.99] * 40)
    images = list(archive.truth)[:2]
    with web.database.begin() as session:
        mine = update(PseudoLabel).where(PseudoLabel.image_id.in_(images))
        session.execute(mine.values(not_read="nothing"))
    found = archive.select(sweep)
    with web.database.begin() as session:
        run = session.scalars(select(Run).join(Sweep, Sweep.run_id == Run.id)).one()
        run.status = "succeeded"
        run.result = {"sweep": sweep, "labeler": 1, **found}
        number = run.id
    browser = web.browser("Admin", "admin")
    for path in ("/acceptance", f"/runs/{number}"):
        page = browser.get(path).text
        assert SENTENCE in page
        assert "/review?why=not_read" in page


def test_neither_page_speaks_of_it_where_every_report_was_read(web: Web) -> None:
    archive = make_archive(web.database, [0] * 40)
    archive.select(archive.sweep([0] * 40, [0.99] * 40))
    assert "not read:" not in web.browser("Admin", "admin").get("/acceptance").text
