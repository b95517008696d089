"""The reference platform as somebody calls it, in virtual time."""

import contextlib

import anyio
import httpx
import respx

from tests.reference.virtual_time import TOKEN, Receiver, make, running, virtually

HOOK = "http://127.0.0.1:7001/hook"


def using(test, name="whatsable", given=None, **options):
    """Run `test(client, router, platform)` in virtual time."""

    async def main():
        with (
            respx.mock(assert_all_called=False) as router,
            contextlib.closing(make(name, given, **options)) as platform,
        ):
            async with running(platform) as client:
                return await test(client, router, platform)

    return virtually(main)


async def echo(request):
    asked = request.url.params
    return httpx.Response(200, text=asked.get("hub.challenge") or asked.get("challenge", ""))


def register_path(platform):
    return (
        platform.collection
        or {each.id: each for each in platform.provider.operations.values()}[
            platform.provider.fields.platform.register.operation
        ].path
    )


async def register(client, platform, router, *answers):
    """Register an endpoint as the provider does it, and give what comes there."""
    Receiver(router, echo, url=HOOK, methods=("GET",))
    receiver = Receiver(router, *answers, url=HOOK)
    where = register_path(platform)
    if platform.provider.fields.platform.single:
        answer = await client.post(where, params={"token": TOKEN}, json={"webhookUrl": HOOK, **all_on(platform)})
    else:
        answer = await client.post(where, json={"url": HOOK, "verify_token": "mine"})
    assert answer.is_success, answer.text
    return receiver


def all_on(platform):
    return dict.fromkeys(platform.switches, True)


async def trigger(client, kind, text="héllo", **more):
    answer = await client.post("/trigger", json={"kind": kind, "text": text, **more})
    assert answer.status_code == 202, answer.text
    await anyio.sleep(0.1)
    return answer.json()["event"]
