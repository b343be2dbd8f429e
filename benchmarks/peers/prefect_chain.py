"""A chain of ten tasks on a server of its own; the second flow is timed: `prefect_chain.py`."""

import time

from prefect import flow, task

STEPS = 10


@task
def inc(x):
    return x + 1


@flow
def chain():
    x = 0
    for _ in range(STEPS):
        x = inc(x)
    return x


chain()
began = time.perf_counter()
assert chain() == STEPS
print("inner", time.perf_counter() - began)
