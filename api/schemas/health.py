"""What the health routes answer."""

from typing import Literal

from pydantic import BaseModel

from dataviz_pipelines.core.health import Check


class Liveness(BaseModel):
    status: Literal["ok"]


class HealthCheck(BaseModel):
    """`lag_s` is how long ago the part was last heard of."""

    ok: bool
    message: str
    lag_s: float | None = None


class Readiness(BaseModel):
    status: Literal["ok", "degraded", "unavailable"]
    checks: dict[str, HealthCheck]

    @classmethod
    def of(cls, checks: list[Check]) -> "Readiness":
        failed = [check for check in checks if not check.ok]
        needed = any(check.needed for check in failed)
        return cls(
            status="unavailable" if needed else "degraded" if failed else "ok",
            checks={
                check.name: HealthCheck(ok=check.ok, message=check.message, lag_s=check.lag_s)
                for check in checks
            },
        )
