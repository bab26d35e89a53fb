"""One client led through the stories of a judgement, several at a time."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from reportcontracts.kit.draws import drawn
from reportcontracts.kit.driving import Judgement, OpenCase
from reportcontracts.kit.profile import profile
from reportcontracts.kit.stories import Need, Time
from reportcontracts.remote import ControlError, RefusedError, Remote
from reportmocks.interception.timeshim import TimeShim, time_environment
from reportmocks.judging.bounded import Bounds, Interrupted, Run, run_bounded
from reportmocks.judging.client import Client
from reportmocks.judging.rows import result_of
from reportmocks.judging.smaller import smaller
from reportmocks.judging.words import able, filled, used, values, variables
from reportmocks.kernel.chance import token_hex
from reportmocks.kernel.clock import parse_instant, wall_ms

MOST_JOBS: Final = 32
"""Cases at one time; a judgement has at most 64 out."""
SMALLER: Final = 24
"""How often a drawn story that failed is told again, smaller, at most."""

_OF_THE_SERVER: Final = ("id", "links", "waiting")
"""What a verdict tells of the server that made it, and that is gone with it."""

Point = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How one story ended.

    Attributes:
        story: Its id.
        number: Its case's number.
        now: The sandbox's time when it began.
        point: What it was made of, if it was drawn.
        findings: What was found.
        run: The client's last run.
        folder: What it left behind.
        waited: Whether its waiting has moved the mock's clock.
    """

    story: str
    number: int
    now: str
    point: Point | None
    findings: tuple[Mapping[str, Any], ...]
    run: Run
    folder: Path
    waited: bool

    @property
    def wrong(self) -> list[Mapping[str, Any]]:
        """What was found against the client."""
        return [finding for finding in self.findings if not finding["passed"]]

    @property
    def hung(self) -> bool:
        """Whether the client had to be stopped though it could have moved the clock."""
        return self.run.timed_out and not self.waited


@dataclass(slots=True, kw_only=True)
class Session:
    """A client's judgement at work.

    Attributes:
        client: The client.
        control: The control API of the server that judges.
        token: What that wants to be shown.
        environ: The environment that the client gets, besides its task.
        folder: Where the client's runs leave what they leave.
        shimmed: Whether its waiting moves the mock's clock.
        told: Called with each story that has ended.
        ended: Set when everything is to stop.
    """

    client: Client
    control: Remote
    token: str | None
    environ: Mapping[str, str]
    folder: Path
    shimmed: bool
    told: Callable[[Ended], None]
    ended: threading.Event = field(default_factory=threading.Event)
    _judgement: Judgement | None = None
    _surplus: set[int] = field(default_factory=set)
    _cases: dict[int, Ended] = field(default_factory=dict)

    def order(self) -> int:
        """Order the judgement, and tell how many stories there are.

        Raises:
            RefusedError: Something in the order cannot be.
        """
        client, time = self.client, self._time
        self._judgement = Judgement.order(
            self.control,
            vendor=client.vendor,
            seed=client.seed,
            only=list(client.only),
            skip=list(client.skip),
            strict=client.strict,
            time=str(time),
            can=sorted(map(str, self._can)),
            columns=client.columns,
            **({} if client.now is None else {"now": client.now}),
        )
        return len(self.judgement.told["stories"]) + len(self._points())

    @property
    def _can(self) -> frozenset[Need]:
        """What the client can do, by its placeholders and as it is said."""
        client = self.client
        return frozenset(able(used(client.command, client.vendor), client.vendor) | client.can)

    @property
    def _space(self) -> dict[str, Sequence[Any]]:
        return profile(self.client.vendor).drawn_from(self._can)

    @property
    def judgement(self) -> Judgement:
        """The judgement, once it is ordered."""
        assert self._judgement is not None, "it is ordered first"  # noqa: S101 - for the type checker
        return self._judgement

    @property
    def _time(self) -> Time:
        return Time.SHIM if self.shimmed else Time.WALL

    def run(self, jobs: int) -> Mapping[str, Any]:
        """Lead the client through all stories, and return the verdict.

        Raises:
            Interrupted: `ended` was set.
            ControlError: The server is gone.
        """
        with ThreadPoolExecutor(min(jobs, MOST_JOBS)) as pool:
            futures = [pool.submit(self._stories) for _ in range(min(jobs, MOST_JOBS))]
            futures += [pool.submit(self._any_story, point) for point in self._points()]
            self._wait_for(futures)
        return self._verdict()

    def _wait_for(self, futures: "list[Future[None]]") -> None:
        """Wait in short steps, between which a signal is seen; the first failure ends all."""
        left = set(futures)
        try:
            while left:
                done, left = wait(left, timeout=0.1, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
                if self.ended.is_set():
                    raise Interrupted
        finally:
            if left:
                self.ended.set()

    def _points(self) -> list[Point]:
        """The drawn stories that are told."""
        client, any_one = self.client, f"{self.client.vendor}.any"
        if client.point is not None:
            return [client.point]
        only = [name for name in client.only if not name.startswith("client.")]
        if (only and any_one not in only) or any_one in client.skip:
            return []
        space = self._space
        return [drawn(space, client.seed, number) for number in range(client.examples)]

    def _stories(self) -> None:
        while not self.ended.is_set():
            try:
                case = self.judgement.next_case()
            except RefusedError as error:
                if error.kind != "story-refused":
                    raise
                continue  # the verdict tells of it as not run
            if case is None:
                return
            self.told(self._lead(case, None))

    def _any_story(self, point: Point) -> None:
        """A drawn story; if the client fails in it, the smallest one like it in which it fails too."""
        if self.ended.is_set():
            return
        ended = self._at(point)
        if ended.wrong and self.client.point is None:
            ended = self._smallest(ended, {finding["rule"] for finding in ended.wrong})
        self.told(ended)

    def _at(self, point: Point) -> Ended:
        return self._lead(self.judgement.case(f"{self.client.vendor}.any", point), point)

    def _smallest(self, ended: Ended, rules: set[str]) -> Ended:
        space, tried, best = self._space, 0, ended
        found = True
        while found and tried < SMALLER:
            found = False
            for point in smaller(space, best.point or {}):
                tried += 1
                again = self._at(point)
                if rules & {finding["rule"] for finding in again.wrong}:
                    self._surplus.add(best.number)
                    best, found = again, True
                    break
                self._surplus.add(again.number)
                if tried >= SMALLER:
                    break
        return best

    def _lead(self, case: OpenCase, point: Point | None) -> Ended:
        """Lead the client through a case, as often as the story wants it to be started."""
        began = case.task["now"]
        folder = self.folder / f"{case.told['number']:03}-{case.told['story']}"
        (folder / "tmp").mkdir(parents=True)
        kills = case.told["story"] in self._kill_stories()
        waited = False
        while True:
            run, moved = self._start(case, folder, kills=kills)
            waited = waited or moved
            findings = case.hand_in(result_of(run, folder, self.client.decode))
            if findings is not None:
                break
        ended = self._cases[case.told["number"]] = Ended(
            story=case.told["story"],
            number=case.told["number"],
            now=began,
            point=point,
            findings=tuple(finding for finding in findings if self._asked_for(finding["rule"])),
            run=run,
            folder=folder,
            waited=waited or not self.shimmed,
        )
        return ended

    def _asked_for(self, rule: str) -> bool:
        only = [name for name in self.client.only if name.startswith("client.")]
        return rule not in self.client.skip and (not only or rule in only)

    def _kill_stories(self) -> set[str]:
        stories = profile(self.client.vendor).stories(self._time)
        return {story.id for story in stories if Need.KILL in story.needs}

    def _start(self, case: OpenCase, folder: Path, *, kills: bool) -> tuple[Run, bool]:
        """One run of the client, and whether its waiting has moved the clock."""
        task = case.task
        told = self.control.call("GET", "clock", {"vendor": task["vendor"], "sandbox": case.told["sandbox"]})
        said = values(task, folder, told["now"])
        environ = variables(self.environ, said, task["credentials"])
        shared = folder / f".time-{task['attempt']}"
        if self.shimmed:
            shared.mkdir()
            environ = time_environment(environ, shared, self._shim(case, told["now"]))
        run = run_bounded(
            filled(self.client.command, said),
            environ,
            folder,
            Bounds(seconds=self.client.patience),
            mark=token_hex(8),
            ended=self.ended,
            kill=case.look if kills and task["attempt"] == 1 else None,
        )
        return run, self.shimmed and any((shared / "waited").read_bytes())

    def _shim(self, case: OpenCase, now: str) -> TimeShim:
        return TimeShim(
            control=self.control.url,
            vendor=self.client.vendor,
            sandbox=case.told["sandbox"],
            token=self.token,
            ahead=(parse_instant(now) - wall_ms()) / 1000,
        )

    def _verdict(self) -> Mapping[str, Any]:
        """The verdict: failures with commands, and without those on the way to a smaller one."""
        told = self.judgement.verdict()
        verdict = {name: its for name, its in told.items() if name not in _OF_THE_SERVER}
        rules = [{**its, "failures": list(self._told_again(its["failures"]))} for its in told["rules"]]
        return {**verdict, "client": self.client.name, "rules": rules}

    def _told_again(self, failures: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        smallest = [failure for failure in failures if failure["case"] not in self._surplus]
        for failure in smallest or failures[:1]:
            ended = self._cases[failure["case"]]
            yield {**failure, "reproduce": self.client.again(ended.story, ended.now, ended.point)}

    def forget(self) -> None:
        """Let the server forget the judgement."""
        if self._judgement is not None:
            with suppress(ControlError):
                self._judgement.forget()


def on_this_machine(url: str) -> bool:
    """Whether the time shim can reach a control API: it speaks plain HTTP, and to the loopback."""
    parts = urlsplit(url)
    return parts.scheme == "http" and (parts.hostname or "") in ("localhost", "127.0.0.1", "::1")
