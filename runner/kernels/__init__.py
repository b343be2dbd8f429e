"""How a kernel starts, is spoken to, and ends.

environment.py  the environment variables of a unit's kernel
launch.py       a kernel's process: forked where that is possible, else started from nothing
warm.py         the warm process that this process keeps, and what it forks
forkserver.py   what runs in the warm process
cold.py         a process started from nothing
boot.py         what runs in a kernel's process: ipykernel, tied to the life of its owner
channels.py     the sockets: readiness, requests, replies and outputs
kernel.py       process and channels together, as the engine uses them
failure.py      in the kernel: notes where in a cell an error came from
"""
