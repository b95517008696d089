"""Flaws in what those get who ask instead of being delivered to."""

from starlette.responses import JSONResponse

from tests.flawed.senders.platforms import ChatApi


class ListsNoMessages(ChatApi):
    """Tells whoever asks of none of the messages that it delivers."""

    caught_by = "api.messages.lists-what-was-delivered"

    async def messages(self, request):
        return JSONResponse({"messages": []})
