"""Settings of all tests: deterministic properties, and nothing of the developer's own within reach."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.matrix.reaching import pytest_configure as pytest_configure
from tests.matrix.reaching import pytest_runtest_call as pytest_runtest_call
from tests.matrix.reaching import reached as reached

settings.register_profile("everywhere", deadline=None, print_blob=True)
settings.register_profile("ci", settings.get_profile("everywhere"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "everywhere")

gc.disable()  # nothing that is collected here is garbage; it took a fifth of the collection's time


def pytest_collection_finish() -> None:
    """Leave what the collection made out of every later search for garbage."""
    gc.freeze()
    gc.enable()


NO_KEYRING = "keyring.backends.fail.Keyring"


@pytest.fixture(scope="session", autouse=True)
def own_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the developer's keyring, key, and state folder out of every test and of the processes it starts."""
    state = tmp_path_factory.mktemp("state", numbered=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADLOOM_STATE", str(state))
        patch.setenv("PYTHON_KEYRING_BACKEND", NO_KEYRING)
        patch.delenv("LEADLOOM_API_KEY", raising=False)
        yield state
