"""A chain of ten ops, each in a process of its own: `dagster_chain.py`."""

import time

from dagster import DagsterInstance, execute_job, job, multiprocess_executor, op, reconstructable

STEPS = 10


@op
def zero():
    return 0


@op
def inc(x):
    return x + 1


@job(executor_def=multiprocess_executor.configured({"start_method": {"forkserver": {}}}))
def chain():
    x = zero()
    for number in range(1, STEPS):
        x = inc.alias(f"s{number}")(x)


if __name__ == "__main__":
    with DagsterInstance.get() as instance:
        began = time.perf_counter()
        assert execute_job(reconstructable(chain), instance=instance).success
        print("inner", time.perf_counter() - began)
