"""The thread that writes the log."""

import pytest

from reportmocks.kernel.lines import Lines


def test_a_line_that_cannot_be_made_does_not_end_the_others(capfd: pytest.CaptureFixture[str]) -> None:
    """Its place tells why, and the next lines come as before."""

    def render(item: str) -> bytes:
        if item == "bad":
            raise ValueError("no line of this")
        return f"{item}\n".encode()

    lines = Lines(render, left_out=lambda count: f"{count} left out")
    for item in ("first", "bad", "last"):
        lines.put(item)
    lines.close()
    written = capfd.readouterr().err
    assert written.startswith("first\n")
    assert "ValueError: no line of this" in written
    assert written.endswith("last\n")
