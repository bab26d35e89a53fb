"""The requests that the vendors' pages show: each is a call of the contract, and as the contract has it."""

import json
from pathlib import Path

import pytest

from reportcontracts.exchanges import Sent, load_exchanges

YEAR = "channel_id=1&start_date=2016-01-01T00:00:00Z&end_date=2016-11-11T00:00:00Z"
REPORTING = "/public/api/v1/reporting"
EXPORT = "reportFormat=csv&locale=en_US&companyKey=mine&startTime=1551441600000&endTime=1556712000000"
JSON = {"content-type": "application/json"}
SUBMITTED = Path(__file__).with_name("examples") / "echo360" / "submit.presentation.json"

REQUESTS = [
    ("hapyak", "GET", "/api/reports/v2/project_engagement_summary_raw",
     "start=2019-07-01&end=2019-09-30&format=csv&send_status=true"),
    ("brightcove", "GET", "/api/reports/v2/api/reports/v2/project_engagement_summary_raw",
     "start=2023-07-01&end=2024-03-31&format=csv&send_status=true"),
    ("echo360", "GET", f"{REPORTING}/reports", ""),
    ("echo360", "GET", f"{REPORTING}/requests", ""),
    ("echo360", "GET", f"{REPORTING}/request/00000000-0000-0000-0000-000000000123", ""),
    ("khoros", "POST", "/api/public/reports/report/conversation", EXPORT),
    ("khoros", "POST", "/api/public/reports/report/conversation",
     f"{EXPORT}&reportMetrics=CONVERSATION_ID&reportMetrics=STATUS"),
    *(("saferme", "GET", f"/api/v4/analytics/{call}", f"{more}{YEAR}") for call, more in [
        ("reports_images", ""), ("reports_over_time", ""), ("reports_per_field_selection", "field_id=2&"),
        ("reports_per_state", ""), ("reports_per_user", ""), ("reports_per_day_hour", ""),
        ("reports_per_week_day", ""), ("reports_read", "fields=total_reads,unique_reads,report_readers&"),
        ("user_awareness", "fields=total_alerts,alert_source_reports,unique_alerts,alerts_opened&"),
    ]),
]  # fmt: skip
"""Vendor, method, path and query."""


@pytest.mark.parametrize(("vendor", "method", "path", "query"), REQUESTS)
def test_a_request_of_the_page_is_as_the_contract_has_it(
    vendor: str, method: str, path: str, query: str
) -> None:
    """Who copies from the page is not told that it is wrong."""
    exchanges = load_exchanges(vendor)
    sent = Sent(method=method, path=path, query=query, headers={})
    match = exchanges.find(sent)
    assert match is not None
    assert exchanges.request(sent, match) == []


def test_the_submission_of_echo360_s_page_is_as_the_contract_has_it() -> None:
    """Its body too."""
    exchanges = load_exchanges("echo360")
    body = json.dumps(json.loads(SUBMITTED.read_text(encoding="utf-8"))).encode()
    sent = Sent(method="POST", path=f"{REPORTING}/requests/presentation", headers=JSON, body=body)
    assert exchanges.request(sent, exchanges.find(sent)) == []
