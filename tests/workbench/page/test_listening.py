"""A listener as a whole: what comes is kept before it is answered, answered as the script says, and said in a line."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import httpx
import pytest

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.workbench import captures
from hookproof.workbench.inbound.script import parse
from hookproof.workbench.inbound.store import StoreError
from hookproof.workbench.page.listening import Options, PortTakenError, listening
from tests.workbench.opinions.deliveries import TEXT, made

SOON_S = 20


@pytest.fixture
def started(tmp_path):
    """Starts listeners with these options; each has the lines it said as `lines`."""
    with contextlib.ExitStack() as stack:

        def start(answer="200", **more):
            said = []
            script = parse(answer, forwards="forward" in more)
            options = Options(
                store=more.pop("store", tmp_path / "a.sqlite"), script=script, keys=[Secret(TEXT)], **more
            )
            found = stack.enter_context(listening(options, said.append))
            found.lines = said
            return found

        yield start


def lines(*given):
    """The head of a message."""
    return b"\r\n".join(given) + b"\r\n\r\n"


def raw(url, request):
    """What a socket gets for these bytes; nothing where the connection breaks."""
    parts = httpx.URL(url)
    with socket.create_connection((parts.host, parts.port), timeout=SOON_S) as made:
        made.sendall(request)
        found = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := made.recv(65536):
                found += piece
    return found


def waited(said, count):
    """The lines, once there are so many."""
    end = time.monotonic() + SOON_S
    while len(said) < count and time.monotonic() < end:
        time.sleep(0.01)
    return said


def rows(path, what="*"):
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(f"SELECT {what} FROM deliveries ORDER BY n")]


def github(**more):
    return providers.load("github").surfaces(more)


def send(url, request, **more):
    headers = [(name, value) for name, value in request.headers]
    return httpx.request(request.method, url, headers=headers, content=request.body, timeout=SOON_S, **more)


def test_a_delivery_is_kept_to_the_last_byte(started, tmp_path):
    found = started()
    body = bytes(range(256))
    head = lines(
        b"PUT /a%00b?c=d HTTP/1.1", b"hOST: x", b"X-B: 1", b"x-a:  \xe9\x80 ", b"X-B: 2", b"Content-Length: 256",
        b"Connection: close",
    )  # fmt: skip
    assert raw(found.url, head + body).startswith(b"HTTP/1.1 200")
    (row,) = rows(tmp_path / "a.sqlite")

    assert (row["method"], row["target"], row["body"]) == ("PUT", "/a%00b?c=d", body)
    assert [name for name, _ in json.loads(row["headers"])] == [
        "hOST",
        "X-B",
        "x-a",
        "X-B",
        "Content-Length",
        "Connection",
    ]
    assert json.loads(row["headers"])[2][1] == "\xe9\x80"


def test_each_attempt_gets_its_step_and_a_line(started):
    found = started("500, 503 retry-after 30, 200", surfaces=github(), given=True)
    request = made("github")
    answers = [send(found.url + "/hook", request) for _ in range(4)]
    said = waited(found.lines, 4)

    assert [one.status_code for one in answers] == [500, 503, 200, 200]
    assert answers[1].headers["retry-after"] == "30"
    assert "signature right  schema right  -> 500 in" in said[0] and "attempt 2, " in said[1]
    assert TEXT.decode() not in "".join(said)


@pytest.mark.parametrize(
    ("answer", "gets"),
    [
        ("reset", b""),
        ("close", b""),
        ("half", b"HTTP/"),
        ("garbage", b"\x16\x03\x01 this is no answer\r\n\r\n"),
        ("silence 0.2", b""),
    ],
)
def test_it_breaks_off_as_it_is_told(started, answer, gets):
    found = started(answer)
    request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"

    assert raw(found.url, request) == gets
    assert waited(found.lines, 1)


def test_it_drips_and_redirects(started):
    found = started("204 drip 0.001, redirect http://127.0.0.1:9/there")
    answers = [httpx.post(found.url, content=b"{}", timeout=SOON_S) for _ in range(2)]

    assert [one.status_code for one in answers] == [204, 302] and answers[1].headers[
        "location"
    ] == "http://127.0.0.1:9/there"


@pytest.mark.parametrize(("choice", "gets"), [("right", "12345"), ("wrong", "not-12345"), ("off", "ok\n")])
def test_a_challenge_is_answered_as_it_is_told(started, choice, gets):
    found = started(challenges=choice, surfaces=providers.load("pingback").surfaces({}))
    query = {"hub.mode": "subscribe", "hub.challenge": "12345", "hub.verify_token": "whatever"}

    assert httpx.get(found.url + "/hook", params=query).text == gets


def test_what_is_no_http_is_a_row_too(started):
    found = started()
    raw(found.url, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
    raw(found.url, b"GET /a b HTTP/9\r\n\r\n")
    said = waited(found.lines, 2)

    assert "TLS was spoken" in said[0] and "this is no HTTP/1.1" in said[1]


def test_a_body_beyond_the_cap_is_cut_and_refused(started, tmp_path):
    found = started()
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        raw(found.url, head + bytes(9_000_000))
    waited(found.lines, 1)
    (row,) = rows(tmp_path / "a.sqlite")

    assert 4_000_000 < row["size"] < 5_000_000 and row["note"] == f"its body was cut at {row['size']} bytes"


class Behind:
    """A receiver behind a listener: it keeps what it gets, and gives what it was told."""

    def __init__(self, answer):
        self.answer, self.got = answer, []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                made, _ = self._server.accept()
            except OSError:
                return
            with made:
                found = b""
                while b"\r\n\r\n" not in found or not found.endswith(b"}"):
                    found += made.recv(65536)
                self.got.append(found)
                made.sendall(self.answer)

    def close(self):
        self._server.close()


def test_forwarding_keeps_bytes_and_order_and_gives_the_answer_back(started, tmp_path):
    behind = Behind(
        lines(b"HTTP/1.1 418 No", b"X-B: 1", b"x-A: 2", b"Connection: close, X-Hop", b"X-Hop: y", b"Content-Length: 3")
        + b"\xff\x00!"
    )
    found = started("forward", forward=behind.url + "/in?k=v")
    head = lines(
        b"POST /x?y=%20 HTTP/1.1", b"Host: sender", b"X-Two: b", b"x-ONE: \xe9", b"X-Two: a", b"Connection: close",
        b"Content-Length: 7",
    )  # fmt: skip
    request = head + b'{"a" :}'
    answer = raw(found.url, request)
    waited(found.lines, 1)
    got_head, _, got_body = behind.got[0].partition(b"\r\n\r\n")
    behind.close()

    assert got_body == b'{"a" :}' and got_head.startswith(b"POST /in/x?k=v&y=%20 HTTP/1.1\r\n")
    ours = [line for line in got_head.split(b"\r\n")[1:] if line[:2].lower() == b"x-"]
    assert ours == [b"X-Two: b", b"x-ONE: \xe9", b"X-Two: a"]
    assert answer.startswith(b"HTTP/1.1 418") and answer.endswith(b"\r\n\r\n\xff\x00!")
    assert b"X-B: 1\r\nx-A: 2" in answer and b"X-Hop" not in answer
    (row,) = rows(tmp_path / "a.sqlite")
    assert json.loads(row["forwarded"])["status"] == 418 and row["answer_body"] == b"\xff\x00!"


def test_a_receiver_that_is_down_is_an_answer_of_502_and_a_line(started):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = started("forward", forward=f"http://127.0.0.1:{port}/", deadline_s=1)
    answer = httpx.post(found.url, content=b"{}", timeout=SOON_S)

    assert answer.status_code == 502 and "gave no answer: refused" in answer.text
    assert "-> 502" in waited(found.lines, 1)[0]


def test_a_capture_holds_what_came_without_what_signs_it(tmp_path):
    options = Options(store=tmp_path / "a.sqlite", surfaces=github(), keys=[Secret(TEXT)], capture=tmp_path / "c.jsonl")
    request = made("github")
    with listening(options) as found:
        send(found.url, request)
    (kept,) = captures.read(tmp_path / "c.jsonl")

    assert kept.body == request.body and kept.answer.status == 200
    assert [name.lower() for name in kept.hidden] == ["x-hub-signature-256"]


def test_it_ends_with_what_came(tmp_path):
    options = Options(
        store=tmp_path / "a.sqlite",
        surfaces=github(),
        given=True,
        keys=[Secret(TEXT)],
        script=parse("500,200", forwards=False),
    )
    with listening(options) as found:
        for request in (made("github", "push"), made("github", "ping", key=b"another key")):
            send(found.url, request)
            send(found.url, request)
        raw(found.url, b"no http\r\n\r\n")
    text = "\n".join(found.summary)

    assert "4 attempts of 2 deliveries came" in text and "1 connection spoke no HTTP" in text
    assert "2 attempts signed wrong: the secret is another one" in text
    assert "ids that came more than once" in text and "2 attempts, gaps" in text


def test_two_listeners_do_not_clash(started, tmp_path):
    one, two = started(), started(store=tmp_path / "b.sqlite")
    assert one.url != two.url and one.page_url != two.page_url
    assert httpx.get(one.url + httpx.URL(one.page_url).path).text == "ok\n", "the port for deliveries has no page"
    with pytest.raises(StoreError, match="another listener"):
        started()
    with pytest.raises(PortTakenError, match="choose another"):
        started(store=tmp_path / "c.sqlite", port=int(one.url.rpartition(":")[2]))


def test_many_at_once_are_all_kept(started, tmp_path):
    found, each, senders = started(), 150, 8
    acknowledged = []

    def flood(number):
        with httpx.Client(timeout=SOON_S) as client:
            for at in range(each):
                if client.post(found.url, content=b'{"id": "%d-%d"}' % (number, at)).status_code == 200:
                    acknowledged.append(f"{number}-{at}")

    threads = [threading.Thread(target=flood, args=(number,)) for number in range(senders)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    kept = {json.loads(row["body"])["id"] for row in rows(tmp_path / "a.sqlite", "body, n")}

    assert len(acknowledged) == each * senders and kept == set(acknowledged)
    assert len(waited(found.lines, each * senders)) == each * senders


def test_killing_it_loses_nothing_that_was_acknowledged(tmp_path):
    command = [sys.executable, "-m", "hookproof.cli", "listen", "--store", str(tmp_path / "a.sqlite"), "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    try:
        url = process.stdout.readline().split()[1]
        acknowledged = 0
        with httpx.Client(timeout=SOON_S) as client:
            for at in range(300):
                acknowledged += client.post(url, content=b"%d" % at).status_code == 200
                if at == 250:
                    threading.Timer(0.02, process.send_signal, [signal.SIGKILL]).start()
    except httpx.HTTPError:
        pass
    finally:
        process.kill()
        process.wait()
        process.stdout.close()

    assert acknowledged >= 250
    with listening(Options(store=tmp_path / "a.sqlite")):
        pass
    bodies = [row["body"] for row in rows(tmp_path / "a.sqlite")]
    assert bodies[:acknowledged] == [b"%d" % at for at in range(acknowledged)] and len(bodies) <= acknowledged + 1
    assert all(row["judged"] for row in rows(tmp_path / "a.sqlite"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--provider", "nobody"], "unknown provider 'nobody'"),
        (["--forward", "example"], "--forward example: write a URL such as"),
        (["--answer", "maybe"], "--answer maybe: 'maybe' is no answer; write a status"),
        (["--answer", "forward"], "start `hookproof listen` with --forward URL"),
        (["--set", "a"], "--set a: write KEY=VALUE"),
        (["--set", "a=b"], "--set: say --provider NAME too"),
        (["--capture", "."], "--capture"),
        (["--store", "."], "--store .: Is a directory"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(tmp_path, arguments, said):
    command = [sys.executable, "-m", "hookproof.cli", "listen", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False)

    assert done.returncode == 4 and said in done.stderr and "Traceback" not in done.stderr


def test_nobody_has_to_read_what_it_says(tmp_path):
    command = [sys.executable, "-m", "hookproof.cli", "listen", "--store", str(tmp_path / "a.sqlite")]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment)
    try:
        url = process.stdout.readline().split()[1]
        process.stdout.close()
        for at in range(5):
            assert httpx.post(url, content=f'{{"type": "\u4e2d{at}"}}', timeout=SOON_S).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()

    assert [row["judged"] for row in rows(tmp_path / "a.sqlite")] == [1] * 5


def test_the_command_ends_with_a_summary(tmp_path):
    command = [sys.executable, "-m", "hookproof.cli", "listen", "--answer", "500,200"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env={**os.environ, "COLUMNS": "200"}
    )
    try:
        url, page = (process.stdout.readline().split()[1] for _ in range(2))
        assert httpx.post(url, content=b"{}").status_code == 500 and httpx.get(page).status_code == 200
        process.send_signal(signal.SIGINT)
        said = process.stdout.read()
    finally:
        process.kill()
        code = process.wait()
        process.stdout.close()

    assert "1 attempt of 1 delivery came" in said and code == 0
