"""Everything an installation can set from outside, as `DATAVIZ_*` environment variables."""

from functools import cached_property
from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

DAGSTER_PATH: Final = "/dagster"
"""Where Dagster's UI is, on its own port and on the API's."""

DEFAULT_API_PORT: Final = 8000

READ_ONLY_HEADER: Final = "x-dataviz-read-only"
"""What the API adds to a request to Dagster's UI that must change nothing."""


class Settings(BaseSettings):
    """One installation. Read once at a process edge and passed on."""

    model_config = SettingsConfigDict(env_prefix="DATAVIZ_", extra="ignore")

    home: Path = Field(
        default=Path(".dataviz"),
        description="Folder that holds all state: pgdata, dagster, inbox, archive, quarantine, rejects, keys, logs.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL URL of the role that owns the schema. Unset: a private server runs inside `home`.",
    )
    app_database_url: SecretStr | None = Field(
        default=None,
        description="URL of the application's role, which has no DDL. Unset: `setup` creates a role named DATABASE_app.",
    )
    host: str = Field(
        default="127.0.0.1",
        description="Address that the API listens on. Dagster's own port is open to this machine only.",
    )
    api_port: int | None = Field(
        default=None, description="Port of the API. Unset: 8000, or a free one when 8000 is taken."
    )
    api_workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Processes that answer the API's requests, about 150 MB each. More than the machine has cores gain nothing. "
        "Limits on how much goes on at once are each process's own.",
    )
    dagster_port: int | None = Field(
        default=None,
        description="Port of Dagster's UI on this machine, where the API finds it. Unset: 3000, or a free one when 3000 is taken.",
    )
    postgres_port: int | None = Field(
        default=None,
        description="Port of the embedded PostgreSQL. Unset: any free one, kept in `home`.",
    )
    cors_origins: str = Field(
        default="",
        description="Origins, separated by commas, whose pages may call the API from a browser, such as https://bi.example.com.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks, separated by commas, of reverse proxies whose X-Forwarded-For and "
        "X-Forwarded-Proto are believed.",
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="Mail server, such as smtps://user:password@mail.example.com. Unset: none are sent, or see `log_mails`.",
    )
    log_mails: bool = Field(
        default=False,
        description="Without a mail server, write mails to the API's log, with the links in them, which are secrets. `up` with "
        "the embedded database does: whoever reads the log owns the machine.",
    )
    mail_from: str = Field(
        default="DataViz Pipelines <dataviz@localhost>", description="Sender of mails."
    )
    public_url: str | None = Field(
        default=None,
        description="Where people reach the platform, such as https://dataviz.example.com; links in mails begin with it. "
        "Unset: the API's own address.",
    )
    inbox_settle_s: float = Field(
        default=1.0,
        ge=0,
        description="Seconds for which a dropped file must not have been touched before it is taken. A file that is still "
        "open for writing on this machine waits anyway; where that cannot be seen, 5 seconds are the least.",
    )

    secret_keys: SecretStr | None = Field(
        default=None,
        description="Keys that seal the secrets in the database, the current one first, separated by commas: 32 random bytes each, "
        "in URL-safe base64. For installations on several machines. Unset: they are kept in `home/keys`.",
    )
    allowed_networks: str = Field(
        default="",
        description="Networks, addresses and host names, separated by commas, that data sources and webhooks may be on although "
        "they are this machine's own, link-local or a cloud's metadata service, such as 127.0.0.1 or db.internal.",
    )

    job_secrets: dict[str, SecretStr] = Field(
        default={},
        description='Secrets that jobs name in their headers, as a JSON object such as {"CRM": "Bearer open-sesame"}. They stand in no '
        "database and no log.",
    )
    import_folders: str = Field(
        default="",
        description="Folders of this machine, separated by commas, whose files jobs may load, such as /srv/exports. Whoever may "
        "save a job and upload can read them by that. Unset: none.",
    )
    import_buckets: str = Field(
        default="",
        description="Buckets, separated by commas, whose files jobs may load with the credentials of this machine (environment, profile "
        "or role), such as https://s3.eu-central-1.amazonaws.com/exports. Whoever may save a job and upload can read them by that. "
        "Unset: none.",
    )
    transform_modules: str = Field(
        default="",
        description="Python modules, separated by commas, whose registered functions templates may call.",
    )

    @cached_property
    def root(self) -> Path:
        """`home` as an absolute path; the process may change its working directory."""
        return self.home.expanduser().resolve()

    @property
    def transform_module_names(self) -> list[str]:
        return _listed(self.transform_modules)

    @property
    def allowed_origins(self) -> list[str]:
        return _listed(self.cors_origins)

    @property
    def allowed_network_list(self) -> list[str]:
        return _listed(self.allowed_networks)

    @property
    def trusted_proxy_list(self) -> list[str]:
        return _listed(self.trusted_proxies)

    @property
    def import_folder_list(self) -> list[Path]:
        return [Path(each) for each in _listed(self.import_folders)]

    @property
    def import_bucket_list(self) -> list[str]:
        return _listed(self.import_buckets)

    @property
    def sends_mails(self) -> bool:
        return self.smtp_url is not None or self.log_mails

    @property
    def site(self) -> str:
        """Where links in mails lead. Never what a request says it was sent to, whoever asked for the mail."""
        if self.public_url is not None:
            return self.public_url.rstrip("/")
        return f"http://{self.host}:{self.api_port or DEFAULT_API_PORT}"

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def claimed(self) -> Path:
        return self.root / "claimed"

    @property
    def received(self) -> Path:
        return self.root / "received"

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def rejects(self) -> Path:
        return self.root / "rejects"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def dagster_home(self) -> Path:
        return self.root / "dagster"

    @property
    def postgres_home(self) -> Path:
        return self.root / "postgres"


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
