from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written import code, codes, compiled, settings

from nbprism.compiler.settings.step import StepSettings, read_settings, settings_from_json

CELLS = (code("x = 1", "step:load"), code("print(x)", "step:train"))


def asked(**values: Any) -> dict[str, Any]:
    return settings(train=values)


GOOD: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"after": ["load"]}, {"after": ("load",)}),
    ({"after": "load"}, {"after": ("load",)}),
    ({"after": ["load", "load"]}, {"after": ("load",)}),
    ({"cpus": 0}, {"cpus": 0.0}),
    ({"cpus": 0.5}, {"cpus": 0.5}),
    ({"gpus": 0.25}, {"gpus": 0.25}),
    ({"gpus": 2}, {"gpus": 2.0}),
    ({"memory": 4_000_000_000}, {"memory": 4_000_000_000}),
    ({"memory": "4GiB"}, {"memory": 4 * 1024**3}),
    ({"memory": "4Gi"}, {"memory": 4 * 1024**3}),
    ({"memory": "500M"}, {"memory": 500_000_000}),
    ({"memory": "500 MB"}, {"memory": 500_000_000}),
    ({"memory": "1.5gb"}, {"memory": 1_500_000_000}),
    ({"memory": None}, {}),
    ({"accelerator_type": "A100"}, {"accelerator_type": "A100"}),
    ({"resources": {"licence": 1}}, {"resources": {"licence": 1.0}}),
    ({"retries": 3, "retry_delay_s": 0.5}, {"retries": 3, "retry_delay_s": 0.5}),
    ({"timeout_s": 60}, {"timeout_s": 60.0}),
    ({"allow_failure": True}, {"allow_failure": True}),
    ({"cache": False}, {"cache": False}),
    ({"cache": "off"}, {"cache": False}),
    ({"cache": "on"}, {}),
    ({"cache": "v2 "}, {"cache": "v2"}),
    ({"when": " x > 1 "}, {"when": "x > 1"}),
    ({"env": {"env_vars": {"A": "b"}}}, {"env_vars": {"A": "b"}}),
    ({"env": {"pip": ["torch==2.8 ", "x[y]"]}}, {"pip": ("torch==2.8", "x[y]")}),
    ({"env": {"uv": ["torch"]}}, {"uv": ("torch",)}),
    ({"env": {"conda": "torch-env"}}, {"conda": "torch-env"}),
    ({"env": {"conda": ["pytorch=2.8"]}}, {"conda": ("pytorch=2.8",)}),
    ({"env": {"image": "host/ray:2.55.1-py311"}}, {"image": "host/ray:2.55.1-py311"}),
    ({"env": {"pip": [], "image": None}}, {}),
    ({"env": {}}, {}),
]


@pytest.mark.parametrize(("values", "expected"), GOOD, ids=[str(row[0]) for row in GOOD])
def test_settings_are_read(values: dict[str, Any], expected: dict[str, Any]) -> None:
    pipeline = compiled(*CELLS, **asked(**values))
    assert pipeline.diagnostics == ()
    assert pipeline.step("train").settings == StepSettings(**expected)


INVALID: list[tuple[str, Any, str]] = [
    ("gpus", -1, "must be a number from 0"),
    ("when", "", "must be a Python expression"),
    ("when", True, "must be a Python expression"),
    ("when", "x >", "one Python expression (invalid syntax, at its end)"),
    ("when", "x 1", "(invalid syntax, column 3)"),
    ("when", "x = 1", "to compare, write `==`"),
    ("when", "x; y", "one Python expression"),
    ("when", "(y := x) > 1", "must only look at values; `:=`"),
    ("when", "await x", "`await` is not possible"),
    ("when", "[(yield x)]", "`yield` is not possible"),
    ("gpus", 1.5, "whole above 1"),
    ("gpus", "two", "not 'two'"),
    ("gpus", True, "must be a number"),
    ("cpus", 1e9, "from 0 to 1,000,000"),
    ("cpus", "many", "must be a number"),
    ("memory", "lots", "'500M', '4GB' or '4GiB', not 'lots'"),
    ("memory", "-4GB", "must be bytes"),
    ("memory", 4, "is only 4 bytes; with a unit it reads '4GB'"),
    ("memory", True, "must be bytes"),
    ("memory", "9999PB", "more than any machine has"),
    ("memory", [], "must be bytes"),
    ("accelerator_type", "", "must be text"),
    ("accelerator_type", 100, "must be text"),
    ("resources", ["licence"], "object of resource names"),
    ("resources", {"GPU": 1}, "a setting of its own"),
    ("resources", {"licence": "one"}, "amounts must be a number"),
    ("retries", -1, "whole number from 0 to 100"),
    ("retries", 1.5, "whole number"),
    ("retries", True, "whole number"),
    ("timeout_s", 0, "more than 0"),
    ("timeout_s", "1h", "must be a number"),
    ("allow_failure", "yes", "true or false"),
    ("cache", 2, "a version in quotes such as '2'"),
    ("cache", "", "must be true, false, or a version"),
    ("after", {"load": 1}, "list of step names"),
    ("after", [3], "list of step names"),
    ("env", "A=b", "must be an object"),
    ("env", {"env_vars": ["A"]}, "names and texts"),
    ("env", {"pip": "torch"}, "lists of packages"),
    ("env", {"pip": ["--index-url=http://evil"]}, "lists of packages"),
    ("env", {"uv": [""]}, "lists of packages"),
    ("env", {"conda": ["-c evil"]}, "lists of packages"),
    ("env", {"conda": "-p /root"}, "the name of an environment"),
    ("env", {"image": "a b"}, "a container image"),
    ("env", {"image": "--privileged"}, "a container image"),
    ("env", {"pip": ["a"], "conda": "b"}, "can have one of"),
    ("env", {"env_vars": {"A": 1}}, "needs text for the variable `A`"),
    ("env", {"env_vars": {"NBPRISM_STORE": "x"}}, "cannot set a variable"),
]


@pytest.mark.parametrize(("key", "value", "says"), INVALID)
def test_a_value_that_makes_no_sense_is_an_error(key: str, value: Any, says: str) -> None:
    pipeline = compiled(*CELLS, **asked(**{key: value}))
    (finding,) = pipeline.diagnostics
    assert (finding.code, finding.severity) == ("setting-invalid", "error")
    assert (finding.step, finding.cell) == ("train", "c1")
    assert says in finding.message
    assert f"`{key}`" in finding.message


@pytest.mark.parametrize(
    ("values", "hint"),
    [
        ({"gpu": 1}, "Did you mean `gpus`?"),
        ({"timeout": 1}, "Did you mean `timeout_s`?"),
        ({"colour": "red"}, "Settings are"),
        ({"env": {"vars": {}}}, "Did you mean `env_vars`?"),
    ],
)
def test_an_unknown_setting_is_a_warning(values: dict[str, Any], hint: str) -> None:
    (finding,) = compiled(*CELLS, **asked(**values)).diagnostics
    assert (finding.code, finding.severity) == ("setting-unknown", "warning")
    assert hint in finding.hint


@pytest.mark.parametrize(
    ("metadata", "found"),
    [
        ({"nbprism": []}, "setting-invalid"),
        ({"nbprism": {"steps": []}}, "setting-invalid"),
        ({"nbprism": {"steps": {"train": [1]}}}, "setting-invalid"),
        ({"nbprism": {"schema": 2}}, "setting-invalid"),
        ({"nbprism": {"schema": "1"}}, "setting-invalid"),
        ({"nbprism": {"step": {}}}, "setting-unknown"),
        (settings(trian={"gpus": 1}), "settings-without-step"),
    ],
)
def test_wrong_metadata_is_found(metadata: dict[str, Any], found: str) -> None:
    assert codes(compiled(*CELLS, **metadata)) == [found]


def test_settings_of_a_misspelt_step_say_which_is_meant() -> None:
    (finding,) = compiled(*CELLS, **settings(trian={"gpus": 1})).diagnostics
    assert finding.hint == "Did you mean `train`?"


@pytest.mark.parametrize("values", [row[0] for row in GOOD], ids=[str(row[0]) for row in GOOD])
def test_settings_survive_their_json_form(values: dict[str, Any]) -> None:
    read, _ = read_settings(asked(**values))
    assert settings_from_json(read["train"].to_json()) == read["train"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["steps", "load", "env", *GOOD[15][0]]), inner)
            | st.dictionaries(st.text(), inner)
        ),
    )
)
def test_any_metadata_gives_settings_and_findings(value: Any) -> None:
    read_settings({"nbprism": value})
