"""Random numbers of PyTorch and TensorFlow. A row is a sentence, the cells, the flows, and what is allowed besides."""

from __future__ import annotations

from hard_rows import Row

ROWS = [
    Row('torch draws go on from step to step', [('imports', 'import torch\ntorch.manual_seed(0)'), ('a', 'x=torch.rand(2)'), ('b', 'y=torch.randn(3)'), ('c', 'print(x,y)')], 'a->c: x; b->c: y', noted=['random-state'], runs=False),
    Row('torch layers draw their weights', [('imports', 'import torch\nfrom torch import nn\ntorch.manual_seed(0)'), ('a', 'net=nn.Linear(2,2)'), ('b', 'other=nn.Linear(2,2)'), ('c', 'print(net,other)')], 'a->c: net; b->c: other', noted=['random-state'], runs=False),
    Row('torch without a seed draws anything', [('a', 'import torch\nx=torch.rand(2)'), ('b', 'import torch\ny=torch.rand(2)'), ('c', 'print(x,y)')], 'a->c: x; b->c: y', runs=False),
    Row('torch work that draws nothing stays parallel', [('imports', 'import torch\ntorch.manual_seed(0)\nX=torch.zeros(3)'), ('a', 'p=X+torch.ones(3)\np=torch.cat([p,p])'), ('b', 'q=torch.relu(X).sum()'), ('c', 'print(p,q)')], 'a->c: p; b->c: q', noted=['setup-repeated'], runs=False),
    Row("a generator of one's own is no part of it", [('imports', 'import torch\ntorch.manual_seed(0)'), ('a', 'g=torch.Generator().manual_seed(1)\nx=torch.rand(2,generator=g)'), ('b', 'g2=torch.Generator().manual_seed(2)\ny=torch.rand(2,generator=g2)'), ('c', 'print(x,y)')], 'a->c: x; b->c: y', runs=False),
    Row('tensorflow begins at the seed in each step', [('imports', 'import tensorflow as tf\ntf.random.set_seed(1)'), ('a', 'x=tf.random.normal((2,))'), ('b', 'y=tf.random.normal((2,))'), ('c', 'print(x,y)')], 'a->c: x; b->c: y', found=['random-restarts c2:1'], runs=False),
    Row('tensorflow in one step, or seeded again', [('imports', 'import tensorflow as tf\ntf.random.set_seed(1)'), ('a', 'x=tf.random.normal((2,))\ny=tf.random.normal((2,))'), ('b', 'tf.random.set_seed(2)\nz=tf.random.normal((2,))'), ('c', 'print(x,y,z)')], 'a->c: x y; b->c: z', runs=False),
    Row('tensorflow with seeds of its own, or none at all', [('imports', 'import tensorflow as tf'), ('a', 'x=tf.random.normal((2,))'), ('b', 'y=tf.random.normal((2,),seed=3)'), ('c', 'print(x,y)')], 'a->c: x; b->c: y', runs=False),
    Row('a model of keras trained in another step than it is made', [('imports', 'import keras\nfrom keras import layers\nkeras.utils.set_random_seed(1)'), ('load', 'X=[[1.0]]\ny=[1.0]'), ('build', "model=keras.Sequential([layers.Dense(4),layers.Dense(1)])\nmodel.compile(loss='mse')"), ('train', 'model.fit(X,y)'), ('c', 'print(model.predict(X))')], 'load->train: X y; build->train: model; load->c: X; train->c: model', runs=False),
    Row('layers of keras draw their seeds from random', [('imports', 'import keras\nkeras.utils.set_random_seed(1)'), ('a', 'p=keras.layers.Dense(2)'), ('b', 'q=keras.layers.Dense(2)'), ('c', 'print(p,q)')], 'a->c: p; b->c: q', found=['random-state c2:1'], runs=False),
    Row('a data set shuffled in each step', [('imports', 'import tensorflow as tf\ntf.random.set_seed(1)'), ('a', 'p=tf.data.Dataset.range(9).shuffle(3)'), ('b', 'q=tf.data.Dataset.range(9).shuffle(3)\nr=tf.data.Dataset.range(9).shuffle(3,seed=4)'), ('c', 'print(p,q,r)')], 'a->c: p; b->c: q r', found=['random-restarts c2:1'], runs=False),
    Row('keys of jax are values', [('imports', 'import jax'), ('key', 'key=jax.random.PRNGKey(0)'), ('a', 'x=jax.random.normal(key,(2,))'), ('b', 'y=jax.random.normal(key,(2,))'), ('c', 'print(x,y)')], 'key->a: key; key->b: key; a->c: x; b->c: y', runs=False),
]  # fmt: skip
