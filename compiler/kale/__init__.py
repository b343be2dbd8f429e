"""Kale's notebooks in nbprism's own terms.

    notebook.py  Kale notebooks of every generation, in nbprism's own terms
    tags.py      Kale's tag language, all generations from 0.1 to 2.3, as one cell uses it
    limits.py    what Kale's tags and metadata ask for, as our settings or as a finding
    sweeps.py    the search that Kale keeps for Katib, in words of `nbprism run --sweep`

They compile as they are, and `nbprism tag --from-kale` rewrites them.
"""
