"""Iterators that several steps use up. A row is a sentence, the cells, the flows, and what is allowed besides."""

from __future__ import annotations

from hard_rows import Row

ROWS = [
    Row('a view of keys sees later keys', ["d={'a':1}\nk=d.keys()", "d['b']=2", 'print(list(k))', 'print(d)'], 's0->s1: d; s1->s2: k; s1->s3: d', may='s0->s1: k', runs=False),
    Row('a lazy map reads the list later', ['a=[1,2]\nm=map(str,a)', 'a.append(3)', 'print(list(m))'], 's0->s1: a; s1->s2: m', may='s0->s1: m'),
    Row('a lazy zip of two lists, one grows', ['a=[1,2]\nb=[3,4]\nz=zip(a,b)', 'a.append(5)\nb.append(6)', 'print(list(z),a)'], 's0->s1: a b; s1->s2: z a', may='s0->s1: z'),
    Row('reversed is lazy', ['a=[1,2]\nr=reversed(a)', 'a[0]=9', 'print(list(r))'], 's0->s1: a; s1->s2: r', may='s0->s1: r'),
    Row('enumerate is consumed in parts', ["e=enumerate('abc')", 'print(next(e))', 'print(list(e))'], 's0->s1: e; s1->s2: e'),
    Row('count goes on', ['import itertools\nids=itertools.count(1)\nfirst=next(ids)', 'a=next(ids)', 'b=next(ids)', 'print(first,a,b)'], 's0->s1: ids; s1->s2: ids; s0->s3: first; s1->s3: a; s2->s3: b'),
    Row('cycle handed to a function', ['from itertools import cycle\nc=cycle([1,2,3])', 'def take(it,n):\n    return [next(it) for _ in range(n)]\nx=take(c,2)', 'y=take(c,2)', 'print(x,y)'], 's0->s1: c; s1->s2: c; s1->s3: x; s2->s3: y'),
    Row('islice consumes what it slices', ['from itertools import islice\nit=iter(range(9))', 'a=list(islice(it,3))', 'b=list(islice(it,3))', 'print(a,b)'], 's0->s1: it; s1->s2: it; s1->s3: a; s2->s3: b'),
    Row('tee shares its source', ['from itertools import tee\nsrc=iter([1,2,3])\np,q=tee(src)', 'x=next(p)', 'y=list(q)', 'print(x,y)'], None, noted=['unpicklable']),
    Row('iter of a list that is appended to', ['a=[1]\nit=iter(a)', 'a.append(2)', 'print(list(it))'], 's0->s1: a; s1->s2: it', may='s0->s1: it'),
    Row('dict items iterated in parts', ["d={'a':1,'b':2}\nit=iter(list(d.items()))", 'k,v=next(it)', 'print(k,v,list(it))'], 's0->s1: it; s1->s2: it k v'),
    Row('a takewhile over a shared iterator', ['from itertools import takewhile\nit=iter([1,2,5,1])', 'small=list(takewhile(lambda x:x<3,it))', 'rest=list(it)', 'print(small,rest)'], 's0->s1: it; s1->s2: it; s1->s3: small; s2->s3: rest'),
    Row('any stops an iterator halfway', ['it=iter([0,1,2,3])', 'found=any(it)', 'print(found,list(it))'], 's0->s1: it; s1->s2: it found'),
    Row('sum of an iterator consumes it', ['it=iter([1,2])', 'total=sum(it)', 'print(total,list(it))'], 's0->s1: it; s1->s2: it total'),
    Row('unpacking consumes an iterator', ['it=iter([1,2,3])\na=next(it)', 'b,*c=it', 'print(a,b,c,list(it))'], 's0->s1: it; s0->s2: a; s1->s2: it b c'),
    Row('a map over a shared iterator in a later step', ['it=iter([1,2,3])\nm=map(str,it)', 'a=next(m)', 'b=next(it)', 'print(a,b,list(m))'], None),
    Row('a generator expression over a shared iterator in one step', ['it=iter([1,2,3,4])', 'a=sum(x for x in it if x<3)', 'print(a,list(it))'], 's0->s1: it; s1->s2: it a'),
    Row('chain of two iterators', ['from itertools import chain\np=iter([1,2])\nq=iter([3,4])', 'c=list(chain(p,q))', 'print(list(p),list(q),c)'], 's0->s1: p q; s1->s2: p q c'),
    Row('csv reader over a list iterator', ['import csv\nlines=iter(["a,b","1,2"])', 'head=next(csv.reader(lines))', 'print(head,list(csv.reader(lines)))'], 's0->s1: lines; s1->s2: lines head'),
    Row('batches of an iterator by zip of itself', ['it=iter([1,2,3,4])', 'pairs=list(zip(it,it))', 'print(pairs,list(it))'], 's0->s1: it; s1->s2: it pairs'),
    Row('dict from an iterator of pairs', ['it=iter([("a",1),("b",2)])\nfirst=next(it)', 'd=dict(it)', 'print(first,d,list(it))'], 's0->s1: it; s0->s2: first; s1->s2: it d'),
    Row('min over an iterator, then the rest', ['it=iter([3,1])', 'lo=min(it)', 'print(lo,list(it))'], 's0->s1: it; s1->s2: it lo'),
    Row('str.join eats an iterator', ['it=iter("abc")', 's="".join(it)', 'print(s,list(it))'], 's0->s1: it; s1->s2: it s'),
    Row('extend eats an iterator', ['it=iter([1,2])\nout=[]', 'out.extend(it)', 'print(out,list(it))'], 's0->s1: it out; s1->s2: it out'),
    Row('a list made in a slice assignment eats an iterator', ['it=iter([1,2])\nout=[0]', 'out[:]=it', 'print(out,list(it))'], 's0->s1: it out; s1->s2: it out'),
    Row('a set update eats an iterator', ['it=iter([1,2])\nout=set()', 'out|=set(it)', 'print(sorted(out),list(it))'], 's0->s1: it out; s1->s2: it out'),
    Row('yield from a shared iterator', ['it=iter([1,2,3])\ndef head(src,n):\n    for _ in range(n):\n        yield next(src)', 'a=list(head(it,2))', 'print(a,list(it))'], 's0->s1: it; s1->s2: it a'),
    Row('np.fromiter eats an iterator', ['import numpy as np\nit=iter([1,2,3])', 'a=np.fromiter(it,int,count=2)', 'print(a,list(it))'], 's0->s1: it; s1->s2: it a'),
    Row('Counter eats an iterator', ['from collections import Counter, deque\nit=iter("aab")\nit2=iter([1,2])', 'c=Counter(it)\nd=deque(it2,maxlen=1)', 'print(c,d,list(it),list(it2))'], 's0->s1: it it2; s1->s2: it it2 c d'),
    Row('star args eat an iterator', ['it=iter([1,2])\ndef f(*a): return a', 't=f(*it)', 'print(t,list(it))'], 's0->s1: it; s1->s2: it t'),
    Row('reading an iterator without using it changes nothing', ['it=iter([1,2])', 't=type(it).__name__', 'u=it is None', 'print(t,u,list(it))'], 's0->s1: it; s0->s2: it; s0->s3: it; s1->s3: t; s2->s3: u'),
]  # fmt: skip
