"""What a run left, in a real browser: graph, run view, history, comparison, examples."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any

import pytest
from lab import Lab
from notebook_files import code, write_notebook
from notebook_page import RUN_S, NotebookPage
from playwright.sync_api import Locator, Page, expect

from nbprism.compiler import compile_notebook, make_plan, read_notebook
from nbprism.runner import events as ev
from nbprism.runner.log import LogWriter
from nbprism.runner.options import RunOptions
from nbprism.runner.store import Store

pytestmark = pytest.mark.timeout(400)

CELLS = (
    ("parameters", "rate = 0.5"),
    ("step:load", "x = list(range(1000))\nprint('loaded', len(x))"),
    ("step:train", "score = rate * len(x)\nscore"),
    ("step:train metrics", "accuracy = score"),
)


def write(lab: Lab, name: str, *cells: tuple[str, str]) -> str:
    """Write a notebook of (tags, source) cells and return its name."""
    made = (code(f"cell-{n}", source, *tags.split()) for n, (tags, source) in enumerate(cells))
    write_notebook(lab.root / name, *made)
    return name


def finished(notebook: NotebookPage) -> None:
    """Wait until the panel says that nothing runs any more."""
    run = notebook.panel.get_by_role("button", name="Run", exact=True)
    expect(run).to_be_visible(timeout=RUN_S * 1000)


def run_view(page: Page) -> Locator:
    return page.locator(".nbprism-RunPanel:visible")


def test_a_run_is_watched_read_and_found_again_after_a_reload(
    lab: Lab, page: Page, artifacts: Path
) -> None:
    notebook = NotebookPage(page, lab, write(lab, "viewed.ipynb", *CELLS))
    notebook.open()
    notebook.run()
    notebook.panel.get_by_role("button", name="Open the run view").click()
    view = run_view(page)
    expect(view.locator('.nbprism-Node[data-state="succeeded"]')).to_have_count(
        2, timeout=RUN_S * 1000
    )
    expect(view.locator(".nbprism-Edge-label")).to_contain_text("x ·")
    expect(view).to_contain_text("accuracy 500")
    expect(view).to_contain_text("rate 0.5")
    expect(view.locator(".jp-OutputArea", has_text="loaded 1000")).to_be_visible()

    view.get_by_role("tab", name="Timeline").click()
    row = view.get_by_role("row", name="train")
    expect(row).to_have_attribute("data-critical", "true")
    expect(row).to_contain_text("MB")
    view.get_by_role("button", name="load", exact=True).first.click()
    detail = view.get_by_role("region", name="Step load")
    detail.locator("summary", has_text="1000 items").click()
    expect(detail.locator(".nbprism-Value .jp-OutputArea")).to_contain_text("[0, 1, 2")
    notebook.shot(artifacts, "20-run-view")

    with page.expect_download() as saved:
        view.get_by_role("button", name="Save as HTML").click()
    assert "loaded 1000" in saved.value.path().read_text(encoding="utf-8")

    page.reload()
    expect(run_view(page).locator('.nbprism-Node[data-state="succeeded"]')).to_have_count(2)


LISTED = (
    (
        "step:load",
        "import numpy as np\nimport pandas as pd\n"
        "frame = pd.DataFrame({'size': range(40), 'kind': ['a', 'b'] * 20})\n"
        "pixels = np.arange(64 * 64, dtype='uint8').reshape(64, 64)\nparts = [1, 2, 0]",
    ),
    ("step:share", "share = 12 / part\nprint('share', share)"),
    ("step:use", "print(frame.shape, pixels.shape)"),
)


def test_items_of_a_list_are_counted_and_values_have_previews(
    lab: Lab, page: Page, artifacts: Path
) -> None:
    made = (code(f"cell-{n}", source, tag) for n, (tag, source) in enumerate(LISTED))
    write_notebook(lab.root / "listed.ipynb", *made, share={"foreach": "part in parts"})
    notebook = NotebookPage(page, lab, "listed.ipynb")
    notebook.open()
    notebook.run()
    finished(notebook)
    notebook.panel.get_by_role("button", name="Open the run view").click()
    view = run_view(page)
    share = view.locator('.react-flow__node[data-id="share"]')
    expect(share).to_contain_text("3/3")
    expect(share.get_by_role("img")).to_have_attribute("aria-label", "2 succeeded, 1 failed")
    view.get_by_role("tab", name="Timeline").click()
    view.get_by_role("button", name="Items of share").click()
    expect(view.get_by_role("row", name="[2]")).to_contain_text("failed")
    notebook.shot(artifacts, "28-items")
    view.get_by_role("tab", name="Log").click()
    log = view.get_by_role("log")
    expect(log).to_contain_text("goes over 3 items")
    expect(log).to_contain_text("ZeroDivisionError")
    notebook.shot(artifacts, "29-log")
    view.get_by_role("tab", name="Timeline").click()
    view.get_by_role("button", name="load", exact=True).first.click()
    detail = view.get_by_role("region", name="Step load")
    detail.locator("summary", has_text="frame").click()
    expect(detail.get_by_role("row", name="0 0 a")).to_be_visible()
    expect(detail).to_contain_text("The first 5 of 40 rows, 2 of 2 columns")
    detail.locator("summary", has_text="pixels").click()
    expect(detail.locator(".nbprism-Value img")).to_be_visible()
    detail.scroll_into_view_if_needed()
    notebook.shot(artifacts, "29-previews")


def test_a_failure_is_shown_with_its_line_and_what_the_step_worked_on(
    lab: Lab, page: Page, artifacts: Path
) -> None:
    cells = (("step:load", "x = 0"), ("step:divide", "y = 1\ny / x"), ("skip", "print('x is', x)"))
    name = write(lab, "fails.ipynb", *cells)
    notebook = NotebookPage(page, lab, name)
    notebook.open()
    notebook.run()
    finished(notebook)
    notebook.panel.get_by_role("button", name="Open the run view").click()
    failure = run_view(page).get_by_role("alert")
    expect(failure).to_contain_text("Step divide failed, line 2")
    expect(failure).to_contain_text("ZeroDivisionError")
    expect(failure.locator('[data-marked="true"]')).to_have_text("y / x\n")
    expect(failure.locator(".nbprism-Value")).to_contain_text("x")
    failure.get_by_role("button", name="Load this step's inputs into my kernel").click()
    said = run_view(page).get_by_role("status", name="Your kernel")
    expect(said).to_contain_text("values: x")
    notebook.shot(artifacts, "21-failure")
    failure.locator("summary", has_text="x").last.click()
    failure.get_by_role("button", name="Load x into my kernel").click()
    expect(said).to_contain_text("overwritten: x")
    failure.get_by_role("button", name="Go to the failed cell").click()
    expect(page.locator(".jp-Notebook .jp-CodeCell.jp-mod-active")).to_contain_text("y / x")
    notebook.cell("print('x is'").locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(notebook.cell("print('x is'").locator(".jp-OutputArea-output")).to_have_text("x is 0")


def test_outputs_are_in_the_run_view_only_where_a_user_wants_that(lab: Lab, page: Page) -> None:
    lab.set_own({"outputs": "run-view"})
    try:
        notebook = NotebookPage(page, lab, write(lab, "quiet.ipynb", ("step:say", "print('said')")))
        notebook.open()
        notebook.run()
        finished(notebook)
        expect(notebook.chips("succeeded")).to_have_count(1)
        expect(page.locator(".jp-Notebook .jp-OutputArea-output")).to_have_count(0)
        expect(page.locator(".nbprism-Chip-offer:visible")).to_have_count(0)
        notebook.panel.get_by_role("button", name="Open the run view").click()
        expect(run_view(page).locator(".jp-OutputArea-output")).to_have_text("said")
    finally:
        lab.set_own({})


def test_runs_are_found_compared_pinned_and_deleted(lab: Lab, page: Page, artifacts: Path) -> None:
    notebook = NotebookPage(page, lab, write(lab, "history.ipynb", *CELLS))
    notebook.open()
    notebook.run()
    finished(notebook)
    notebook.panel.get_by_role("textbox", name="rate").fill("0.25")
    notebook.run()
    finished(notebook)
    notebook.panel.get_by_role("button", name="History of runs").click()
    history = page.locator(".nbprism-HistoryPanel:visible")
    rows = history.locator("tbody tr")
    expect(rows).to_have_count(2)
    history.get_by_role("button", name="accuracy").click()
    expect(history.get_by_role("columnheader", name="accuracy")).to_have_attribute(
        "aria-sort", "descending"
    )
    history.get_by_role("searchbox").fill("rate=0.25")
    expect(rows).to_have_count(1)
    history.get_by_role("searchbox").fill("")
    expect(rows).to_have_count(2)
    for box in rows.get_by_role("checkbox").all():
        box.click()
        expect(box).to_be_checked()
    notebook.shot(artifacts, "22-history")
    history.get_by_role("button", name="Compare").click()
    compared = page.locator(".nbprism-ComparePanel:visible")
    expect(compared.locator('tr[data-same="false"]', has_text="rate")).to_contain_text("0.25")
    expect(compared.locator(".nbprism-SideBySide")).to_contain_text("250.0")
    expect(compared).to_contain_text("The code is the same.")
    notebook.shot(artifacts, "23-compared")

    page.get_by_role("tab", name="Runs: history").click()
    rows.first.get_by_role("button", name="Pin").click()
    expect(history.get_by_role("button", name="Unpin")).to_have_count(1)
    history.get_by_role("button", name="Delete").click()
    page.locator(".jp-Dialog").get_by_role("button", name="Delete").click()
    expect(history.get_by_role("alert")).to_contain_text("pinned")
    expect(rows).to_have_count(1)


def point(lab: Lab, notebook: str, rate: float) -> None:
    """Leave a finished run of a sweep in the store, as a driver does."""
    file = lab.root / notebook
    read = read_notebook(json.loads(file.read_text()), name=file.stem)
    plan = make_plan(read, compile_notebook(read), {"rate": rate})
    run = Store.beside(file).create_run(plan, notebook_path=file, options=RunOptions(sweep="rates"))
    numbered = itertools.count(2)

    def event(kind: type[ev.Event], **fields: Any) -> ev.Event:
        return kind(seq=next(numbered), at=time.time(), **fields)

    with LogWriter(run.log_path) as log:
        log.append([
            event(ev.RunStarted, driver_pid=1),
            event(ev.MetricReported, step="train", name="accuracy", value=1000 * rate),
            event(ev.StepSkipped, step="load", reason="left out"),
            event(ev.StepSkipped, step="train", reason="left out"),
            event(ev.RunSucceeded, duration_s=1.0, metrics={"accuracy": 1000 * rate}),
        ])  # fmt: skip


def test_a_sweep_is_one_line_that_opens_into_its_runs_and_a_plot(
    lab: Lab, page: Page, artifacts: Path
) -> None:
    name = write(lab, "sweep.ipynb", *CELLS)
    for rate in (0.1, 0.2, 0.4):
        point(lab, name, rate)
    notebook = NotebookPage(page, lab, name)
    notebook.open()
    notebook.panel.get_by_role("button", name="History of runs").click()
    history = page.locator(".nbprism-HistoryPanel:visible")
    expect(history.locator("tbody tr")).to_have_count(1)
    history.get_by_role("button", name="Sweep of rate, 3 runs").click()
    expect(history.locator('tr[data-depth="1"]')).to_have_count(3)
    expect(history.locator(".nbprism-Sweep").locator("canvas, svg, img").first).to_be_visible()
    notebook.shot(artifacts, "25-sweep")


def test_several_values_of_a_parameter_are_a_run_each(
    lab: Lab, page: Page, artifacts: Path
) -> None:
    cells = (("parameters", "rate = 0.5"), ("step:train", "loss = rate * 2\nprint(loss)"))
    notebook = NotebookPage(page, lab, write(lab, "several.ipynb", *cells))
    notebook.open()
    notebook.panel.get_by_role("textbox", name="rate").fill("0.1, 0.2, 0.4")
    expect(notebook.status).to_have_text("3 runs")
    notebook.shot(artifacts, "26-several")
    notebook.run()
    finished(notebook)
    notebook.shot(artifacts, "27-note")
    notebook.panel.get_by_role("button", name="History of runs").click()
    history = page.locator(".nbprism-HistoryPanel:visible")
    expect(history.get_by_role("button", name="Sweep of rate, 3 runs")).to_be_visible()
    expect(history.locator("tbody tr")).to_have_count(1)


def test_a_run_started_elsewhere_shows_within_seconds(lab: Lab, page: Page) -> None:
    notebook = NotebookPage(page, lab, write(lab, "elsewhere.ipynb", *CELLS))
    notebook.open()
    read = read_notebook(json.loads(notebook.file.read_text()), name=notebook.file.stem)
    plan = make_plan(read, compile_notebook(read), {})
    run = Store.beside(notebook.file).create_run(plan, notebook_path=notebook.file)
    expect(notebook.panel).to_contain_text(run.id)


def test_one_step_is_cancelled_from_its_menu(lab: Lab, page: Page) -> None:
    cells = (("step:slow", "import time\ntime.sleep(120)"), ("step:quick", "print('done')"))
    notebook = NotebookPage(page, lab, write(lab, "one-step.ipynb", *cells))
    notebook.open()
    notebook.run()
    expect(notebook.step("slow")).to_contain_text("running", timeout=RUN_S * 1000)
    notebook.step_menu("slow", "Cancel This Step")
    finished(notebook)
    expect(notebook.step("slow")).to_contain_text("cancelled")
    expect(notebook.step("quick")).to_contain_text("succeeded")


def test_scripts_of_a_run_do_not_run_in_its_views(lab: Lab, page: Page) -> None:
    attack = "<img src=x onerror='window.shown = 1'><script>window.ran = 1</script>"
    source = f"from IPython.display import HTML\nx = {attack!r}\nHTML('shown' + x)"
    name = write(lab, "attack.ipynb", ("step:attack", source), ("step:use", "print(x[:4])"))
    notebook = NotebookPage(page, lab, name)
    notebook.open()
    notebook.run()
    finished(notebook)
    # The notebook's own cell is the user's, and trusted.
    page.wait_for_function("window.ran === 1 && window.shown === 1")
    page.evaluate("window.ran = window.shown = null")
    notebook.panel.get_by_role("button", name="Open the run view").click()
    view = run_view(page)
    expect(view.locator(".jp-OutputArea", has_text="shown")).to_be_visible()
    view.locator('.react-flow__node[data-id="attack"]').click()
    view.locator(".nbprism-Value summary").click()
    page.wait_for_timeout(500)
    assert page.evaluate("[window.ran, window.shown]") == [None, None]


def test_two_runs_at_once_do_not_mix_and_a_second_tab_sees_the_same(lab: Lab, page: Page) -> None:
    cells = [
        (
            ("step:say", f"import time; time.sleep(2)\nprint('I am {name}')"),
            ("step:end", f"'{name}'"),
        )
        for name in ("one", "two")
    ]
    one = NotebookPage(page, lab, write(lab, "one.ipynb", *cells[0]))
    one.open()
    other = page.context.new_page()
    two = NotebookPage(other, lab, write(lab, "two.ipynb", *cells[1]))
    two.open()
    one.run()
    two.run()
    for notebook, says in ((one, "I am one"), (two, "I am two")):
        output = notebook.cell("import time").locator(".jp-OutputArea-output")
        expect(output).to_have_text(says, timeout=RUN_S * 1000)
        expect(notebook.chips("succeeded")).to_have_count(2, timeout=RUN_S * 1000)
    third = page.context.new_page()
    again = NotebookPage(third, lab, "one.ipynb")
    again.open()
    expect(again.chips("succeeded")).to_have_count(2)
    again.panel.get_by_role("button", name="Open the run view").click()
    expect(run_view(third)).to_contain_text("I am one")
    expect(run_view(third)).not_to_contain_text("I am two")


def test_the_graph_of_a_hundred_steps_can_be_read_and_leads_to_the_cells(
    lab: Lab, page: Page, artifacts: Path
) -> None:
    cells = [("step:s0", "x0 = 1")]
    cells += [(f"step:s{i}", f"x{i} = x{i // 2} + x{max(0, i - 7)}") for i in range(1, 100)]
    notebook = NotebookPage(page, lab, write(lab, "hundred.ipynb", *cells))
    notebook.open()
    notebook.panel.get_by_role("button", name="Show the graph").click()
    graph = page.locator(".nbprism-Graph")
    expect(graph.locator(".react-flow__node")).to_have_count(100)
    first = graph.locator('.react-flow__node[data-id="s0"]')
    expect(first).to_be_in_viewport()
    height = first.locator(".nbprism-Node-name").bounding_box()
    assert height is not None
    assert height["height"] > 9
    notebook.shot(artifacts, "24-hundred")
    node = graph.locator('.react-flow__node[data-id="s3"]')
    node.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".jp-Notebook .jp-CodeCell.jp-mod-active")).to_contain_text("x3 =")
    with page.expect_download() as saved:
        graph.get_by_role("button", name="SVG").click()
    assert saved.value.path().read_text(encoding="utf-8").count("<title>") == 100


def test_an_example_is_copied_from_the_launcher(lab: Lab, page: Page) -> None:
    (lab.root / "mine").mkdir()
    page.goto(lab.page_of("mine"))
    page.locator(".jp-LauncherCard", has_text="nbprism Examples").click()
    page.locator(".jp-Dialog").get_by_text("How diabetes progresses").click()
    page.get_by_role("button", name="Copy and Open").click()
    expect(page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible()
    assert (lab.root / "mine" / "diabetes.ipynb").exists()
