"""Starts the services in order, restarts one that dies, and stops them all."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dataviz_pipelines.local.child import Child, clear_leftovers, last_log_line
from dataviz_pipelines.local.errors import ServiceStartError
from dataviz_pipelines.local.services import Service

Notify = Callable[[str], None]


@dataclass(frozen=True)
class Limits:
    """`backoff_s` holds the wait before each restart in a row; after the last one the platform gives up."""

    backoff_s: tuple[float, ...] = (0.5, 1, 2, 4, 8)
    steady_s: float = 60
    start_s: float = 120
    stop_s: float = 15
    poll_s: float = 0.1


@dataclass
class Supervisor:
    """`notify` gets sentences for a person; `changed` is called after every start, end or first answer of a child."""

    services: Sequence[Service]
    environment: Mapping[str, str]
    home: Path
    logs: Path
    notify: Notify
    changed: Callable[[Sequence[Child]], None] = lambda _: None
    limits: Limits = Limits()
    children: list[Child] = field(init=False)
    _due: dict[str, datetime] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.children = [Child(s, self.logs / f"{s.name}.log") for s in self.services]

    def start(self) -> None:
        """Returns when every service is ready. Raises ServiceStartError when one dies first, or all take too long."""
        deadline = time.monotonic() + self.limits.start_s
        while not all(child.ready for child in self.children):
            self.tick()
            if time.monotonic() > deadline:
                late = ", ".join(child.service.name for child in self.children if not child.ready)
                raise ServiceStartError(
                    f"Not ready after {self.limits.start_s:.0f} s: {late}.",
                    remedy=f"Look into the logs in {self.logs}.",
                )
            time.sleep(self.limits.poll_s)

    def tick(self) -> None:
        """One look at every child. Raises ServiceStartError when one has used up its restarts."""
        for child in self.children:
            if child.process is None:
                self._start_when_due(child)
            elif child.has_ended():
                self._handle_end(child)
            elif not child.ready:
                self._probe(child)
            elif child.failures and _age(child) > timedelta(seconds=self.limits.steady_s):
                child.failures = 0

    def stop(self) -> None:
        """In reverse order of need, every process within `limits.stop_s`, then by force; safe to call twice."""
        needed = {name for service in self.services for name in service.after}
        dependents = [child for child in self.children if child.service.name not in needed]
        for group in (dependents, self.children):
            for child in group:
                child.ask_to_stop()
            deadline = time.monotonic() + self.limits.stop_s
            for child in group:
                child.end(timeout_s=max(0.1, deadline - time.monotonic()))
        clear_leftovers(self.home)
        self.changed(self.children)

    def _start_when_due(self, child: Child) -> None:
        name = child.service.name
        if datetime.now(UTC) < self._due.get(name, datetime.min.replace(tzinfo=UTC)):
            return
        ready = {other.service.name for other in self.children if other.ready}
        if ready.issuperset(child.service.after):
            child.start(self.environment, home=self.home)
            self.changed(self.children)

    def _probe(self, child: Child) -> None:
        assert child.started is not None  # noqa: S101  # it has a process
        if child.service.ready(child.started):
            child.ready = child.ready_before = True
            self.notify(f"{child.service.name} is ready ({_age(child).total_seconds():.1f} s).")
            self.changed(self.children)

    def _handle_end(self, child: Child) -> None:
        name = child.service.name
        code = child.process.returncode if child.process is not None else None
        child.end(timeout_s=0)
        if not child.ready_before:
            raise ServiceStartError(
                f"{name} ended while starting ({_outcome(code)}): {last_log_line(child.log_file)}",
                remedy=f"Look into {child.log_file}.",
            )
        if child.failures >= len(self.limits.backoff_s):
            raise ServiceStartError(
                f"{name} ended again ({_outcome(code)}) after {child.failures} restarts.",
                remedy=f"Look into {child.log_file}.",
            )
        wait_s = self.limits.backoff_s[child.failures]
        child.failures += 1
        self._due[name] = datetime.now(UTC) + timedelta(seconds=wait_s)
        self.notify(
            f"{name} ended ({_outcome(code)}); restart {child.failures} of {len(self.limits.backoff_s)} in {wait_s:g} s."
        )
        self.changed(self.children)


def _age(child: Child) -> timedelta:
    return datetime.now(UTC) - (child.started or datetime.now(UTC))


def _outcome(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
