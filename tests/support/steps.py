"""Steps of scenarios and boundary cases, run as the printed scripts run them, but in this process."""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from click.testing import CliRunner

from reportcontracts import remote
from reportcontracts.steps import HEADER, Ask, Call, Control, Slots, Step
from reportmocks.ctl import ctl


class Player:
    """Runs steps against an application, in one sandbox; what calls save is kept for later ones."""

    def __init__(
        self, client: httpx.Client, vendor: str, sandbox: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.client = client
        self.vendor = vendor
        self.sandbox = sandbox
        monkeypatch.setattr(remote.Remote, "fetch", self._fetch)

    def play(self, steps: Sequence[Step], slots: Slots) -> list[httpx.Response]:
        """Do the steps, each of which must have the answer that it says; return the answers to the calls."""
        answers = []
        for step in steps:
            if isinstance(step, Control):
                self.control(*(slots.fill(word) for word in step.words))
            else:
                answer, slots = self.ask(step, slots)
                answers.append(answer)
        return answers

    def control(self, *words: str) -> str:
        """Type `reportmocks ctl` for the sandbox; it must do what it is asked."""
        fixed = ["--url", "http://127.0.0.1:8080", "--vendor", self.vendor, "--sandbox", self.sandbox]
        result = CliRunner().invoke(ctl, [*fixed, *words], catch_exceptions=False)
        assert result.exit_code == 0, f"ctl {' '.join(words)}: {result.output}"
        return result.output

    def ask(self, ask: Ask, slots: Slots) -> tuple[httpx.Response, Slots]:
        """Make a call, see that its answer is as the step says, and keep what it saves."""
        filled = slots.with_(ask.call.defaults).with_(ask.values)
        answer = self.send(ask.call, filled)
        rules = answer.headers.get("X-Mock-Rule", "").split(", ")
        text = f"{dict(answer.headers)}\n{answer.text if 'gzip' not in str(answer.headers) else ''}"
        told = f"{ask.call.name} {dict(ask.values)}: {answer.status_code} {rules} {text[:600]}"
        assert answer.status_code == ask.status, told
        assert ask.rule in (None, rules[0]), told
        for word in ask.words:
            assert (word.removeprefix("!").lower() in text.lower()) is not word.startswith("!"), told
        return answer, slots.with_(dict(_saved(ask.call, answer)))

    def send(self, call: Call, slots: Slots) -> httpx.Response:
        """The call as curl makes it."""
        path = slots.fill(call.path)
        url = path if path.startswith("http") else f"/{self.vendor}{path}"
        options: dict[str, Any] = {}
        if call.user:
            user, _, password = slots.fill(call.user).partition(":")
            options["auth"] = (user, password)
        if call.json:
            options |= {"content": slots.fill(call.json).encode()}
        elif call.form:
            pairs = [f"{name}={slots.fill(value)}" for name, value in call.form.items()]
            options["data"] = dict(parse_qsl("&".join(pairs)))
        headers = {name: slots.fill(value) for name, value in call.headers.items()}
        return self.client.request(call.method, url, headers=headers, follow_redirects=False, **options)

    def _fetch(self, method: str, path: str, query: Any = None, body: object = None) -> tuple[int, bytes]:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        chosen = {name: text for name, text in (query or {}).items() if text is not None}
        answer = self.client.request(method, f"/_mock/{path}", params=chosen, content=data)
        return answer.status_code, answer.content


def _saved(call: Call, answer: httpx.Response) -> Iterator[tuple[str, str]]:
    for name, source in call.save.items():
        if source.startswith(HEADER):
            yield name, answer.headers[source.removeprefix(HEADER)]
        else:
            yield name, next(_members(answer.json(), source))


def _members(value: Any, name: str) -> Iterator[str]:
    """The texts of every member of this name, however deep; of a list, the first."""
    if isinstance(value, dict):
        for key, member in value.items():
            if key == name:
                yield member[0] if isinstance(member, list) else member
            else:
                yield from _members(member, name)
    elif isinstance(value, list):
        for member in value:
            yield from _members(member, name)
