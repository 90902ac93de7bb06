"""A browser in which somebody is logged in to the studio, and what its forms hold."""

import html
import re

from flask import Flask, g
from werkzeug.test import TestResponse

from capture.accounts.models import Role
from capture.db import db
from tests.web.test_studio import a_login, a_person, csrf

TEXT = """# Answer fast

A visitor who asks a question is curious for about as long as a cup of tea stays hot.

## The first hour

Call back while they still know why they asked.

```
## no heading
```

## Who calls

One person, by name.
"""


class Studio:
    """A browser in which somebody is logged in."""

    def __init__(
        self, app: Flask, role: Role = Role.MARKETER, email: str = "mara@northwind.example", agent: str = ""
    ) -> None:
        self.client = app.test_client()
        if agent:
            self.client.environ_base["HTTP_USER_AGENT"] = agent
        self._as_if_alone()
        address = a_login(a_person(role, email))
        self.client.post(address, data={"csrf_token": csrf(self.client.get(address).text)})
        self.token = csrf(self.get("/studio/people/me"))

    @classmethod
    def of_nobody(cls, app: Flask) -> "Studio":
        """A browser in which nobody is logged in yet."""
        studio = cls.__new__(cls)
        studio.client = app.test_client()
        studio.token = csrf(studio.get("/studio/login"))
        return studio

    def _as_if_alone(self) -> None:
        """The application context of the test outlives a request: nothing may be left from another one."""
        db.session.remove()
        for name in list(g):
            g.pop(name)

    def get(self, path: str, status: int = 200) -> str:
        self._as_if_alone()
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return answer.text

    def post(self, path: str, status: int = 303, /, **data: object) -> str:
        """Post a form; gives where it leads, or the page where it leads nowhere."""
        self._as_if_alone()
        answer = self.client.post(path, data={"csrf_token": self.token, **data}, content_type="multipart/form-data")
        assert answer.status_code == status, (path, answer.status_code)
        return answer.location or answer.text

    def post_seen(self, path: str, status: int = 303, /, *, on: str = "", **data: object) -> str:
        """Post a form as it is posted from its screen (`on`; its own address by itself), which says what was seen."""
        screen = self.get(on or path)
        form = screen.partition(f'action="{path}"')[2] or screen
        mark = re.search(r'name="mark" value="([^"]*)"', form)
        assert mark, path
        return self.post(path, status, mark=mark[1], **data)

    def open(self, method: str, path: str, *, token: str | None = None, **data: object) -> TestResponse:
        """Any request; a change carries the token of the session unless another one is given."""
        self._as_if_alone()
        if method == "GET":
            return self.client.get(path)
        return self.client.open(
            path,
            method=method,
            data={"csrf_token": self.token if token is None else token, **data},
            buffered=True,  # read to the end and closed, as a browser does
        )

    def script(self, path: str, form: dict[str, str]) -> TestResponse:
        """What autosaving posts."""
        self._as_if_alone()
        return self.client.post(path, data=form, headers={"Accept": "application/json"})

    def start(self, text: str = TEXT, **data: object) -> str:
        """A new draft; gives its address."""
        return self.post("/studio/drafts/new", text=text, **data).partition("?")[0].rstrip("/")

    def fields(self, path: str) -> dict[str, str]:
        """What the big form of a screen holds, as a browser would send it back."""
        form = re.search(r"<form class=\"form panel\".*?</form>", self.get(path), re.DOTALL)
        assert form
        return typed(form[0])

    def save(self, path: str, status: int = 303, /, **changes: str) -> str:
        return self.post(path, status, **{**self.fields(path), **changes})


def typed(form: str) -> dict[str, str]:
    values = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        facts = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if facts.get("type") == "checkbox" and " checked" not in tag:
            continue
        values[facts["name"]] = html.unescape(facts.get("value", ""))
    for name, text in re.findall(r'<textarea\b[^>]*name="([^"]+)"[^>]*>\r?\n(.*?)</textarea>', form, re.DOTALL):
        values[name] = html.unescape(text).replace("\r\n", "\n").replace("\n", "\r\n")
    for name, options in re.findall(r'<select\b[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        assert chosen
        values[name] = html.unescape(chosen[1])
    return values
