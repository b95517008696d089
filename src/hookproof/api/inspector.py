"""What an API shows of events to those who ask: by its inspector, or in its list of messages."""

from __future__ import annotations

import asyncio

from hookproof.api.api_answer import ApiAnswer
from hookproof.api.calls import TICK_S, Calls
from hookproof.verdict import Inconclusive, Reason

PATIENCE_S = 5.0
"""Seconds at most until what has happened must be shown."""


class Inspector:
    """Switches the inspector, and looks for what it shows."""

    def __init__(self, calls: Calls) -> None:
        self._calls, self._fields = calls, calls.platform.fields

    async def inspect(self, *, on: bool) -> None:
        """Switch the inspector. Raises Inconclusive where there is none."""
        call = self._fields.inspect
        answer = await self._calls.send(self._calls.operation(call), dict.fromkeys(call.body if call else {}, on))
        if not answer.carried_out:
            raise Inconclusive(Reason.NOT_TRIGGERED, f"the API has no inspector: {answer}")

    async def look_for(self, text: str, within: str) -> ApiAnswer:
        """What is shown as soon as the text is in it, or patience is over."""
        shown = {"messages": self._fields.messages, "inspected": self._fields.inspected}
        operation, platform = self._calls.operation(shown[within]), self._calls.platform
        ends_s = platform.inbox.now_s + min(PATIENCE_S, platform.patience_s)
        while True:
            answer = await self._calls.send(operation)
            late = platform.inbox.now_s > ends_s
            if late or not answer.carried_out or answer.contains(text):
                return answer
            await asyncio.sleep(5 * TICK_S)
