"""Compose files: our verdict is that of Compose, as data has it. Whether it does, tests/e2e asks Compose."""

from __future__ import annotations

import copy
from itertools import groupby
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from tests.composing import VARIABLES, samples, service
from tutor.env.formats import compose_file
from tutor.env.formats.compose.reader import plain, read
from tutor.env.formats.compose.schema import KEYWORDS, REMARKS, compose_schema, schema_faults
from tutor.env.nodes import documents

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = {
    place: list(found) for place, found in groupby(samples(), key=lambda sample: (sample.section, sample.key))
}
TWICE = "this stands in the list already"


def faults(text: str, **variables: str) -> list[str]:
    """What is wrong, without lines."""
    return [fault.message for fault in compose_file.check(text, variables)]


def of_service(key: str, value: str, **variables: str) -> list[str]:
    """What is wrong with a service that has a key."""
    return faults(f"services:\n  a:\n{service(key, value)}", **variables)


@pytest.mark.parametrize("place", SAMPLES, ids="-".join)
def test_the_verdict_is_that_of_compose(place: tuple[str, str]) -> None:
    """For each key of a service and of a file, for variables, and for YAML."""
    verdicts = [(sample, faults(sample.text, **VARIABLES)) for sample in SAMPLES[place]]
    assert [(sample.title, found) for sample, found in verdicts if sample.valid == bool(found)] == []


def test_every_key_is_tried() -> None:
    """With several values that are valid, and several that are not."""
    schema = compose_schema()
    wanted = {("services", key) for key in schema["definitions"]["service"]["properties"]}
    wanted |= {("top", key) for key in schema["properties"].keys() - {"services"}}
    assert wanted - SAMPLES.keys() == set()
    for place in sorted(wanted):
        verdicts = [sample.valid for sample in SAMPLES[place]]
        assert verdicts.count(True) > 1, place
        assert verdicts.count(False) > 1, place


def subschemas(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema and those in it."""
    yield schema
    for keyword in ("properties", "patternProperties", "definitions"):
        for inner in schema.get(keyword, {}).values():
            yield from subschemas(inner)
    for inner in (*schema.get("oneOf", ()), schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, dict):
            yield from subschemas(inner)


def test_every_keyword_of_the_schema_is_understood() -> None:
    """A newer schema may have more of them. Of several forms, the type of a value tells which is meant."""
    schema = compose_schema()
    for found in subschemas(schema):
        assert set(found) <= KEYWORDS | REMARKS, found
        types: list[str] = []
        for branch in found.get("oneOf", ()):
            name = branch.get("$ref", "").rpartition("/")[2]
            kinds = (schema["definitions"][name] if name else branch)["type"]
            types += [kinds] if isinstance(kinds, str) else kinds
        assert len(types) == len(set(types)), found


def test_the_schema_means_what_it_means_to_others() -> None:
    """A library for JSON Schema has the same verdict; on what stands twice, Compose has one of its own."""
    schema = copy.deepcopy(compose_schema())
    for found in subschemas(schema):
        found.pop("uniqueItems", None)
    validator = jsonschema.Draft7Validator(schema)
    compared = 0
    for sample in samples():
        for document in documents(sample.text) if sample.section in ("services", "top") else ():
            try:
                value = read(document)
            except ValueError:
                continue
            ours = [path for path, message in schema_faults(value, compose_schema()) if message != TWICE]
            assert bool(ours) != validator.is_valid(value), sample.title
            compared += bool(ours)
    assert compared > 200


@pytest.mark.parametrize(
    ("key", "value", "good", "bad"),
    [
        ("ports", '["${A}:80"]', "8000", "http"),
        ("ports", "[{target: $A}]", "80", "http"),
        ("volumes", '["${A}:/data"]', "data", ""),
        ("mem_limit", "${A:?say how much}", "1g", "much"),
        ("cpus", "${A}", "0.5", "half"),
        ("tty", "$A", "yes", "maybe"),
        ("stop_grace_period", "${A}s", "10", "ten"),
        ("pull_policy", "$A", "daily", "hourly"),
        ("cgroup", "${B:-$A}", "host", "guest"),
        ("deploy", "{replicas: $A, resources: {limits: {memory: $A}}}", "3", "few"),
    ],
)
def test_what_is_not_known_is_not_judged(key: str, value: str, good: str, bad: str) -> None:
    """A variable without a value can become anything; one with a value cannot."""
    assert of_service(key, value) == []
    assert of_service(key, value, A=good) == []
    assert of_service(key, value, A=bad) != []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("healthcheck", "$A"),
        ("ports", "$A"),
        ("labels", "{a: [$A]}"),
        ("command", "${A ${B}"),
        ("mem_limit", "${A:-much}"),
        ("ports", '["${A:-http}:80"]'),
    ],
)
def test_what_is_wrong_whatever_a_variable_is(key: str, value: str) -> None:
    """A text where a mapping belongs, a variable that is written wrong, a default that is not possible."""
    assert of_service(key, value) != []


def test_variables_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As those of Compose do."""
    text = "services:\n  a:\n" + service("ports", '["${PORT_OF_A:-80}:80"]')
    assert compose_file.check(text) == []
    monkeypatch.setenv("PORT_OF_A", "http")
    assert len(compose_file.check(text)) == 1


BASE = "x-base: &base\n  image: x\n  user: 1000\nservices:\n  a:\n    <<: *base\n    tty: true\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "services:\n  a:\n    imagee: x\n",
            3,
            "services.a.imagee: Compose knows no such key; did you mean image?",
        ),
        ("service:\n  a: {}\n", 1, "service: Compose knows no such key; did you mean services?"),
        (
            "services:\n  a:\n    ports:\n      - 80:80\n      - 80:80/x\n",
            5,
            "services.a.ports[1]: 'x' of '80:80/x' is no protocol: tcp, udp and sctp are",
        ),
        (BASE, 3, "services.a.user: expected a text, not 1000: put it in quotes"),
        ("services:\n  a:\n    cgroup: x\n", 3, "services.a.cgroup: expected host or private, not 'x'"),
        (
            "services:\n  a:\n    build:\n      context: .\n      ulimits: {nofile: {soft: 1}}\n",
            5,
            "services.a.build.ulimits.nofile: hard is missing",
        ),
        ("services:\n  a:\n    restart: [always]\n", 3, "services.a.restart: expected a text, not a list"),
        ("services:\n  a:\n    cpu_percent: '101'\n", 3, "services.a.cpu_percent: 101 is more than 100"),
        ("services:\n  a:\n    mem_limit: 1x\n", 3, "services.a.mem_limit: '1x' is no size such as 512m"),
        (
            "services:\n  a b: {}\n",
            2,
            "services.a b: this name is not possible: letters, digits and . _ - are",
        ),
        ("services:\n  a:\n    environment:\n      1: x\n", 4, "the key 1 is no text: put it in quotes"),
        (
            "services:\n  a:\n    command: echo it's\n",
            3,
            "services.a.command: ' is not closed in a text that Compose splits into words, as a shell does",
        ),
        ("- a\n", 1, "the file: expected a mapping, not a list"),
        (
            "services:\n  a:\n    networks: !reset [1]\n    dns: [!reset x, 3]\n",
            4,
            "services.a.dns[0]: expected a text, not 3: put it in quotes",
        ),
    ],
)
def test_a_fault_is_told_in_a_sentence(text: str, line: int, message: str) -> None:
    """With the place in the file, and what is expected there."""
    (found,) = compose_file.check(text, {})
    assert (found.line, found.message) == (line, message)


def test_faults_stand_in_the_order_of_the_file() -> None:
    """The first one is shown."""
    text = "services:\n  a:\n    user: 1\n    ports: [x]\n    tty: maybe\n    note: 3\n"
    assert [fault.line for fault in compose_file.check(text, {})] == [3, 4, 5, 6]


@pytest.mark.parametrize("value", ["hid${den", "${hid den}", "[hidden]", "{hidden: 1}"])
def test_values_of_variables_are_not_shown(value: str) -> None:
    """They may be passwords."""
    (message,) = of_service("environment", f"{{PASSWORD: {value if value[0] in '[{' else repr(value)}}}")
    assert message.startswith("services.a.environment.PASSWORD: ")
    assert "hid" not in message


@pytest.mark.parametrize(
    ("text", "value"),
    [("0o17", 15), ("017", 15), ("0x1f", 31), ("-0b11", -3), ("1_000", 1000), ("08", 8.0), ("1e3", 1000.0)],
)
def test_numbers(text: str, value: float) -> None:
    """As Go reads them."""
    assert plain(text) == value
