"""One headless Chromium for all tests: pages opened from disk, spoken to over a pipe in its DevTools protocol."""

import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

BROWSER = Path(__file__).parent
AXE = BROWSER / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--no-first-run", "--no-default-browser-check", "--remote-debugging-pipe", "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
# The protocol's ends are descriptors 3 and 4 of the browser, whatever they are here.
_START = "import os, sys; r, w, *c = sys.argv[1:]; os.dup2(int(r), 3); os.dup2(int(w), 4); os.execv(c[0], c)"


def command():
    """Where Chromium is; nothing if it is not installed."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((found for name in names if (found := shutil.which(name))), "")


class Chromium:
    """The browser. Commands are answered in order; whatever else it says is kept in `events`."""

    def __init__(self, folder):
        (theirs, self._out), (self._in, ours) = os.pipe(), os.pipe()
        above = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (theirs, ours)]
        start = [sys.executable, "-c", _START, *map(str, above), command(), *FLAGS, f"--user-data-dir={folder}"]
        self._process = subprocess.Popen(
            start, pass_fds=above, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for end in (theirs, ours, *above):
            os.close(end)
        self._numbers, self._rest, self.events = itertools.count(1), b"", []

    def call(self, method, session=None, within_s=60, **params):
        """Give a command and wait for its answer."""
        number = next(self._numbers)
        line = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._out, json.dumps(line).encode() + b"\0") if len(json.dumps(line)) < 60_000 else self._write(line)
        end = time.monotonic() + within_s
        while True:
            found = self._read(end, method)
            if found.get("id") == number:
                assert "error" not in found, f"{method}: {found['error']}"
                return found["result"]
            self.events.append(found)

    def _write(self, line):
        rest = memoryview(json.dumps(line).encode() + b"\0")
        while rest:
            rest = rest[os.write(self._out, rest) :]

    def wait(self, method, session, within_s=60):
        """Wait until it says this of a page."""
        end = time.monotonic() + within_s
        while not any(one.get("method") == method and one.get("sessionId") == session for one in self.events):
            self.events.append(self._read(end, method))

    def _read(self, end, what):
        while b"\0" not in self._rest:
            ready = select.select([self._in], [], [], max(0.0, end - time.monotonic()))[0]
            assert ready, f"Chromium said nothing to {what} in time"
            piece = os.read(self._in, 1 << 20)
            assert piece, "Chromium has ended"
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\0")
        return json.loads(line)

    @contextmanager
    def page(self, path, width=1000, height=800, **media):
        """A page from disk in a tab of its own, until the block ends; `media` as CSS has its features."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session)
        for domain in ("Page", "Runtime", "Network", "Log"):
            tab.call(f"{domain}.enable")
        tab.resize(width, height)
        tab.show_as(**media)
        tab.open(path)
        yield tab
        self.call("Target.closeTarget", targetId=target)

    def close(self):
        for end in (self._out, self._in):
            os.close(end)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)


class Tab:
    """One page as the browser has it."""

    def __init__(self, browser, session):
        self._browser, self._session = browser, session

    def call(self, method, **params):
        return self._browser.call(method, self._session, **params)

    def open(self, path):
        """Another page in its place, from disk or from this machine; what was said before is forgotten."""
        self._browser.events.clear()
        address = path if str(path).startswith(("about:", "http:")) else Path(path).absolute().as_uri()
        self.call("Page.navigate", url=address)
        self._browser.wait("Page.loadEventFired", self._session)

    def resize(self, width, height=800):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def show_as(self, medium="", **features):
        """Emulate a medium and what the user prefers: `prefers_color_scheme="dark"`."""
        named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", media=medium, features=named)

    def evaluate(self, script):
        """What a script comes to, awaited; fails on what it throws."""
        said = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def press(self, key, code=0):
        """A key goes down and up."""
        for kind in ("rawKeyDown", "char", "keyUp") if key == "Enter" else ("rawKeyDown", "keyUp"):
            text = {"text": "\r"} if kind == "char" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def said(self, *methods):
        """What it said by these methods since it was opened."""
        return [one["params"] for one in self._browser.events if one.get("method") in methods]

    def asked_for(self):
        """Every address that it asked for since it was opened."""
        return [one["request"]["url"] for one in self.said("Network.requestWillBeSent")]

    def picture(self, path):
        """A picture of the whole page, for people."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        Path(path).write_bytes(base64.b64decode(shot["data"]))

    def printed(self, path, **options):
        """The page on paper, for people."""
        Path(path).write_bytes(base64.b64decode(self.call("Page.printToPDF", **options)["data"]))
