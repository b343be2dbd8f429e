from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbprism.compiler

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "diagnostics.md"
CODE = re.compile(r"[a-z]+(-[a-z]+)*")
SEVERITIES = {"error", "warning", "info"}


def codes_in_sources() -> set[str]:
    """Return every code that the compiler can report."""
    folder = Path(nbprism.compiler.__file__).parent
    trees = [ast.parse(path.read_text(), str(path)) for path in sorted(folder.rglob("*.py"))]
    return {code for tree in trees for node in ast.walk(tree) for code in codes_of(node)}


def codes_of(node: ast.AST) -> Iterator[str]:
    """Yield the codes that a call reports, or that a variable called `code` is given."""
    if isinstance(node, ast.Call):
        yield from filter(CODE.fullmatch, texts(*arguments_before_severity(node)))
    if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [
        "code"
    ]:
        yield from (text for text in texts(node.value) if "-" in text)


def arguments_before_severity(call: ast.Call) -> list[ast.expr]:
    if isinstance(call.func, ast.Name) and call.func.id == "Diagnostic":
        return call.args[:1]
    grave = [place for place, value in enumerate(call.args) if SEVERITIES & set(texts(value))]
    return call.args[grave[0] - 1 : grave[0]] if grave else []


def texts(*nodes: ast.expr) -> Iterator[str]:
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                yield inner.value


def codes_on_page() -> list[str]:
    return re.findall(r"^### `([a-z-]+)`", PAGE.read_text(), re.MULTILINE)


def test_every_diagnostic_has_a_section() -> None:
    assert codes_in_sources() - set(codes_on_page()) == set()


def test_every_section_is_of_a_diagnostic() -> None:
    assert set(codes_on_page()) - codes_in_sources() == set()


def test_sections_are_there_once_and_say_how_grave_it_is_and_what_to_do() -> None:
    page = PAGE.read_text()
    codes = codes_on_page()
    assert len(codes) == len(set(codes))
    for section in page.split("\n### ")[1:]:
        assert re.search(r"\*(Error|Warning|Info)[^*]*\.\*", section), section[:40]
        assert "**What to do.**" in section, section[:40]
