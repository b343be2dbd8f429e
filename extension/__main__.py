"""`python -m nbprism` is the `nbprism` command, of just that Python."""

from nbprism.cli import main

main(prog_name="nbprism")
