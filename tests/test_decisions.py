"""Every page of a decision says whether it stands, and the list of decisions says the same."""

import re
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs/decisions"
LIST = (FOLDER / "README.md").read_text("utf-8")
PAGES = {page.name: page.read_text("utf-8") for page in sorted(FOLDER.glob("[0-9]*.md"))}
REVERSE = {"revises": "revised by", "revised by": "revises", "replaces": "in"}


def without_links(text: str) -> str:
    """Return a text in which links to decisions are their numbers alone."""
    return re.sub(r"\[(\d{3})\]\([^)]*\)", r"\1", text)


def rows() -> list[tuple[str, str, str]]:
    """Number, title and status of each row of the list."""
    lines = [line for line in LIST.splitlines() if re.match(r"\| \[?\d{3}", line)]
    cells = [line.strip("| ").split(" | ") for line in lines]
    return [
        (without_links(number), title, without_links(status)) for number, title, status in cells
    ]


def status_of(page: str) -> str:
    """Return the status line of a page, links left out."""
    found = re.match(r"# \d{3} .+\n\n\*\*Status\.\*\* (Stands.*)\.\n\n", PAGES[page])
    assert found, f"{page} needs a second paragraph '**Status.** Stands.'"
    return without_links(found[1][0].lower() + found[1][1:])


def relations(status: str) -> set[tuple[str, str]]:
    """Return what a status says of other decisions: (revises, 029), (in, 187), ..."""
    return {
        (found[1], number)
        for found in re.finditer(r"(revises|revised by|replaces|in) ([^;]+)", status)
        for number in re.findall(r"\d{3}", found[2])
    }


def test_a_decision_is_in_the_list_as_its_page_has_it() -> None:
    needed = []
    for page, text in PAGES.items():
        number, title = re.match(r"# (\d{3}) (.+)\n", text).groups()  # type: ignore[union-attr]
        assert page.startswith(f"{number}-")
        needed.append(f"| [{number}]({page}) | {title} | {status_of(page)} |")
    missing = set(needed) - set(LIST.splitlines())
    assert not missing, "docs/decisions/README.md needs these rows:\n" + "\n".join(missing)


def test_the_list_has_each_number_once_and_in_order() -> None:
    numbers = [number for number, _, _ in rows()]
    assert numbers == sorted(set(numbers))


def test_a_number_without_a_page_is_in_another_page() -> None:
    pages = {page[:3] for page in PAGES}
    for number, _, status in rows():
        assert number in pages or re.fullmatch(r"in \d{3}( and \d{3})*", status), number


def test_what_a_decision_says_of_another_the_other_says_of_it() -> None:
    said = {(number, *each) for number, _, status in rows() for each in relations(status)}
    answered = {
        (other, reverse, number)
        for number, relation, other in said
        for reverse in ([REVERSE[relation]] if relation in REVERSE else [])
    }
    assert answered <= said
    replaced = {(other, number) for number, relation, other in said if relation == "replaces"}
    assert replaced == {(number, other) for number, relation, other in said if relation == "in"}
