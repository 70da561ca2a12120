"""An authority, and certificates that it has signed, made by OpenSSL."""

import subprocess
from pathlib import Path

NEW = ("req", "-newkey", "rsa:2048", "-nodes", "-days", "2")


def make_authority(folder: Path, name: str = "ca") -> Path:
    """Make an authority; return its certificate."""
    return _openssl(folder, name, "-x509", "-subj", "/CN=authority")


def sign(folder: Path, name: str, authority: str = "ca", also: str = "") -> Path:
    """Make a certificate, `NAME.pem`, with its key, `NAME.key`; return the certificate.

    Args:
        also: what it is for besides, as `IP:127.0.0.1`.
    """
    signed = ("-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-x509")
    bound = ("-subj", f"/CN={name}", "-addext", "basicConstraints=CA:FALSE")
    names = ("-addext", f"subjectAltName={also}") if also else ()
    return _openssl(folder, name, *signed, *bound, *names)


def _openssl(folder: Path, name: str, *how: str) -> Path:
    made = ("-keyout", f"{name}.key", "-out", f"{name}.pem")
    subprocess.run(["openssl", *NEW, *how, *made], cwd=folder, check=True, capture_output=True)
    return folder / f"{name}.pem"
