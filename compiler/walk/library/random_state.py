"""Random generators that live in a module, as `random`, `numpy.random` and `torch` have one.

Seeding gives a hidden name a value and drawing changes it, so a step that draws after another did
gets the state in which that one left the generator. Without a seed the numbers are anybody's.
"""

from __future__ import annotations

import ast

from nbprism.compiler.walk.heap import Obj, Value, reach
from nbprism.compiler.walk.library import tables
from nbprism.compiler.walk.machine import Machine
from nbprism.compiler.walk.records import Read

HIDDEN = {
    "random": "__random__",
    "numpy.random": "__numpy_random__",
    "torch": "__torch_random__",
}
"""Module -> the name its state goes by; `nbprism.runner.unit.random_state` knows them."""
TENSORFLOW = "__tensorflow_random__"
"""Stands for the generator of TensorFlow, whose state no public function gives or takes."""
_MODULES = {hidden: module for module, hidden in HIDDEN.items()} | {TENSORFLOW: "tensorflow"}

_SEEDING = frozenset({"seed", "setstate", "set_state", "manual_seed", "set_rng_state"})
_QUIET = frozenset({"default_rng", "bit_generator"})
_READING = frozenset({"getstate", "get_state", "get_rng_state", "initial_seed"})
_SEED_ALL = frozenset(
    """
    transformers.set_seed lightning.seed_everything lightning.pytorch.seed_everything
    pytorch_lightning.seed_everything accelerate.utils.set_seed keras.utils.set_random_seed
    tensorflow.keras.utils.set_random_seed
    """.split()  # noqa: SIM905 - a list of one word a line would be a page long
)
"""Functions that seed the generators of all modules."""
_TORCH_DRAWS = frozenset(
    """
    rand randn randint randperm normal bernoulli multinomial poisson rand_like randn_like
    randint_like dropout nn.functional.dropout nn.functional.gumbel_softmax
    utils.data.random_split nn.Linear nn.Bilinear nn.Conv1d nn.Conv2d nn.Conv3d
    nn.ConvTranspose1d nn.ConvTranspose2d nn.ConvTranspose3d nn.RNN nn.LSTM nn.GRU nn.RNNCell
    nn.LSTMCell nn.GRUCell nn.Embedding nn.EmbeddingBag nn.MultiheadAttention nn.Transformer
    nn.TransformerEncoderLayer nn.TransformerDecoderLayer
    """.split()  # noqa: SIM905
)
"""What draws from PyTorch's generator, layers that draw their first weights among them."""
_TENSORFLOW_DRAWS = frozenset(
    """
    normal uniform truncated_normal categorical gamma poisson shuffle randint
    """.split()  # noqa: SIM905
)
"""Functions of `tensorflow.random` and `keras.random` that go on with their generator."""
_RANDOM_OF_KERAS = ("tensorflow.random", "keras.random", "tensorflow.keras.random")
_KERAS_LAYERS = frozenset(
    """
    Dense Embedding Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose
    SeparableConv1D SeparableConv2D DepthwiseConv1D DepthwiseConv2D SimpleRNN LSTM GRU
    MultiHeadAttention Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianNoise
    GaussianDropout AlphaDropout RandomFlip RandomRotation RandomZoom RandomCrop RandomContrast
    RandomBrightness RandomTranslation
    """.split()  # noqa: SIM905
)
"""Layers that Keras 3 gives a seed when they are made, drawn from `random`, and nothing after."""
_KERAS = ("keras.", "tensorflow.keras.")
_FILLS = frozenset({"uniform_", "normal_", "random_", "bernoulli_", "exponential_", "cauchy_"})
_DRAWN_WHEN_CALLED = (
    "torch.nn.Dropout", "torch.nn.AlphaDropout", "torch.nn.Transformer", "torch.nn.LSTM",
    "torch.nn.GRU", "torchvision.transforms.Random",
)  # fmt: skip
_GIVEN = frozenset({"random_state", "rng", "seed", "generator"})


def is_hidden(name: str) -> bool:
    """Return whether the name stands for the state of a module's generator."""
    return name in _MODULES


def described(name: str) -> str:
    """Return what messages call the name."""
    return f"the random state of `{_MODULES[name]}`" if is_hidden(name) else f"`{name}`"


def note_function(machine: Machine, path: str, node: ast.Call) -> None:
    """Note that a library function seeds, reads or draws from such a generator."""
    module, _, name = path.rpartition(".")
    if path.startswith("torch."):
        _use_torch(machine, path.removeprefix("torch."), name, node)
    elif module in HIDDEN and name[:1].islower():
        _use(machine, module, name)
    elif path in _SEED_ALL:
        for each in HIDDEN:
            _use(machine, each, "seed")
        _seed(machine, TENSORFLOW)
    elif path == "tensorflow.random.set_seed":
        _seed(machine, TENSORFLOW)
    elif path.startswith(("tensorflow.", "keras.")):
        _use_tensorflow(machine, module, name, node)
    elif path in tables.DRAWS_FROM_NUMPY and not _is_given(node):
        _draw(machine, "numpy.random")


def note_method(machine: Machine, name: str, obj: Obj, node: ast.Call) -> None:
    """Note that a method of a library's object draws, as fitting a forest does."""
    samples = name == "sample" and obj.kind == "frame"
    fits = name in tables.FITTING and any(map(_draws, reach((obj,))))
    if (samples or fits) and not _is_given(node):
        _draw(machine, "numpy.random")
    if name == "shuffle" and obj.path.startswith("tensorflow.data."):
        _use_tensorflow(machine, "tensorflow.random", name, node)
    if name in _FILLS and obj.kind in ("object", "unknown"):
        _draw(machine, "torch")


def note_iteration(machine: Machine, obj: Obj) -> None:
    """Note that something is gone over: a loader of PyTorch draws, also if it does not shuffle."""
    if obj.path == "torch.utils.data.DataLoader" and "generator" not in obj.fields:
        _draw(machine, "torch")


def note_call(machine: Machine, receiver: Value) -> None:
    """Note that objects are called: layers such as dropout draw."""
    if any(obj.path.startswith(_DRAWN_WHEN_CALLED) for obj in receiver):
        _draw(machine, "torch")


def _use_torch(machine: Machine, path: str, name: str, node: ast.Call) -> None:
    if path in _SEEDING | _READING:
        _use(machine, "torch", path)
    elif path in _TORCH_DRAWS or path.startswith("nn.init."):
        if not _is_given(node):
            _draw(machine, "torch")
    elif name == "fork_rng":
        machine.load_if_bound(HIDDEN["torch"])


def _use(machine: Machine, module: str, name: str) -> None:
    hidden = HIDDEN[module]
    if name in _SEEDING:
        _seed(machine, hidden)
    elif name in _READING:
        machine.load_if_bound(hidden)
    elif name not in _QUIET:
        _draw(machine, module)


def _use_tensorflow(machine: Machine, module: str, name: str, node: ast.Call) -> None:
    if any(keyword.arg == "seed" for keyword in node.keywords):
        return
    if name in _KERAS_LAYERS and f"{module}.".startswith(_KERAS):
        _draw(machine, "random")
    if module in _RANDOM_OF_KERAS and name in _TENSORFLOW_DRAWS:
        _draw_anew(machine)


def _seed(machine: Machine, hidden: str) -> None:
    state = machine.heap.make(hidden, "object", "random state")
    machine.rebind_hidden(hidden, frozenset((state,)))


def _draw_anew(machine: Machine) -> None:
    """Note a draw from a generator whose state stays in the step: the next begins at the seed."""
    version = machine.space.get(TENSORFLOW)
    if version is None:
        return
    drawn = version.changed and version.step not in (None, machine.cell.step)
    if machine.activity is not None and drawn:
        read = Read(version, machine.cell, machine.line)
        machine.activity.restarts.setdefault(_MODULES[TENSORFLOW], read)
    machine.change(version.value)


def _draw(machine: Machine, module: str) -> None:
    version = machine.space.get(HIDDEN[module])
    if version is None:
        return
    machine.note_read(version)
    if machine.activity is not None and version.step not in (None, machine.cell.step):
        machine.activity.draws.setdefault(module, Read(version, machine.cell, machine.line))
    machine.change(version.value)


def _draws(obj: Obj) -> bool:
    return obj.path in tables.DRAWING_CLASSES and not obj.fields.keys() & _GIVEN


def _is_given(node: ast.Call) -> bool:
    return any(keyword.arg in _GIVEN for keyword in node.keywords)
