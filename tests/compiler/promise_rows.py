"""Small notebooks, a construct each, that must compute the same as units: (step, source) pairs."""

from __future__ import annotations

ROWS: dict[str, list[tuple[str, str]]] = {
    "enumerate": [
        ("a", "xs=[[1]]"),
        ("b", "for i, x in enumerate(xs):\n    x.append(i)"),
        ("c", "print(xs)"),
    ],
    "zip": [
        ("a", "xs=[[1]]; ys=[[2]]"),
        ("b", "for x, y in zip(xs, ys):\n    y.append(1)"),
        ("c", "print(ys)"),
        ("d", "print(xs)"),
    ],
    "sorted key": [
        ("a", "xs=[[2],[1]]"),
        ("b", "for x in sorted(xs):\n    x.append(0)"),
        ("c", "print(xs)"),
    ],
    "dict comp": [
        ("a", "d={'a':[1]}"),
        ("b", "e={k:v for k,v in d.items()}\ne['a'].append(2)"),
        ("c", "print(d)"),
    ],
    "nested func attr": [
        ("a", "class A:\n    pass\na=A()\na.items=[1]"),
        ("b", "def add(o):\n    o.items.append(2)\nadd(a)"),
        ("c", "print(a.items)"),
    ],
    "class var": [
        ("a", "class A:\n    reg=[]\n    def __init__(self):\n        A.reg.append(1)"),
        ("b", "x=A()"),
        ("c", "y=A()\nprint(A.reg)"),
    ],
    "class var2": [
        ("a", "class A:\n    n=0\n    def inc(self):\n        type(self).n += 1"),
        ("b", "x=A(); x.inc()"),
        ("c", "print(A.n)"),
    ],
    "closure counter": [
        (
            "a",
            "def mk():\n    n=0\n    def inc():\n        nonlocal n\n        n+=1\n        return n\n    return inc\ninc=mk()",
        ),
        ("b", "inc()"),
        ("c", "print(inc())"),
    ],
    "global in func": [
        ("a", "k=0\ndef bump():\n    global k\n    k+=1"),
        ("b", "bump()"),
        ("c", "bump()\nprint(k)"),
    ],
    "default mutable": [
        ("a", "def f(x, acc=[]):\n    acc.append(x)\n    return acc"),
        ("b", "f(1)"),
        ("c", "print(f(2))"),
    ],
    "late global": [
        ("a", "def f():\n    return t*2"),
        ("b", "t=1\nprint(f())"),
        ("c", "t=5"),
        ("d", "print(f())"),
    ],
    "lambda in dict": [
        ("a", "t=1\nops={'x':lambda v: v+t}"),
        ("b", "t=10"),
        ("c", "print(ops['x'](1))"),
    ],
    "decorated": [
        (
            "a",
            "calls=[]\ndef log(f):\n    def w(*a):\n        calls.append(a)\n        return f(*a)\n    return w",
        ),
        ("b", "@log\ndef g(x):\n    return x"),
        ("c", "g(1)"),
        ("d", "print(calls)"),
    ],
    "walrus": [
        ("a", "xs=[1,2,3]"),
        ("b", "if (n:=len(xs))>2:\n    m=n"),
        ("c", "print(n,m)"),
    ],
    "del re": [
        ("a", "x=1"),
        ("b", "del x\nx=2"),
        ("c", "print(x)"),
    ],
    "try": [
        ("a", "try:\n    v=int('q')\nexcept ValueError as e:\n    v=-1"),
        ("b", "print(v)"),
    ],
    "with": [
        ("a", "import io\nwith io.StringIO() as s:\n    s.write('a')\n    t=s.getvalue()"),
        ("b", "print(t)"),
    ],
    "star": [
        ("a", "first,*rest=[[1],[2],[3]]"),
        ("b", "rest[0].append(9)"),
        ("c", "print(rest, first)"),
    ],
    "swap": [
        ("a", "a=[1];b=[2]"),
        ("b", "a,b=b,a"),
        ("c", "a.append(3)"),
        ("d", "print(a,b)"),
    ],
    "chain assign": [
        ("a", "a=b=[1]"),
        ("b", "a.append(2)"),
        ("c", "print(b)"),
    ],
    "slice view np": [
        ("a", "import numpy as np\nm=np.zeros(4)\nv=m[:2]"),
        ("b", "v[0]=5"),
        ("c", "print(m)"),
    ],
    "np reshape view": [
        ("a", "import numpy as np\nm=np.arange(4)\nv=m.reshape(2,2)"),
        ("b", "v[0,0]=9"),
        ("c", "print(m)"),
    ],
    "np T": [
        ("a", "import numpy as np\nm=np.zeros((2,2))"),
        ("b", "t=m.T\nt[0,1]=3"),
        ("c", "print(m)"),
    ],
    "np ravel func": [
        ("a", "import numpy as np\nm=np.zeros((2,2))"),
        ("b", "np.ravel(m)[0]=3"),
        ("c", "print(m)"),
    ],
    "np where out": [
        ("a", "import numpy as np\nm=np.ones(3)"),
        ("b", "np.add(m,1,out=m)"),
        ("c", "print(m)"),
    ],
    "np copyto": [
        ("a", "import numpy as np\nm=np.ones(3)"),
        ("b", "np.copyto(m,[1,2,3])"),
        ("c", "print(m)"),
    ],
    "df loc": [
        ("a", "import pandas as pd\ndf=pd.DataFrame({'a':[1,2]})"),
        ("b", "df.loc[0,'a']=9"),
        ("c", "print(df)"),
    ],
    "df col": [
        ("a", "import pandas as pd\ndf=pd.DataFrame({'a':[1,2]})"),
        ("b", "df['b']=df.a*2\ndf.insert(0,'z',0)"),
        ("c", "print(df)"),
    ],
    "df attr": [
        ("a", "import pandas as pd\ndf=pd.DataFrame({'a':[1,2]})"),
        ("b", "df.columns=['q']\ndf.index=['r','s']"),
        ("c", "print(df)"),
    ],
    "df iterrows": [
        ("a", "import pandas as pd\ndf=pd.DataFrame({'a':[1,2]})\nout=[]"),
        ("b", "for i,row in df.iterrows():\n    out.append(row.a)"),
        ("c", "print(out)"),
    ],
    "df at": [
        ("a", "import pandas as pd\ndf=pd.DataFrame({'a':[1,2]})"),
        ("b", "for i in df.index:\n    df.at[i,'a']=i"),
        ("c", "print(df)"),
    ],
    "series fillna": [
        ("a", "import pandas as pd\ns=pd.Series([1.0,None])"),
        ("b", "s.fillna(0,inplace=True)"),
        ("c", "print(s)"),
    ],
    "setdefault": [
        ("a", "d={}"),
        ("b", "d.setdefault('k',[]).append(1)"),
        ("c", "print(d)"),
    ],
    "defaultdict read": [
        ("a", "from collections import defaultdict\nd=defaultdict(list)"),
        ("b", "d['x']"),
        ("c", "print(dict(d))"),
    ],
    "counter": [
        ("a", "from collections import Counter\nk=Counter()"),
        ("b", "k.update('aab')\nk['z']+=1"),
        ("c", "print(k)"),
    ],
    "deque": [
        ("a", "from collections import deque\nq=deque([1])"),
        ("b", "q.appendleft(0); q.rotate(1)"),
        ("c", "print(q)"),
    ],
    "heap": [
        ("a", "import heapq\nh=[3,1]"),
        ("b", "heapq.heapify(h); heapq.heappush(h,0)"),
        ("c", "print(h)"),
    ],
    "bisect": [
        ("a", "import bisect\nh=[1,3]"),
        ("b", "bisect.insort(h,2)"),
        ("c", "print(h)"),
    ],
    "shuffle": [
        ("a", "import random\nrandom.seed(0)\nx=[1,2,3]"),
        ("b", "x.sort(reverse=True)"),
        ("c", "print(x)"),
    ],
    "iterator pos": [
        ("a", "it=iter([1,2,3])\nnext(it)"),
        ("b", "a=list([0])"),
        ("c", "print(a)"),
    ],
    "property": [
        (
            "a",
            "class P:\n    def __init__(self):\n        self._x=[]\n    @property\n    def x(self):\n        self._x.append(1)\n        return self._x\np=P()",
        ),
        ("b", "p.x"),
        ("c", "print(len(p._x))"),
    ],
    "dunder add": [
        (
            "a",
            "class V:\n    def __init__(s):\n        s.l=[]\n    def __iadd__(s,o):\n        s.l.append(o)\n        return s\nv=V()\nw=v",
        ),
        ("b", "v+=1"),
        ("c", "print(w.l)"),
    ],
    "context obj": [
        (
            "a",
            "class C:\n    def __enter__(s):\n        s.n=1\n        return s\n    def __exit__(s,*a):\n        s.n=2\nc0=C()",
        ),
        ("b", "with c0 as z:\n    pass"),
        ("c", "print(c0.n)"),
    ],
    "getitem dunder": [
        (
            "a",
            "class G:\n    def __init__(s):\n        s.h=0\n    def __getitem__(s,i):\n        s.h+=1\n        return i\ng=G()",
        ),
        ("b", "g[1]"),
        ("c", "print(g.h)"),
    ],
    "call dunder": [
        (
            "a",
            "class F:\n    def __init__(s):\n        s.h=0\n    def __call__(s):\n        s.h+=1\nf=F()",
        ),
        ("b", "f()"),
        ("c", "print(f.h)"),
    ],
    "len dunder": [
        ("a", "class L:\n    h=0\n    def __len__(s):\n        s.h+=1\n        return 1\nl=L()"),
        ("b", "len(l)"),
        ("c", "print(l.h)"),
    ],
    "setattr": [
        ("a", "class O: pass\no=O()"),
        ("b", "setattr(o,'x',1)"),
        ("c", "print(o.x)"),
    ],
    "vars": [
        ("a", "class O: pass\no=O()"),
        ("b", "o.__dict__['x']=1"),
        ("c", "print(o.x)"),
    ],
    "inherit": [
        ("a", "class A:\n    def go(self):\n        return self.k()"),
        ("b", "class B(A):\n    def k(self):\n        return base+1"),
        ("c", "base=4\nb=B()"),
        ("d", "base=7"),
        ("e", "print(b.go())"),
    ],
    "dataclass": [
        (
            "a",
            "from dataclasses import dataclass, field\n@dataclass\nclass D:\n    xs: list = field(default_factory=list)",
        ),
        ("b", "d=D()"),
        ("c", "d.xs.append(1)"),
        ("d", "print(d, isinstance(d,D))"),
    ],
    "enum cls": [
        ("a", "from enum import Enum\nclass E(Enum):\n    A=1"),
        ("b", "e=E.A"),
        ("c", "print(e is E.A, e)"),
    ],
    "namedtuple": [
        ("a", "from collections import namedtuple\nT=namedtuple('T','a b')"),
        ("b", "t=T([1],2)"),
        ("c", "t.a.append(3)"),
        ("d", "print(t, isinstance(t,T))"),
    ],
    "super": [
        (
            "a",
            "class A:\n    def f(self):\n        return 1\nclass B(A):\n    def f(self):\n        return super().f()+1",
        ),
        ("b", "b=B()"),
        ("c", "print(b.f())"),
    ],
    "generator func": [
        ("a", "def g(n):\n    for i in range(n):\n        yield i*k\nk=2"),
        ("b", "print(list(g(3)))"),
        ("c", "k=5"),
        ("d", "print(list(g(3)))"),
    ],
    "comp scope": [
        ("a", "x=5\nr=[x for x in range(3)]"),
        ("b", "print(x,r)"),
    ],
    "nested comp": [
        ("a", "m=[[1],[2]]"),
        ("b", "flat=[v for row in m for v in row]\n[row.append(0) for row in m]"),
        ("c", "print(flat,m)"),
    ],
    "class scope": [
        (
            "a",
            "n=3\nclass K:\n    n=1\n    ys=[i for i in range(n)]\n    def f(self):\n        return n",
        ),
        ("b", "n=8"),
        ("c", "print(K.ys, K().f())"),
    ],
    "recursion": [
        (
            "a",
            "def even(n):\n    return n==0 or odd(n-1)\ndef odd(n):\n    return n!=0 and even(n-1)",
        ),
        ("b", "print(even(4))"),
    ],
    "partial": [
        ("a", "from functools import partial\nxs=[]\nadd=partial(xs.append)"),
        ("b", "add(1)"),
        ("c", "print(xs)"),
    ],
    "map list": [
        ("a", "xs=[[1]]"),
        ("b", "list(map(lambda r: r.append(2), xs))"),
        ("c", "print(xs)"),
    ],
    "filter": [
        ("a", "xs=[[1],[]]"),
        ("b", "for r in filter(None, xs):\n    r.append(2)"),
        ("c", "print(xs)"),
    ],
    "any gen": [
        ("a", "xs=[[1],[]]"),
        ("b", "any(r.append(1) for r in xs)"),
        ("c", "print(xs)"),
    ],
    "obj graph": [
        ("a", "a={'p':{}}\nb=a['p']"),
        ("b", "b['q']=1"),
        ("c", "print(a)"),
    ],
    "list mul": [
        ("a", "row=[0]\ng=[row]*3"),
        ("b", "g[0].append(1)"),
        ("c", "print(g,row)"),
    ],
    "tuple hold": [
        ("a", "x=[1]\nt=(x,2)"),
        ("b", "t[0].append(2)"),
        ("c", "print(x)"),
    ],
    "extend alias": [
        ("a", "x=[1]\ny=[]"),
        ("b", "y.extend([x])"),
        ("c", "x.append(2)"),
        ("d", "print(y)"),
    ],
    "set ops": [
        ("a", "s={1}\nt=s"),
        ("b", "s|={2}"),
        ("c", "print(t)"),
    ],
    "aug int": [
        ("a", "n=1\nm=n"),
        ("b", "n+=1"),
        ("c", "print(m,n)"),
    ],
    "aug tuple": [
        ("a", "n=(1,)\nm=n"),
        ("b", "n+=(2,)"),
        ("c", "print(m,n)"),
    ],
    "aug str": [
        ("a", "s='a'"),
        ("b", "s+='b'"),
        ("c", "print(s)"),
    ],
    "cond alias": [
        ("a", "p=[1]\nq=[2]\nr = p if len(q)>5 else q"),
        ("b", "r.append(3)"),
        ("c", "print(p,q)"),
    ],
    "or alias": [
        ("a", "p=[]\nq=p or [7]"),
        ("b", "p.append(3)"),
        ("c", "print(p,q)"),
    ],
    "func returns arg": [
        ("a", "def ident(v):\n    return v\nx=[1]\ny=ident(x)"),
        ("b", "y.append(2)"),
        ("c", "print(x)"),
    ],
    "func stores arg": [
        ("a", "store=[]\ndef keep(v):\n    store.append(v)"),
        ("b", "x=[1]\nkeep(x)"),
        ("c", "x.append(2)"),
        ("d", "print(store)"),
    ],
    "method chain": [
        (
            "a",
            "class B:\n    def __init__(s):\n        s.v=[]\n    def add(s,x):\n        s.v.append(x)\n        return s\nb=B()",
        ),
        ("b", "b.add(1).add(2)"),
        ("c", "print(b.v)"),
    ],
    "static": [
        (
            "a",
            "class S:\n    items=[]\n    @staticmethod\n    def put(x):\n        S.items.append(x)\n    @classmethod\n    def put2(cls,x):\n        cls.items.append(x)",
        ),
        ("b", "S.put(1); S.put2(2)"),
        ("c", "print(S.items)"),
    ],
    "exception var": [
        ("a", "err=None\ntry:\n    1/0\nexcept ZeroDivisionError as e:\n    err=str(e)"),
        ("b", "print(err)"),
    ],
    "loop else": [
        ("a", "for i in range(3):\n    pass\nelse:\n    z=i"),
        ("b", "print(i,z)"),
    ],
    "while": [
        ("a", "n=0\nwhile n<3:\n    n+=1"),
        ("b", "print(n)"),
    ],
    "match": [
        ("a", "v=[1,2]\nmatch v:\n    case [a,*r]:\n        out=a"),
        ("b", "r.append(3)"),
        ("c", "print(out,r,v)"),
    ],
    "import in step": [
        ("a", "import math as mm\nv=mm.pi"),
        ("b", "print(mm.floor(v))"),
    ],
    "import rebinding": [
        ("a", "from math import floor"),
        ("b", "def floor(x):\n    return 99"),
        ("c", "print(floor(1.5))"),
    ],
    "func redefined": [
        ("a", "def f():\n    return 1\ng=f"),
        ("b", "def f():\n    return 2"),
        ("c", "print(f(),g())"),
    ],
    "builtin shadow": [
        ("a", "list_=list\nsum=lambda x: 42"),
        ("b", "print(sum([1]))"),
    ],
    "shadow2": [
        ("a", "id='x'\nmax=[1]"),
        ("b", "max.append(2)"),
        ("c", "print(id,max)"),
    ],
    "param fn": [
        ("a", "def mut(d,k):\n    d[k]=1\ndef outer(z):\n    mut(z,'a')"),
        ("b", "e={}\nouter(e)"),
        ("c", "outer(e)\nprint(e)"),
    ],
    "kwargs": [
        ("a", "def f(**kw):\n    kw['x'].append(1)\nx=[]"),
        ("b", "f(x=x)"),
        ("c", "print(x)"),
    ],
    "args": [
        ("a", "def f(*a):\n    a[0].append(1)\nx=[]"),
        ("b", "f(x)"),
        ("c", "print(x)"),
    ],
    "star call": [
        ("a", "def f(p,q):\n    q.append(1)\nargs=([],[])"),
        ("b", "f(*args)"),
        ("c", "print(args)"),
    ],
    "dict unpack": [
        ("a", "d={'v':[1]}\ne={**d}"),
        ("b", "e['v'].append(2)"),
        ("c", "print(d)"),
    ],
    "list copy": [
        ("a", "x=[[1]]\ny=x[:]"),
        ("b", "y.append([2])\ny[0].append(5)"),
        ("c", "print(x)"),
        ("d", "print(y)"),
    ],
    "json mod": [
        ("a", "import json\njson.foo=1"),
        ("b", "import json\nprint(json.foo)"),
    ],
    "global set": [
        ("a", "def init():\n    global cfg\n    cfg={'a':1}\ninit()"),
        ("b", "print(cfg)"),
        ("c", "cfg['b']=2"),
        ("d", "print(cfg)"),
    ],
    "unbound cond": [
        ("a", "flag=True"),
        ("b", "if flag:\n    w=1"),
        ("c", "print(w)"),
    ],
    "obj in two": [
        ("a", "class N:\n    def __init__(s,v):\n        s.v=v\nsh=[0]\np=N(sh)\nq=N(sh)"),
        ("b", "p.v.append(1)"),
        ("c", "print(q.v)"),
    ],
    "nested fn alias": [
        (
            "a",
            "def outer():\n    box=[]\n    def add(x):\n        box.append(x)\n    def get():\n        return box\n    return add,get\nadd,get=outer()",
        ),
        ("b", "add(1)"),
        ("c", "print(get())"),
    ],
    "async": [
        ("a", "import asyncio\nasync def f():\n    return k\nk=3"),
        ("b", "import asyncio\nprint(asyncio.run(f()))"),
    ],
    "str format": [
        ("a", "name='x'"),
        ("b", "print(f'{name!r:>5}')"),
    ],
    "annotated": [
        ("a", "x: int = 3\ny: 'list[int]'"),
        ("b", "print(x)"),
    ],
    "type hints": [
        ("a", "from __future__ import annotations\ndef f(a: Foo) -> Bar:\n    return a"),
        ("b", "print(f(1))"),
    ],
    "sklearn fit": [
        ("a", "from sklearn.linear_model import LinearRegression\nm=LinearRegression()"),
        ("b", "m.fit([[0],[1]],[0,1])"),
        ("c", "print(m.predict([[2]]).round(3))"),
    ],
    "sk pipeline share": [
        (
            "a",
            "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\nsc=StandardScaler()\np=make_pipeline(sc)",
        ),
        ("b", "p.fit([[0.],[1.]])"),
        ("c", "print(sc.mean_)"),
    ],
    "thread": [
        ("a", "r=[]\ndef w(x):\n    r.append(x)"),
        (
            "b",
            "import threading\nt_=threading.Thread(target=w,args=(1,))\nt_.start(); t_.join()\ndel t_",
        ),
        ("c", "print(r)"),
    ],
    "exec pool map": [
        ("a", "r=[]\ndef w(x):\n    r.append(x)"),
        (
            "b",
            "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(1) as ex:\n    list(ex.map(w,[1,2]))\ndel ex",
        ),
        ("c", "print(r)"),
    ],
    "reduce": [
        ("a", "from functools import reduce\nacc=[]"),
        ("b", "reduce(lambda a,b: a.append(b) or a,[1,2],acc)"),
        ("c", "print(acc)"),
    ],
    "sorted keyfn": [
        ("a", "seen=[]\ndef key(x):\n    seen.append(x)\n    return -x"),
        ("b", "sorted([1,2],key=key)"),
        ("c", "print(seen)"),
    ],
    "df apply": [
        ("a", "import pandas as pd\nlog=[]\ndf=pd.DataFrame({'a':[1,2]})"),
        ("b", "df['a'].apply(lambda v: log.append(v))"),
        ("c", "print(log)"),
    ],
    "df view pop": [
        ("a", "import pandas as pd\ndf=pd.DataFrame({'a':[1,2],'b':[3,4]})"),
        ("b", "y=df.pop('b')"),
        ("c", "print(df, y.sum())"),
    ],
    "pd option": [
        ("setup", "import pandas as pd\npd.set_option('display.precision',2)"),
        ("a", "s=pd.Series([1.23456])"),
        ("b", "print(s)"),
    ],
    "seed": [
        ("setup", "import random\nrandom.seed(1)"),
        ("a", "x=random.random()"),
        ("b", "print(x>0)"),
    ],
    "a generator of one's own goes on from step to step": [
        ("a", "import numpy as np\nrng=np.random.default_rng(0)"),
        ("b", "x=rng.normal()\nprint(x)"),
        ("c", "y=rng.normal()\nprint(y)"),
    ],
    "a generator at setup level goes on": [
        ("setup", "import numpy as np\nrng=np.random.default_rng(0)"),
        ("b", "x=rng.normal()\nprint(x)"),
        ("c", "y=rng.normal()\nprint(y)"),
    ],
    "a RandomState goes on": [
        ("a", "import numpy as np\nrs=np.random.RandomState(0)"),
        ("b", "x=rs.rand()"),
        ("c", "print(rs.rand(), x)"),
    ],
    "a random.Random goes on": [
        ("a", "import random\nr=random.Random(0)"),
        ("b", "x=r.random()"),
        ("c", "print(r.random(), x)"),
    ],
    "a method of a generator as a value draws": [
        ("a", "import numpy as np\nrng=np.random.default_rng(0)"),
        ("b", "draw=rng.normal\nx=draw()"),
        ("c", "print(rng.normal(), x)"),
    ],
    "a generator given to a library is drawn from": [
        (
            "a",
            "import numpy as np\nfrom sklearn.model_selection import train_test_split\nrs=np.random.RandomState(0)\nX=list(range(9))",
        ),
        ("b", "p,q=train_test_split(X,random_state=rs)"),
        ("c", "print(rs.rand(), p)"),
    ],
    "a generator given to a frame's sample is drawn from": [
        (
            "a",
            "import numpy as np\nimport pandas as pd\nrs=np.random.RandomState(0)\ndf=pd.DataFrame({'a':[1,2,3]})",
        ),
        ("b", "p=df.sample(2,random_state=rs)"),
        ("c", "print(rs.rand(), p)"),
    ],
    "a generator that a model holds is drawn from": [
        (
            "a",
            "import numpy as np\nfrom sklearn.model_selection import ShuffleSplit\nrs=np.random.RandomState(0)",
        ),
        (
            "b",
            "cv=ShuffleSplit(2,random_state=rs)\np=[t.tolist() for t,_ in cv.split([[1],[2],[3]])]",
        ),
        ("c", "print(rs.rand(), p)"),
    ],
    "a generator made of a generator is the same": [
        ("a", "import numpy as np\nrng=np.random.default_rng(0)"),
        ("b", "x=np.random.default_rng(rng).normal()"),
        ("c", "print(rng.normal(), x)"),
    ],
    "a generator drawn from in a notebook function": [
        ("setup", "def draw(g):\n    return g.random()"),
        ("a", "import random\nr=random.Random(0)"),
        ("b", "x=draw(r)"),
        ("c", "print(r.random(), x)"),
    ],
    "two generators of one's own stay apart": [
        ("a", "import random\nr=random.Random(0)\ns=random.Random(1)"),
        ("b", "x=r.random()"),
        ("c", "y=s.random()"),
        ("d", "print(x,y,r.random(),s.random())"),
    ],
    "records of a frame": [
        ("a", "import pandas as pd\nrecs=pd.DataFrame({'a':[1,2]}).to_dict('records')"),
        ("b", "for r in recs:\n    r['a']+=1"),
        ("c", "print(recs)"),
    ],
    "the first record of a frame": [
        ("a", "import pandas as pd\ndf=pd.DataFrame({'a':[1,2]})\nrecs=df.to_dict('records')"),
        ("b", "first=recs[0]\nfirst['z']=1"),
        ("c", "print(recs)"),
        ("d", "print(first, df)"),
    ],
    "tolist gives a list": [
        ("a", "import pandas as pd\nl=pd.Series([1,2]).tolist()"),
        ("b", "l.append(4)"),
        ("c", "print(l)"),
    ],
    "tolist of an array gives a list": [
        ("a", "import numpy as np\nl=np.zeros((2,2)).tolist()"),
        ("b", "l[0].append(4)"),
        ("c", "print(l)"),
    ],
    "random.choice hands out an element": [
        ("a", "import random\nrows=[[1]]"),
        ("b", "random.choice(rows).append(1)"),
        ("c", "print(rows)"),
    ],
    "random.sample hands out elements": [
        ("a", "import random\nrows=[[1],[1],[1]]"),
        ("b", "for r in random.sample(rows,3):\n    r.append(1)"),
        ("c", "print(rows)"),
    ],
    "random.sample and an index": [
        ("a", "import random\nrows=[[1]]"),
        ("b", "random.sample(rows,1)[0].append(1)"),
        ("c", "print(rows)"),
    ],
    "functools.reduce hands out an element": [
        ("a", "import functools\nrows=[[1],[2]]"),
        ("b", "functools.reduce(lambda a,b:a, rows).append(5)"),
        ("c", "print(rows)"),
    ],
    "dict of zip holds the elements": [
        ("a", "rows=[[1],[2]]"),
        ("b", "dict(zip('ab',rows))['a'].append(1)"),
        ("c", "print(rows)"),
    ],
    "dict of enumerate holds the elements": [
        ("a", "rows=[[1],[2]]"),
        ("b", "dict(enumerate(rows))[0].append(1)"),
        ("c", "print(rows)"),
    ],
    "sum of lists holds their elements": [
        ("a", "rows=[[1],[2]]"),
        ("b", "sum([rows],[])[0].append(1)"),
        ("c", "print(rows)"),
    ],
    "itemgetter hands out an element": [
        ("a", "import operator\nrows=[[1],[2]]"),
        ("b", "operator.itemgetter(0)(rows).append(1)"),
        ("c", "print(rows)"),
    ],
    "the third argument of a ufunc is written": [
        ("a", "import numpy as np\na=np.zeros(2)\nb=np.ones(2)"),
        ("b", "np.add(b,b,a)"),
        ("c", "print(a)"),
        ("d", "print(b)"),
    ],
    "the second argument of np.exp is written": [
        ("a", "import numpy as np\na=np.zeros(2)\nb=np.ones(2)"),
        ("b", "np.exp(b,a)"),
        ("c", "print(a)"),
    ],
    "nditer hands out windows": [
        ("a", "import numpy as np\na=np.zeros(2)"),
        ("b", "for v in np.nditer(a,op_flags=['readwrite']):\n    v[...]=5"),
        ("c", "print(a)"),
    ],
    "np.split gives views": [
        ("a", "import numpy as np\na=np.zeros(4)"),
        ("b", "parts=np.split(a,2)\nparts[0][0]=1"),
        ("c", "print(a)"),
    ],
    "np.array_split gives views": [
        ("a", "import numpy as np\na=np.zeros(4)"),
        ("b", "p,q=np.array_split(a,2)\nq[0]=1"),
        ("c", "print(a)"),
    ],
    "np.vsplit gives views": [
        ("a", "import numpy as np\na=np.zeros((2,2))"),
        ("b", "for p in np.vsplit(a,2):\n    p[:]=1"),
        ("c", "print(a)"),
    ],
    "np.einsum of a diagonal is a view": [
        ("a", "import numpy as np\na=np.zeros((2,2))"),
        ("b", "np.einsum('ii->i',a)[:]=1"),
        ("c", "print(a)"),
    ],
    "list.append through the type": [
        ("a", "x=[1]"),
        ("b", "list.append(x,1)"),
        ("c", "print(x)"),
    ],
    "dict.update through the type": [
        ("a", "d={'a':1}\nv=[1]"),
        ("b", "dict.update(d,b=v)"),
        ("c", "d['b'].append(2)"),
        ("d", "print(d,v)"),
    ],
    "append through type of the object": [
        ("a", "x=[1]"),
        ("b", "type(x).append(x,1)"),
        ("c", "print(x)"),
    ],
    "object.__setattr__": [
        ("a", "class N: pass\nn=N()\nn.items=[1]"),
        ("b", "object.__setattr__(n,'items',[8])"),
        ("c", "print(n.items)"),
    ],
    "__iadd__ called by name": [
        ("a", "rows=[[1]]"),
        ("b", "rows[0].__iadd__([7])"),
        ("c", "print(rows)"),
    ],
    "formatting an instance calls it": [
        (
            "a",
            "class V:\n    n=0\n    def __str__(self):\n        self.n+=1\n        return 'v'\nv=V()",
        ),
        ("b", "t=f'{v}'"),
        ("c", "print(v.n)"),
    ],
    "the truth of an instance calls it": [
        (
            "a",
            "class V:\n    n=0\n    def __bool__(self):\n        self.n+=1\n        return True\nv=V()",
        ),
        ("b", "if v:\n    t=1"),
        ("c", "u=not v"),
        ("d", "w=v and 1\nx=1 if v else 2"),
        ("e", "while v:\n    break"),
        ("f", "print(v.n)"),
    ],
    "hashing an instance calls it": [
        (
            "a",
            "class V:\n    n=0\n    def __hash__(self):\n        self.n+=1\n        return 1\nv=V()",
        ),
        ("b", "d={v:1}"),
        ("c", "s={v}"),
        ("d", "h=hash(v)"),
        ("e", "print(v.n)"),
    ],
    "map calls when it is used up": [
        ("a", "m=map(lambda v:v+k,[1,2])"),
        ("b", "k=10"),
        ("c", "print(list(m))"),
    ],
    "map sees a global changed after it was made": [
        ("a", "k=1\nm=map(lambda v:v+k,[1,2])"),
        ("b", "k=10"),
        ("c", "print(list(m))"),
    ],
    "map of a map calls both late": [
        ("a", "k=1\nm=map(str,map(lambda v:v+k,[1,2]))"),
        ("b", "k=10"),
        ("c", "for i,v in enumerate(m):\n    print(i,v)"),
    ],
    "filter calls when it is used up": [
        ("a", "def over(v):\n    return v>k\nk=0\nm=filter(over,[1,2])"),
        ("b", "k=1"),
        ("c", "print(list(m))"),
    ],
    "keys follow their dictionary": [
        ("a", "d={'a':1}\nks=d.keys()"),
        ("b", "d['b']=2"),
        ("c", "print(len(ks), list(ks))"),
    ],
    "items follow their dictionary": [
        ("a", "d={'a':[1]}\nit=d.items()"),
        ("b", "d['b']=[2]"),
        ("c", "for k,v in it:\n    v.append(0)"),
        ("d", "print(d)"),
        ("e", "print(it)"),
    ],
    "values hand out what the dictionary holds": [
        ("a", "d={'a':[1]}\nvs=d.values()"),
        ("b", "for v in vs:\n    v.append(2)"),
        ("c", "print(d)"),
        ("d", "print(sorted(d.items()), dict(d.items()))"),
    ],
    "keys of a dictionary nobody changes": [
        ("a", "d={'a':1}\nks=d.keys()"),
        ("b", "print([k for k in ks])"),
        ("c", "print('a' in ks, d)"),
    ],
}
