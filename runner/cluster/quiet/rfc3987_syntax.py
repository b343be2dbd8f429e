"""Stands in front of the real `rfc3987_syntax` in Ray's processes, and cannot be imported.

jsonschema takes that package if it is there (JupyterLab brings it) and it builds a grammar for up
to 2 s in each process; without it jsonschema merely does not check IRIs.
"""

raise ImportError("kept out of Ray's processes: it takes 2 s to import")
