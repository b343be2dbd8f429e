"""What a user may ask for a step.

    step.py          what a user may ask for a step: resources, retries, limits, order
    form.py          the form in which people give a step its settings, as a JSON schema
    quantities.py    amounts as people write them: `0.5`, `"4GiB"`, `"500m"`
    environments.py  the environment a step may ask for: variables, packages, conda, an image
    conditions.py    the condition of a step (`when`): one Python expression
    loops.py         a step that runs once for each item of a list (`foreach`): what it goes over
    cells.py         code that stands in a step's settings, as cells above the step's own

They are kept in the notebook's metadata; rules about several steps are in `checks.py`.
"""
