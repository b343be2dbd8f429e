"""Artifacts: the values that cross from step to step, as files named by their digest.

    pickler.py      value -> pickle 5 stream and buffers, with nbprism's own rules
    rebuild.py      what those streams call to make the values again
    movable.py      which types cannot be moved, and what to do instead
    trial.py        whether a value can be moved, found out without moving it
    culprit.py      where in a value the part is that cannot be moved
    sharing.py      which values share memory or objects and so travel together
    itemised.py     the items of a list, saved one by one for the units of a `foreach`
    tensors.py      the memory of torch's tensors
    archive.py      the file: stream, aligned buffers, footer; loaded by copy-on-write mmap
    shelf.py        the content-addressed folder, and the digest check
    digests.py      the digest that names content
    bucket.py       the same in object storage
    placeholder.py  stands for a value that could not be moved
    preview.py      what people see of a value before they load it
    table.py        the first rows of a frame as JSON
    picture.py      a small PNG of a figure, an image or an array of pixels
    changes.py      which inputs were changed in place though nobody foresaw it
    pages.py        which pages of a mapping were written to
    seals.py        memory that the system watches, so that what was not written to is known
    comparing.py    whether values are, byte for byte, what an archive has
    keeping.py      what a step leaves behind, as far as it costs little
    limits.py       how much that is
    stamps.py       what was found out about a file, until it changes
    parcel.py       named values -> archives and manifest entries, and back

Everything here runs in the user's kernel: importing it must stay cheap, so the errors (which pull
in the compiler) are imported where they are raised.
"""
