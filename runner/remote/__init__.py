"""Runs on a Ray cluster that is only reached over HTTP: Ray's Jobs API.

    home                                         the cluster's head
    launch.submit -> relay  -- package, job -->  job: the driver, on the cluster's Ray
                     relay  <-- its output ----  events and small files, a JSON line each

    address.py    how to reach a cluster: by URL, or by a name in the user's list
    jobs.py       a small client of the Jobs API
    preflight.py  whether a cluster can take a run, asked before anything is sent
    probe.py      what a cluster says of its own Python and disk, asked by a tiny job
    package.py    what travels to a cluster with a run
    given.py      values that go along: inputs of a kernel's cell
    relay.py      the process at home that a remote run has
    fetch.py      values that a remote run left on its cluster, brought home when asked for
    job.py        there: leads the run, and tells home what happens
    ground.py     there: what there is, told before anything of ours is imported
    arrival.py    there: what travelled is put where the driver looks for it
    job_store.py  there: where jobs keep their runs and values
    telling.py    there: what a job tells home, as lines of its output
    mark.py       there: the job that passes on what was asked, such as a cancel
    send.py       there: the job that tells an archive home

The relay is to a remote run what the driver is to a local one: the only writer of its log at home.
It imports no Ray, so neither Ray's version nor Python's have to be the same on both sides.
"""
