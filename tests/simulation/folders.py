"""Where a seed's files are: in memory, every twentieth seed's on a disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

IN_MEMORY = Path("/dev/shm")
"""A file system in memory, where there is one: nothing here measures a disk."""
ON_A_DISK = 20


@contextmanager
def empty_folder(seed: int) -> Iterator[Path]:
    """Make a folder for a seed, gone afterwards."""
    place = IN_MEMORY if seed % ON_A_DISK and IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="leadloom-simulation-", dir=place) as folder:
        yield Path(folder)
