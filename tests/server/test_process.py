"""What the server's process must never do: import Ray, or load a pickle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from runs import accepted_run
from sample import two_steps

SCRIPT = """
import json, sys
unpickled = []
sys.addaudithook(lambda name, args: unpickled.append(args) if name == "pickle.find_class" else None)

import nbprism
light = sorted({"jupyter_server", "tornado", "ray", "papermill"} & set(sys.modules))

from pathlib import Path
(point,) = nbprism._jupyter_server_extension_points()
from nbprism.runner.errors import RunNotFound
from nbprism.server_ext.bodies import CompileRequest
from nbprism.server_ext.history import RunsQuery
from nbprism.server_ext.roots import ContentsRoot
from nbprism.server_ext.service import PrismService

root, notebook = Path(sys.argv[1]), json.loads(sys.argv[2])
service = PrismService(ContentsRoot(root), cluster="local")
service.compile(CompileRequest("a.ipynb", notebook))
runs = service.runs(RunsQuery("a.ipynb"))["runs"]
service.summary("a.ipynb", runs[0]["run"])
heavy = sorted({name.split(".")[0] for name in sys.modules} & {"ray", "papermill", "cloudpickle"})
print(json.dumps({"light": light, "heavy": heavy, "unpickled": unpickled, "runs": len(runs)}))
"""


def test_the_servers_process_never_imports_ray_and_never_unpickles(tmp_path: Path) -> None:
    accepted_run(tmp_path)
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), json.dumps(two_steps())]
    environment = {**os.environ, "NBPRISM_STATE_DIR": str(tmp_path / "state")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said == {"light": [], "heavy": [], "unpickled": [], "runs": 1}
