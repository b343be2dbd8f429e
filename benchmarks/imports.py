"""Ten steps that each need pandas and scikit-learn: `python benchmarks/imports.py [--quick]`.

Bar: within 1.3 of the same chain without imports.
"""

from __future__ import annotations

import pipelines
import results
from options import Options
from series import side_by_side

STEPS = 10
HEAVY = "import pandas as pd\nfrom sklearn.linear_model import LinearRegression"
USE = "pd.Series([1.0]).sum(), LinearRegression()\n"


def main() -> None:
    """Measure and tell."""
    options = Options.parse(__doc__)
    with pipelines.workplace() as folder:
        trivial = pipelines.write(folder / "trivial.ipynb", pipelines.chain(STEPS))
        cells = [
            (tag, source if tag == "imports" else USE + source)
            for tag, source in pipelines.chain(STEPS, HEAVY)
        ]
        heavy = pipelines.write(folder / "heavy.ipynb", cells)
        found = side_by_side(
            {
                "no imports": lambda: pipelines.took(trivial) / STEPS,
                "pandas and scikit-learn": lambda: pipelines.took(heavy) / STEPS,
            },
            options.repeats,
        )
    least = found["no imports"].median
    rows = [
        (name, series.shown(), f"{series.median / least:.2f}") for name, series in found.items()
    ]
    results.write(
        "imports.py", "Imports: ten steps, milliseconds per step",
        results.table(("each step needs", "time", "ratio"), rows), quick=options.quick,
    )  # fmt: skip


if __name__ == "__main__":
    main()
