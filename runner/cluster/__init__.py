"""Where units run. Cheap to import: Ray itself is imported only by the keeper and the driver.

    port.py          what a driver needs of a cluster: join it, run units on it, stop them
    on_ray.py        units as Ray tasks on the local cluster
    on_cluster.py    the same on the cluster that this driver is a job of
    fake.py          a cluster without Ray, whose units fail on request
    shared.py        one connection to a cluster for all the runs that one process leads
    away.py          a unit on a node that may have nothing of the run
    node_cache.py    what a node keeps of the values that came to it
    ray_failures.py  Ray's exceptions, told as failures of a step
    request.py       what a step asks a cluster for, in words
    capacity.py      what the local cluster offers, and whether a step fits
    free.py          what nobody has reserved just now
    environment.py   the environment variables of Ray's processes, and of the units inside them
    made_by_ray.py   what Ray is told to make for a step: packages, conda, a container
    local.py         the local cluster: one warm Ray per user and Python environment
    home.py          the folder that says all about it
    keeper.py        the process that holds it
    head.py          Ray's head on this machine
    guard.py         makes sure that nothing of a keeper is left when it is killed

`local.py` to `guard.py` are the laptop's cluster; a cluster elsewhere is reached by `remote/`.
"""
