"""How a kernel starts, is spoken to, and ends.

environment.py  the environment variables of a unit's kernel
launch.py       a kernel as a child process of its own group (the seam: other ways to start one)
boot.py         what runs in that process: ipykernel, tied to the life of its parent
channels.py     the sockets: readiness, requests, replies and outputs
kernel.py       process and channels together, as the engine uses them
failure.py      in the kernel: notes where in a cell an error came from
"""
