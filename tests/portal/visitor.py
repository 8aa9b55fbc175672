"""Somebody who looks at the portal: signs in with the form, opens pages."""

from __future__ import annotations

import re

import requests

TIMEOUT = 60  # seconds; a bound against hanging


class Visitor:
    def __init__(self, address: str, username: str, password: str) -> None:
        self.address = address
        self.username = username
        self.password = password
        self.session = requests.Session()
        self.session.trust_env = False

    def page(self, path: str) -> str:
        """The page's HTML; raises requests.HTTPError for one that does not open."""
        answer = self.session.get(self.address + path, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.text

    def sign_in(self) -> requests.Response:
        """What comes after the form was sent, redirects followed."""
        form = self.page("/admin/login/")
        (token,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        fields = {"username": self.username, "password": self.password, "csrfmiddlewaretoken": token, "next": "/admin/"}
        return self.session.post(f"{self.address}/admin/login/", data=fields, timeout=TIMEOUT)
