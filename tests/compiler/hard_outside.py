"""Names in strings, state of libraries, and files that join steps. A row is a sentence, the cells, the flows, and what is allowed besides."""

from __future__ import annotations

from hard_rows import Row

ROWS = [
    Row('df.query with @name', ["import pandas as pd\ndf=pd.DataFrame({'a':[1,2]})\nlim=1", "q=df.query('a > @lim')", 'print(q)'], 's0->s1: df lim; s1->s2: q'),
    Row('df.eval with @name', ["import pandas as pd\ndf=pd.DataFrame({'a':[1,2]})\nk=3", "q=df.eval('a * @k')", 'print(q)'], 's0->s1: df k; s1->s2: q'),
    Row('pd.eval of names', ['import pandas as pd\na=pd.Series([1])\nb=pd.Series([2])', "c=pd.eval('a + b')", 'print(c)'], 's0->s1: a b; s1->s2: c'),
    Row('format_map of globals', ['a=1\nb=2', "t='{a}-{b}'.format(**globals())", 'print(t)'], 's0->s1: a b; s1->s2: t'),
    Row('vars() at top level', ['a=1', "v=vars()['a']", 'print(v)'], 's0->s1: a; s1->s2: v'),
    Row('locals() in a function is local', ['x=1\ndef f(y): return sorted(locals())', 'r=f(2)', 'print(r)'], 's1->s2: r'),
    Row("'name' in globals() guards", ["cache={'k':1}", "if 'cache' in globals(): v=cache['k']\nelse: v=0", 'print(v)'], 's0->s1: cache; s1->s2: v'),
    Row('try NameError guards', ['try:\n    n\nexcept NameError:\n    n=0', 'n+=1', 'print(n)'], 's0->s1: n; s1->s2: n'),
    Row('monkey patching a library function', ["import json\nold=json.dumps\njson.dumps=lambda v: 'patched'", 's=json.dumps(1)', 'json.dumps=old', 'print(s)'], None, runs=False),
    Row('a module attribute set in a step is seen in later ones', ['import math\nmath.answer=42', 'print(math.answer)'], ''),
    Row('importlib.reload is quiet', ['import importlib,json', 'importlib.reload(json)', 'print(json.dumps(1))'], ''),
    Row('sys.modules lookups', ["import sys\nm=sys.modules['json'] if 'json' in sys.modules else None", 'print(m is None or True)'], None),
    Row('os.environ written here and read there', ["import os\nos.environ['NBP_X']='1'", "v=os.environ.get('NBP_X')", 'print(v)'], 's1->s2: v'),
    Row('np.set_printoptions reaches later steps', ['import numpy as np\nnp.set_printoptions(precision=2)', 'a=np.array([1.23456])', 'print(a)'], 's1->s2: a'),
    Row('np.random.seed in one cell, draws in two', ['import numpy as np\nnp.random.seed(0)', 'a=np.random.rand()', 'b=np.random.rand()', 'print(a,b)'], 's1->s3: a; s2->s3: b', noted=['random-state']),
    Row('default_rng shared by two steps', ['import numpy as np\nrng=np.random.default_rng(0)', 'a=rng.random()', 'b=rng.random()', 'print(a,b)'], 's0->s1: rng; s1->s2: rng; s1->s3: a; s2->s3: b'),
    Row('random.seed then sample and shuffle', ['import random\nrandom.seed(2)\nxs=list(range(5))', 'random.shuffle(xs)', 's=random.sample(xs,2)', 'print(xs,s)'], 's0->s1: xs; s1->s2: xs; s1->s3: xs; s2->s3: s', noted=['random-state']),
    Row('a file written by a path object and read by a name', ["from pathlib import Path\nP=Path('zz1.txt')\nP.write_text('hi')", "t=open('zz1.txt').read()", 'print(t)'], 's1->s2: t'),
    Row('a file appended to twice and read', ["open('zz2.txt','w').close()", "with open('zz2.txt','a') as f: f.write('a')", "with open('zz2.txt','a') as f: f.write('b')", "print(open('zz2.txt').read())"], ''),
    Row('a csv written and read by name', ["import pandas as pd\nOUT='zz3.csv'\npd.DataFrame({'a':[1]}).to_csv(OUT)", "df=pd.read_csv('zz3.csv')", 'print(df.shape)'], 's1->s2: df'),
    Row('a file under an f-string path', ["d='.'", "open(f'{d}/zz4.txt','w').write('q')", "print(open('./zz4.txt').read())"], 's0->s1: d'),
    Row('joblib dump and load', ["import joblib\njoblib.dump([1],'zz5.joblib')", "x=joblib.load('zz5.joblib')", 'print(x)'], 's1->s2: x'),
    Row('pickle through a file', ["import pickle\nwith open('zz6.pkl','wb') as f: pickle.dump([1],f)", "with open('zz6.pkl','rb') as f: x=pickle.load(f)", 'print(x)'], 's1->s2: x'),
    Row('np.save and np.load', ["import numpy as np\nnp.save('zz7.npy',np.arange(2))", "a=np.load('zz7.npy')", 'print(a)'], 's1->s2: a'),
    Row('sqlite written and read', ["import sqlite3\nwith sqlite3.connect('zz8.db') as c:\n    c.execute('create table t(x)')\n    c.execute('insert into t values (1)')", "import sqlite3\nrows=sqlite3.connect('zz8.db').execute('select * from t').fetchall()", 'print(rows)'], 's1->s2: rows'),
    Row('to_sql and read_sql', ["import sqlite3,pandas as pd\ncon=sqlite3.connect('zz9.db')\npd.DataFrame({'a':[1]}).to_sql('t',con,index=False)\ncon.close()", "import sqlite3,pandas as pd\ncon2=sqlite3.connect('zz9.db')\ndf=pd.read_sql('select * from t',con2)", 'print(df)'], 's1->s2: df'),
    Row('a folder made and used', ["import os\nos.makedirs('zzd',exist_ok=True)\nopen('zzd/a.txt','w').write('1')", "print(open('zzd/a.txt').read())"], ''),
    Row('a removed file', ["open('zz10.txt','w').write('1')", "import os\nos.remove('zz10.txt')", "import os\nprint(os.path.exists('zz10.txt'))"], ''),
    Row('shutil.copy joins three steps', ["open('zz11.txt','w').write('1')", "import shutil\nshutil.copy('zz11.txt','zz12.txt')", "print(open('zz12.txt').read())"], ''),
    Row('json.dump with open inline', ["import json\njson.dump({'a':1},open('zz13.json','w'))", "import json\nd=json.load(open('zz13.json'))", 'print(d)'], 's1->s2: d'),
    Row('matplotlib figure saved then read', ["import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\nplt.plot([1])\nplt.savefig('zz14.png')", "print(len(open('zz14.png','rb').read())>0)"], ''),
    Row('pyplot state across cells', ["import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\nfig,ax=plt.subplots()", 'ax.plot([1,2])', "ax.set_title('t')", 'print(len(ax.lines),ax.get_title())'], 's0->s1: ax; s1->s2: ax; s2->s3: ax', runs=False),
]  # fmt: skip
