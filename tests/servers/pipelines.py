"""What the Dagster of `tests.servers.dagster_ui` shows."""

import dagster as dg


@dg.op
def speak(context: dg.OpExecutionContext) -> None:
    context.log.info("<img src=x onerror=alert(1)> was here")


@dg.job
def speaking() -> None:
    speak()


@dg.sensor(job=speaking)
def watchful() -> None:
    return


defs = dg.Definitions(jobs=[speaking], sensors=[watchful])
