"""The judge under `/_mock/judge`: stories for a client of any language, and the verdict on what it does."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Flask, Response, request

from reportcontracts.errors import ContractError, UnknownName
from reportmocks.answers import CALL, current_call, json_answer, text_answer
from reportmocks.control.bodies import read_body
from reportmocks.control.errors import ControlError, only_members, unknown
from reportmocks.control.targets import target
from reportmocks.kernel.call import Call
from reportmocks.kernel.chance import token_hex
from reportmocks.kernel.core import Kernel

if TYPE_CHECKING:
    from reportcontracts.kit.case import Case
    from reportcontracts.kit.control import Step
    from reportcontracts.kit.evidence import Result
    from reportcontracts.kit.judge import Judge
    from reportmocks.kernel.journal import Entry

MOST: Final = 100
"""Judgements that are kept at one time."""
ABANDONED: Final = 3_600_000
"""A judgement that nobody asked about for so many wall milliseconds makes room for another."""
RESULT_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of a result."""

Ask = Callable[["Step"], Any]


def routes(kernel: Kernel, app: Flask) -> Blueprint:
    """The routes of the judge; `app` is the control API, by which stories are set up."""
    its = Blueprint("judges", __name__)
    judges = Judges(kernel, app)

    @its.post("/judge")
    def create() -> Response:
        target(kernel)
        name, judge = judges.create(read_body())
        return json_answer(_told(name, judge), 201, headers={"Location": _link(name)})

    @its.get("/judge")
    def listed() -> Response:
        target(kernel)
        return json_answer([_told(name, judge) for name, judge in judges.all()])

    @its.get("/judge/<name>")
    def verdict(name: str) -> Response:
        target(kernel)
        return json_answer(_told(name, judges.one(name)) | judges.one(name).verdict().as_dict())

    @its.delete("/judge/<name>")
    def forget(name: str) -> Response:
        target(kernel)
        judges.forget(name)
        return json_answer({"status": "forgotten", "id": name})

    @its.post("/judge/<name>/cases")
    def next_case(name: str) -> Response:
        target(kernel)
        body = read_body()
        only_members(body, ("story", "point"))
        case = judges.open(name, body)
        if case is None:
            return text_answer("", 204, content_type="application/json")
        return json_answer(_case(name, case), 201, headers={"Location": _link(name, case.number)})

    @its.get("/judge/<name>/cases/<int:number>")
    def one_case(name: str, number: int) -> Response:
        target(kernel)
        return json_answer(_case(name, judges.case(name, number)))

    @its.post("/judge/<name>/cases/<int:number>/result")
    def hand_in(name: str, number: int) -> Response:
        target(kernel)
        case = judges.case(name, number)
        if case.findings is not None:
            raise ControlError(status=409, kind="case-closed", detail=f"case {number} has its result already")
        result = _read_result()
        with _refusals():
            case.hand_in(result)
        return json_answer(_case(name, case))

    return its


@dataclass(slots=True)
class Judges:
    """The judgements of a server, each with the instant by the wall clock at which it was last used."""

    kernel: Kernel
    app: Flask
    _kept: "dict[str, tuple[Judge, int]]" = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def create(self, body: Mapping[str, Any]) -> "tuple[str, Judge]":
        """A new judgement, as the body orders it."""
        from reportcontracts.kit.judge import Judge  # noqa: PLC0415 - most servers never judge
        from reportcontracts.kit.order import read_order  # noqa: PLC0415
        from reportcontracts.kit.stories import Need  # noqa: PLC0415

        with _refusals():
            order = read_order(body, self.kernel.settings.catalogue)
        if order.vendor not in self.kernel.traits:
            raise unknown("vendor", order.vendor, self.kernel.traits, status=422)
        name = token_hex(6)
        able = frozenset({Need.FAULTS} if self.kernel.settings.faults else ())
        judge = Judge(
            name, order, OwnControl(self.kernel, self.app), able, self.kernel.settings.catalogue(order.vendor)
        )
        with self._lock:
            abandoned = self._make_room()
            self._kept[name] = (judge, self.kernel.wall())
            self.kernel.journal.watch(self._observe)
        if abandoned is not None:
            abandoned.let_go()
        return name, judge

    def _make_room(self) -> "Judge | None":
        """The judgement, kept no longer, that had to make room, if one had to."""
        if len(self._kept) < MOST:
            return None
        oldest, (judge, used) = min(self._kept.items(), key=lambda one: one[1][1])
        if self.kernel.wall() - used < ABANDONED:
            detail = f"there are {MOST} judgements; DELETE one that is done"
            raise ControlError(status=409, kind="too-many-judgements", detail=detail)
        del self._kept[oldest]
        return judge

    def all(self) -> "list[tuple[str, Judge]]":
        """Every judgement with its name, in the order in which they were made."""
        with self._lock:
            return [(name, judge) for name, (judge, _) in self._kept.items()]

    def one(self, name: str) -> "Judge":
        """The judgement of this name."""
        with self._lock:
            if name not in self._kept:
                raise unknown("judgement", name, self._kept)
            judge, _ = self._kept[name]
            self._kept[name] = (judge, self.kernel.wall())
        return judge

    def forget(self, name: str) -> None:
        """Let a judgement go, with the sandboxes of its cases."""
        judge = self.one(name)
        with self._lock:
            self._kept.pop(name, None)
        judge.let_go()

    def open(self, name: str, body: Mapping[str, Any]) -> "Case | None":
        """The next case of a judgement, or the one that the body asks for."""
        judge, story, point = self.one(name), body.get("story"), body.get("point")
        if story is not None and not isinstance(story, str):
            raise ControlError(status=422, kind="bad-value", detail="story: no string")
        if point is not None and not isinstance(point, dict):
            raise ControlError(status=422, kind="bad-value", detail="point: no object")
        with _refusals():
            return judge.next_case(f"{current_call().origin}/{judge.order.vendor}", story, point)

    def case(self, name: str, number: int) -> "Case":
        """A case of a judgement."""
        case = self.one(name).case(number)
        if case is None:
            raise unknown("case", str(number), ())
        return case

    def _observe(self, entry: "Entry") -> None:
        with self._lock:
            judges = [judge for judge, _ in self._kept.values()]
        for judge in judges:
            if entry.vendor == judge.order.vendor and judge.owns(entry.sandbox):
                judge.observe(entry.as_dict())


@dataclass(frozen=True, slots=True)
class OwnControl:
    """The control API of this server, asked without a socket."""

    kernel: Kernel
    app: Flask

    def call(self, step: "Step") -> Any:
        """Make a call, and return what its answer's JSON holds; `ControlRefused` for a refusal."""
        from werkzeug.test import EnvironBuilder, run_wsgi_app  # noqa: PLC0415 - only judging needs it

        from reportcontracts.kit.control import ControlRefused  # noqa: PLC0415

        environ = EnvironBuilder(
            path=f"/{step.path}", query_string=dict(step.query), method=step.method
        ).get_environ()
        call = Call(environ, self.kernel.wall())
        call.body = b"" if step.body is None else json.dumps(step.body).encode()
        environ[CALL] = call
        chunks, status, _ = run_wsgi_app(self.app.wsgi_app, environ)
        answer = json.loads(b"".join(chunks))
        if not status.startswith("2"):
            raise ControlRefused(step, int(status[:3]), answer)
        return answer


def _link(name: str, number: int | None = None) -> str:
    path = f"{current_call().origin}/_mock/judge/{name}"
    return path if number is None else f"{path}/cases/{number}"


def _told(name: str, judge: "Judge") -> dict[str, Any]:
    return {
        "id": name,
        "vendor": judge.order.vendor,
        "seed": judge.order.seed,
        "time": str(judge.order.time),
        "stories": [
            {"id": story.id, "rule": story.rule, "title": story.title, "decides": list(story.decides)}
            for story in judge.stories
        ],
        "waiting": judge.waiting,
        "not_run": {story: list(needs) for story, needs in judge.not_run.items()},
        "links": {"verdict": _link(name), "cases": f"{_link(name)}/cases"},
    }


def _case(name: str, case: "Case") -> dict[str, Any]:
    findings = case.findings
    return {
        "number": case.number,
        "story": case.story.id,
        "rule": case.story.rule,
        "title": case.story.title,
        "sandbox": case.sandbox,
        "task": case.task.as_dict(),
        "kill": case.kill_wanted,
        "state": "open" if findings is None else "closed",
        "findings": None if findings is None else [finding.as_dict() for finding in findings],
        "links": {"case": _link(name, case.number), "result": f"{_link(name, case.number)}/result"},
    }


def _read_result() -> "Result":
    """The result that the call carries: a JSON object, or rows as CSV, a JSON array or lines of JSON."""
    from reportcontracts.kit.results import read_result, read_rows  # noqa: PLC0415

    call = current_call()
    if call.body_limit:
        raise ControlError(status=413, kind="too-large", detail=f"a result is at most {RESULT_LIMIT} bytes")
    try:
        text = call.body.decode()
    except UnicodeDecodeError as error:
        raise ControlError(status=400, kind="bad-result", detail=f"the body is not UTF-8: {error}") from error
    with _refusals():
        if request.mimetype in ("", "application/json") and not text.lstrip().startswith("["):
            return read_result(read_body())
        return read_rows(text, request.mimetype)


class _refusals:  # noqa: N801 - used as a statement
    """`with _refusals():` what the kit refuses is refused as the control API does."""

    def __enter__(self) -> None:
        """Nothing to begin with."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        from reportcontracts.kit.control import ControlRefused  # noqa: PLC0415
        from reportcontracts.kit.judge import TooManyCases  # noqa: PLC0415

        if isinstance(error, UnknownName):
            members = {"field": error.kind, "given": str(error.name), "near": list(error.near)}
            kind = f"unknown-{error.kind.replace(' ', '-')}"
            raise ControlError(status=422, kind=kind, detail=str(error), members=members) from error
        if isinstance(error, ContractError):
            raise ControlError(
                status=422, kind="bad-value", detail=str(error), members={"field": error.key}
            ) from error
        if isinstance(error, ControlRefused):
            raise ControlError(status=409, kind="story-refused", detail=str(error)) from error
        if isinstance(error, TooManyCases):
            raise ControlError(status=409, kind="too-many-cases", detail=str(error)) from error
