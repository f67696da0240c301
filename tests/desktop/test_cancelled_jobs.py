"""Jobs that are given up, once and again, as a page does that is left while the window closes."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import pytest

from smtpdesk.base.errors import Cancelled
from smtpdesk.desk.threads import Cancel, job


@pytest.mark.parametrize("times", [1, 2])
async def test_a_job_that_is_given_up_ends_without_a_word(times: int) -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    begun, ended, cancel = threading.Event(), threading.Event(), Cancel()

    def work() -> None:
        begun.set()
        while not cancel():
            ended.wait(0.005)
        ended.wait(0.1)
        raise Cancelled("given up")

    waiting = asyncio.ensure_future(job(work, cancel))
    await asyncio.to_thread(begun.wait, 10)
    for _time in range(times):
        waiting.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.to_thread(ended.wait, 0.3)  # the thread of the job is over
    await asyncio.sleep(0)
    del waiting
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []
