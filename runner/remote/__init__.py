"""Runs on a Ray cluster that is only reached over HTTP: Ray's Jobs API.

    home                                         the cluster's head
    launch.submit -> relay  -- package, job -->  job: the driver, on the cluster's Ray
                     relay  <-- its output ----  events and small files, a JSON line each

The relay is to a remote run what the driver is to a local one: the only writer of its log at home.
It imports no Ray, so neither Ray's version nor Python's have to be the same on both sides.
"""
