"""From what every step did to what moves between steps.

linker.py    turns what every step did into what moves between steps
assembly.py  puts the linked steps into the frozen `Flow`
report.py    the diagnostics that only the linked notebook shows
"""
