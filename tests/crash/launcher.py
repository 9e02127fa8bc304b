"""Starts the real program again and again without paying for its imports: each run is a forked process of its own.

Reads one job a line (JSON) and answers with one line when its process has ended. A job may ask for an end at a
numbered point, for a SIGKILL from outside after some time, or for a `cold` start: `main.py` by a new interpreter.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import pkgutil
import random
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import engine  # noqa: E402
import main as program  # noqa: E402
import storage  # noqa: E402
from engine.provider import unipile  # noqa: E402
from engine.provider.client import HttpLimits  # noqa: E402
from tests.crash import jobs  # noqa: E402
from tests.crash.points import Points, install  # noqa: E402

POLL_S = 0.002
LEFT_OUT = ("engine.provider.simulated", "storage.migrations")
"""Not of the program that is killed; or run by Alembic in its own way."""
FOREIGN = (
    "alembic.command",
    "alembic.config",
    "anyio._backends._asyncio",
    "anyio.streams.tls",
    "asyncio.runners",
    "filelock",
    "h11",
    "httpcore._async.http11",
    "httpx._transports.default",
    "keyring.backends.fail",
    "liquid",
    "mako.template",
    "platformdirs.unix",
    "sqlalchemy.dialects.sqlite.pysqlite",
)


def warm_up() -> None:
    """Import what any run may need; no thread, no loop and no open file may be left behind.

    What was imported is moved out of the collector's sight, so that a child copies none of it.
    """
    for package in (engine, storage):
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not found.name.startswith(LEFT_OUT):
                import_module(found.name)
    for name in FOREIGN:
        import_module(name)
    gc.collect()
    gc.freeze()


def child(job: dict[str, Any]) -> int:
    """Carry out a job in the forked process; returns its exit code."""
    os.setsid()
    random.seed()  # a fork would go on with the parent's dice
    log = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(job["env"])
    if job.get("is_cold"):
        os.execv(sys.executable, [sys.executable, str(ROOT / "main.py"), *job["argv"]])
    if job.get("request_s"):
        limits = HttpLimits(deadline_s=job["request_s"])
        unipile.HttpLimits = lambda: limits
    points = Points(job.get("at", 0), Path(job["report"]), with_reads=job.get("with_reads", True))
    if "argv" in job:
        install(points)
        code = program.main(job["argv"])
        points.tell()
        return code
    answer = asyncio.run(jobs.JOBS[job["job"]](job))
    Path(job["report"]).write_text(json.dumps(answer))
    return 0


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Fork, wait for the end, and tell how it came."""
    report = Path(job["report"])
    report.unlink(missing_ok=True)
    begun = time.monotonic()
    pid = os.fork()
    if pid == 0:
        code = 70
        with contextlib.suppress(SystemExit):
            try:
                code = child(job)
            except BaseException:
                import traceback

                traceback.print_exc()
        sys.stdout.flush()
        os._exit(code)
    status = _wait(pid, begun, job.get("kill_after_s"), job["deadline_s"])
    said = report.read_text() if report.exists() else ""
    return {
        "killed": os.WIFSIGNALED(status),
        "code": os.waitstatus_to_exitcode(status),
        "said": said,
        "s": time.monotonic() - begun,
    }


def _wait(pid: int, begun: float, kill_after_s: float | None, deadline_s: float) -> int:
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status
        spent_s = time.monotonic() - begun
        if spent_s > deadline_s or (kill_after_s is not None and spent_s >= kill_after_s):
            os.kill(pid, signal.SIGKILL)
            return os.waitpid(pid, 0)[1]
        time.sleep(POLL_S)


def main() -> int:
    """Serve jobs until the input ends."""
    warm_up()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
