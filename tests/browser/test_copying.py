"""Buttons that copy a command, with the clipboard that a browser has over TLS and without it; and the charts."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.browser.conftest import Port, Window

pytestmark = pytest.mark.slow
READ, WRITE = "clipboard-read", "clipboard-write"
# How many pixels of a chart are not transparent.
DRAWN = """canvas => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return pixels.filter((value, place) => place % 4 === 3 && value > 0).length;
}"""


def artifact(port: Port) -> tuple[Window, str]:
    """Its page, and the command that pulls it."""
    window = port.window(port.with_role("guest"), permissions=[READ, WRITE])
    window.open(reverse("admin:registry_api_manifest_change", args=[port.artifact.pk]))
    return window, f"docker pull {port.product.address}/{port.repository}:"


def test_a_command_is_copied(port: Port) -> None:
    window, command = artifact(port)
    button = window.page.locator(f"[data-copy^='{command}']")
    button.click()
    window.page.locator(f"[data-copy^='{command}'].done").wait_for()
    assert window.page.evaluate("navigator.clipboard.readText()") == button.get_attribute("data-copy")


def test_a_command_is_copied_where_the_browser_has_no_clipboard_of_its_own(port: Port) -> None:
    """As without TLS, where there is no navigator.clipboard."""
    window, command = artifact(port)
    # What the test before has copied is the very same.
    window.page.evaluate("navigator.clipboard.writeText('something else')")
    window.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    button = window.page.locator(f"[data-copy^='{command}']")
    button.click()
    window.page.locator(f"[data-copy^='{command}'].done").wait_for()
    # With the clipboard that the window had from the beginning.
    again, _command = artifact(port)
    assert again.page.evaluate("navigator.clipboard.readText()") == button.get_attribute("data-copy")


def test_charts_are_drawn(port: Port) -> None:
    window = port.window(port.people.new_user(sysadmin=True))
    charts = window.page.locator("canvas")
    charts.first.wait_for()
    assert charts.count() == 2
    for chart in charts.all():
        element = chart.element_handle()
        window.page.wait_for_function(f"canvas => ({DRAWN})(canvas) > 500", arg=element)
