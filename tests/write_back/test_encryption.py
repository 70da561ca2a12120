"""Reports go to a PACS over TLS, where an admin has said whose certificates are trusted."""

from pathlib import Path
from typing import Any

import pytest
from support.certificates import make_authority, sign
from support.peers import Storage
from write_back.conftest import Practice

from app import errors
from app.settings import settings

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two authorities, and what the first has signed for a PACS and for us."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("ca", "other"):
        make_authority(folder, name)
    for name in ("pacs", "condyle"):
        sign(folder, name)
    return folder


def trust(patch: pytest.MonkeyPatch, keys: Path, authority: str, ours: str = "condyle") -> None:
    for name, file in (
        ("WRITE_BACK_AUTHORITIES", f"{authority}.pem"),
        ("DICOM_CERTIFICATE", f"{ours}.pem"),
        ("DICOM_CERTIFICATE_KEY", f"{ours}.key"),
    ):
        patch.setenv(f"CONDYLE_{name}", str(keys / file))
    settings.cache_clear()


def test_reports_go_encrypted_to_a_pacs_that_is_trusted_and_to_no_other(
    practice: Practice,
    write_back: Any,
    tmp_path: Path,
    keys: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = ("+tls", str(keys / "pacs.key"), str(keys / "pacs.pem"), "+cf", str(keys / "ca.pem"))
    with Storage(tmp_path / "pacs", *shown) as pacs:
        to = f"PACS1@127.0.0.1:{pacs.port}"
        trust(monkeypatch, keys, "other")
        with pytest.raises(errors.Refused, match="no certificate that is trusted"):
            write_back(to=to)
        trust(monkeypatch, keys, "ca", ours="other")
        with pytest.raises(errors.Refused, match="does not trust our certificate"):
            write_back(to=to)
        assert pacs.files() == []
        trust(monkeypatch, keys, "pacs")
        assert "4 reports sent to" in write_back(to=to)[0]
        assert len(pacs.files()) == 4
    with Storage(tmp_path / "plain") as plain:
        with pytest.raises(errors.Refused, match="does not take encrypted connections"):
            write_back(to=f"PACS1@127.0.0.1:{plain.port}")
        assert plain.files() == []
    trust(monkeypatch, keys, "missing")
    with pytest.raises(errors.Refused, match="certificates cannot be used"):
        write_back(to=to)
