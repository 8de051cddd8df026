import time

import dagster as dg


@dg.op
def wait() -> None:
    time.sleep(600)


@dg.job
def long_job() -> None:
    wait()


defs = dg.Definitions(jobs=[long_job])
