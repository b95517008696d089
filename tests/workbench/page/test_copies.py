"""Copies: what a shell, Python and pytest make of them is the delivery again, signed with the secret they are given."""

import os
import subprocess
import sys

import httpx
import pytest

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.workbench.page.listening import Options, listening
from tests.workbench.opinions.deliveries import TEXT, made
from tests.workbench.page.test_server import _judged

BODIES = [None, bytes(range(256)), b'it\'s "quoted" $HOME `id` \\n', b""]


@pytest.mark.parametrize("form", ["curl", "python", "pytest"])
def test_a_copy_sends_the_same_again(form, tmp_path):
    surfaces = providers.load("github").surfaces({})
    behind = Options(store=tmp_path / "behind.sqlite", surfaces=surfaces, given=True, keys=[Secret(TEXT)])
    with listening(behind) as target:
        options = Options(store=tmp_path / "a.sqlite", surfaces=surfaces, keys=[Secret(TEXT)], forward=target.url)
        with listening(options) as found:
            request = made("github")
            for body in BODIES:
                httpx.post(
                    found.url + "/hook?a=b",
                    content=request.body if body is None else body,
                    headers=list(request.headers),
                )
            _judged(found.page_url, len(BODIES))
            for n in range(1, len(BODIES) + 1):
                _run(form, httpx.get(found.page_url + f"deliveries/{n}/copy", params={"as": form}).text, tmp_path)
        _judged(target.page_url, len(BODIES))
        rows = httpx.get(target.page_url + "rows?n=1,2,3,4").json()
        bodies = [httpx.get(target.page_url + f"download?as=capture&n={n}").text for n in (1, 2, 3, 4)]

    assert [row["target"] for row in rows] == ["/hook?a=b"] * 4
    assert [row["signature"] for row in rows] == ["right", "wrong", "wrong", "wrong"]
    assert [row["size"] for row in rows] == [len(request.body), 256, len(BODIES[2]), 0] and all(bodies)


def _run(form, text, folder):
    assert TEXT.decode() not in text
    environment = {**os.environ, "HOOKPROOF_SECRET": TEXT.decode()}
    path = folder / {"curl": "again.sh", "python": "again.py", "pytest": "test_again.py"}[form]
    path.write_text(text)
    command = {
        "curl": ["bash", str(path)],
        "python": [sys.executable, str(path)],
        "pytest": [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, str(path)],
    }[form]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=folder, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
