"""How a kernel starts, is spoken to, and ends.

    environment.py  the environment variables of a unit's kernel
    launch.py       a kernel's process: forked where that is possible, else started from nothing
    warm.py         finds the warm process, or starts it, and asks it for a kernel
    forkserver.py   what runs in the warm process
    newborn.py      a kernel that was forked ahead and waits for its unit
    preload.py      which packages the warm process has ready
    cold.py         a process started from nothing
    boot.py         what runs in a kernel's process: ipykernel, tied to the life of its owner
    application.py  ipykernel's application, in two parts
    folder.py       the private folder of a kernel
    channels.py     the sockets: readiness, requests, replies and outputs
    kernel.py       process and channels together, as the engine uses them
    provisioner.py  the same kernels for any Jupyter client
    failure.py      in the kernel: notes where in a cell an error came from
    printing.py     in the kernel: the streams that it prints to
    wire.py         in the kernel: the JSON of its messages, which no cell can reach
    unsent.py       in the kernel: what it was given to print and may not have sent
    endings.py      in the kernel: which cell's code has ended
    last_words.py   reads what of that did not arrive, when the kernel is over
    memory.py       how much memory its process has, and whether it was killed for want of it

What runs in the kernel is imported there alone, and must stay cheap and out of reach of its cells.
"""
