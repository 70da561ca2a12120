import numpy as np
from acceptance.archive import make_archive
from support.web import Web


def test_an_admin_sees_how_far_each_audit_is(web: Web) -> None:
    admin = web.browser("Admin", "admin")
    assert "No sweep has finished yet" in admin.get("/acceptance").text
    archive = make_archive(web.database, [0] * 70 + [1] * 20)
    sweep = archive.sweep([0] * 70 + [1] * 20, [0.99] * 90)
    archive.select(sweep, wrong=80)
    archive.read_next()
    page = admin.get("/acceptance").text
    assert "audit reads are still to be made" in page
    assert "of 59 read" in page
    assert "The lot is small, so every image is read." in page
    archive.read_all(misread=archive.truth)
    page = admin.get("/acceptance").text
    assert "Failed: " in page
    assert "are no longer accepted" in page
    accepted = page.partition("<dt>Accepted")[2].partition("<dd>")[2].partition("</dd>")[0]
    assert accepted == "0", "not what the rule accepted at first"
    assert "Read the audit" not in page


def test_the_page_says_why_nothing_was_accepted(web: Web) -> None:
    archive = make_archive(web.database, [0] * 30)
    archive.select(archive.sweep([0] * 30, np.full(30, 0.9)), calibration=5)
    page = web.browser("Admin", "admin").get("/acceptance").text
    assert "5 calibration reads cannot show" in page


def test_lots_are_for_admins(web: Web) -> None:
    assert web.browser("Reader").get("/acceptance").status_code == 403
    assert web.anonymous().get("/acceptance").status_code in (303, 401)
