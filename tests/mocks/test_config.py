"""Options, environment and file: who beats whom, what each takes, and how a mistake is told."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from reportcontracts.names import VENDORS
from reportmocks import options
from reportmocks.config import Arguments, ConfigError, Launch, load
from reportmocks.options import OPTIONS
from reportmocks.settings import Settings

NOTHING: Mapping[str, str] = {}


def launch(
    *vendors: str,
    rules: tuple[str, ...] = (),
    rows: tuple[str, ...] = (),
    config: Path | None = None,
    env: Mapping[str, str] = NOTHING,
    **typed: str,
) -> Launch:
    """What a command line comes to; `report_time="2s"` stands for `--report-time 2s`."""
    given = {name.replace("_", "-"): text for name, text in typed.items()}
    path = str(config) if config else None
    return load(Arguments(vendors=vendors, options=given, rules=rules, rows=rows, config=path), env)


def mistake(*vendors: str, rules: tuple[str, ...] = (), config: Path | None = None, **typed: str) -> str:
    """What is said of a command line that cannot be."""
    with pytest.raises(ConfigError) as caught:
        launch(*vendors, rules=rules, config=config, **typed)
    return str(caught.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test's configuration file is."""
    return tmp_path / "mocks.toml"


def test_defaults_are_those_of_the_settings() -> None:
    """A server started plainly is the one that a test gets from `Settings()`."""
    settings = launch().settings
    plain = Settings(vendors=VENDORS, log="text", rules=settings.rules)
    assert settings == plain
    assert launch().banner


def test_every_option_reaches_the_settings(tmp_path: Path) -> None:
    """An option that changed nothing would be worse than none."""
    got = launch(
        "echo360",
        host="0.0.0.0",  # noqa: S104 - not bound
        port="0",
        seed="7",
        size="700",
        history_start="2020-02-29",
        empty="on",
        text="nasty",
        locale="de_DE, ja_JP",
        clock="frozen",
        now="2026-01-31T09:30:00Z",
        report_time="1h30m",
        state=f"sqlite:///{tmp_path}/state.db",
        limits="off",
        hints="off",
        public_url="https://mocks.example/",
        storage_url="http://localhost:9000",
        ready_file=str(tmp_path / "ready.json"),
        log_format="json",
    )
    assert got.settings == Settings(
        vendors=("echo360",),
        host="0.0.0.0",  # noqa: S104 - not bound
        port=0,
        seed=7,
        size=700,
        history_start=date(2020, 2, 29),
        empty=True,
        text="nasty",
        locale=("de_DE", "ja_JP"),
        clock="frozen",
        now=1_769_851_800_000,
        report_time=5_400_000,
        state=f"sqlite:///{tmp_path}/state.db",
        rules=got.settings.rules,
        public_url="https://mocks.example",
        storage_url="http://localhost:9000",
        hints=False,
        log="json",
    )
    assert got.settings.rules["echo360"].flag("echo360.in-flight") is False
    assert got.ready_file == tmp_path / "ready.json"


def test_quiet_takes_banner_and_request_lines() -> None:
    """`--quiet` leaves nothing but the READY line."""
    got = launch(quiet="on", log_format="json")
    assert not got.banner
    assert got.settings.log == "off"


def test_an_option_beats_the_environment_and_that_beats_the_file(file: Path) -> None:
    """One file for a project, a variable in CI, and the last word on the command line."""
    file.write_text("seed = 1\nport = 1111\nclock = 'frozen'\n")
    env = {"REPORTMOCKS_SEED": "2", "REPORTMOCKS_PORT": "2222", "REPORTMOCKS_CONFIG": str(file)}
    settings = launch(env=env, seed="3").settings
    assert (settings.seed, settings.port, settings.clock) == (3, 2222, "frozen")


def test_an_empty_variable_counts_as_none() -> None:
    """Compose files pass variables on that nobody has set."""
    assert launch(env={option.variable: "" for option in OPTIONS}).settings == launch().settings


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_option_is_a_variable_and_a_key(option: options.Option, file: Path) -> None:
    """A mistake is told by the place where it was made, so each place must be looked at."""
    wrong = "no/such/place:x"
    with pytest.raises(ConfigError) as in_environment:
        launch(env={option.variable: wrong})
    assert in_environment.value.origin == option.variable
    file.write_text(f'{option.name} = "{wrong}"\n')
    with pytest.raises(ConfigError) as in_file:
        launch(config=file)
    assert in_file.value.origin == f"{file}: {option.name}"
    with pytest.raises(ConfigError) as typed:
        launch(**{option.name: wrong})
    assert typed.value.origin == f"--{option.name}"


def test_a_file_may_use_the_types_of_toml(file: Path) -> None:
    """Numbers, booleans and instants need no quotes there."""
    file.write_text(
        "vendors = ['hapyak']\nport = 0\nhints = false\nnow = 2026-01-31T09:30:00Z\nquiet = true\n"
    )
    got = launch(config=file)
    assert got.settings.vendors == ("hapyak",)
    assert (got.settings.port, got.settings.hints) == (0, False)
    assert got.settings.now == 1_769_851_800_000
    assert not got.banner


@pytest.mark.parametrize(
    "table",
    [
        '[rules]\n"echo360.in-flight.status" = 409\n',
        "[rules]\necho360.in-flight.status = 409\n",
        "[rules.echo360.in-flight]\nstatus = 409\n",
        'rules."echo360.in-flight".status = 409\n',
    ],
)
def test_rules_in_a_file_may_be_nested_in_any_way(file: Path, table: str) -> None:
    """TOML has many ways to write one path."""
    file.write_text(table)
    assert launch(config=file).settings.rules["echo360"].number("echo360.in-flight", "status") == 409


def test_rules_on_the_command_line_come_last(file: Path) -> None:
    """As with every option; and switches that are not spoken of keep what the others said."""
    file.write_text(
        "[rules]\nhapyak.rate-minute.value = 1\nhapyak.rate-hour.value = 1\nhapyak.rate-day.value = 1\n"
    )
    env = {"REPORTMOCKS_RULE": "hapyak.rate-hour.value=2 hapyak.rate-day.value=2"}
    rules = launch(config=file, env=env, rules=("hapyak.rate-day.value=3",)).settings.rules["hapyak"]
    assert [rules.number(f"hapyak.rate-{window}") for window in ("minute", "hour", "day")] == [1, 2, 3]


def test_limits_off_leaves_what_was_set_by_hand() -> None:
    """`--limits off` and one limit on: the way to look at that limit alone."""
    rules = launch(limits="off", rules=("echo360.in-flight.enabled=on",)).settings.rules
    assert rules["echo360"].flag("echo360.in-flight")
    assert not rules["echo360"].flag("echo360.rate-minute")
    assert not rules["hapyak"].flag("hapyak.rate-minute")


def test_vendors_keep_their_usual_order() -> None:
    """Banner and READY line look the same however the vendors were typed."""
    assert launch("echo360", "hapyak", "echo360").settings.vendors == ("hapyak", "echo360")
    assert launch(env={"REPORTMOCKS_VENDORS": "echo360"}).settings.vendors == ("echo360",)
    assert launch("hapyak", env={"REPORTMOCKS_VENDORS": "echo360"}).settings.vendors == ("hapyak",)


@pytest.mark.parametrize(
    ("option", "text", "told"),
    [
        ("port", "http", "0 to 65535"),
        ("port", "65536", "0 to 65535"),
        ("host", "http://localhost", "not a host name"),
        ("seed", "-1", "whole number"),
        ("size", "huge", "tiny, small, large, or rows a day from 50 to 100000"),
        ("size", "49", "rows a day from 50 to 100000"),
        ("history-start", "2015-12-31", "a day from 2016-01-01 to 2035-12-31"),
        ("history-start", "soon", "a day from 2016-01-01 to 2035-12-31"),
        ("empty", "perhaps", "on nor off"),
        ("text", "ugly", "plain, nasty"),
        ("locale", "de_DX", "near it: de_DE"),
        ("locale", "de_DE,", "a locale that Faker knows, such as de_DE"),
        ("clock", "fast", "real, frozen, auto"),
        ("now", "yesterday", "2026-01-31"),
        ("report-time", "2", "500ms"),
        ("state", "redis://localhost", "sqlite:///PATH"),
        ("state", "sqlite:////no/such/directory/x.db", "no directory"),
        ("limits", "none", "documented, off"),
        ("hints", "maybe", "on nor off"),
        ("public-url", "localhost:8080", "http://localhost:8080"),
        ("public-url", "http://me:pass@localhost", "http://localhost:8080"),
        ("storage-url", "ftp://localhost", "http://localhost:8080"),
        ("ready-file", "/no/such/directory/ready.json", "no directory"),
        ("log-format", "xml", "text, json"),
        ("quiet", "perhaps", "on nor off"),
    ],
)
def test_a_bad_value_is_told_with_what_is_allowed(option: str, text: str, told: str) -> None:
    """One line has to be enough to put it right."""
    said = mistake(**{option: text})
    assert said.startswith(f"--{option}: ")
    assert told in said


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("echo360.in-flight", "write ID.field=VALUE"),
        ("echo360.in-flihgt.value=1", "echo360.in-flight"),
        ("echo360.in-flight.colour=1", "enabled"),
        ("echo360.in-flight.value=many", "an integer from"),
        ("eco360.in-flight.value=1", "echo360"),
    ],
)
def test_a_bad_rule_is_told_with_what_is_allowed(rule: str, told: str) -> None:
    """Rule ids are long; a slip must not be hunted for."""
    said = mistake(rules=(rule,))
    assert said.startswith("--rule: ")
    assert told in said


def test_a_rule_of_a_vendor_that_is_not_served_is_checked_all_the_same() -> None:
    """One file serves many starts, and a typo in it shows in each of them."""
    assert not launch("hapyak", rules=("echo360.in-flight.value=1",)).settings.rules
    assert "unknown rule" in mistake("hapyak", rules=("echo360.no-such.value=1",))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prot = 1\n", "unknown key 'prot'; did you mean port?"),
        ("report_time = '2s'\n", "did you mean report-time?"),
        ("port = 1.5\n", "port: 1.5 is neither"),
        ("port = [1]\n", "port: [1] is neither"),
        ("rules = 1\n", "rules: is not a table"),
        ("port = \n", "is not TOML"),
        ("[rules]\necho360.in-flight.value = '3'\n", "rules.echo360.in-flight.value: "),
    ],
)
def test_a_mistake_in_a_file_is_told_with_file_and_key(file: Path, text: str, told: str) -> None:
    """An unknown key is refused, never ignored."""
    file.write_text(text)
    said = mistake(config=file)
    assert said.startswith(str(file))
    assert told in said


def test_a_file_that_cannot_be_read_is_named(file: Path) -> None:
    """Missing, a directory, or no text at all."""
    assert mistake(config=file) == f"{file}: No such file or directory"
    assert mistake(config=file.parent) == f"{file.parent}: Is a directory"
    file.write_bytes(b"\xff\xfe")
    assert mistake(config=file).startswith(f"{file}: is not TOML")


def test_a_file_may_begin_with_a_byte_order_mark(file: Path) -> None:
    """Windows writes one, and its lines end in its own way."""
    file.write_bytes(b'\xef\xbb\xbfseed = 7\r\nclock = "auto"\r\n')
    assert launch(config=file).settings.seed == 7


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("REPORTMOCKS_SEEED", "SEED"),
        ("REPORTMOCKS_RULES", "RULE"),
        ("REPORTMOCKS_REPORT-TIME", "REPORT_TIME"),
    ],
)
def test_a_slip_in_a_variable_is_told(name: str, meant: str) -> None:
    """What is ignored looks as if it had been heard."""
    with pytest.raises(ConfigError, match=f"{name}: .* did you mean REPORTMOCKS_{meant}\\?"):
        launch(env={name: "3"})


@pytest.mark.parametrize("name", ["URL", "SERVICE_HOST", "PORT_8080_TCP", "IMAGE", "START", "REPORT", "CA"])
def test_variables_of_others_are_left_alone(name: str) -> None:
    """A client under `check` has its task there, and Kubernetes tells of a service by its name."""
    launch(env={f"REPORTMOCKS_{name}": "x"})


def test_an_empty_path_is_no_missing_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell makes it of a variable that is not set."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="Is a directory"):
        load(Arguments(options={}, config=""), NOTHING)
    assert mistake(ready_file="") == "--ready-file: '' is no file"


def test_a_port_belongs_to_its_own_option() -> None:
    """And is no part of an address of IPv6."""
    assert mistake(host="127.0.0.1:8080") == "--host: '127.0.0.1:8080' has a port, which is --port's"
    assert launch(host="::1").settings.host == "::1"


def test_an_unknown_vendor_is_told_with_the_nearest() -> None:
    """Five names, easily misspelled."""
    there = ", ".join(VENDORS)
    assert mistake("hapyk") == f"VENDOR: unknown vendor 'hapyk'; did you mean hapyak? there are {there}"


def test_exact_rows_come_from_file_environment_and_options(file: Path) -> None:
    """As switches of rules do: a table, a variable with blanks between, and a repeated option."""
    file.write_text('[rows]\nhapyak.user_stream_raw = 1\n"echo360.videoview" = 5\nnotes = 7\nqanda = 8\n')
    env = {"REPORTMOCKS_ROWS": "videoview=6@2026-01-01..2026-01-31 combined=4"}
    rows = launch(config=file, env=env, rows=("hapyak.user_stream_raw=500001",)).settings.rows
    assert {report: count.as_json() for report, count in rows.items()} == {
        "hapyak.user_stream_raw": 500_001,
        "echo360.videoview": "6@2026-01-01..2026-01-31",
        "echo360.notes": 7,
        "echo360.qanda": 8,
        "khoros.combined": 4,
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("user_stream_raw=5", "one of hapyak.user_stream_raw, brightcove.user_stream_raw"),
        ("hapyak.poll_widget_summary=5", "user_stream_raw, project_stream_raw, experience_stream_raw"),
        ("nothing=5", "one of hapyak.user_stream_raw, "),
        ("videoview", "'videoview' sets nothing: write REPORT=N"),
        ("videoview=1000001", "from 0 to 1000000"),
        ("videoview=-1", "from 0 to 1000000"),
        ("videoview=5@2026-01-02..2026-01-01", "500001@2026-01-01..2026-01-31"),
        ("videoview=5@2015-01-02..2016-01-01", "500001@2026-01-01..2026-01-31"),
        ("videoview=5@2026-02-30..2026-03-01", "500001@2026-01-01..2026-01-31"),
    ],
)
def test_an_exact_number_of_rows_that_cannot_be_is_refused(text: str, told: str) -> None:
    """With the reports that can have one, or the numbers that they can have."""
    with pytest.raises(ConfigError) as refused:
        launch(rows=(text,))
    assert refused.value.origin == "--rows"
    assert told in refused.value.reason


def test_two_reports_of_the_same_events_cannot_both_have_a_number() -> None:
    """They are two views of one thing, of which one number decides."""
    with pytest.raises(ConfigError, match="beside user_stream_raw: their rows come from the same events"):
        launch(rows=("hapyak.user_stream_raw=5", "hapyak.project_stream_raw=6"))
