"""Reuse: a step that would compute what was computed before is not run again.

    ingredients.py     what a step is computed from, and the key that stands for it
    packages.py        versions of the packages it imports
    records.py         what was computed under a key, in the store's `reuse/`
    shared_records.py  the same in a bucket, for other clusters
    world.py           whether files, modules and archives are still as a record saw them
    causes.py          why a step runs, in data and in words
    assess.py          reuse or run, for one step: the one place that says so
    claims.py          a key is computed by one driver at a time
    lessons.py         what earlier runs have shown that the code does not say
    takeover.py        an earlier result becomes a run's own
    resumed.py         the run that is resumed: whatever it finished is taken over
    lookups.py         all of it for the driver of a run
    forecast.py        all of it for someone who only wants to know

No Ray here, and no kernel: a run in which everything is reused needs neither.
"""
