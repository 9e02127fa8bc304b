"""A jump of time that comes while a read is under way: the read is made again, once, and nothing spins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from engine.domain.practice_people import Character
from tests.engine.scenes import WRITING, begin, folk
from tests.fakes.rig import Rig

MakeRig = Callable[..., Rig]


@pytest.mark.parametrize("path", ["users/relations", "messages"])
def test_a_jump_during_a_read_makes_it_once_more_and_opens_the_barrier_only_then(make_rig: MakeRig, path: str) -> None:
    rig = make_rig(folk=folk(Character.NEVER_ACCEPTS))
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(minutes=3))
    assert rig.engine.supervisor is not None
    (workers,) = rig.engine.supervisor.accounts.values()
    seen: list[bool] = []
    handle = rig.wire.handle_async_request

    async def jump_once(request: httpx.Request) -> httpx.Response:
        answer = await handle(request)
        if request.url.path.endswith(path):
            seen.append(workers.sender.is_ready.is_set())
            if len(seen) == 1:
                rig.engine.report_jump(60.0)
                await asyncio.sleep(0)
        return answer

    rig.wire.handle_async_request = jump_once  # type: ignore[method-assign]
    rig.engine.report_jump(60.0)
    rig.run(rig.pass_time(minutes=2))
    assert seen == [False, False]
    assert workers.sender.is_ready.is_set()
