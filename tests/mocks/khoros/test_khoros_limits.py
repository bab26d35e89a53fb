"""Khoros' limits at one below, at, and one above, on a clock that stands still."""

from typing import Final

import pytest

from support.khoros import DAY, FROM, HOUR, UNTIL, WEEK, Khoros, assert_refused, needed, passed

INTERVAL: Final = "team_performance_interval"
BUCKETS: Final = (
    "Unable to hydrate filter for export info: com.lithium.socialweb.analytics.webapp.models.filter."
    "HydrationException: Too many buckets ({}) requested. Select a larger interval?"
)


# Twenty calls a minute


@pytest.mark.parametrize(("calls", "status"), [(19, 200), (20, 200), (21, 429)])
def test_twenty_calls_a_minute_are_answered(khoros: Khoros, calls: int, status: int) -> None:
    """khoros.rate-minute: the twentieth is, the next one is not."""
    answers = [khoros.call("GET", "/teams") for _ in range(calls)]
    assert [answer.status_code for answer in answers[:-1]] == [200] * (calls - 1)
    assert answers[-1].status_code == status
    if status == 429:
        assert_refused(answers[-1], 429, "khoros.rate-minute")
        assert "20 requests in 1 min" in answers[-1].json()["result"]


def test_every_call_counts(khoros: Khoros) -> None:
    """khoros.rate-minute: submissions, statuses, downloads and look-ups; also those refused otherwise."""
    khoros.mock.rule("rate-minute", value=8)
    run = khoros.submitted()
    khoros.mock.advance("2s")
    url = khoros.poll(run)["jobInfo"]["downloadUrl"]
    link = khoros.link(url)
    for path in ("/teams", "/config/timezones", "/reports/jobs"):
        khoros.call("GET", path)
    assert_refused(khoros.submit("nothing"), 404, "khoros.unknown-report")
    assert khoros.mock.limits()["rate-minute"]["used"] == 7
    assert khoros.client.get(link).status_code == 200  # the storage is not the API
    assert khoros.submit().status_code == 200
    assert_refused(khoros.open(url), 429, "khoros.rate-minute")


def test_calls_that_name_no_company_do_not_count(khoros: Khoros) -> None:
    """khoros.rate-minute: who is not let in, or is nobody's, uses up nothing."""
    khoros.mock.rule("rate-minute", value=1)
    for _ in range(3):
        assert khoros.call("GET", "/teams", auth=("me", "")).status_code == 401
        assert khoros.call("GET", "/nothing").status_code == 404
        assert khoros.call("DELETE", "/teams").status_code == 405
    passed(khoros.call("GET", "/teams"), "teams")


@pytest.mark.parametrize(("after", "status"), [("59999ms", 429), ("60000ms", 200), ("60001ms", 200)])
def test_the_window_slides(khoros: Khoros, after: str, status: int) -> None:
    """khoros.rate-minute: a call is free again a minute after it was made, not with the next minute."""
    khoros.mock.rule("rate-minute", value=2)
    khoros.call("GET", "/teams")
    khoros.mock.advance("30s")
    khoros.call("GET", "/teams")
    khoros.mock.advance("30s")
    passed(khoros.call("GET", "/teams"), "teams")
    assert khoros.call("GET", "/teams").status_code == 429
    fresh = Khoros(khoros.client, f"{khoros.company}-2")
    fresh.mock.rule("rate-minute", value=1)
    fresh.call("GET", "/teams")
    fresh.mock.advance(after)
    assert fresh.call("GET", "/teams").status_code == status


@pytest.mark.parametrize("counted", [False, True])
def test_refused_calls_count_or_not(khoros: Khoros, counted: bool) -> None:  # noqa: FBT001 - a parameter
    """khoros.rate-minute: where they count, who keeps on calling is never let in again."""
    khoros.mock.rule("rate-minute", value=1, count_refused=counted)
    khoros.call("GET", "/teams")
    khoros.mock.advance("40s")
    assert khoros.call("GET", "/teams").status_code == 429
    khoros.mock.advance("20s")
    assert khoros.call("GET", "/teams").status_code == (429 if counted else 200)


@pytest.mark.parametrize("enabled", [True, False])
def test_a_refusal_tells_when_to_come_back(khoros: Khoros, enabled: bool) -> None:  # noqa: FBT001
    """khoros.retry-after: in whole seconds, after which a call is answered."""
    khoros.mock.rule("rate-minute", value=1)
    khoros.mock.rule("retry-after", enabled=enabled)
    khoros.call("GET", "/teams")
    khoros.mock.advance("12345ms")
    refused = khoros.call("GET", "/teams")
    assert refused.headers.get("Retry-After") == ("48" if enabled else None)
    khoros.mock.advance("48s")
    assert khoros.call("GET", "/teams").status_code == 200


# Buckets


@pytest.mark.parametrize(("days", "status"), [(38, 200), (39, 200), (40, 400)])
def test_forty_intervals_are_allowed(khoros: Khoros, days: int, status: int) -> None:
    """khoros.bucket-cap: the range divided by the length, and one more."""
    answer = khoros.submit(INTERVAL, startTime=str(FROM), endTime=str(FROM + days * DAY))
    assert answer.status_code == status
    if status == 400:
        assert_refused(answer, 400, "khoros.bucket-cap")
        assert answer.json()["result"] == BUCKETS.format(41)


def test_the_vendors_own_example_is_refused_in_its_own_words(khoros: Khoros) -> None:
    """khoros.bucket-cap: a month of hours is 745 of them."""
    answer = khoros.submit(INTERVAL, endTime=str(FROM + 31 * DAY), timeInterval=str(HOUR))
    assert answer.json()["result"] == BUCKETS.format(745)


@pytest.mark.parametrize(
    ("length", "interval", "status"),
    [
        (31 * DAY, DAY, 200),
        (31 * DAY, 7 * DAY, 200),
        (31 * DAY, 12 * HOUR, 400),
        (7 * DAY, 8 * HOUR, 200),
        (7 * DAY, 12 * HOUR, 200),
        (7 * DAY, DAY, 200),
        (7 * DAY, 4 * HOUR, 400),
        (DAY, HOUR, 200),
        (3650 * DAY, 7 * DAY + 1, 400),
        (1200 * DAY, 10**12, 200),
        (0, 300_000, 200),
        (-(10**12), 300_000, 200),
    ],
)
def test_what_the_reference_allows(khoros: Khoros, length: int, interval: int, status: int) -> None:
    """khoros.bucket-cap: its rules for a month and for a week, and months beyond a week."""
    answer = khoros.submit(INTERVAL, endTime=str(FROM + length), timeInterval=str(interval))
    assert answer.status_code == status


def test_a_sample_of_ninety_days_needs_the_cap_raised(khoros: Khoros) -> None:
    """khoros.bucket-cap: the vendor's own sample asks for more than its text allows."""
    asked = {"startTime": str(FROM - 83 * DAY), "endTime": str(FROM + 6 * DAY)}
    assert_refused(khoros.submit(INTERVAL, **asked), 400, "khoros.bucket-cap")
    khoros.mock.rule("bucket-cap", value=90)
    passed(khoros.submit(INTERVAL, **asked), "submitted")
    khoros.mock.rule("bucket-cap", value=1, enabled=False)
    passed(khoros.submit(INTERVAL, **asked), "submitted")


# Actions of one conversation


def history(khoros: Khoros, **parameters: str) -> list[str]:
    """The conversation of each row of the history of actions, over a quarter in which one has very many."""
    asked = {"startTime": str(UNTIL - 95 * DAY), "endTime": str(UNTIL), "reportMetrics": "CONVERSATION_ID"}
    return [
        row["CONVERSATION_ID"] for row in khoros.rows("conversation_history_action", **asked, **parameters)
    ]


def most(cases: list[str]) -> int:
    """How many rows the conversation with the most of them has."""
    return max(map(cases.count, set(cases)))


def test_actions_are_capped_at_five_hundred(inside: Khoros) -> None:
    """khoros.action-cap: of each conversation, and at 2,000 with raiselimit=true."""
    inside.unlimited()
    inside.mock.rule("action-cap", enabled=False)
    everything = most(history(inside))
    assert everything > 500
    inside.mock.rule("action-cap", enabled=True)
    assert most(history(inside)) == most(history(inside, raiselimit="false")) == 500
    assert most(history(inside, raiselimit="true")) == min(everything, 2000)
    for value, kept in (
        (everything - 1, everything - 1),
        (everything, everything),
        (everything + 1, everything),
    ):
        inside.mock.rule("action-cap", value=value, raised=value)
        assert most(history(inside)) == most(history(inside, raiselimit="true")) == kept


def test_the_raised_limit_is_asked_for_in_the_query(inside: Khoros) -> None:
    """khoros.parameter-places: there alone, also where all else is in a form."""
    path = "/reports/report/conversation_history_action"
    inside.unlimited()
    for query, raised in (({}, False), ({"raiselimit": "true"}, True)):
        form = dict(WEEK) | {"raiselimit": "false" if raised else "true"}
        passed(inside.call("POST", path, query, data=form), "submitted")
        assert inside.mock.jobs()[-1]["request"]["filters"]["raised"] is raised


def test_the_other_export_of_actions_has_no_cap(inside: Khoros) -> None:
    """khoros.action-cap: conversation_actions has them all."""
    inside.mock.rule("action-cap", value=1, raised=1)
    asked = {"startTime": str(UNTIL - 95 * DAY), "endTime": str(UNTIL)}
    cases = [row["CONVERSATION_ID"] for row in inside.rows("conversation_actions", **asked)]
    assert most(cases) > 500
    assert most(history(inside)) == 1


# Bodies


@pytest.mark.parametrize(("size", "status"), [(1_048_575, 200), (1_048_576, 200), (1_048_577, 413)])
def test_a_body_of_one_mebibyte_is_read(khoros: Khoros, size: int, status: int) -> None:
    """khoros.body-size: and a larger one is refused, whatever would be in it."""
    form = "&".join(f"{name}={value}" for name, value in needed("user").items()) + "&padding="
    answer = khoros.call(
        "POST",
        "/reports/report/user",
        content=form + "x" * (size - len(form)),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == status
    if status == 413:
        assert_refused(answer, 413, "khoros.body-size")
