"""What a server makes only when it is asked for: once, and nothing before."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from reportmocks.app import create_app
from reportmocks.ondemand import Deferred, OnDemand
from reportmocks.settings import Settings


def test_a_value_is_made_when_it_is_asked_for_and_once() -> None:
    """Names can be looked at without anything being made for them."""
    made: list[str] = []
    values = OnDemand(("a", "b"), lambda name: made.append(name) or name.upper())
    assert list(values) == ["a", "b"]
    assert len(values) == 2
    assert "a" in values
    assert "c" not in values
    assert not made
    assert [values["b"], values["b"], values.get("c")] == ["B", "B", None]
    assert made == ["b"]
    with pytest.raises(KeyError):
        values["c"]


def test_threads_that_ask_at_once_get_one_value() -> None:
    """The first requests of a vendor come together, and all are to meet the same application."""
    barrier, made = threading.Barrier(4), []

    def make(name: str) -> object:
        made.append(name)
        return object()

    values = OnDemand(("a",), make)

    def ask(_: int) -> object:
        barrier.wait()
        return values["a"]

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1
    assert made == ["a"]


def test_an_application_that_cannot_be_made_is_tried_again() -> None:
    """A first request that fails leaves nothing half made behind."""
    tries = iter([RuntimeError("not yet"), None])

    def make() -> object:
        error = next(tries)
        if error:
            raise error
        return lambda environ, _: [environ["PATH_INFO"].encode()]

    app = Deferred(make)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError):
        app({"PATH_INFO": "/x"}, None)  # type: ignore[arg-type]
    assert app({"PATH_INFO": "/x"}, None) == [b"/x"]  # type: ignore[arg-type]


def test_a_server_loads_no_vendor_before_it_is_asked_for_one() -> None:
    """Its start takes no time for catalogues and routes of vendors that nobody calls."""
    app = create_app(Settings())
    assert not app.kernel.traits._made  # type: ignore[attr-defined]
    assert not app.kernel.rules._made  # type: ignore[attr-defined]
    assert "_hosts" not in vars(app)
