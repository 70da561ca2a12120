"""The rules of the house: who may import whom, and how long a file may be."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ["app", "worker", "models", "migrations", "condyle_client"]
FOLDERS += ["templates", "static", "tests", "bench", "docs"]
CODE = [
    path
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".js", ".css", ".html"} and "versions" not in path.parts
]


def imported_by(module: str) -> set[str]:
    """The modules a fresh process has loaded after importing one."""
    script = f"import {module}, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout


SLOW_TO_LOAD = {"scipy.special", "scipy.stats", "alembic", "pydicom", "cv2", "app.demo.headless"}
"""A tenth or more of every command, whichever it is."""


def test_the_web_process_loads_neither_torch_nor_a_decoder_of_untrusted_files() -> None:
    loaded = imported_by("app.main")
    assert not loaded & {"torch", "torchvision", "sklearn", "models", "worker"}
    assert not loaded & {"pydicom", "app.imaging.dicom", "app.imaging.decoder"}
    assert "app.endpoint" not in loaded
    assert "opentelemetry.sdk" not in loaded
    assert "scipy.stats" not in loaded


def test_a_process_loads_no_network_before_a_run_needs_one() -> None:
    loaded = imported_by("worker.solo, worker.decode_kinds, worker.taking")
    assert not loaded & {
        "opentelemetry.sdk",
        "torch",
        "sklearn",
        "scipy.special",
        "scipy.stats",
        "transformers",
        "alembic",
    }


def test_the_worker_loads_no_web_framework() -> None:
    loaded = imported_by("worker.main")
    assert "torch" in loaded
    assert not loaded & {"fastapi", "starlette", "app.main"}


def test_the_client_loads_nothing_of_ours_and_no_library_but_httpx() -> None:
    known = {name.partition(".")[0] for name in imported_by("condyle_client")}
    assert "httpx" in known
    assert not known & {"app", "models", "worker", "pandas", "numpy", "pydantic", "fastapi"}


def test_the_command_line_loads_neither_torch_nor_the_web_framework() -> None:
    loaded = imported_by("app.cli")
    assert not loaded & {"torch", "models", "worker"}
    assert not loaded & {"fastapi", "starlette"}
    assert not loaded & SLOW_TO_LOAD


def test_a_file_stays_short_enough_to_read_in_one_sitting() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in CODE}
    long = [f"{path.relative_to(ROOT)}: {lines}" for path, lines in lengths.items() if lines > 300]
    assert long == []


def test_no_file_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "helpers", "manager", "base", "common", "misc"}
    assert not [path for path in CODE if path.suffix == ".py" and path.stem in drawers]


def test_only_tests_and_benches_know_where_the_shared_films_are() -> None:
    naming = [
        path.relative_to(ROOT)
        for path in CODE
        if re.search(r"shared/data", path.read_text("utf-8"))
    ]
    assert {path.parts[0] for path in naming} <= {"tests", "bench"}


def test_nothing_follows_from_the_audit_log() -> None:
    reading = [
        str(path.relative_to(ROOT))
        for path in CODE
        if path.parts[len(ROOT.parts)] in {"app", "worker"}
        and re.search(r"select\(\s*AuditEvent|get\w*\(\s*AuditEvent", path.read_text("utf-8"))
    ]
    own = ["chain", "retention", "trail"]
    assert reading == ["app/activity/rules.py", *(f"app/audit/{name}.py" for name in own)]


def test_the_migrations_are_one_chain() -> None:
    known = [
        re.search(r'^revision = "(\w+)"\ndown_revision = (?:"(\w+)"|None)', text, re.M)
        for path in sorted((ROOT / "migrations/versions").glob("*.py"))
        if (text := path.read_text("utf-8"))
    ]
    links = [(found[1], found[2]) for found in known if found]
    assert [before for _, before in links] == [None, *(revision for revision, _ in links[:-1])]


def test_only_the_store_knows_where_a_stored_file_would_lie() -> None:
    """What needs a file asks for it (`local`, `later`): it may lie in a bucket."""
    guessing = [
        path.relative_to(ROOT)
        for path in CODE
        if path.relative_to(ROOT).parts[0] in ("app", "worker", "models")
        and re.search(r"store\.path\(", path.read_text("utf-8"))
    ]
    assert guessing == []


def test_one_place_says_whether_a_conditional_change_found_its_row() -> None:
    asking = [
        str(path.relative_to(ROOT))
        for path in CODE
        if path.relative_to(ROOT).parts[0] in ("app", "worker")
        and re.search(r"\.rowcount\b", path.read_text("utf-8"))
    ]
    assert asking == ["app/db/changes.py"]
