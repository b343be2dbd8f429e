from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written import code, codes, compiled, raw_notebook, roles, settings, text

from nbprism.cli.sweep import points_of
from nbprism.compiler import Pipeline, compile_notebook, make_plan, read_notebook
from nbprism.compiler.kale.notebook import from_kale
from nbprism.compiler.settings.step import StepSettings

KALE = {"kubeflow_notebook": {"pipeline_name": "p", "experiment_name": "e"}}

CELLS: list[tuple[str, list[Mapping[str, Any]], list[tuple[str, str | None]]]] = [
    (
        "block and step are one thing",
        [code("x = 1", "block:load"), code("print(x)", "step:show", "prev:load")],
        [("step", "load"), ("step", "show")],
    ),
    (
        "a block without a name continues the one above",
        [code("x = 1", "block:load"), code("x", "block:"), code("x", "step:")],
        [("step", "load"), ("step", "load"), ("step", "load")],
    ),
    (
        "an untagged cell continues the role above",
        [
            code("import os", "imports"),
            code("import sys"),
            code("a = 1", "pipeline-parameters"),
            code("b = 2"),
            code("x = 1", "block:load"),
            code("def f(): ...", "functions"),
            code("def g(): ..."),
            code("y = 1", "block:show"),
            code("z = 1"),
            code("print(x)", "pipeline-metrics"),
            code("print(y)"),
        ],
        [
            ("imports", None),
            ("imports", None),
            ("parameters", None),
            ("parameters", None),
            ("step", "load"),
            ("functions", None),
            ("functions", None),
            ("step", "show"),
            ("step", "show"),
            ("metrics", "metrics"),
            ("metrics", "metrics"),
        ],
    ),
    (
        "a skipped cell is not continued, and its other tags mean nothing",
        [code("x = 1", "block:load"), code("y", "skip", "prev:x"), code("z = 1")],
        [("step", "load"), ("skip", None), ("step", "load")],
    ),
    (
        "a role decides alone",
        [code("import os", "imports", "block:a"), code("x = 1", "block:load", "prev:load")],
        [("imports", None), ("step", "load")],
    ),
    (
        "the parameters of 0.3",
        [code("a = 1", "parameters"), code("b = a", "block:x"), code("b", "prev:x", "block:y")],
        [("parameters", None), ("step", "x"), ("step", "y")],
    ),
    (
        "names that cannot be ours are changed",
        [code("x = 1", "block:_a"), code("y = x", "block:1-b", "prev:_a"), code("", "block:setup")],
        [("step", "a"), ("step", "step_1-b"), ("step", "setup_step")],
    ),
    (
        "text is text",
        [text("x"), code("x = 1", "block:a"), text("y")],
        [("text", None), ("step", "a"), ("text", None)],
    ),
]


@pytest.mark.parametrize(
    ("cells", "expected"), [row[1:] for row in CELLS], ids=[row[0] for row in CELLS]
)
def test_cells_count_as_what_they_are_in_kale(
    cells: list[Mapping[str, Any]], expected: list[tuple[str, str | None]]
) -> None:
    assert roles(compiled(*cells, **KALE)) == expected


WISHES: list[tuple[str, list[str], dict[str, Any]]] = [
    ("prev", ["prev:load"], {"after": ("load",)}),
    ("prev of 0.1", ["prev:load;other"], {"after": ("load", "other")}),
    ("cpu", ["limit:cpu:2"], {"cpus": 2.0}),
    ("thousandths of a cpu", ["limit:cpu:500m"], {"cpus": 0.5}),
    ("memory", ["limit:memory:8Gi"], {"memory": 8 * 1024**3}),
    ("a GPU", ["limit:nvidia.com/gpu:2"], {"gpus": 2.0}),
    ("the other GPU", ["limit:amd.com/gpu:1"], {"gpus": 1.0}),
    ("anything else", ["limit:habana.ai/gaudi:1"], {"resources": {"habana.ai/gaudi": 1.0}}),
    ("no cache", ["cache:disabled"], {"cache": False}),
    ("a cache", ["cache:enabled"], {}),
    ("a report", ["report:enabled"], {}),
]


def with_tags(*tags: str, **metadata: Any) -> Pipeline:
    return compiled(
        code("x = 1", "block:load"),
        code("y = 1", "block:other"),
        code("print(x)", "block:train", *tags),
        **metadata,
    )


@pytest.mark.parametrize(
    ("tags", "expected"), [row[1:] for row in WISHES], ids=[row[0] for row in WISHES]
)
def test_what_a_kale_step_asks_for_becomes_settings(
    tags: list[str], expected: dict[str, Any]
) -> None:
    pipeline = with_tags(*tags)
    assert pipeline.step("train").settings == StepSettings(**expected)
    assert pipeline.errors == ()
    assert "kale-not-honoured" not in codes(pipeline)


NOT_HONOURED: list[tuple[str, str, str]] = [
    ("image:me/torch:2", "warning", "`image:me/torch:2`"),
    ("secret:aws:key:AWS_KEY", "warning", "secrets are not mounted"),
    ("annotation:a/b:http://x:80", "info", "`annotation:a/b:http://x:80`"),
    ("label:team:ml", "info", "no meaning"),
    ("notebook:other", "error", "pipeline of its own"),
]


@pytest.mark.parametrize(("tag", "severity", "says"), NOT_HONOURED)
def test_what_cannot_be_honoured_is_reported_on_the_cell(
    tag: str, severity: str, says: str
) -> None:
    pipeline = with_tags(tag)
    (finding,) = [d for d in pipeline.diagnostics if d.code == "kale-not-honoured"]
    assert (finding.severity, finding.step, finding.cell) == (severity, "train", "c2")
    assert says in finding.message


@pytest.mark.parametrize(
    ("metadata", "says"),
    [
        ({"docker_image": "me/x:1"}, "`docker_image` `me/x:1`"),
        ({"base_image": "me/x:1"}, "`base_image` `me/x:1`"),
        ({"volumes": [{"name": "v", "mount_point": "/v"}]}, "`volumes`"),
        ({"katib_run": True}, "`katib_run`"),
        ({"timeout": 3}, "`timeout`"),
    ],
)
@pytest.mark.parametrize("key", ["kubeflow_notebook", "kubeflow_noteobok"])
def test_notebook_settings_that_cannot_be_honoured_are_reported(
    key: str, metadata: dict[str, Any], says: str
) -> None:
    pipeline = with_tags(**{key: metadata})
    findings = [d for d in pipeline.diagnostics if d.code == "kale-not-honoured"]
    assert [finding.severity for finding in findings] == ["warning"]
    assert says in findings[0].message


def test_settings_of_kubeflow_are_one_note() -> None:
    findings = [d for d in with_tags(**KALE).diagnostics if d.code == "kale-not-honoured"]
    assert [finding.severity for finding in findings] == ["info"]
    assert "`pipeline_name` and `experiment_name`" in findings[0].message


def searching(*parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {"kubeflow_notebook": {"katib_metadata": {"parameters": list(parameters)}}}


def katib(name: str, kind: str, **space: Any) -> dict[str, Any]:
    return {"name": name, "parameterType": kind, "feasibleSpace": space}


SWEEPS: list[tuple[str, str, dict[str, Any], str]] = [
    ("a range of integers", "4", katib("x", "int", min="1", max="5", step="2"), "x=1,3,5"),
    ("one without a step", "4", katib("x", "int", min="1", max="9"), "x=1,3,5,7,9"),
    ("fewer integers than values", "4", katib("x", "int", min="1", max="2"), "x=1,2"),
    ("a long range", "4", katib("x", "int", min="0", max="90", step="1"),
     "x=0,10,20,30,40,50,60,70,80,90"),
    ("numbers", "0.5", katib("x", "double", min="0.1", max="0.3", step="0.1"), "x=0.1,0.2,0.3"),
    ("no step", "0.5", katib("x", "double", min="0", max="1"), "x=0,0.25,0.5,0.75,1"),
    ("nothing between", "0.5", katib("x", "double", min="0.1", max="0.1"), "x=0.1"),
    ("listed numbers", "0.5", katib("x", "discrete", list=["0.01", "1"]), "x=0.01,1"),
    ("words", "'a'", katib("x", "categorical", list=["sgd", "adam"]), "x=sgd,adam"),
    ("texts", "'a'", katib("x", "categorical", list=["a,b", "c d"]), "'x=\"a,b\",\"c d\"'"),
    ("texts that look like numbers", "'a'", katib("x", "categorical", list=["1", "2"]), "x=1,2"),
]  # fmt: skip


@pytest.mark.parametrize(("default", "asked", "option"), [row[1:] for row in SWEEPS],
                         ids=[row[0] for row in SWEEPS])  # fmt: skip
def test_a_search_of_katib_is_said_as_a_sweep(
    default: str, asked: dict[str, Any], option: str
) -> None:
    cells = (code(f"x = {default}", "pipeline-parameters"), code("print(x)", "block:show"))
    raw = raw_notebook(*cells, **searching(asked))
    for written in (raw, from_kale(raw)):
        pipeline = compile_notebook(read_notebook(written, name="iris"))
        (finding,) = [d for d in pipeline.diagnostics if d.code == "kale-sweep"]
        assert finding.severity == "info"
        assert finding.hint == f"Type `nbprism run iris.ipynb --sweep {option}`."
        (name, _, values) = shlex.split(option)[0].partition("=")
        points = points_of([f"{name}={values}"], {}, pipeline)
        for point in points:
            make_plan(read_notebook(written), pipeline, point)


NO_SWEEPS = [
    katib("other", "int", min="1", max="5"),
    katib("x", "double", min="0.1", max="0.5"),
    katib("x", "categorical", list=["a", "b"]),
    katib("x", "int", min="5", max="1"),
    katib("x", "int", min="one", max="2"),
    katib("x", "int", min="-Infinity", max="1e999999"),
    katib("x", "int"),
    {"name": "x"},
]


@pytest.mark.parametrize("asked", NO_SWEEPS)
def test_a_search_that_no_sweep_can_do_is_said_to_be_none(asked: dict[str, Any]) -> None:
    cells = (code("x = 4", "pipeline-parameters"), code("print(x)", "block:show"))
    (finding,) = [
        d for d in compiled(*cells, **searching(asked)).diagnostics if d.code == "kale-sweep"
    ]
    assert f"`{asked['name']}`, which no sweep" in finding.message


def test_several_searches_make_one_grid() -> None:
    cells = (code("x = 4\ny = 'a'", "pipeline-parameters"), code("print(x, y)", "block:show"))
    both = searching(katib("x", "int", min="1", max="3"), katib("y", "categorical", list=["a"]))
    (finding,) = [d for d in compiled(*cells, **both).diagnostics if d.code == "kale-sweep"]
    assert "`x` and `y`" in finding.message
    assert "a sweep of 3 runs" in finding.message
    assert "--sweep x=1,2,3 --sweep y=a" in finding.hint


@pytest.mark.parametrize("found", [None, 3, [], {"parameters": 3}, {"parameters": [3, {}]}])
def test_what_is_no_search_is_none(found: Any) -> None:
    metadata = {"kubeflow_notebook": {"katib_metadata": found}}
    assert "kale-sweep" not in codes(with_tags(**metadata))


@pytest.mark.parametrize(
    "defaults", [["limit:memory:1Gi"], {"limits": {"memory": "1Gi"}, "labels": {"a": "b"}}]
)
def test_defaults_of_all_steps_give_way_to_a_steps_own(defaults: Any) -> None:
    metadata = {"kubeflow_notebook": {"steps_defaults": defaults}}
    pipeline = with_tags("limit:memory:2Gi", **metadata)
    memory = {step.name: step.settings.memory for step in pipeline.steps}
    assert memory == {"load": 1024**3, "other": 1024**3, "train": 2 * 1024**3}


def test_later_cells_of_a_step_add_to_what_it_asks_for() -> None:
    pipeline = compiled(
        code("x = 1", "block:load"),
        code("y = 1", "block:a", "limit:cpu:2"),
        code("z = 1", "block:a", "limit:cpu:4", "limit:memory:1Gi", "prev:load"),
    )
    expected = StepSettings(after=("load",), cpus=2.0, memory=1024**3)
    assert pipeline.step("a").settings == expected


def test_what_our_settings_say_wins_over_kales_tags() -> None:
    pipeline = with_tags("limit:cpu:2", "prev:load", **settings(train={"cpus": 8}))
    assert pipeline.step("train").settings == StepSettings(cpus=8.0, after=("load",))


def test_a_limit_that_is_no_amount_is_an_error() -> None:
    assert codes(with_tags("limit:cpu:many"), "error") == ["setting-invalid"]


def test_prev_of_an_unknown_step_is_an_error() -> None:
    (finding,) = with_tags("prev:laod").errors
    assert (finding.code, finding.hint) == ("unknown-step", "Did you mean `load`?")


def test_prev_on_a_cell_of_no_step_is_reported() -> None:
    pipeline = compiled(code("x = 1", "prev:a", "image:x"), code("y = 1", "block:a"))
    assert codes(pipeline).count("kale-not-honoured") == 2


def test_steps_that_only_share_prev_are_still_ordered() -> None:
    pipeline = compiled(code("open('a', 'w').close()", "block:w"), code("1", "block:b", "prev:w"))
    assert ("w", "b") in [(edge.source, edge.target) for edge in pipeline.edges]


def test_leading_cells_that_kale_drops_are_run_and_noted() -> None:
    pipeline = compiled(code("import os"), code("x = os.name", "block:a"), **KALE)
    assert roles(pipeline) == [("setup", None), ("step", "a")]
    assert "kale-leading-cell" in codes(pipeline, "info")


def test_two_blocks_on_a_cell_are_an_error() -> None:
    assert "two-steps-on-cell" in codes(compiled(code("x = 1", "block:a;b")), "error")


def test_names_that_would_be_one_stay_two() -> None:
    pipeline = compiled(code("x = 1", "block:a"), code("y = 1", "block:_a", "prev:a"))
    assert [step.name for step in pipeline.steps] == ["a", "a_2"]
    assert pipeline.step("a_2").settings.after == ("a",)


def test_foreign_tags_are_ignored_and_kept() -> None:
    raw = raw_notebook(code("x = 1", "hide-input", "block:a", "raises-exception"))
    cell = from_kale(raw)["cells"][0]
    assert cell["metadata"]["tags"] == ["hide-input", "raises-exception", "step:a"]


def test_a_notebook_of_ours_is_left_alone() -> None:
    raw = raw_notebook(code("x = 1", "step:a"), code("x", "my:tag"), **settings(a={"gpus": 1}))
    assert from_kale(raw) == raw


WHOLE = raw_notebook(
    code("import math", "imports"),
    code("import os"),
    code("lr = 0.1", "pipeline-parameters"),
    code("x = math.pi * lr", "block:load", "limit:memory:1Gi", "image:x"),
    code("y = x", "block:_train", "prev:load"),
    code("acc = y", "block:"),
    code("y", "skip", "prev:x"),
    code("print(acc)", "pipeline-metrics"),
    kubeflow_notebook={"pipeline_name": "p", "volumes": [{"name": "v"}], "steps_defaults": []},
)


def test_rewriting_changes_nothing_but_tags_and_metadata() -> None:
    rewritten = from_kale(WHOLE)
    assert [cell["metadata"].get("tags") for cell in rewritten["cells"]] == [
        ["imports"],
        ["imports"],
        ["parameters"],
        ["step:load", "image:x"],
        ["step:train"],
        None,
        ["skip"],
        ["metrics"],
    ]
    assert rewritten["metadata"]["nbprism"] == {
        "schema": 1,
        "kale": WHOLE["metadata"]["kubeflow_notebook"],
        "steps": {"load": {"memory": "1Gi"}, "train": {"after": ["load"]}},
    }
    assert "kubeflow_notebook" not in rewritten["metadata"]
    plain = [{**cell, "metadata": {}} for cell in WHOLE["cells"]]
    assert [{**cell, "metadata": {}} for cell in rewritten["cells"]] == plain


def test_a_rewritten_notebook_is_the_same_pipeline() -> None:
    before = compile_notebook(read_notebook(WHOLE, name="x"))
    after = compile_notebook(read_notebook(from_kale(WHOLE), name="x"))
    assert (after.steps, after.edges, after.cells) == (before.steps, before.edges, before.cells)
    assert after.parameters == before.parameters
    assert from_kale(from_kale(WHOLE)) == from_kale(WHOLE)


def test_a_unit_of_a_kale_notebook_keeps_the_users_tags() -> None:
    read = read_notebook(WHOLE)
    plan = make_plan(read, compile_notebook(read), {})
    cells = {cell["id"]: cell for cell in plan.unit("train").notebook["cells"]}
    assert cells["c4"]["metadata"] == {"tags": ["block:_train", "prev:load"]}


WORDS = st.sampled_from(["block", "prev", "limit", "step", "image", "cpu", "memory", "a", "b", ""])
TAGS = st.lists(st.lists(WORDS, max_size=4).map(":".join) | st.text(max_size=5), max_size=4)
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["limits", "volumes", "steps_defaults", "x"]), inner)
    ),
    max_leaves=6,
)


@given(st.lists(TAGS, max_size=4), JSON, JSON)
def test_any_kale_notebook_compiles_and_can_be_rewritten(
    tags: list[list[str]], theirs: Any, ours: Any
) -> None:
    cells = [code("x = 1", *some) for some in tags]
    metadata = {"kubeflow_notebook": theirs, "nbprism": ours}
    compiled(*cells, **metadata)
    once = from_kale(raw_notebook(*cells, **metadata))
    assert from_kale(once) == once


def test_defaults_that_cannot_be_honoured_are_reported_once() -> None:
    metadata = {"kubeflow_notebook": {"steps_defaults": ["image:me/x", "limit:cpu:2"]}}
    findings = [d for d in with_tags(**metadata).diagnostics if d.code == "kale-not-honoured"]
    assert [(finding.severity, finding.cell) for finding in findings] == [("warning", None)]
    assert "`steps_defaults` has `image:me/x`" in findings[0].message
