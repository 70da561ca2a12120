"""Whether two films are of one person: what the number, its giver and the dates say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imaging.placeholders import is_placeholder
from app.imports.persons import Claim, Known, Unclear, resolve

ADA = Known("Ada", "4711", issuer="A", site="S", born="1", sex="F", manifest="")


def known(**other: str) -> Known:
    return Known(
        **({"patient": "x", "number": "4711"} | dict.fromkeys(ABOUT, "") | other)  # type: ignore[arg-type]
    )


ABOUT = ("issuer", "site", "born", "sex", "manifest")


def film(**said: str) -> Claim:
    return Claim("new", number="4711", **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "same",
    [
        film(issuer="A"),
        film(issuer="A", site="another of the issuer's"),
        film(site="S"),
        film(site="S", sex="F", born="1"),
        film(born="1"),
        film(born="1", sex="O"),
    ],
)
def test_films_of_one_person(same: Claim) -> None:
    assert resolve([ADA], same) == "Ada"


@pytest.mark.parametrize(
    "other",
    [
        film(issuer="B"),
        film(issuer="B", site="S"),
        film(site="T"),
        film(site="T", born="1", sex="F"),
        film(born="2"),
        film(sex="M"),
    ],
)
def test_films_of_two_people(other: Claim) -> None:
    assert resolve([ADA], other) is None


@pytest.mark.parametrize(
    "unclear",
    [film(), film(sex="F"), film(site="S", born="2"), film(issuer="A", sex="M")],
    ids=["says nothing", "says the sex", "contradicts the birth date", "contradicts the sex"],
)
def test_films_that_must_be_put_aside(unclear: Claim) -> None:
    with pytest.raises(Unclear) as refused:
        resolve([ADA], unclear)
    assert "4711" not in str(refused.value)
    assert refused.value.do


def test_two_films_that_say_nothing_but_the_number_are_of_one_person() -> None:
    assert resolve([known()], film()) == "x"
    with pytest.raises(Unclear):
        resolve([known(born="1")], film(born="2"))


def test_a_film_that_could_be_of_two_known_people_is_put_aside() -> None:
    rows = [known(patient="x", issuer="A", site="S"), known(patient="y", issuer="B", site="S")]
    assert resolve(rows, film(issuer="B", site="S")) == "y"
    with pytest.raises(Unclear):
        resolve(rows, film(site="S"))


def listed(manifest: str, site: str = "", *continues: str) -> Claim:
    return Claim(
        "new",
        site,
        "4711",
        site=site,
        manifest=manifest,
        continues=frozenset(continues) | {manifest},
    )


def test_a_manifest_s_numbers_count_within_its_site() -> None:
    rome = known(manifest="1.1", site="Rome")
    assert resolve([rome], listed("2.1", "Rome")) == "x"
    assert resolve([rome], listed("2.1", "Oslo")) is None
    assert resolve([ADA], listed("2.1")) is None


def test_without_a_site_they_count_within_the_manifest_and_what_it_goes_on_from() -> None:
    unnamed = known(manifest="1.1")
    assert resolve([unnamed], listed("1.1")) == "x"
    assert resolve([unnamed], listed("2.1", "", "1.1")) == "x"
    assert resolve([unnamed], listed("2.1", "Rome", "1.1")) == "x"
    assert resolve([unnamed], listed("2.1", "Rome")) is None
    with pytest.raises(Unclear):
        resolve([unnamed], listed("2.1"))


facts = st.fixed_dictionaries(
    {
        "issuer": st.sampled_from(["", "A", "B"]),
        "site": st.sampled_from(["", "S", "T"]),
        "born": st.sampled_from(["", "1", "2"]),
        "sex": st.sampled_from(["", "F", "M"]),
    }
)


@given(facts, facts)
def test_films_of_different_givers_and_films_that_contradict_each_other_are_never_merged(
    ours: dict[str, str], theirs: dict[str, str]
) -> None:
    try:
        found = resolve([known(**ours)], film(**theirs))
    except Unclear:
        return
    if found is not None:
        issuers, sites = ({ours[name], theirs[name]} - {""} for name in ("issuer", "site"))
        assert len(issuers) <= 1
        assert len(sites) <= 1 or (ours["issuer"] and ours["issuer"] == theirs["issuer"])
        assert len({ours["born"], theirs["born"]} - {""}) <= 1
        assert {ours["sex"], theirs["sex"]} != {"F", "M"}


@given(facts, facts)
def test_it_makes_no_difference_which_film_comes_first(
    ours: dict[str, str], theirs: dict[str, str]
) -> None:
    def answer(first: dict[str, str], second: dict[str, str]) -> object:
        try:
            return resolve([known(**first)], film(**second))
        except Unclear:
            return "unclear"

    assert answer(ours, theirs) == answer(theirs, ours)


@pytest.mark.parametrize(
    "written",
    [
        *("", "  ", "-", "^", "?", "N/A", "null", "0", "000000", "999999", "xXx", "XXX"),
        *("ANONYMOUS", "Anon.", "*ANON*", "DE-IDENTIFIED", "unknown patient", "Unbekannt"),
        *("test", "PATIENT_ID"),
    ],
)
def test_an_id_that_names_nobody_is_known(written: str) -> None:
    assert is_placeholder(written)


@pytest.mark.parametrize(
    "written", ["1", "10", "111", "4711", "ANON0012", "TEST-7", "9000296", "P0", "Ö1", "患者1"]
)
def test_an_id_that_may_name_a_person_is_kept(written: str) -> None:
    assert not is_placeholder(written)
