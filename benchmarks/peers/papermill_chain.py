"""Ten notebooks in a row, as papermill's API runs them: `papermill_chain.py FOLDER`."""

import sys
import time
from pathlib import Path

import nbformat
import papermill

STEPS = 10

folder = Path(sys.argv[1])
kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
for number in range(STEPS):
    cells = [nbformat.v4.new_code_cell(f"x{number} = {number}")]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    nbformat.write(notebook, folder / f"s{number}.ipynb")
began = time.perf_counter()
for number in range(STEPS):
    papermill.execute_notebook(
        str(folder / f"s{number}.ipynb"), str(folder / f"out{number}.ipynb"), progress_bar=False
    )
print("inner", time.perf_counter() - began)
