"""How the jobs stand, as a file that Prometheus reads by its textfile collector."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from deploy.jobs.config import Config
from deploy.jobs.history import History

__all__ = ["written"]


def written(config: Config, folder: Path, history: History) -> None:
    """Writes the file, where one is asked for."""
    if not config.metrics:
        return
    registry = CollectorRegistry()
    last = Gauge("tianji_job_last_run_seconds", "When it last began", ["job"], registry=registry)
    code = Gauge("tianji_job_last_exit_code", "How it ended", ["job"], registry=registry)
    failed = Gauge("tianji_job_failed_in_a_row", "Failures since", ["job"], registry=registry)
    for job in config.job:
        runs = history.latest(job.name, 100)
        if not runs:
            continue
        last.labels(job.name).set(runs[0].begun_at.timestamp())
        code.labels(job.name).set(-1 if runs[0].code is None else runs[0].code)
        good = next((at for at, ran in enumerate(runs) if ran.code in job.fine), len(runs))
        failed.labels(job.name).set(good)
    write_to_textfile(str(folder / config.metrics), registry)
