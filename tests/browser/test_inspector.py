"""The page of `hookproof listen` in a real browser: every action, whatever bytes came, by keyboard alone, and live."""

import base64
import contextlib
import json
import socket
import sqlite3
import time

import httpx
import pytest

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.workbench.inbound.script import parse
from hookproof.workbench.page.listening import Options, listening
from tests.browser.chromium import AXE
from tests.workbench.opinions.deliveries import TEXT, made

SOON_S = 30
MARKUP = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
STEER = "\u202egnp.exe\u200b\x1b[31m\x00\ufeff"
LONG = "W" * 3000
HOSTILE = (
    {"id": MARKUP, "type": f"{MARKUP}{STEER}", MARKUP: [{LONG: MARKUP}], "a": STEER, "n": 1e308, "\ud800": "\udfff"},
    {"id": LONG, "type": LONG, "deep": {"</script>": {"javascript:alert(1)": None}}},
)


@pytest.fixture
def start(tmp_path):
    """Starts listeners that keep what comes in one file."""
    with contextlib.ExitStack() as stack:

        def begin(answer="200", **more):
            options = {
                "store": tmp_path / "a.sqlite",
                "surfaces": providers.load("github").surfaces({}),
                "keys": [Secret(TEXT)],
            }
            script = parse(answer, forwards="forward" in more)
            return stack.enter_context(listening(Options(**{**options, "script": script, **more})))

        yield begin


def deliver(found, *, body=None, path="/hook", **headers):
    request = made("github", "push")
    given = [*request.headers, *((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())]
    return httpx.post(found.url + path, content=request.body if body is None else body, headers=given, timeout=SOON_S)


def poison(found):
    """What a hostile sender may send, in every field."""
    for body in HOSTILE:
        deliver(found, body=json.dumps(body).encode(), path=f"/{MARKUP}?{LONG}".replace(" ", "%20"), X_Odd=MARKUP)
    port = int(found.url.rpartition(":")[2])
    for raw in (
        b"POST /<svg/onload=hacked=1> HTTP/1.1\r\nHost: x\r\nX-Github-Event: \xff\xfe<b>\r\nX-GitHub-Delivery: "
        + MARKUP.encode() + b"\r\nContent-Length: 256\r\nConnection: close\r\n\r\n" + bytes(range(256)),
        b"\x16\x03\x01" + MARKUP.encode() + b"\r\n\r\n",
        b"GET /?a=" + MARKUP.replace(" ", "+").encode() + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\nConnection: close\r\n\r\n" + b"[" * 60_000,
    ):  # fmt: skip
        with socket.create_connection(("127.0.0.1", port), timeout=SOON_S) as sock:
            sock.sendall(raw)
            with contextlib.suppress(ConnectionResetError):
                while sock.recv(65536):
                    pass
    return 6


def until(tab, script):
    """What a script says, once it says something."""
    end = time.monotonic() + SOON_S
    while time.monotonic() < end:
        if said := tab.evaluate(script):
            return said
        time.sleep(0.05)
    raise AssertionError(f"not in time: {script}; {tab.evaluate('document.body.innerText')[:2000]}")


def shown(tab, count):
    until(tab, f"document.getElementById('count').textContent === '{count}'")
    whole = "one.children.length === 7 && !one.textContent.includes('…')"
    until(tab, f"[...document.querySelectorAll('.row')].every((one) => {whole})")


def opened(tab, n):
    tab.evaluate(f"document.querySelector('.row[data-n=\"{n}\"]').click()")
    until(tab, f"document.querySelector('#detail h2 small')?.textContent === '#{n}'")


def named(words, among="#detail"):
    """A script that finds the button or link that says so."""
    each = f"[...document.querySelectorAll('{among} button, {among} a')]"
    return f"{each}.find((one) => one.textContent === {json.dumps(words)})"


def press(tab, words, among="#detail"):
    """Press the button that says so, once it is there."""
    until(tab, f"{named(words, among)} !== undefined")
    tab.evaluate(f"{named(words, among)}.click()")


def violations(tab):
    tab.evaluate(AXE.read_text("utf-8"))
    found = tab.evaluate("axe.run({resultTypes: ['violations']}).then((all) => all.violations)")
    return [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found]


def complaints(tab):
    return tab.said("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")


def test_axe_finds_nothing_wherever_one_is(chromium, start):
    found = start("500,200", forward="http://127.0.0.1:9/")
    for _ in range(2):
        deliver(found)
    count = poison(found) + 2
    with chromium.page(found.page_url, 1200) as tab:
        shown(tab, count)
        for scheme in ("light", "dark"):
            tab.show_as(prefers_color_scheme=scheme)
            assert violations(tab) == [], scheme
            for n in range(1, count + 1):
                opened(tab, n)
                assert violations(tab) == [], (scheme, n)
            opened(tab, 2)
            press(tab, "Edit and send")
            assert violations(tab) == [], scheme
            press(tab, "Mark to compare")
            opened(tab, 1)
            press(tab, "Compare with #2")
            until(tab, "document.querySelector('table.compared, .two') !== null")
            assert violations(tab) == [], scheme
            press(tab, "Unmark")


def test_whatever_came_is_text(chromium, start):
    found = start(surfaces=())
    count = poison(found)
    with chromium.page(found.page_url, 1200) as tab:
        shown(tab, count)
        for n in range(1, count + 1):
            opened(tab, n)
            for view in ("Tree", "As sent", "Hex"):
                tab.evaluate(f"{named(view)}?.click()")
                strange = "img, iframe, object, embed, b:not(#count):not(td b), [onerror], [onload]"
                assert tab.evaluate(f"document.querySelectorAll('{strange}').length") == 0
                assert not tab.evaluate(
                    "[...document.body.innerText].some((one) => '\\u202e\\u200b\\u001b\\u0000\\ufeff'.includes(one))"
                )
            for width in (360, 800, 1400):
                tab.resize(width)
                assert tab.evaluate("document.documentElement.scrollWidth") <= width, (n, width)
            tab.resize(1200)
        assert tab.evaluate("typeof window.hacked") == "undefined"
        assert tab.evaluate("document.querySelectorAll('script').length") == 1
        assert MARKUP[:8] in tab.evaluate("document.body.innerText")
        assert {one.startswith(found.page_url) for one in tab.asked_for()} == {True}
        assert complaints(tab) == []


def test_it_is_live_and_nothing_is_lost_while_it_was_away(chromium, start, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        ports = {"port": one.getsockname()[1], "page_port": two.getsockname()[1]}
    options = Options(store=tmp_path / "b.sqlite", **ports)
    with contextlib.ExitStack() as running:
        found = running.enter_context(listening(options))
        with chromium.page(found.page_url) as tab:
            until(tab, "document.getElementById('connection').textContent === 'live'")
            deliver(found, body=b'{"type": "one"}')
            shown(tab, 1)
            running.close()
            until(tab, "document.getElementById('connection').textContent !== 'live'")
            with listening(Options(store=tmp_path / "b.sqlite", port=ports["port"])) as meanwhile:
                deliver(meanwhile, body=b'{"type": "two"}')
            with listening(options) as again:
                assert again.page_url == found.page_url
                deliver(again, body=b'{"type": "three"}')
                shown(tab, 3)
                assert (
                    tab.evaluate("[...document.querySelectorAll('.row')].map((one) => one.dataset.n).sort().join()")
                    == "1,2,3"
                )


def test_the_list_draws_what_is_in_sight_of_50_000(chromium, start, tmp_path):
    found = start()
    deliver(found, body=b'{"type": "the first"}')
    with contextlib.closing(sqlite3.connect(tmp_path / "a.sqlite", timeout=30)) as database, database:
        database.execute(
            "WITH RECURSIVE more(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM more WHERE n < 50000)"
            " INSERT INTO deliveries (n, changed, at, method, target, headers, body, size, weight, note, series,"
            " attempt, planned, outcome, status, said, elapsed, judged, kind, ids, signature, schema)"
            " SELECT n, n + 100, 1.7e9 + n, 'POST', '/', '[]', '{\"k\": ' || n || '}', 9, 9, '', '', 1,"
            " '200', 'answered', 200, '200', 0.001, 1, 'many', 'id' || n, 'none', 'unknown' FROM more"
        )
    with chromium.page(found.page_url) as tab:
        shown(tab, 50000)
        assert tab.evaluate("document.querySelectorAll('.row').length") < 100
        began = tab.evaluate("performance.now()")
        tab.evaluate("document.getElementById('list').focus()")
        tab.press("End", 35)
        until(tab, "document.querySelector('.row[data-n=\"1\"]')?.textContent.includes('wrong')")
        assert tab.evaluate("performance.now()") - began < SOON_S * 1000
        assert tab.evaluate("document.querySelectorAll('.row').length") < 100
        tab.evaluate("document.querySelector('[name=text]').value = '\"k\": 4321}'")
        tab.evaluate("document.getElementById('filter').dispatchEvent(new Event('input'))")
        shown(tab, 1)
        assert tab.evaluate("document.querySelector('.row').dataset.n") == "4321"


def test_the_keyboard_alone_does_everything(chromium, start):
    found = start()
    for name in ("one", "two", "three"):
        deliver(found, body=json.dumps({"type": name}).encode())
    with chromium.page(found.page_url, 1200) as tab:
        shown(tab, 3)
        seen = []
        for _ in range(16):
            tab.press("Tab", 9)
            seen.append(tab.evaluate("document.activeElement.id || document.activeElement.name"))
            if seen[-1] == "list":
                break
        assert {
            "copy-url",
            "answer",
            "challenges",
            "id",
            "kind",
            "text",
            "verdict",
            "as-capture",
            "as-har",
            "delete-all",
            "list",
        } <= set(seen)
        for key, code in (("ArrowDown", 40), ("ArrowDown", 40), ("ArrowUp", 38), ("Enter", 13)):
            tab.press(key, code)
        until(tab, "document.querySelector('#detail h2 small')?.textContent === '#2'")
        assert tab.evaluate("document.getElementById('list').getAttribute('aria-activedescendant')") == "row-2"
        until(tab, "document.activeElement.id === 'detail'")
        reached = set()
        for _ in range(40):
            tab.press("Tab", 9)
            reached.add(tab.evaluate("document.activeElement.textContent.slice(0, 30)"))
        assert {
            "Send again",
            "Sign anew and send",
            "Edit and send",
            "Copy curl",
            "Copy Python",
            "Copy pytest",
            "Delete",
            "Hex",
        } <= reached
        tab.press("Escape", 27)
        assert tab.evaluate("document.getElementById('detail').hidden") is True
        assert tab.evaluate("document.activeElement.id") == "list"
        tab.press("/", 191)
        assert tab.evaluate("document.activeElement.name") == "text"


def test_answers_are_changed_while_it_runs(chromium, start):
    found = start()
    with chromium.page(found.page_url) as tab:
        until(tab, "document.querySelector('[name=answer]').value === '200'")
        for text, said in (("500, 200", "so it is"), ("perhaps", "'perhaps' is no answer")):
            tab.evaluate(f"document.querySelector('[name=answer]').value = '{text}'")
            tab.evaluate("document.querySelector('[name=challenges]').value = 'wrong'")
            press(tab, "Answer so", "#answering")
            until(tab, f"document.getElementById('answered').textContent.includes({json.dumps(said)})")
        assert deliver(found).status_code == 500 and deliver(found).status_code == 200


def test_a_delivery_is_shown_in_full(chromium, start):
    found = start("500,200", given=True)
    body = {"ref": 5, "twice": 1, "big": 0}
    raw = json.dumps(body).replace('"big": 0', '"big": 12345678901234567890.10').encode()
    deliver(found)
    deliver(found)
    deliver(found, body=raw)
    with chromium.page(found.page_url, 1200) as tab:
        shown(tab, 3)
        opened(tab, 2)
        said = tab.evaluate("document.getElementById('detail').innerText")
        for words in (
            "Signed text",
            "hmac-sha256 of {body}",
            "Attempts",
            "2 (this)",
            "X-Hub-Signature-256".lower(),
            "What was answered",
        ):
            assert words.lower() in said.lower(), words
        assert TEXT.decode() not in said
        assert tab.evaluate("document.querySelectorAll('#detail svg rect').length") == 3
        press(tab, "1")
        until(tab, "document.querySelector('#detail h2 small').textContent === '#1'")
        opened(tab, 3)
        assert "12345678901234567890.10" in tab.evaluate("document.querySelector('.tree').innerText"), (
            "as it was written"
        )
        assert tab.evaluate("document.querySelectorAll('#detail .complaint').length") >= 1
        press(tab, "As sent")
        assert tab.evaluate("document.querySelector('#detail pre.sent:last-of-type') !== null")
        press(tab, "Hex")
        assert tab.evaluate("document.querySelector('.hex').innerText").startswith("000000  7b 22 72 65 66 22")


def test_two_deliveries_are_compared_byte_by_byte(chromium, start):
    found = start()
    deliver(found, body=b'{"type": "one", "same": 1}', X_Only="here")
    deliver(found, body=b'{"type": "two", "same": 1}')
    with chromium.page(found.page_url, 1200) as tab:
        shown(tab, 2)
        opened(tab, 1)
        press(tab, "Mark to compare")
        opened(tab, 2)
        press(tab, "Compare with #1")
        until(tab, "document.querySelector('.two') !== null")
        assert "first differ at byte 10; they have 26 and 26 bytes" in tab.evaluate(
            "document.querySelector('#detail').innerText"
        )
        assert (
            tab.evaluate(
                "[...document.querySelectorAll('.two pre:first-child mark')].map((one) => one.textContent).join('')"
            )
            == "ne"
        )
        assert "x-only" in tab.evaluate("document.querySelector('.compared').innerText")


def test_it_is_sent_again_signed_anew_and_edited(chromium, start, tmp_path):
    surfaces = providers.load("github").surfaces({})
    with listening(
        Options(store=tmp_path / "behind.sqlite", surfaces=surfaces, given=True, keys=[Secret(TEXT)])
    ) as behind:
        found = start(forward=behind.url)
        deliver(found)
        with chromium.page(found.page_url, 1200) as tab:
            shown(tab, 1)
            opened(tab, 1)
            for action, last in (
                ("Send again", "Send"),
                ("Sign anew and send", "Sign and send"),
                ("Edit and send", "Send"),
            ):
                press(tab, action)
                if action.startswith("Edit"):
                    tab.evaluate("document.querySelector('[name=body]').value = '{\"edited\": \"ä\"}'")
                    tab.evaluate("document.querySelector('[name=sign]').click()")
                press(tab, last, "#detail form.edit")
                until(tab, "document.querySelector('#detail output').textContent.startsWith('answered 200')")
                tab.evaluate("document.querySelector('#detail output').textContent = ''")
            press(tab, "Send again")
            tab.evaluate("document.querySelector('[name=url]').value = 'http://example.org/'")
            press(tab, "Send", "#detail form.edit")
            until(tab, "document.querySelector('#detail output').textContent.includes('is not on this machine')")
        with chromium.page(behind.page_url, 1200) as tab:
            shown(tab, 3)
            opened(tab, 3)
            assert '{"edited": "ä"}' in tab.evaluate("document.querySelector('#detail pre.sent').textContent")
            assert tab.evaluate("document.querySelector('#detail .facts').innerText").count("right") >= 1


def test_it_is_copied_downloaded_and_deleted(chromium, start):
    found = start()
    for _ in range(3):
        deliver(found)
    with chromium.page(found.page_url, 1200) as tab:
        shown(tab, 3)
        tab.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text }")
        press(tab, "Copy", ".register")
        until(tab, f"window.copied === '{found.url}/'")
        opened(tab, 2)
        for form, words in (
            ("curl", "curl -isS"),
            ("Python", "http.client"),
            ("pytest", "def test_this_delivery_is_acknowledged"),
        ):
            press(tab, f"Copy {form}")
            until(tab, f"window.copied.includes({json.dumps(words)})")
        for scope, count in (("#filter", 3), ("#detail", 1)):
            for words in ("Capture", "HAR"):
                text = tab.evaluate(f"fetch({named(words, scope)}.href).then((got) => got.text())")
                entries = (
                    [json.loads(one) for one in text.splitlines()]
                    if words == "Capture"
                    else json.loads(text)["log"]["entries"]
                )
                assert len(entries) == count
        press(tab, "Delete")
        press(tab, "Press again to delete")
        shown(tab, 2)
        press(tab, "Delete all", "#filter")
        press(tab, "Press again to delete all", "#filter")
        shown(tab, 0)
        assert tab.evaluate("document.getElementById('nothing').innerText").startswith("Nothing has come yet")


@pytest.mark.parametrize(
    ("name", "value", "count"),
    [
        ("id", "none such", 0),
        ("kind", "GET", 0),
        ("verdict", "signed", 2),
        ("verdict", "odd", 1),
        ("text", "nobody", 1),
    ],
)
def test_filters_narrow_the_list_and_what_comes_next(chromium, start, name, value, count):
    found = start()
    deliver(found)
    deliver(found, body=b'{"type": "nobody"}')
    deliver(found)
    poisoned = b"this is no HTTP\r\n\r\n"
    with socket.create_connection(("127.0.0.1", int(found.url.rpartition(":")[2]))) as sock:
        sock.sendall(poisoned)
        sock.recv(100)
    with chromium.page(found.page_url, 1200) as tab:
        shown(tab, 4)
        tab.evaluate(f"document.querySelector('#filter [name={name}]').value = '{value}'")
        tab.evaluate("document.getElementById('filter').dispatchEvent(new Event('input'))")
        shown(tab, count)
        deliver(found)
        shown(tab, count + (value == "signed"))


def test_verdicts_are_told_apart_in_forced_colours(chromium, start):
    found = start()
    deliver(found)
    deliver(found, body=b"{}")
    with chromium.page(found.page_url, 1200, forced_colors="active") as tab:
        shown(tab, 2)
        said = tab.evaluate(
            "[...document.querySelectorAll('.row')].map((one) => one.children[3].lastChild.textContent)"
        )
        opened(tab, 1)
        assert said == ["wrong", "right"]
        assert (
            tab.evaluate("getComputedStyle(document.querySelector('.row[aria-selected=true]')).outlineStyle") == "solid"
        )


def test_the_body_is_what_was_sent(chromium, start):
    found = start()
    raw = bytes(range(256))
    deliver(found, body=raw)
    with chromium.page(found.page_url) as tab:
        shown(tab, 1)
        packed = tab.evaluate("fetch('deliveries/1').then((got) => got.json()).then((one) => one.body.base64)")
        assert base64.b64decode(packed) == raw
