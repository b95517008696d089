"""The page's server: nobody but the page itself gets anything, and no secret is in what it gets."""

import base64
import json
import time
from urllib.parse import urlsplit

import httpx
import pytest

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.workbench.page.listening import Options, listening
from tests.workbench.opinions.deliveries import TEXT, made

SOON_S = 20


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    surfaces = providers.load("github").surfaces({})
    options = Options(store=tmp_path_factory.mktemp("s") / "a.sqlite", surfaces=surfaces, keys=[Secret(TEXT)])
    with listening(options) as found:
        request = made("github")
        headers = [
            *request.headers,
            (b"Authorization", b"Bearer abcdefgh"),
            (b"X-Odd", b"<img src=x onerror=alert(1)>\xe2\x80\xae"),
        ]
        found.request = request
        for extra in ([], [(b"X-Secret-In-It", TEXT)]):
            httpx.post(
                found.url + "/p?q=" + TEXT.decode().replace(" ", "%20"),
                content=request.body,
                headers=[*headers, *extra],
            )
        httpx.post(found.url, content=TEXT + b" in a body")
        _judged(found.page_url, 3)
        yield found


def _judged(page, count):
    end = time.monotonic() + SOON_S
    while time.monotonic() < end:
        numbers = httpx.get(page + "numbers").json()["numbers"]
        got = httpx.get(page + "rows", params={"n": ",".join(map(str, numbers))}).json()
        if sum(row["judged"] and row["outcome"] != "open" for row in got) >= count:
            return
        time.sleep(0.02)
    raise AssertionError("not judged in time")


def get(running, path, **more):
    return httpx.get(running.page_url + path, timeout=SOON_S, **more)


def post(running, path, asked, **more):
    return httpx.post(running.page_url + path, content=json.dumps(asked), timeout=SOON_S, **more)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_gets_nothing(running, headers):
    for found in (
        get(running, "numbers", headers=headers),
        post(running, "delete", {"numbers": "all"}, headers=headers),
    ):
        assert found.status_code == 404 and found.text == "not found"
    assert len(get(running, "numbers").json()["numbers"]) == 3


def test_who_does_not_know_the_path_gets_nothing(running):
    parts = urlsplit(running.page_url)
    for path in (
        "/",
        "/numbers",
        parts.path[:-2] + "/",
        "/" + "a" * 32 + "/numbers",
        parts.path + "files/../server.py",
    ):
        assert httpx.get(f"http://{parts.netloc}{path}").status_code == 404


def test_every_answer_is_sealed(running):
    for path in ("", "files/inspector.js", "files/inspector.css", "numbers", "files/nothing.js"):
        found = get(running, path)
        assert "default-src 'none'" in found.headers["content-security-policy"]
        assert (
            found.headers["x-content-type-options"] == "nosniff" and found.headers["referrer-policy"] == "no-referrer"
        )
        assert found.headers["cache-control"] == "no-store" and "set-cookie" not in found.headers


def test_no_secret_is_in_what_the_page_gets(running):
    numbers = get(running, "numbers").json()["numbers"]
    said = [get(running, f"deliveries/{n}").text for n in numbers]
    said += [base64.b64decode(json.loads(one)["body"]["base64"]).decode() for one in said]
    said += [
        get(running, f"deliveries/{n}/copy?as={form}").text for n in numbers for form in ("curl", "python", "pytest")
    ]
    said += [get(running, f"download?as={form}").text for form in ("capture", "har")]

    assert not [text for text in said if TEXT.decode() in text or TEXT.decode().replace(" ", "%20") in text]
    assert "abcdefgh" not in "".join(said[:3]) and "\u202e" not in "".join(said[:3])


def test_one_delivery_is_told_in_full(running):
    first = get(running, "deliveries/1").json()

    assert first["opinion"]["signature"] == "right" and first["opinion"]["signed"]["signs"] == "{body}"
    assert base64.b64decode(first["body"]["base64"]) == running.request.body
    assert ["Authorization", "<hidden>"] in first["headers"]
    assert [one["n"] for one in first["attempts"]] == [1, 2]


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 3), ("verdict=signed", 2), ("verdict=retried", 1), ("text=in a body", 1), ("text=ONERROR", 2),
     ("id=nothing", 0), ("verdict=unknown", 3), ("kind=' OR 1 --", 0), ("verdict=refused", 0)],
)  # fmt: skip
def test_a_filter_leaves_what_was_asked_for(running, query, count):
    assert len(get(running, f"numbers?{query}").json()["numbers"]) == count


def test_changes_come_from_where_one_was(running):
    def events(since, **headers):
        found = []
        with httpx.stream(
            "GET", running.page_url + f"changes?since={since}", headers=headers, timeout=SOON_S
        ) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    found.append(json.loads(line[5:]))
                if found and "answer" in found[-1]:
                    return found
        return found

    first, state = events(0)
    assert {row["n"] for row in first["rows"]} == {1, 2, 3} and state["answer"] == "200"
    assert [one for one in events(0, **{"Last-Event-ID": str(first["change"])}) if "rows" in one] == []
    assert events(10**9)[0]["anew"] is True


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"how": "same", "url": "http://example.org/"}, "is not on this machine"),
        ({"how": "same", "url": "file:///etc/passwd"}, "write where to send it"),
        ({"how": "same", "url": "http://127.0.0.1:1/\r\nX: y"}, "write where to send it"),
        ({"how": "same"}, "write where to send it"),
        ({"how": "edited", "url": "http://127.0.0.1:1/", "method": "A B", "headers": []}, "is no method"),
        (
            {"how": "edited", "url": "http://127.0.0.1:1/", "method": "PUT", "headers": [["a b", "c"]]},
            "no name of a header",
        ),
        ({"how": "edited", "url": "http://127.0.0.1:1/", "method": "PUT", "headers": [["a", "c\nd"]]}, "no line break"),
        ({"how": "edited", "url": "http://127.0.0.1:1/", "method": "PUT", "headers": "x"}, "write each header"),
        ({"how": "edited", "method": "PUT", "headers": [], "body_base64": "!"}, "the body could not be read"),
    ],
)
def test_what_cannot_be_sent_is_said(running, asked, said):
    found = post(running, "deliveries/1/send", asked)

    assert found.status_code == 400 and said in found.json()["error"]


def test_a_delivery_goes_out_again_as_it_came_signed_anew_and_edited(running, tmp_path):
    surfaces = providers.load("github").surfaces({})
    with listening(Options(store=tmp_path / "b.sqlite", surfaces=surfaces, given=True, keys=[Secret(TEXT)])) as other:
        url = other.url + "/again"
        headers = [["X-GitHub-Event", "ping"], ["Authorization", "<hidden>"]]
        edited = {"how": "edited", "url": url, "method": "POST", "headers": headers,
                  "body_base64": base64.b64encode(b'{"changed": true}').decode()}  # fmt: skip
        for asked in ({"how": "same", "url": url}, {"how": "signed", "url": url}, edited, {**edited, "sign": True}):
            assert post(running, "deliveries/1/send", asked).json()["status"] == 200
        _judged(other.page_url, 4)
        same, signed, plain, anew = (httpx.get(other.page_url + f"deliveries/{n}").json() for n in (1, 2, 3, 4))

    assert base64.b64decode(same["body"]["base64"]) == running.request.body
    assert [one["opinion"]["signature"] for one in (same, signed, plain, anew)] == [
        "right",
        "right",
        "missing",
        "right",
    ]
    assert base64.b64decode(plain["body"]["base64"]) == b'{"changed": true}'


def test_what_is_answered_can_be_changed(running):
    assert post(running, "state", {"answer": "500, 200", "challenges": "wrong"}).json()["answer"] == "500, 200"
    assert httpx.post(running.url, content=b"new").status_code == 500
    wrong = post(running, "state", {"answer": "maybe"})
    assert wrong.status_code == 400 and "'maybe' is no answer" in wrong.json()["error"]
    assert post(running, "state", {"answer": "200 body \ud800"}).json()["answer"] == "200 body ?"
    assert post(running, "state", {"answer": "200", "challenges": "right"}).json()["challenges"] == "right"
    newest = get(running, "numbers").json()["numbers"][0]
    post(running, "delete", {"numbers": [newest]})
    assert newest not in get(running, "numbers").json()["numbers"]
    assert post(running, "delete", {"numbers": "some"}).status_code == 400


def test_numbers_of_no_delivery_are_nobodys(running):
    huge = "9" * 5000
    assert get(running, f"rows?n={huge},{10**14},x,-1").json() == []
    for number in (0, 10**14, 10**30):
        assert get(running, f"deliveries/{number}").status_code == 404
    for number in (True, 10**30, "1", -1):
        assert post(running, "delete", {"numbers": [number]}).status_code == 400


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"null", b'{"answer": {}}', b"[" * 100_000])
def test_what_is_no_request_of_the_page_changes_nothing(running, raw):
    found = httpx.post(running.page_url + "state", content=raw)

    assert found.status_code in (200, 400) and get(running, "state").json()["answer"] == "200"
