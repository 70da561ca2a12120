"""What a hospital is given to run holds what it promises: images, services, commands, secrets.

No container engine runs here: the files are held against their schema and rules, and the images'
commands run as processes, of the files that the images hold, under the images' user.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from support.servers import free_port

from app.db.work import RESOURCES
from app.runs.resources import queues_of
from app.settings import Settings

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
USER = 10001
BIN = Path(sys.executable).parent
IMAGE = r"[a-z]+:[0-9][\w.-]*"
"""A name and a version of an image, and no host where it lies."""


def filled_in(value: Any, **chosen: str) -> Any:
    """Fill in variables as compose does: `${NAME:-default}`, `${NAME:+where it is set}`."""
    if isinstance(value, list):
        return [filled_in(each, **chosen) for each in value]

    def choose(found: re.Match[str]) -> str:
        if found[2] == "+":
            return found[3] if chosen.get(found[1]) else ""
        return chosen.get(found[1], found[3] if found[2] == "-" else "")

    return re.sub(r"\$\{(\w+):([-?+])([^}]*)\}", choose, str(value))


def copied() -> list[str]:
    """What the images hold of the repository."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
    return [name for line in lines for name in line.split()]


def test_the_services_are_as_the_schema_of_compose_has_it() -> None:
    asked = ["--builtin-schema", "vendor.compose-spec", str(ROOT / "docker-compose.yml")]
    command = [sys.executable, "-m", "check_jsonschema", *asked]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_looked_after_limited_and_closed(name: str) -> None:
    service = SERVICES[name]
    limits = service["deploy"]["resources"]["limits"]
    assert {"memory", "pids"} <= set(limits)
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"]["max-size"]
    if name in OURS:
        assert service["user"] == f"{USER}:{USER}"
        assert service["cap_drop"] == ["ALL"]
        assert service["volumes"] == ["data:/data"]
    else:
        assert re.fullmatch(IMAGE, service["image"])


def test_only_proxy_and_receiver_can_be_reached_and_no_worker_that_decodes_reaches_out() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {
        "caddy",
        "receiver",
    }
    assert SERVICES["receiver"]["profiles"] == ["dicom"]
    assert SERVICES["deliver"]["profiles"] == ["webhooks", "mail", "write-back", "mlflow"]
    outside = {name for name, service in SERVICES.items() if "outside" in service["networks"]}
    assert outside == {"caddy", "web", "receiver", "deliver", "pull"}
    assert SERVICES["pull"]["profiles"] == ["pull"]
    assert SERVICES["pull"]["command"][-1] == "network"
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_no_secret_is_in_the_environment() -> None:
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            assert "CONDYLE_DATABASE_URL" not in variable
            assert variable.endswith("_FILE") or "PASSWORD" not in variable
            assert "://" not in str(value) or "@" not in str(value)
    of_pacs = {"write_back_key", "write_back_credentials", "write_back_authorities"}
    of_mail = {"mail_credentials", "mail_authorities"}
    own = {"metrics_key", "pull_credentials", *of_mail, *of_pacs}
    assert set(COMPOSE["secrets"]) == {"condyle_database_url", "db_password", *own}
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())


def test_who_sends_mails_has_the_secrets_that_the_settings_name() -> None:
    assert {"mail_credentials", "mail_authorities"} <= set(SERVICES["deliver"]["secrets"])
    for name in ("MAIL_CREDENTIALS", "MAIL_AUTHORITIES"):
        said = SERVICES["deliver"]["environment"][f"CONDYLE_{name}"]
        assert filled_in(said) == ""
        assert filled_in(said, **{f"CONDYLE_{name}": "file"}) == f"/run/secrets/{name.lower()}"


def test_what_films_are_called_in_the_pacs_is_kept_only_where_verdicts_go_back() -> None:
    holds = {name for name in OURS if "write_back_key" in SERVICES[name]["secrets"]}
    assert holds == {"decode", "deliver"}
    for name in OURS:
        said = SERVICES[name]["environment"]["CONDYLE_WRITE_BACK_KEY"]
        assert filled_in(said) == ""
        to = filled_in(said, CONDYLE_WRITE_BACK_TO="PACS1@10.0.0.5:104")
        assert to == "/run/secrets/write_back_key"


def test_all_work_is_taken_with_and_without_a_gpu() -> None:
    def taken(names: list[str], **chosen: str) -> set[str]:
        commands = [filled_in(SERVICES[name]["command"], **chosen) for name in names]
        asked = [command[command.index("--queues") + 1] for command in commands]
        return {queue for each in asked for queue in queues_of(Settings(queues=each))}

    assert taken(["decode", "cpu", "pull"]) == set(RESOURCES)
    assert taken(["decode", "cpu", "gpu", "pull"], CONDYLE_CPU_QUEUES="cpu") == set(RESOURCES)
    assert SERVICES["gpu"]["profiles"] == ["gpu"]


def test_redis_keeps_what_waits() -> None:
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_each_image_is_a_stage_that_runs_as_nobody_special() -> None:
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.M)[1:]
    named = {stage.split("\n")[0].split(" AS ")[1]: stage for stage in stages}
    built = {SERVICES[name]["build"]["target"] for name in OURS}
    assert built == {"web", "cpu", "gpu"}
    for target in built:
        assert f"USER {USER}:{USER}\n" in named[target]
    bases = {stage.split(" AS ")[0] for stage in stages} - set(named)
    assert all(re.fullmatch(IMAGE, base) for base in bases)
    assert "worker," not in named["web-packages"]  # the extra that brings torch
    assert "http" not in DOCKERFILE


def test_what_the_images_hold_is_let_through_and_nothing_else() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_through = {line[1:] for line in ignored if line.startswith("!")}
    assert let_through == set(copied())
    assert ignored[1] == "*"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with `condyle` as the images hold it, and `data`, which their user owns."""
    with TemporaryDirectory(prefix="condyle-image-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for source in copied():
            target = folder / "condyle" / source
            target.parent.mkdir(exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, target)
        for part in ("data", "secrets"):
            (folder / part).mkdir()
        if as_the_images_user():
            os.chown(folder / "data", USER, USER)
        yield folder


@cache
def as_the_images_user() -> tuple[str, ...]:
    """Return what runs a command as the images' user, where that can be: it writes what it owns.

    It may read everything, since Python may lie in a folder of ours; an image's lies open.
    """
    if os.geteuid() != 0:
        return ()
    reading = [f"--{kind}-caps=-all,+dac_read_search" for kind in ("inh", "ambient")]
    prefix = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *reading)
    tried = subprocess.run([*prefix, sys.executable, "-c", ""], capture_output=True)
    return prefix if tried.returncode == 0 else ()


def readable(folder: Path) -> None:
    """Let everybody read a folder, whatever was said of new files."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_the_images_commands_run_answer_their_health_checks_and_stop(
    place: Path, postgresql_url: str, redis: str
) -> None:
    (place / "secrets/condyle_database_url").write_text(postgresql_url)
    (place / "secrets/metrics_key").write_text("k" * 64)
    readable(place)
    port = str(free_port())
    own = {
        "PATH": f"{BIN}:/usr/bin:/bin", "PYTHONPATH": str(place / "condyle"),
        "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(place / "data"),
        "CONDYLE_HOME": str(place / "data"), "CONDYLE_SECRETS": str(place / "secrets"),
        "CONDYLE_BROKER_URL": redis, "CONDYLE_HOST": "127.0.0.1", "CONDYLE_PORT": port,
        "CONDYLE_METRICS_KEY": str(place / "secrets/metrics_key"),
    }  # fmt: skip

    def run(name: str, command: list[str], **more: Any) -> "subprocess.Popen[bytes]":
        chosen = filled_in(command, CONDYLE_DECODERS="1")
        said = SERVICES[name]["environment"].items()
        environment = {key: filled_in(value, CONDYLE_HOSTNAME="knees") for key, value in said}
        replaced = [part.replace(":8000/", f":{port}/") for part in chosen]
        whole = environment | {"CONDYLE_WEB_PROCESSES": "1"} | own
        whole_command = [*as_the_images_user(), *replaced]
        return subprocess.Popen(whole_command, cwd=place / "condyle", env=whole, **more)

    with ExitStack() as stack:
        for name in ("web", "decode"):
            server = run(name, SERVICES[name]["command"], stdout=subprocess.PIPE)
            stack.callback(server.wait)
            stack.callback(server.kill)
            deadline = time.monotonic() + 120
            check = SERVICES[name]["healthcheck"]["test"][1:]
            while run(name, check, stderr=subprocess.DEVNULL).wait(60) != 0:
                assert server.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.5)
            stack.callback(stopped, server)


def stopped(server: "subprocess.Popen[bytes]") -> None:
    """Stop a server as an engine does, and see that it ends in order."""
    server.terminate()
    assert server.wait(60) == 0
