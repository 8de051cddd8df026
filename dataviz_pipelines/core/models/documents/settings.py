"""JSON of the settings tables, and the settings an administrator can change at run time."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from dataviz_pipelines.core.models.documents.document import Document, HexColor, TimeZone

Tag = Annotated[str, StringConstraints(min_length=1, max_length=50, strip_whitespace=True)]

PUBLIC_SETTINGS = frozenset({"max_upload_size_mb", "enable_public_dashboards"})


class SystemSettings(Document):
    """All rows of `system_settings`: each field is a key, its default is what an installation starts with."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    max_upload_size_mb: int = Field(
        1_024, ge=1, le=1_048_576, description="Largest file, in MB, that any template can accept."
    )
    session_timeout_minutes: int = Field(
        60, ge=1, le=525_600, description="Minutes without a request after which a session ends."
    )
    session_absolute_timeout_hours: int = Field(
        168, ge=1, le=8_760, description="Hours after which a session ends however busy it is."
    )
    enable_public_dashboards: bool = Field(
        False, description="Whether dashboards can be shown to people who are not logged in."
    )
    query_timeout_seconds: int = Field(
        60, ge=1, le=86_400, description="Seconds after which a query is cancelled on its server."
    )
    query_max_rows: int = Field(
        10_000, ge=1, le=10_000_000, description="Rows of a result beyond which it is cut off."
    )
    query_max_result_mb: int = Field(
        16, ge=1, le=1_024, description="MB of a result, as JSON, beyond which it is cut off."
    )
    query_cache_seconds: int = Field(
        300, ge=0, le=604_800, description="Seconds for which a result is kept; 0: none is kept."
    )
    query_cache_mb: int = Field(
        256,
        ge=1,
        le=1_048_576,
        description="MB that all results that are kept may take, compressed.",
    )
    bigquery_daily_gb: int = Field(
        100,
        ge=0,
        le=1_048_576,
        description="GB that a person's queries may be billed for by BigQuery on a day of UTC.",
    )
    job_log_days: int = Field(
        90,
        ge=1,
        le=36_500,
        description="Days for which is kept what runs of jobs said; the runs themselves stay.",
    )


ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class QuietHours(Document):
    """From one time of the day to another, which may be on the next day."""

    start: ClockTime
    end: ClockTime

    @model_validator(mode="after")
    def _ends_at_another_time(self) -> Self:
        if self.start == self.end:
            raise ValueError("they begin and end at the same time")
        return self


class UserPreferences(Document):
    """The keys of `user_preferences` that the platform knows; pages keep others beside them."""

    dashboard_refresh_interval: Annotated[int, Field(strict=True, ge=5, le=86_400)] | None = Field(
        None, description="Seconds; null: dashboards are not refreshed by themselves."
    )
    default_chart_colors: list[HexColor] = Field(default_factory=list, max_length=100)
    timezone: TimeZone = "UTC"
    theme_preference: Literal["system", "light", "dark"] | UUID = Field(
        "system", description="Or the id of a theme."
    )
    notification_emails: Literal["immediately", "daily", "never"] = Field(
        "immediately",
        description="When notices are mailed. Daily: one mail gathers those of severity info, the others come at once.",
    )
    notification_digest_hour: Annotated[int, Field(strict=True, ge=0, le=23)] = Field(
        8, description="The hour of the daily mail, in the person's time zone."
    )
    notification_quiet_hours: QuietHours | None = Field(
        None, description="While they last, in the person's time zone, mails wait."
    )
