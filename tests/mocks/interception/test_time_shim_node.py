"""The time shim in Node: every way to wait moves the mock's clock, and nothing else is cut short."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from support.shimmed import Setting, shimmed

DURATIONS: Final = (10, 60, 3600)
TOTAL: Final = sum(DURATIONS)

WAYS: Final = {
    "setTimeout": "await new Promise((done) => setTimeout(done, seconds * 1000))",
    "setInterval": """await new Promise((done) => {
        let left = 2;
        const timer = setInterval(() => {
            if (--left === 0) { clearInterval(timer); done(); }
        }, seconds * 500);
    })""",
    "timers/promises": "await require('node:timers/promises').setTimeout(seconds * 1000)",
    "timers/promises, imported": """
        await (await import('node:timers/promises')).setTimeout(seconds * 1000)""",
    "promisify": "await require('node:util').promisify(setTimeout)(seconds * 1000)",
    "scheduler": "await require('node:timers/promises').scheduler.wait(seconds * 1000)",
}

PRELUDE: Final = """
const clocks = () => [Date.now() / 1000, +new Date() / 1000, performance.now() / 1000,
    Number(process.hrtime.bigint()) / 1e9, process.hrtime()[0]];
const passed = (before) => clocks().map((now, at) => now - before[at]);
const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
const tell = (value) => console.log(JSON.stringify(value));
"""

MEASURE: Final = """
(async () => {
    const rounds = [];
    for (const seconds of [10, 60, 3600]) {
        const before = clocks();
        WAY;
        rounds.push(passed(before));
    }
    tell(rounds);
})();
"""

Node = Callable[[str], Any]


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    """A mock whose clock only these programs move, one after the other."""
    with shimmed(tmp_path_factory.mktemp("shim")) as setting:
        yield setting


@pytest.fixture
def node(setting: Setting) -> Node:
    """Runs a program and returns what it prints as JSON."""
    path = shutil.which("node")
    if path is None:
        pytest.skip("there is no Node here")
    return lambda code: setting.node(path, PRELUDE + code)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_wait_moves_the_clock(setting: Setting, node: Node, way: str) -> None:
    """All clocks of the program tell the same, the mock's is where they are, and it takes no hour."""
    start = setting.moved()
    rounds = node(MEASURE.replace("WAY", WAYS[way]))
    for seconds, passed in zip(DURATIONS, rounds, strict=True):
        assert all(seconds - 1 <= clock < seconds + 5 for clock in passed)
    assert TOTAL - 1 <= setting.moved() - start <= TOTAL + 1


def test_timers_go_off_in_their_order(setting: Setting, node: Node) -> None:
    """Also one that another sets, and not one that another clears."""
    start = setting.moved()
    code = """
    const order = [];
    const note = (name) => () => order.push(name);
    setTimeout(note('c'), 60_000);
    const cleared = setTimeout(note('wrong'), 40_000);
    setTimeout(() => { note('a')(); clearTimeout(cleared); setTimeout(note('b'), 20_000); }, 10_000);
    setTimeout((...given) => { note('d')(); tell([order, given]); }, 70_000, 1, 2);
    """
    assert node(code) == [["a", "b", "c", "d"], [1, 2]]
    assert 69 <= setting.moved() - start <= 71


def test_what_is_under_way_is_waited_for(node: Node) -> None:
    """An answer, a program and a file, each slower than the moment after which the clock moves."""
    code = """
    const http = require('node:http');
    const { execFile } = require('node:child_process');
    const server = http.createServer((_, answer) => {
        execFile(process.execPath, ['-e', ''], { env: {} }, () => answer.end('ok'));
    }).listen(0, '127.0.0.1', async () => {
        const limit = (work) => {
            let timer;
            const late = new Promise((_, fail) => { timer = setTimeout(fail, 20_000, new Error('late')); });
            return Promise.race([work, late]).finally(() => clearTimeout(timer));
        };
        const url = `http://127.0.0.1:${server.address().port}/`;
        const told = [await limit(fetch(url).then((answer) => answer.text()))];
        told.push(await limit(new Promise((done) => http.get(url, (answer) => {
            answer.setEncoding('utf8').on('data', done);
        }))));
        const other = (done) => execFile(process.execPath, ['-e', ''], { env: {} }, done);
        told.push(await limit(new Promise(other)));
        tell(told);
        process.exit();
    });
    """
    assert node(code) == ["ok", "ok", None]


def test_timers_are_what_they_were(node: Node) -> None:
    """`unref`, `refresh`, numbers as ids, short ones, strange delays, and an abort."""
    code = """
    (async () => {
        const told = [];
        setTimeout(() => told.push('wrong'), 3_600_000).unref();
        const number = +setTimeout(() => told.push('wrong'), 5_000);
        clearTimeout(number);
        const again = setTimeout(() => told.push('again'), 10_000);
        await sleep(20);
        again.refresh();
        await sleep(5);
        told.push(told.length);
        await sleep(10);
        await new Promise((done) => setTimeout(done, 'x'));
        await new Promise((done) => setTimeout(done));
        const { setTimeout: wait } = require('node:timers/promises');
        await wait(60_000, null, { signal: AbortSignal.abort() }).catch((error) => told.push(error.name));
        told.push(await wait(300, 'value'), new Date() instanceof Date, typeof Date());
        told.push(new Date(0).getTime(), Date.UTC(1970, 0));
        tell(told);
    })();
    """
    assert node(code) == ["again", 1, "again", "AbortError", "value", True, "string", 0, 0]


def test_the_clock_of_a_program_that_ends_by_itself(node: Node) -> None:
    """A timer that nobody waits for does not keep it."""
    code = "const before = clocks(); sleep(30).then(() => tell(passed(before)));"
    code += "setInterval(() => {}, 5_000).unref();"
    assert all(29 <= clock < 35 for clock in node(code))
