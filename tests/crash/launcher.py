"""Starts the real program again and again without paying for its imports: each run is a forked process of its own.

Reads one job a line (JSON) and answers with one line when its process has ended. A job may ask for an end at a
numbered point, or for a SIGKILL from outside after some time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import main as program  # noqa: E402
from engine.app import NEEDED_SOON  # noqa: E402
from tests.crash import jobs  # noqa: E402
from tests.crash.points import Points, install  # noqa: E402

POLL_S = 0.002


def warm_up() -> None:
    """Import what every run needs; no thread and no loop may be left running."""
    needed = ("engine.console.door", "engine.console.commands", "alembic.command", "storage.queries.invariants")
    for name in (*NEEDED_SOON, *needed):
        import_module(name)


def child(job: dict[str, Any]) -> int:
    """Carry out a job in the forked process; returns its exit code."""
    os.setsid()
    log = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(job["env"])
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
