"""An executed notebook as one HTML page, for a browser without JupyterLab.

What the run's code wrote is not trusted: nbconvert sanitises it, so no script of it is in the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def report_of(notebook: Mapping[str, Any], *, title: str) -> str:
    """Return the page."""
    # Imported here: it takes a second, and most servers never make a report.
    import nbformat
    from nbconvert.exporters import HTMLExporter

    exporter = HTMLExporter(template_name="lab", sanitize_html=True)  # type: ignore[no-untyped-call]
    exporter.mathjax_url = ""
    node = nbformat.from_dict(notebook)  # type: ignore[no-untyped-call]
    page, _ = exporter.from_notebook_node(node, resources={"metadata": {"name": title}})
    return str(page)
