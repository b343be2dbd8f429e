"""A chain of ten notebook tasks: `ploomber_chain.py FOLDER`."""

import sys
import time
from pathlib import Path

from ploomber import DAG
from ploomber.executors import Serial
from ploomber.products import File
from ploomber.tasks import NotebookRunner

STEPS = 10
SOURCE = "# + tags=['parameters']\nupstream = {upstream}\nproduct = None\n# +\nx = {number}\n"

folder = Path(sys.argv[1])
dag = DAG(executor=Serial(build_in_subprocess=False))
last = None
for number in range(STEPS):
    script = folder / f"s{number}.py"
    upstream = None if last is None else [last.name]
    script.write_text(SOURCE.format(upstream=upstream, number=number))
    task = NotebookRunner(
        script, File(folder / f"s{number}.ipynb"), dag, name=f"s{number}",
        kernelspec_name="python3", papermill_params={"progress_bar": False},
    )  # fmt: skip
    if last is not None:
        last >> task
    last = task
began = time.perf_counter()
dag.build(force=True)
print("inner", time.perf_counter() - began)
