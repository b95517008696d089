"""Takes the pictures in docs/listen.md from the real page, in Chromium: `make pictures`.

Three senders deliver to a listener that answers 500, 500 and then 200; one of them signs re-serialised JSON.
"""

from __future__ import annotations

import json
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.browser.chromium import Chromium, Tab

from hookproof import providers
from hookproof.delivery.model import Delivery
from hookproof.delivery.secret import Secret
from hookproof.providers.events import Maker
from hookproof.workbench.inbound.script import parse
from hookproof.workbench.page.listening import Options, listening

DOCS = Path(__file__).parent
SECRET = Secret(b"whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY")
LIST, DELIVERY = DOCS / "listen-list.png", DOCS / "listen-delivery.png"


def main() -> None:
    surfaces = [surface for name in providers.names() for surface in providers.load(name).surfaces({})]
    with tempfile.TemporaryDirectory() as folder:
        options = Options(
            Path(folder) / "a.sqlite", surfaces, keys=[SECRET], script=parse("500,500,200", forwards=False)
        )
        with listening(options) as found:
            for delivery in _deliveries():
                _send(found.url, delivery)
            browser = Chromium(folder)
            try:
                _take(browser, found.page_url)
            finally:
                browser.close()
    print(f"taken: {LIST.name}, {DELIVERY.name}")


def _deliveries() -> list[Delivery]:
    """What comes: attempts of one delivery, one of another provider, and one that is signed wrong."""
    makers = [Maker(providers.load(name).surfaces({})[0], secret=SECRET) for name in ("standard-webhooks", "github")]
    first, second = makers[0].make(), makers[1].make("push")
    body = json.dumps(json.loads(second.body), indent=1).encode()
    return [first, first, second, first, second.with_body(body, "signed before it was written")]


def _send(url: str, delivery: Delivery) -> None:
    fresh = delivery.signed_at(time.time(), delivery.label) if delivery.genuine else delivery
    headers = {name.decode(): value.decode() for name, value in fresh.headers}
    try:
        urllib.request.urlopen(urllib.request.Request(url, fresh.body, headers), timeout=10).close()
    except urllib.error.HTTPError as error:
        error.close()
    time.sleep(0.4)


def _take(browser: Chromium, url: str) -> None:
    with browser.page(url, 1280, 420) as tab:
        _wait(tab, "[...document.querySelectorAll('.row')].length === 5 && !document.body.innerText.includes('…')")
        tab.picture(LIST)
        tab.resize(1280, 900)
        tab.evaluate("document.querySelector('.row[data-n=\"4\"]').click()")
        _wait(tab, "document.querySelector('#detail .tree') !== null")
        tab.picture(DELIVERY)


def _wait(tab: Tab, script: str) -> None:
    for _ in range(600):
        if tab.evaluate(script):
            return
        time.sleep(0.05)
    raise SystemExit(f"the page never came to: {script}")


if __name__ == "__main__":
    main()
