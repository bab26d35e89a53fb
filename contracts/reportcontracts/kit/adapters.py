"""Python adapters: subclass one, fill in the fixture `client`, and pytest judges it story by story."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

import hypothesis
import pytest
from hypothesis import strategies as st

from reportcontracts.kit.client_rules import load_client_rules
from reportcontracts.kit.driving import Judgement, OpenCase, control_at
from reportcontracts.kit.profile import profile
from reportcontracts.kit.render import finding_lines
from reportcontracts.kit.running import Stepwise, Target, run
from reportcontracts.kit.stories import Need, Story, Time, chosen

__all__ = [
    "BrightcoveClientTests",
    "ClientFailed",
    "ClientTests",
    "Echo360ClientTests",
    "HapyakClientTests",
    "KhorosClientTests",
    "SafermeClientTests",
    "Stepwise",
    "Target",
]

Make = Callable[[Target], Any]

_SLOW_IS_FINE: Final = (hypothesis.HealthCheck.too_slow,)


class ClientFailed(AssertionError):  # noqa: N818 - it says what happened
    """The client broke rules in a story; the text tells it."""


class ClientTests:
    """What a client of a vendor is tested by; see the subclasses.

    Attributes:
        time: `"wall"`, or `"shim"` for a client that sleeps by `target.sleep` and has `target.clock`.
        seed: What world, ranges and stories come from.
        only: Rules or stories to judge by; none of them for all.
        skip: Rules or stories to leave out.
        strict: Whether rules whose evidence is only assumed fail a test too.
        options: Whether the client takes a report's options (format, delimiter, compression) as keywords.
        row_cap: Whether the client goes by `target.row_cap` where there is one.
        analytics: Whether the client knows Brightcove's analytics reports, and takes `project_id`, `user_id`
            and `show_details` as keywords.
        sessions: Whether the client signs in, by SaferMe's `target.email` and `target.password`; it is given
            no `target.access_token` then.
        columns: How the client calls and casts columns, by the vendor's names.
        examples: How many stories hypothesis draws.
        patience: Seconds of the wall clock that one story may take.
    """

    vendor: ClassVar[str]
    time: ClassVar[str] = "wall"
    seed: ClassVar[int] = 1
    only: ClassVar[Sequence[str]] = ()
    skip: ClassVar[Sequence[str]] = ()
    strict: ClassVar[bool] = False
    options: ClassVar[bool] = True
    row_cap: ClassVar[bool] = False
    analytics: ClassVar[bool] = False
    sessions: ClassVar[bool] = False
    columns: ClassVar[Mapping[str, Any]] = {}
    examples: ClassVar[int] = 10
    patience: ClassVar[float] = 30.0

    @pytest.fixture
    def client(self) -> Make:
        """What makes a client for a `Target`: a class, or a function.

        A client has `fetch(report, start, end, **options)`, or `submit`, `wait` and `fetch`, or is itself
        called so; what comes out is an iterable of rows, each a mapping.
        """
        pytest.fail(
            f"{type(self).__name__} has no fixture `client` that returns what makes a client", pytrace=False
        )

    @pytest.fixture(scope="class")
    @classmethod
    def judgement(cls, reportmocks_url: str) -> Iterator[Judgement]:
        """The judgement of this class, at the server of the fixture `reportmocks_url`."""
        control = control_at(reportmocks_url)
        judgement = Judgement.order(
            control,
            vendor=cls.vendor,
            seed=cls.seed,
            only=list(cls.only),
            skip=list(cls.skip),
            strict=cls.strict,
            time=cls.time,
            can=[str(need) for need in cls._can()],
            columns=cls.columns,
        )
        with control:
            yield judgement
            judgement.forget()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A test for each story."""
        if "story" in metafunc.fixturenames:
            stories = self._stories()
            metafunc.parametrize("story", [story.id for story in stories])

    @classmethod
    def _stories(cls) -> list[Story]:
        can = cls._can() | {Need.FAULTS} | ({Need.SHIM} if Time(cls.time) is Time.SHIM else set())
        its = chosen(profile(cls.vendor).stories(Time(cls.time)), cls.only, cls.skip)
        return [story for story in its if story.needs <= can]

    @classmethod
    def _can(cls) -> set[Need]:
        able = {
            Need.OPTIONS: cls.options,
            Need.ROW_CAP: cls.row_cap,
            Need.ANALYTICS: cls.analytics,
            Need.SESSIONS: cls.sessions,
        }
        return {need for need, its in able.items() if its}

    def test_story(self, story: str, client: Make, judgement: Judgement) -> None:
        """The client does right in a story."""
        if story in judgement.told["not_run"]:
            pytest.skip("the server has no relay for faults; start it with --faults on")
        self._judge(judgement.case(story), client)

    def test_any_story(self, client: Make, judgement: Judgement) -> None:
        """The client does right in any story that hypothesis draws; a failure shrinks to the smallest one."""
        space = profile(self.vendor).drawn_from(self._can())
        if self.only and f"{self.vendor}.any" not in self.only:
            pytest.skip("only some rules or stories are judged")

        @hypothesis.seed(self.seed)
        @hypothesis.settings(
            max_examples=self.examples,
            database=None,
            deadline=None,
            suppress_health_check=_SLOW_IS_FINE,
            print_blob=False,
        )
        @hypothesis.given(st.fixed_dictionaries({name: st.sampled_from(its) for name, its in space.items()}))
        def any_story(point: dict[str, Any]) -> None:
            self._judge(judgement.case(f"{self.vendor}.any", point), client)

        any_story()

    def _judge(self, case: OpenCase, make: Make) -> None:
        """Run the client through a case, and fail with everything that was found against it."""
        __tracebackhide__ = True
        findings = None
        while findings is None:
            result = run(make, target_of(case), case.task, self.patience)
            findings = case.hand_in(result)
        rules = load_client_rules()
        wrong = [finding for finding in findings if not finding["passed"]]
        told = "\n\n".join(
            "\n".join(finding_lines(rules[finding["rule"]], self.vendor, finding)) for finding in wrong
        )
        if any(self._counts(finding["rule"]) for finding in wrong):
            raise ClientFailed(told)
        if told:
            print(told)  # noqa: T201 - pytest shows it where somebody asks for output

    def _counts(self, name: str) -> bool:
        rule = load_client_rules()[name]
        sure = self.strict or rule.evidence(self.vendor) != "assumed"
        return rule.severity == "error" and sure and name not in self.skip


def target_of(case: OpenCase) -> Target:
    """What the client of a case is pointed at; its `control` is its own, and whoever runs it closes that."""
    task = case.task
    return Target(
        vendor=task["vendor"],
        base_url=task["base_url"],
        credentials=task["credentials"],
        poll=task["poll"],
        timeout=task["timeout"],
        control=control_at(case.control.url),
        sandbox=case.told["sandbox"],
        row_cap=task["row_cap"],
    )


class HapyakClientTests(ClientTests):
    """For clients of HapYak."""

    vendor = "hapyak"


class BrightcoveClientTests(ClientTests):
    """For clients of Brightcove Interactivity."""

    vendor = "brightcove"


class Echo360ClientTests(ClientTests):
    """For clients of Echo360."""

    vendor = "echo360"


class SafermeClientTests(ClientTests):
    """For clients of SaferMe."""

    vendor = "saferme"


class KhorosClientTests(ClientTests):
    """For clients of Khoros Care."""

    vendor = "khoros"
