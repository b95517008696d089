"""A reproducer of calls, run by a shell, makes them again with the token from the environment."""

import os
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

import pytest

from hookproof.target.calls import reproduce_calls
from tests.scripted import OK, Scripted, answers
from tests.sender.scripted_sender import ITEM, judged

TOKEN = "tkn.0123456789abcdef"


def _made(folder, base, *names, token=TOKEN, seen=(), **options):
    """The script for one registration and one trigger at this base URL."""

    async def work(sender, _):
        platform = sender._platform
        endpoint, trigger = platform.make_endpoint(), platform.make_trigger()
        calls = [await platform.register(endpoint, ITEM)]
        await platform.emit(trigger, ITEM)
        return reproduce_calls(platform, [*calls, trigger.call], seen)

    return judged(folder, work, *names, base=base, token=token, **options)


def _again(script, token):
    done = subprocess.run(
        ["bash", "-c", script], env={**os.environ, "MY_TOKEN": token}, capture_output=True, timeout=20, check=False
    )
    assert done.returncode == 0, f"{script}\n{done.stderr.decode()}"


def _requests(server):
    """(method, path, query, authorization, body) of what a server received."""
    for raw in server.received:
        head, _, body = raw.partition(b"\r\n\r\n")
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        lines = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
        sent = next((value.strip().decode() for name, _, value in lines if name.lower() == b"authorization"), None)
        yield method, urlsplit(target).path, parse_qs(urlsplit(target).query), sent, body


@pytest.mark.parametrize("token", [TOKEN, "odd token/+=&$HOME'\"`id`%41"], ids=["plain", "odd"])
@pytest.mark.parametrize("name", ["whatsable", "chatapi"])
def test_calls_are_made_again_with_the_token_of_the_environment(tmp_path, name, token):
    with Scripted(answers(OK)) as server:
        script = _made(tmp_path, server.url.removesuffix("/hook"), name, token=token)
        _again(script, token)
    first, second = list(_requests(server))[:2], list(_requests(server))[2:]

    assert second == first, script
    assert [method for method, *_ in first] == ["POST", "POST"]
    assert all(
        token in (query.get("token", [""])[0], (sent or "").removeprefix("Bearer ")) for *_, query, sent, _ in first
    )
    assert token not in script and quote_plus(token) not in script and "MY_TOKEN" in script


@pytest.mark.parametrize("name", ["whatsable", "chatapi"])
def test_another_token_is_sent_where_another_is_set(tmp_path, name):
    with Scripted(answers(OK)) as server:
        _again(_made(tmp_path, server.url.removesuffix("/hook"), name), "another")

    assert TOKEN in str(list(_requests(server))[:2])
    assert TOKEN not in str(list(_requests(server))[2:]) and "another" in str(list(_requests(server))[2:])


@pytest.mark.parametrize("token", [TOKEN, "odd token/+=&"], ids=["plain", "odd"])
def test_a_request_that_curl_cannot_make_keeps_the_token_to_itself_too(tmp_path, token):
    async def work(sender, _):
        platform = sender._platform
        url = f"{platform.base}/x?{urlencode({'token': token})}"
        call = await platform.call("GET", url, ITEM, headers=(*platform.bearer, (b"X-Empty", b"")))
        return reproduce_calls(platform, [call], [])

    with Scripted(answers(OK)) as server:
        script = judged(tmp_path, work, base=server.url.removesuffix("/hook"), token=token)
        _again(script, token)
    first, second = _requests(server)

    assert token not in script and quote_plus(token) not in script and "python3 - <<" in script
    assert first == second and (first[2], first[3]) == ({"token": [token]}, f"Bearer {token}")


def test_what_arrived_then_is_a_comment(tmp_path):
    seen = ["an event: 500; after 1.00 s again: 200", "two\nlines: no attempt within 3.0 s"]
    with Scripted(answers(OK)) as server:
        script = _made(tmp_path, server.url.removesuffix("/hook"), seen=seen)
        _again(script, TOKEN)
    comments = [line for line in script.splitlines() if line.startswith("#")]

    assert "# then an event: 500; after 1.00 s again: 200" in comments
    assert "# then two" in comments and "# then lines: no attempt within 3.0 s" in comments
    assert comments[0].startswith("# the inbox of the run is gone")


def test_without_calls_there_is_nothing_to_repeat(tmp_path):
    async def work(sender, _):
        return sender.reproduce()

    assert judged(tmp_path, work) == ""


def test_without_a_token_none_is_asked_for(tmp_path):
    with Scripted(answers(OK)) as server:
        script = _made(tmp_path, server.url.removesuffix("/hook"), token="")
        _again(script, "unused")

    assert "MY_TOKEN" not in script and "unused" not in str(server.received)


def test_no_secret_of_ours_is_left_in_a_folder(tmp_path):
    with Scripted(answers(OK)) as server:
        _made(tmp_path, server.url.removesuffix("/hook"), "chatapi")

    assert not [path for path in Path(tmp_path).iterdir() if TOKEN in path.read_text()]
