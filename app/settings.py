"""Every setting Condyle has: one `CONDYLE_*` environment variable each, all with a default."""

import os
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from app import errors
from app.dicom_settings import DicomSettings


class Settings(DicomSettings):
    """The whole configuration; the embedded default needs no server but this one.

    Each field is read from the environment variable `CONDYLE_<FIELD NAME>`.
    """

    model_config = SettingsConfigDict(env_prefix="CONDYLE_")

    home: Path = Field(
        Path("condyle-home"), description="Folder of the database, films, checkpoints and broker."
    )
    database_url: str = Field(
        "", description="SQLAlchemy address; empty means SQLite in the home folder."
    )
    broker_url: str = Field(
        "",
        description="Celery broker; empty means files in the home folder and an embedded worker.",
    )
    store_url: str = Field(
        "",
        description="`s3://bucket/prefix` for films and models; empty: folders in the home folder.",
    )
    store_cache_mb: int = Field(
        10_240,
        gt=0,
        description="Size, in MiB, of the copies kept in the home folder of what lies in a bucket.",
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8000, description="Port the web server listens on.")
    web_processes: int = Field(
        1, ge=1, description="Processes that answer requests; more help many readers at once."
    )
    public_url: str = Field(
        "", description="Address people use; https:// makes the session cookie Secure."
    )
    language: str = Field(
        "en", description="Language of the pages: `en`, or a folder of app/languages."
    )
    session_hours: int = Field(12, gt=0, description="Hours until a log-in has to be renewed.")
    idle_minutes: int = Field(60, gt=0, description="Minutes after which an unused log-in ends.")
    log_ins_per_address: int = Field(
        20, gt=0, description="Log-ins a minute from one address; more are refused for a while."
    )
    log_ins_per_minute: int = Field(
        120, gt=0, description="Log-ins a minute from all addresses; more are refused for a while."
    )
    api_requests_per_minute: int = Field(
        1200, ge=0, description="Requests a minute with one token of the API; 0 for no limit."
    )
    reading_lease_seconds: int = Field(
        300, gt=0, description="Seconds an image is kept for the reader who was given it."
    )
    run_lease_seconds: float = Field(
        30, gt=0, description="Seconds without a heartbeat after which a run is taken over."
    )
    decode_memory_mb: int = Field(
        3072, gt=0, description="Memory, in MiB, that decoding one file may take."
    )
    decode_seconds: float = Field(30, gt=0, description="Seconds that decoding one file may take.")
    upload_mb: int = Field(
        4096, gt=0, description="Size, in MiB, of the largest upload: all its files together."
    )
    upload_files: int = Field(100_000, gt=0, description="Files that one upload may have.")
    unpack_mb: int = Field(
        262_144, gt=0, description="Size, in MiB, that all zips of one import may unpack to."
    )
    unpack_files: int = Field(
        2_000_000, gt=0, description="Files that all zips of one import may hold."
    )
    disk_reserve_mb: int = Field(
        1024, ge=0, description="Disk space, in MiB, that uploads and imports leave free."
    )
    backup_key: str = Field(
        "", description="File with the key that seals backups, kept elsewhere; empty for no seal."
    )
    oidc_issuer: str = Field(
        "", description="Address of the hospital's OpenID Connect provider; empty: there is none."
    )
    oidc_client_id: str = Field("", description="What the provider calls this Condyle.")
    oidc_client_secret: str = Field(
        "", repr=False, description="Secret that the provider has given to this Condyle."
    )
    oidc_roles: str = Field(
        "",
        description="Roles of the provider's groups, by commas, as knee-admins=admin, "
        "knee-readers=reader; who is in none stays out.",
    )
    oidc_groups_claim: str = Field(
        "groups", description="Claim of the ID token that names the groups."
    )
    oidc_scopes: str = Field(
        "openid profile", description="Scopes that the provider is asked for, by spaces."
    )
    second_factor_key: str = Field(
        "",
        description="File with the key that seals the secrets of second factors, kept elsewhere; "
        "empty: made from the installation's own.",
    )
    write_back_key: str = Field(
        "",
        description="File with the key that seals what films are called in the PACS, kept "
        "elsewhere; empty: that is not kept.",
    )
    write_back_to: str = Field(
        "",
        description="PACS that what people decided is sent to by itself, as PACS1@10.0.0.5:104 or "
        "https://10.0.0.5/dicom-web; empty: none.",
    )
    write_back_credentials: str = Field(
        "",
        description="File with what a DICOMweb server asks for, NAME:PASSWORD or a bearer token; "
        "empty: nothing.",
    )
    write_back_authorities: str = Field(
        "", description="PEM file with the authorities that a PACS is trusted by; empty: no TLS."
    )
    pull_from: str = Field(
        "",
        description="DICOMweb service of a PACS that films are fetched from, as "
        "https://10.0.0.5/dicom-web; empty: none.",
    )
    pull_credentials: str = Field(
        "",
        description="File with what that service asks for, NAME:PASSWORD or a bearer token; "
        "empty: nothing.",
    )
    audit_heads: str = Field(
        "",
        description="File in which the head of the audit log is kept once a day, best on another "
        "machine's disk; empty: none.",
    )
    timestamps_from: str = Field(
        "",
        description="Address of a timestamping authority (RFC 3161) that stamps each kept head; "
        "empty: none.",
    )
    timestamp_roots: str = Field(
        "", description="File with the root certificates of that authority, as PEM."
    )
    audit_retention_days: int = Field(
        0,
        ge=0,
        description="Days after which events of the audit log may be retired, 183 at least; 0: "
        "they are kept for ever.",
    )
    mlflow_url: str = Field(
        "",
        description="Address of an MLflow server that is told what runs came to, as "
        "https://mlflow.example; empty: none.",
    )
    mlflow_credentials: str = Field(
        "",
        description="File with what that server asks for, NAME:PASSWORD or a bearer token; "
        "empty: nothing.",
    )
    mlflow_experiment: str = Field("Condyle", description="Experiment that runs are told under.")
    mail_server: str = Field(
        "",
        description="Server that mails of notifications go by, as smtp://mail.example:587 or "
        "smtps://mail.example; empty: none are sent.",
    )
    mail_from: str = Field("", description="Mail address that they come from.")
    mail_credentials: str = Field(
        "", description="File with NAME:PASSWORD for that server; empty: it asks for none."
    )
    mail_authorities: str = Field(
        "", description="PEM file with the authorities it is trusted by; empty: the machine's."
    )
    metrics_key: str = Field(
        "", description="File with the key by which `/metrics` is read; empty: nobody reads it."
    )
    traces_to: str = Field(
        "",
        description="Address of an OpenTelemetry collector that is told what took how long, as "
        "http://collector:4318; empty: none.",
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="How processes log: `text`, or `json`, an object a line."
    )
    decode_megapixels: float = Field(
        100, gt=0, description="Millions of pixels that a film may have."
    )
    decode_file_mb: int = Field(
        512, gt=0, description="Size, in MiB, of the largest file that is decoded."
    )
    devices: str = Field(
        "",
        description="Names of devices that may be kept, separated by semicolons.",
    )
    weights: str = Field(
        "",
        description="ImageNet weights: a local .safetensors file, `download`, or empty for none.",
    )
    text_encoder: str = Field(
        "",
        description="Encoder that reads reports: a Hugging Face name or folder; empty for TF-IDF.",
    )
    llm_url: str = Field(
        "",
        description="Address of a language model that reads reports; empty: none is asked.",
    )
    llm_model: str = Field("", description="Name of the language model at that address.")
    llm_key: str = Field(
        "", repr=False, description="Key that the address asks for; empty where it asks for none."
    )
    llm_public: bool = Field(
        False, description="Whether reports may be sent to a public address, over https."
    )
    llm_seconds: float = Field(120, gt=0, description="Seconds that one answer may take.")
    llm_parallel: int = Field(
        4, ge=1, le=256, description="Reports that the language model is asked about at a time."
    )
    webhook_networks: str = Field(
        "",
        description="IP addresses and networks in the house that webhooks may be sent to, by "
        "commas, as 10.0.0.5, 192.168.7.0/24; empty: public addresses alone.",
    )
    webhook_workers: bool = Field(
        True,
        description="Whether workers send webhooks, mails, what is in the outbox and runs to "
        "MLflow; if not, `condyle deliver` does.",
    )
    queues: str = Field(
        "",
        description="Work that a worker takes, of decode, cpu, gpu and network, by commas; empty: "
        "all, network where CONDYLE_PULL_FROM is set.",
    )
    processes: int = Field(
        0, ge=0, le=1024, description="Processes of a worker; 0 means what the machine has."
    )
    threads: int = Field(
        0, ge=0, description="CPU threads of a process that learns; 0 means its share of the cores."
    )

    @property
    def resolved_database_url(self) -> str:
        """The address in use: the setting, or SQLite in the home folder."""
        return self.database_url or f"sqlite:///{self.home.resolve() / 'condyle.sqlite3'}"

    @property
    def idle(self) -> timedelta:
        """For how long a log-in may be unused."""
        return timedelta(minutes=self.idle_minutes)

    @property
    def embedded(self) -> bool:
        """Whether `condyle serve` starts the worker itself, on a broker made of files."""
        return not self.broker_url

    @property
    def asks_language_model(self) -> bool:
        """Whether a labeler can be trained that asks a language model."""
        return bool(self.llm_url and self.llm_model)

    @property
    def device_names(self) -> list[str]:
        """The names of devices that an admin approved."""
        return [name.strip() for name in self.devices.split(";") if name.strip()]

    def as_environment(self) -> dict[str, str]:
        """Return the environment variables that give another process the same settings."""
        resolved = self.model_copy(update={"home": self.home.resolve()})
        return {f"CONDYLE_{name.upper()}": str(value) for name, value in resolved}


@lru_cache
def settings() -> Settings:
    """Return the process's settings, read once from the environment.

    Where `CONDYLE_SECRETS` names a folder, its files are settings, too, as containers are given
    secrets: `condyle_database_url` holds what the variable of that name would. The variable wins.

    Raises:
        errors.Refused: there is no such folder.
    """
    folder = os.environ.get("CONDYLE_SECRETS")
    if folder and not Path(folder).is_dir():
        raise errors.Refused(
            "The folder of secrets is not there.",
            "CONDYLE_SECRETS",
            "Name a folder with a file for each secret setting, or leave it empty.",
        )
    return Settings(_secrets_dir=folder or None)
