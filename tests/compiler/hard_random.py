"""PyTorch's random numbers. A row is a sentence, the cells, the flows, and what is allowed besides."""

from __future__ import annotations

from hard_rows import Row

ROWS = [
    Row('torch draws go on from step to step', [('imports', 'import torch\ntorch.manual_seed(0)'), ('a', 'x=torch.rand(2)'), ('b', 'y=torch.randn(3)'), ('c', 'print(x,y)')], 'a->c: x; b->c: y', noted=['random-state'], runs=False),
    Row('torch layers draw their weights', [('imports', 'import torch\nfrom torch import nn\ntorch.manual_seed(0)'), ('a', 'net=nn.Linear(2,2)'), ('b', 'other=nn.Linear(2,2)'), ('c', 'print(net,other)')], 'a->c: net; b->c: other', noted=['random-state'], runs=False),
    Row('torch without a seed draws anything', [('a', 'import torch\nx=torch.rand(2)'), ('b', 'import torch\ny=torch.rand(2)'), ('c', 'print(x,y)')], 'a->c: x; b->c: y', runs=False),
    Row('torch work that draws nothing stays parallel', [('imports', 'import torch\ntorch.manual_seed(0)\nX=torch.zeros(3)'), ('a', 'p=X+torch.ones(3)\np=torch.cat([p,p])'), ('b', 'q=torch.relu(X).sum()'), ('c', 'print(p,q)')], 'a->c: p; b->c: q', noted=['setup-repeated'], runs=False),
    Row("a generator of one's own is no part of it", [('imports', 'import torch\ntorch.manual_seed(0)'), ('a', 'g=torch.Generator().manual_seed(1)\nx=torch.rand(2,generator=g)'), ('b', 'g2=torch.Generator().manual_seed(2)\ny=torch.rand(2,generator=g2)'), ('c', 'print(x,y)')], 'a->c: x; b->c: y', runs=False),
]  # fmt: skip
