"""What goes out with Condyle may go out with it, and the commands say what it is."""

import hashlib
import json
import re
import tomllib
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.third_party.commands import print_notices, print_sbom
from app.third_party.components import Component, components, licence_of

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ONLY_FOR_TESTS = {"pytest", "moto", "schemathesis", "mypy", "playwright", "hypothesis"}
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
"""SHA-256 of the licence's text as the Apache Software Foundation publishes it."""


@pytest.fixture(scope="module")
def installed() -> list[Component]:
    """What others wrote, on this machine."""
    return components()


def is_gpl(licence: str) -> bool:
    """Tell whether a licence is the GPL or the AGPL, by any of its names; the LGPL is neither."""
    lesser = r"\bLGPL[\w.+-]*|(Lesser|Library) General Public License[^,]*"
    return bool(re.search(r"GPL|General Public", re.sub(lesser, "", licence)))


def everything_said(component: Component) -> str:
    """All that a package's metadata says of its licence, in short."""
    if not component.packaged:
        return component.licence
    said = distribution(component.name).metadata
    classifiers = [
        line for line in said.get_all("Classifier") or [] if line.startswith("License ::")
    ]
    return ", ".join([component.licence, *classifiers])


def test_no_component_that_is_shipped_is_under_the_gpl(installed: list[Component]) -> None:
    assert [each.name for each in installed if is_gpl(everything_said(each))] == []


@pytest.mark.parametrize(
    ("licence", "gpl"),
    [
        ("GPL-3.0-only", True),
        ("MIT AND GPL-2.0-or-later", True),
        ("AGPL-3.0-only", True),
        ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", True),
        ("GNU Affero General Public License", True),
        ("LGPL-3.0-only", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False),
        ("GNU Library General Public License, GPL", True),
        ("Apache-2.0 AND MIT", False),
    ],
)
def test_the_gpl_is_known_by_all_its_names(licence: str, gpl: bool) -> None:
    assert is_gpl(licence) == gpl


def test_every_component_says_under_which_licence_it_is(installed: list[Component]) -> None:
    assert [each.name for each in installed if not each.licence] == []


def test_a_licence_is_read_from_where_a_package_has_it() -> None:
    mit, bsd = "License :: OSI Approved :: MIT License", "License :: OSI Approved :: BSD License"
    nothing: dict[str, list[str]] = {"License-Expression": [], "License": [], "Classifier": []}
    assert licence_of(nothing | {"License-Expression": ["MIT"], "License": ["old"]}) == "MIT"
    assert licence_of(nothing | {"License": ["BSD"], "Classifier": [mit]}) == "BSD"
    assert licence_of(nothing | {"License": ["Text\nof a page"], "Classifier": [mit]}) == (
        "MIT License"
    )
    assert licence_of(nothing | {"License": ["Dual"], "Classifier": [mit, bsd]}) == (
        "MIT License, BSD License"
    )
    assert licence_of(nothing | {"License": ["Text\nof a page"]}) == ""


def test_all_that_is_asked_for_is_listed_and_nothing_that_only_tests_need(
    installed: list[Component],
) -> None:
    names = {canonicalize_name(each.name) for each in installed}
    extras = PROJECT["optional-dependencies"]
    asked = [*PROJECT["dependencies"]]
    asked += [line for extra in extras if extra != "dev" for line in extras[extra]]
    assert {canonicalize_name(Requirement(line).name) for line in asked} <= names
    assert {need for each in installed for need in each.needs} <= names
    assert "psycopg-binary" in names  # an extra of what is asked for
    assert names.isdisjoint(ONLY_FOR_TESTS)


def test_the_notices_name_every_component_and_hold_its_texts(
    installed: list[Component], capsys: pytest.CaptureFixture[str]
) -> None:
    print_notices()
    said = capsys.readouterr().out
    for each in installed:
        assert f"{each.name} {each.version}: {each.licence}" in said
        for _, text in each.texts:
            assert text in said
    assert "Copyright (c) 2016-2018 The Inter Project Authors" in said
    assert "Copyright (c) 2016 Daniel Wolf" in said


def test_the_bill_of_materials_is_cyclonedx_and_complete(
    installed: list[Component], capsys: pytest.CaptureFixture[str]
) -> None:
    print_sbom()
    bill: dict[str, Any] = json.loads(capsys.readouterr().out)
    schemas = files("cyclonedx.schema") / "_res"
    names = [f"{kind}.SNAPSHOT.schema.json" for kind in ("bom-1.6", "spdx", "jsf-0.82")]
    known = {name: json.loads((schemas / name).read_text("utf-8")) for name in names}
    places = [(f"http://cyclonedx.org/schema/{name}", each) for name, each in known.items()]
    registry = jsonschema_rs.Registry(places)
    validator = jsonschema_rs.validator_for(known[names[0]], registry=registry)
    assert [str(error) for error in validator.iter_errors(bill)] == []
    assert {(each["name"], each["version"]) for each in bill["components"]} == {
        (each.name, each.version) for each in installed
    }
    assert bill["metadata"]["component"]["name"] == "Condyle"
    below = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    references = {each["bom-ref"] for each in bill["components"]}
    assert set(below) == references | {"condyle==" + PROJECT["version"]}
    torch = next(name for name in below["condyle==0.1.0"] if name.startswith("torch=="))
    assert any(name.startswith("networkx==") for name in below[torch])


def test_the_licence_is_apaches_word_for_word() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2
    assert PROJECT["license"] == "Apache-2.0"
