"""Debian's Chromium, driven through its debugging pipe: enough to open a page and act on it."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import F_DUPFD, fcntl
from pathlib import Path
from typing import Any

from tests.support.until import wait_until

CHROMIUM = "/usr/bin/chromium"
# It has no business outside this machine.
SECLUDED = (
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"),
    *("--disable-quic", "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
)
OPTIONS = (
    *("--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--hide-scrollbars", "--force-color-profile=srgb"),
    *SECLUDED,
)


class Browser:
    """The running program. Messages are JSON between NUL bytes (Chrome DevTools Protocol)."""

    def __init__(self, read: int, write: int) -> None:
        self._read = os.fdopen(read, "rb", buffering=0)
        self._write = os.fdopen(write, "wb", buffering=0)
        self._numbers = itertools.count(1)
        self._received = b""
        # What has been said meanwhile, of all tabs.
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, *, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """The command's result; raises RuntimeError with what the browser has to say against it."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._write.write(json.dumps(message).encode() + b"\0")
        answer = self.wait_for(lambda received: received.get("id") == number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return dict(answer["result"])

    @contextmanager
    def tab(self) -> Iterator[Tab]:
        """It shares nothing with others, neither cookies nor what was loaded."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        yield Tab(self, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        self.call("Target.disposeBrowserContext", browserContextId=context)

    def close(self) -> None:
        self.call("Browser.close")
        self._read.close()
        self._write.close()

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            message, end, rest = self._received.partition(b"\0")
            if end:
                self._received = rest
                received = json.loads(message)
                if wanted(received):
                    return dict(received)
                if "method" in received:
                    self.events.append(received)
                continue
            more = self._read.read(1 << 20)
            if not more:
                raise RuntimeError("the browser has gone")
            self._received += more


class Tab:
    """What a person has before them."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self.call("Page.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """As :meth:`Browser.call`, to this tab."""
        return self._browser.call(method, session=self._session, **parameters)

    def size(self, width: int, height: int) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def cookie(self, url: str, name: str, value: str) -> None:
        self.call("Network.setCookie", url=url, name=name, value=value)

    def open(self, url: str) -> None:
        loader = self.call("Page.navigate", url=url)["loaderId"]
        self._browser.wait_for(lambda received: is_loaded(received, loader))

    def watch(self) -> None:
        """Has requests and faults told in `events` from now on."""
        for domain in ("Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    @property
    def events(self) -> list[dict[str, Any]]:
        return [each for each in self._browser.events if each.get("sessionId") == self._session]

    def run(self, script: str) -> Any:
        """The value of an expression in the page, awaited where it is a promise; raises RuntimeError for its fault."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails'].get('exception', {}).get('description')}")
        return answer["result"].get("value")

    def requests(self) -> list[str]:
        """The addresses that were asked for since :meth:`watch`."""
        sent = [each for each in self.events if each["method"] == "Network.requestWillBeSent"]
        return [str(each["params"]["request"]["url"]) for each in sent]

    def faults(self) -> list[str]:
        """What stands in the console as an error since :meth:`watch`."""
        logged = [each["params"]["entry"] for each in self.events if each["method"] == "Log.entryAdded"]
        thrown = [each["params"] for each in self.events if each["method"] == "Runtime.exceptionThrown"]
        return [
            *(f"{entry['text']} {entry.get('url', '')}" for entry in logged if entry["level"] == "error"),
            *(str(each["exceptionDetails"]) for each in thrown),
        ]


def is_loaded(received: dict[str, Any], loader: str) -> bool:
    told = received.get("params", {})
    return received.get("method") == "Page.lifecycleEvent" and (told["name"], told["loaderId"]) == ("load", loader)


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser with an empty profile in `profile`."""
    its_read, our_write = os.pipe()
    our_read, its_write = os.pipe()

    def move() -> None:
        """Chromium expects its pipe at the descriptors 3 and 4; by way of higher ones, for ours may be just those."""
        for theirs, place in [(fcntl(its_read, F_DUPFD, 10), 3), (fcntl(its_write, F_DUPFD, 10), 4)]:
            os.dup2(theirs, place)

    process = subprocess.Popen(
        [CHROMIUM, *OPTIONS, f"--user-data-dir={profile}", "about:blank"],
        pass_fds=(3, 4),
        preexec_fn=move,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(its_read)
    os.close(its_write)
    try:
        running = Browser(our_read, our_write)
        yield running
        running.close()
        process.wait(timeout=30)
    finally:
        process.kill()
        process.wait()


def follow(window: Tab, element: str) -> None:
    """Clicks, and waits for the page that this leads to."""
    window.run("window.left = true")
    window.run(f"document.querySelector({json.dumps(element)}).click()")
    seen(window, "!window.left && document.readyState === 'complete'")


def seen(window: Tab, script: str) -> Any:
    """The value of the expression as soon as there is one."""
    found: list[Any] = []

    def look() -> bool:
        try:
            found[:] = [window.run(script)]
        except RuntimeError:  # between two pages there is nothing to look at
            found[:] = [None]
        return bool(found[0])

    wait_until(look)
    return found[0]
