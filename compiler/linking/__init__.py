"""From what every step did to what moves between steps.

    linker.py         turns what every step did into what moves between steps
    assembly.py       puts the linked steps into the frozen `Flow`
    file_patterns.py  files of which a part of the path is not spelt out
    report.py         the diagnostics that only the linked notebook shows

A demand starts at every read and runs backwards, to whoever made the value.
"""
