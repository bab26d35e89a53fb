"""Mistakes in links and in what they lead to."""

from dataclasses import replace
from typing import Any

import pytest
from werkzeug.wrappers import Request

from mutants.registry import mutant
from reportmocks.echo360 import reports as echo360
from reportmocks.echo360 import routes as echo360_routes
from reportmocks.kernel.jobs import Phase
from reportmocks.kernel.lives import Issued
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.kernel.signing import Link
from reportmocks.khoros import files as khoros
from reportmocks.khoros import routes as khoros_routes
from reportmocks.storage import StorageApp


@mutant("echo360", "link-life")
@mutant("khoros", "presigned-life")
def expired_link_served(patch: pytest.MonkeyPatch) -> None:
    """The end of a link is not looked at."""
    patch.setattr(Link, "check_life", lambda _link, _rule, _lease: None)


@mutant("echo360", "link-life")
@mutant("khoros", "presigned-life")
def link_too_short(patch: pytest.MonkeyPatch) -> None:
    """A link works for five seconds less than it should."""
    issue = Issued.issue

    def shorter(its: Issued, sandbox: Sandbox, subject: str = "") -> int:
        return issue(its, sandbox, subject) - (5000 if its.what == "link" else 0)

    patch.setattr(Issued, "issue", shorter)


@mutant("echo360", "link-tampered")
@mutant("khoros", "link-tampered")
def signature_not_checked(patch: pytest.MonkeyPatch) -> None:
    """Whoever can spell a link has the file."""

    def unsigned(_app: StorageApp, request: Request, vendor: str, key: str) -> Link:
        return Link(vendor, key, int(request.args["Expires"]))

    patch.setattr(StorageApp, "_link", unsigned)


@mutant("echo360", "storage-authorization")
@mutant("khoros", "storage-authorization")
def storage_takes_credentials(patch: pytest.MonkeyPatch) -> None:
    """Storage does not mind an Authorization header beside the signature."""
    find = StorageApp._find

    def lenient(app: StorageApp, request: Request) -> Any:
        request.environ.pop("HTTP_AUTHORIZATION", None)
        return find(app, request)

    patch.setattr(StorageApp, "_find", lenient)


@mutant("echo360", "link-fresh", "link-life")
@mutant("khoros", "download", "presigned-life")
def links_of_one_moment(patch: pytest.MonkeyPatch) -> None:
    """All links of ten seconds are one."""
    issue = Issued.issue

    def rounded(its: Issued, sandbox: Sandbox, subject: str = "") -> int:
        ends = issue(its, sandbox, subject)
        return -(-ends // 10_000) * 10_000 if its.what == "link" else ends

    patch.setattr(Issued, "issue", rounded)


@mutant("echo360", "object-gone")
def deleted_file_served(patch: pytest.MonkeyPatch) -> None:
    """What is deleted can still be fetched by whoever has a link."""
    storage = StorageApp._storage

    def kept(app: StorageApp, vendor: str) -> Any:
        its = storage(app, vendor)
        return its and (lambda kernel, key: replace(its(kernel, key), gone_rule=None))

    patch.setattr(StorageApp, "_storage", kept)


@mutant("khoros", "download-early")
def file_of_a_run_in_work(patch: pytest.MonkeyPatch) -> None:
    """A file can be downloaded before its run has ended."""
    patch.setattr(khoros_routes, "redirect_to_file", redirect_at_once)


def redirect_at_once(kernel: Any, sandbox: Any, job: Any) -> Any:
    """The redirect to a run's file, whether it has ended or not, but for one that is deleted."""
    if job.state_at(sandbox.now) is Phase.EXPIRED:
        return REDIRECT(kernel, sandbox, job)
    call = khoros_routes.current_call()
    headers = {"Location": khoros.link(kernel, call, sandbox, job)}
    return khoros_routes.text_answer("", 307, content_type="text/plain; charset=utf-8", headers=headers)


REDIRECT = khoros_routes.redirect_to_file


@mutant("khoros", "download", "completed", "time-bounds", "presigned-life", "*")
def redirect_of_another_sort(patch: pytest.MonkeyPatch) -> None:
    """A download is answered with 302, after which a client may use another method."""

    def found(kernel: Any, sandbox: Any, job: Any) -> Any:
        answer = REDIRECT(kernel, sandbox, job)
        answer.status_code = 302
        return answer

    patch.setattr(khoros_routes, "redirect_to_file", found)


@mutant("khoros", "download", "*")
def redirect_without_location(patch: pytest.MonkeyPatch) -> None:
    """A download has a status that says to go elsewhere, and no header that says where."""

    def lost(kernel: Any, sandbox: Any, job: Any) -> Any:
        answer = REDIRECT(kernel, sandbox, job)
        answer.headers.pop("Location", None)
        return answer

    patch.setattr(khoros_routes, "redirect_to_file", lost)


@mutant("echo360", "compression")
def always_compressed(patch: pytest.MonkeyPatch) -> None:
    """Compression is taken for true, whatever it says."""
    read = echo360_routes.read_submission
    patch.setattr(echo360_routes, "read_submission", lambda *given: replace(read(*given), compression=True))


@mutant("echo360", "delimiter")
def always_commas(patch: pytest.MonkeyPatch) -> None:
    """The delimiter that was asked for is not looked at."""
    encoding = echo360.csv_encoding
    patch.setattr(echo360, "csv_encoding", lambda sandbox, report, _delimiter: encoding(sandbox, report))
