"""The files of Khoros' exports: JSON of strings, CSV under labels, chosen columns, instants in zones."""

import json
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from reportcontracts.catalogue import ColumnType
from reportcontracts.rows import typed_row
from reportcontracts.validation import row_validator
from reportfixtures import Encoding, world
from reportmocks.khoros.layouts import labels
from support.answers import lines
from support.khoros import CATALOGUE, EXPORTS, FROM, UNTIL, Khoros, assert_refused, needed, objects

LANGUAGES: Final = ("es", "fr", "de", "tr")


def columns(export: str, form: str) -> list[str]:
    """The names of an export's columns in a format."""
    return [c.name for c in CATALOGUE[export].columns if not c.formats or form in c.formats]


def camel(name: str) -> str:
    """`someName` of SOME_NAME, written once more by hand."""
    words = name.split("_")
    return words[0].lower() + "".join(word[0] + word[1:].lower() for word in words[1:])


@pytest.mark.parametrize("export", EXPORTS)
def test_json_is_a_bare_array_of_flat_objects_of_strings(khoros: Khoros, export: str) -> None:
    """khoros.json, khoros.json-strings, khoros.json-keys, khoros.default-format: numbers are strings too."""
    rows = objects(khoros.fetch(export).content)
    assert isinstance(rows, list)
    keys = [camel(name) for name in columns(export, "json")]
    assert rows
    assert all(list(row) == keys for row in rows)
    assert {type(cell) for row in rows for cell in row.values()} == {str}


@pytest.mark.parametrize("export", EXPORTS)
def test_csv_has_the_same_rows_under_labels(inside: Khoros, export: str) -> None:
    """khoros.csv, khoros.millis-columns, khoros.column-names: what only JSON has is left out."""
    header, *cells = lines(inside.fetch(export, reportFormat="csv").content)
    names = columns(export, "csv")
    assert header == [CATALOGUE[export].column(name).label for name in names]
    rows = inside.rows(export)
    assert cells == [[row[name] for name in names] for row in rows]
    assert not any(name.endswith("_MILLIS") for name in names)


@pytest.mark.parametrize("export", EXPORTS)
def test_rows_are_of_the_catalogues_types(inside: Khoros, export: str) -> None:
    """khoros.column-names: each row in CSV is what the contract says, and so is what JSON has besides."""
    shape = CATALOGUE[export]
    for row in inside.rows(export):
        typed = typed_row(shape, [row[column.name] for column in shape.columns])
        assert row_validator("khoros", export).violations(typed) == []


@pytest.mark.parametrize("export", EXPORTS)
def test_a_file_has_what_had_happened_when_it_was_asked_for(inside: Khoros, export: str) -> None:
    """khoros.snapshot: fetched as late as can be it has no row, and no cell, more than the world had then."""
    asked = {"endTime": str(UNTIL + 10 * 86_400_000), "includeDisabled": "true"}
    if export == "conversation":
        asked["conversationReportType"] = "CREATED"
    run = inside.submitted(export, **asked)
    inside.mock.advance("20h")
    content = inside.client.get(inside.link(inside.poll(run)["jobInfo"]["downloadUrl"])).content
    rows = world("khoros", 1, size="tiny").rows(
        export, start=FROM, end=UNTIL + 10 * 86_400_000, as_of=UNTIL + 12 * 3_600_000
    )
    expected = b"".join(rows.chunks(Encoding("json", strings=True, missing="empty")))
    told = [list(row.values()) for row in objects(content)]
    assert told == [list(row.values()) for row in json.loads(expected)]


@pytest.mark.parametrize("export", EXPORTS)
def test_a_file_without_rows_is_a_file(inside: Khoros, export: str) -> None:
    """khoros.empty: the header alone, or an empty array; a user has a row whatever the range."""
    asked = {"startTime": "0", "endTime": "1000", "priorities": "", "teamIds": "99", "teamId": "99"}
    assert objects(inside.fetch(export, **asked).content) == []
    (header,) = lines(inside.fetch(export, reportFormat="csv", **asked).content)
    assert len(header) == len(columns(export, "csv"))


@pytest.mark.parametrize("action", ["empty", "refuse"])
def test_a_range_that_ends_before_it_starts(khoros: Khoros, action: str) -> None:
    """khoros.end-before-start: a file without rows, or a refusal."""
    khoros.mock.rule("end-before-start", action=action)
    answer = khoros.submit("combined", startTime="1470614400000", endTime="1461104100000")
    if action == "refuse":
        assert_refused(answer, 400, "khoros.end-before-start")
        assert khoros.submit("combined", startTime="5", endTime="5").status_code == 200
    else:
        assert answer.json()["status"] == "PASS"
        assert "export will be empty" in str(khoros.last_request["notes"])
        assert khoros.rows("combined", startTime=str(UNTIL), endTime=str(FROM)) == []


# Columns


@pytest.mark.parametrize("form", ["json", "csv"])
@pytest.mark.parametrize("export", EXPORTS)
def test_any_columns_can_be_chosen_in_any_order(inside: Khoros, export: str, form: str) -> None:
    """khoros.metrics: those that are named, in that order, each once, with their cells."""
    names = columns(export, form)
    chosen = [*names[::-2], names[0]]
    inside.mock.rule("json-keys", style="UPPER_SNAKE")
    inside.mock.rule("csv", header="names")

    def table(**asked: Any) -> list[list[str]]:
        content = inside.fetch(export, reportFormat=form, **asked).content
        if form == "csv":
            return lines(content)
        rows = objects(content)
        return [list(rows[0]), *([*row.values()] for row in rows)]

    everything, some = table(), table(reportMetrics=chosen)
    expected = list(dict.fromkeys(chosen))
    places = [names.index(name) for name in expected]
    assert some == [[row[place] for place in places] for row in everything]


def test_the_guides_three_columns(khoros: Khoros) -> None:
    """khoros.metrics, khoros.column-names: those of the vendor's page, by their names in the API."""
    metrics = ["CONVERSATION_ID", "STATUS", "ASSIGNED_AGENT_DISPLAY_ID"]
    content = khoros.fetch("conversation", reportFormat="csv", reportMetrics=metrics).content
    assert lines(content)[0] == ["Conversation ID", "Status", "Assignee ID"]


@pytest.mark.parametrize(
    "metric", ["X", "AGENT ID", "CONVERSATION_ID,STATUS", "Conversation ID", "\u00e9", "STATUS "]
)
@pytest.mark.parametrize("action", ["refuse", "ignore"])
def test_a_column_that_there_is_not(inside: Khoros, action: str, metric: str) -> None:
    """khoros.unknown-metric: refused, or left out; where nothing is left all columns come."""
    inside.mock.rule("unknown-metric", action=action)
    answer = inside.submit("conversation", reportMetrics=["STATUS", metric])
    if action == "refuse":
        assert_refused(answer, 400, "khoros.unknown-metric")
        return
    assert inside.mock.jobs()[0]["request"]["columns"] == ["STATUS"]
    inside.submitted("conversation", reportMetrics=metric)
    assert inside.mock.jobs()[1]["request"]["columns"] == columns("conversation", "json")


def test_milliseconds_are_in_json_alone(khoros: Khoros) -> None:
    """khoros.millis-columns: asked for in CSV they are columns that there are not."""
    name = "TOTAL_GREEN_STATE_TIME_MILLIS"
    (row, *_) = khoros.rows("user", reportMetrics=["TOTAL_GREEN_STATE_TIME", name])
    hours, minutes, seconds = map(int, row["TOTAL_GREEN_STATE_TIME"].split(":"))
    assert int(row[name]) == ((hours * 60 + minutes) * 60 + seconds) * 1000
    assert_refused(
        khoros.submit("user", reportMetrics=name, reportFormat="csv"), 400, "khoros.unknown-metric"
    )


@pytest.mark.parametrize("action", ["accept", "refuse"])
@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ({"reportFormat": "CSV"}, "csv"),
        ({"reportFormat": "Json"}, "json"),
        ({"reportMetrics": "status"}, "json"),
    ],
)
def test_values_in_another_case(inside: Khoros, asked: dict[str, str], canonical: str, action: str) -> None:
    """khoros.value-case: taken as in the vendor's samples, or refused as in its text."""
    inside.mock.rule("value-case", action=action)
    answer = inside.submit("conversation", **asked)
    if action == "refuse":
        assert_refused(answer, 400, "khoros.value-case")
        return
    request = inside.mock.jobs()[0]["request"]
    assert request["format"] == canonical
    assert "STATUS" in request["columns"]


# Time zones, locales


@cache
def published() -> tuple[str, ...]:
    """When the incoming posts of the week were received, in UTC."""
    rows = world("khoros", 1, size="tiny").rows("incoming_post", start=FROM, end=UNTIL, as_of=UNTIL)
    return tuple(str(row["POST_RECEIVED_DATE"]) for row in rows.records())


def received(khoros: Khoros, **asked: Any) -> tuple[list[str], set[str]]:
    """The same as an export writes them, and what it says of the zone."""
    rows = khoros.rows("incoming_post", reportMetrics=["POST_RECEIVED_DATE", "TIME_ZONE"], **asked)
    return [row["POST_RECEIVED_DATE"] for row in rows], {row["TIME_ZONE"] for row in rows}


def moments() -> list[datetime]:
    """The instants themselves."""
    return [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in published()]


@pytest.mark.parametrize(
    "zone", ["America/Chicago", "Asia/Kolkata", "Pacific/Apia", "Europe/Istanbul", "UTC"]
)
def test_instants_are_written_in_a_time_zone(khoros: Khoros, zone: str) -> None:
    """khoros.timezone: with its own summer time; which rows there are stays as it was."""
    expected = [f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}" for moment in moments()]
    assert received(khoros, timezone=zone) == (expected, {zone})
    assert received(khoros, timezone=zone, timezoneOffset="3600000") == (expected, {zone})


@pytest.mark.parametrize(
    ("offset", "name"),
    [
        ("3600000", "GMT+01:00"),
        ("-21600000", "GMT-06:00"),
        ("20700000", "GMT+05:45"),
        ("-64800000", "GMT-18:00"),
        ("0", "GMT+00:00"),
    ],
)
def test_instants_are_written_at_a_distance_from_utc(khoros: Khoros, offset: str, name: str) -> None:
    """khoros.timezone: in milliseconds, positive in the east, and without summer time."""
    zone = timezone(timedelta(milliseconds=int(offset)))
    expected = [f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}" for moment in moments()]
    assert received(khoros, timezoneOffset=offset) == (expected, {name})


def test_summer_time_begins_within_an_export(khoros: Khoros) -> None:
    """khoros.timezone: each instant is written by what held then, to the second of the change."""
    start, end = (
        int(datetime(2025, 3, 29, tzinfo=UTC).timestamp() * 1000),
        int(datetime(2025, 4, 1, tzinfo=UTC).timestamp() * 1000),
    )
    asked = {"startTime": str(start), "endTime": str(end), "reportMetrics": "STATE_START_TIME"}
    utc = [row["STATE_START_TIME"] for row in khoros.rows("raw_agent_states", **asked)]
    local = [
        row["STATE_START_TIME"] for row in khoros.rows("raw_agent_states", timezone="Europe/Berlin", **asked)
    ]
    ahead = {
        (datetime.fromisoformat(there) - datetime.fromisoformat(here)) // timedelta(hours=1)
        for here, there in zip(utc, local, strict=True)
    }
    assert ahead == {1, 2}


@pytest.mark.parametrize(
    ("locale", "form"),
    [
        ("en", "%m/%d/%Y %I:%M:%S %p"),
        ("en_US", "%m/%d/%Y %I:%M:%S %p"),
        ("es", "%d/%m/%Y %H:%M:%S"),
        ("fr_FR", "%d/%m/%Y %H:%M:%S"),
        ("de-DE", "%d.%m.%Y %H:%M:%S"),
        ("tr", "%d.%m.%Y %H:%M:%S"),
        ("xx", "%m/%d/%Y %I:%M:%S %p"),
        ("", "%Y-%m-%d %H:%M:%S"),
    ],
)
def test_instants_are_written_the_way_of_a_locale(khoros: Khoros, locale: str, form: str) -> None:
    """khoros.timestamp-format: of the language, and by the company's setting where none is named."""
    assert received(khoros, locale=locale)[0] == [moment.strftime(form) for moment in moments()]
    noon = {moment.hour < 12 for moment in moments()}
    assert noon == {True, False}
    khoros.mock.rule("timestamp-format", style="company")
    assert received(khoros, locale=locale)[0] == list(published())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("export", EXPORTS)
def test_labels_are_in_the_language_of_the_locale(inside: Khoros, export: str, language: str) -> None:
    """khoros.locale: every column of CSV has one in each language, and none has that of another."""
    (header, *_) = lines(inside.fetch(export, reportFormat="csv", locale=language).content)
    english = [CATALOGUE[export].column(name).label for name in columns(export, "csv")]
    assert header == [labels(language)[label] for label in english]
    assert len(set(header)) == len(header)
    assert sum(one == other for one, other in zip(header, english, strict=True)) <= 2


@pytest.mark.parametrize("locale", ["en", "en_GB", "EN", "xx", "e", "\u00e9", "_US"])
def test_other_labels_are_english(khoros: Khoros, locale: str) -> None:
    """khoros.locale: also where the locale is not known, which may be refused instead."""
    (header, *_) = lines(khoros.fetch("author", reportFormat="csv", locale=locale).content)
    assert header == [column.label for column in CATALOGUE["author"].columns]
    khoros.mock.rule("locale", unknown="refuse")
    answer = khoros.submit("author", locale=locale)
    if locale.lower().startswith("en"):
        assert answer.status_code == 200
    else:
        assert_refused(answer, 400, "khoros.locale")


def test_languages_have_the_same_labels() -> None:
    """khoros.locale: one that is added to the catalogue must be added to each of them."""
    needs = {
        c.label
        for report in CATALOGUE.values()
        for c in report.columns
        if not c.formats or "csv" in c.formats
    }
    for language in LANGUAGES:
        assert labels(language).keys() == needs
    assert labels("en") == {}


# Switches of the forms


@pytest.mark.parametrize(
    ("style", "key"), [("camelCase", "postId"), ("UPPER_SNAKE", "POST_ID"), ("snake_case", "post_id")]
)
def test_the_spelling_of_keys(khoros: Khoros, style: str, key: str) -> None:
    """khoros.json-keys: nobody knows how they are spelled."""
    khoros.mock.rule("json-keys", style=style)
    (row, *_) = objects(khoros.fetch("combined", reportMetrics=["POST_ID", "TAGS"]).content)
    assert list(row) == [key, "TAGS" if style == "UPPER_SNAKE" else "tags"]


@pytest.mark.parametrize(("missing", "cell"), [("empty", ""), ("null", None)])
def test_what_stands_for_no_value(khoros: Khoros, missing: str, cell: str | None) -> None:
    """khoros.json-strings: an empty string, or null."""
    khoros.mock.rule("json-strings", missing=missing)
    rows = objects(khoros.fetch("raw_agent_states", reportMetrics="STATE_REASON").content)
    assert {row["stateReason"] for row in rows} - {"Break", "On mobile", "Lunch", "Meeting", "Training"} == {
        cell
    }


@pytest.mark.parametrize("header", ["labels", "names"])
@pytest.mark.parametrize("newline", ["crlf", "lf"])
@pytest.mark.parametrize("quote", ["minimal", "nonnumeric", "all"])
def test_the_writing_of_csv(inside: Khoros, header: str, newline: str, quote: str) -> None:
    """khoros.csv: none of it is public, so all of it can be switched."""
    inside.mock.rule("csv", header=header, newline=newline, quote=quote)
    metrics = ["AUTHOR_NAME", "POSTS"]
    text = inside.fetch("author", reportFormat="csv", reportMetrics=metrics).content.decode()
    first, second, *_ = text.split("\r\n" if newline == "crlf" else "\n")
    assert ("\r" in text) is (newline == "crlf")
    names = metrics if header == "names" else ["Author Name", "Posts"]
    assert first == ",".join(names if quote == "minimal" else [f'"{name}"' for name in names])
    name, _, count = second.partition(",")
    assert name.startswith('"') is (quote != "minimal")
    assert count.strip('"').isdigit()
    assert count.startswith('"') is (quote == "all")


def test_needed_parameters_are_those_of_the_catalogue() -> None:
    """khoros.missing-parameter: what these tests send everywhere is what the contract asks for."""
    for export in EXPORTS:
        required = {parameter.name for parameter in CATALOGUE[export].parameters if parameter.required}
        assert required == {"companyKey", *needed(export)}
    assert all(c.type is not ColumnType.JSON for report in CATALOGUE.values() for c in report.columns)
