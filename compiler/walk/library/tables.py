"""What is known of other people's code: small tables, by method name and by dotted path.

A method in no table is taken to change its object if its result is thrown away, and not otherwise.
A function in no table is taken to change nothing and to return something new.
"""

from __future__ import annotations

from nbprism.compiler.walk.heap import Kind


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Return None, so they change their object only where the result is not kept.
SILENT_MUTATORS = _words(
    "append extend insert remove clear sort reverse update add discard difference_update"
    " intersection_update symmetric_difference_update appendleft extendleft rotate fill"
    " itemset setflags resize put partition setfield write writelines close seek truncate"
    " save_state restore put_nowait add_ register register_buffer add_module"
)
#: Change their object whatever becomes of the result.
MUTATORS = _words(
    "fit partial_fit fit_transform fit_predict fit_resample set_params setdefault popitem"
    " load_state_dict zero_grad backward train eval requires_grad_ share_memory_ compile"
    " add_module __setitem__ __delitem__ move_to_end subtract popleft enter_context"
    " load_weights set_index_ fit_generator train_on_batch build sample_ seed shuffle readline"
    " read next set_weights set_seed executemany commit"
    " __iadd__ __isub__ __imul__ __ior__ __iand__ __ixor__ __itruediv__"
)
#: Change their object only if its type is known to have them, or the result is thrown away.
POPPING = _words("pop step")
#: Read-only although the result is often thrown away.
PURE = _words(
    "head tail describe info show display plot hist boxplot scatter bar pie print summary"
    " to_csv to_parquet to_json to_excel to_pickle to_sql to_html to_feather to_hdf"
    " to_markdown to_string savefig save dump dumps write_text write_bytes mkdir touch unlink"
    " copy groupby mean sum std var min max count median mode unique nunique value_counts corr"
    " cov agg aggregate apply map applymap transform predict predict_proba predict_log_proba"
    " decision_function score inverse_transform get keys values items index isna isnull notna"
    " notnull any all round abs sample merge join pivot pivot_table melt stack unstack query"
    " assign filter tolist to_list to_numpy to_dict get_params get_feature_names_out"
    " parameters named_parameters children modules state_dict buffers named_buffers numpy"
    " detach cpu item size dim numel shape split strip lower upper format join startswith"
    " endswith encode decode exists is_file is_dir glob iterdir equals memory_usage"
    " select_dtypes items iterrows itertuples cumsum diff shift rolling resample isin between"
    " astype sort_values sort_index reset_index set_index rename drop dropna fillna"
    " drop_duplicates replace nlargest nsmallest rank quantile idxmax idxmin argmax argmin"
    " evaluate render export isoformat strftime timestamp total_seconds cursor log debug"
    " warning warn error critical exception kneighbors score_samples crosstab to_latex"
    " to_clipboard issubset issuperset isdisjoint count_nonzero nonzero dot matmul flatten"
    " tobytes tofile"
)
#: Hand out parts of their object rather than something new.
PARTS = _words(
    "get setdefault pop popleft popitem values items parameters named_parameters children"
    " modules named_children named_modules buffers named_buffers state_dict __getitem__"
    " __iter__ elements find find_all findAll select select_one findall iterfind getroot"
)
#: Return the object itself, usually.
RETURNS_SELF = _words(
    "fit partial_fit set_params train eval to cuda cpu requires_grad_ double float half"
    " set_output __iter__ __enter__ detach"
)
#: Put their arguments into the object.
STORES = _words(
    "append extend insert add appendleft extendleft update setdefault put put_nowait register"
    " add_module set_params push enqueue __setitem__ subscribe connect __iadd__ __ior__"
)
#: What `+=` and its like call: they change their object and return it.
IN_PLACE = _words("__iadd__ __isub__ __imul__ __ior__ __iand__ __ixor__ __itruediv__")
FRAME_MUTATORS = _words("insert pop update") | IN_PLACE
ARRAY_MUTATORS = (
    _words("sort fill itemset put resize setfield setflags partition byteswap __setitem__")
    | IN_PLACE
)
ARRAY_VIEWS = _words("reshape ravel view swapaxes squeeze transpose diagonal T flat real imag")
CONTAINER_MUTATORS = (
    _words(
        "append extend insert remove pop clear sort reverse update add discard setdefault popitem"
        " difference_update intersection_update symmetric_difference_update appendleft extendleft"
        " popleft rotate move_to_end subtract __setitem__ __delitem__"
    )
    | IN_PLACE
)
#: Of those, what no frame has: a list in one of its cells is meant.
CELL_MUTATORS = _words(
    "append extend remove clear reverse discard setdefault popitem appendleft popleft"
)
ANY_MUTATOR = SILENT_MUTATORS | MUTATORS | POPPING | CONTAINER_MUTATORS | ARRAY_MUTATORS

#: Dotted path of a function -> positions of the arguments it changes in place.
CHANGES_ARGUMENT: dict[str, tuple[int, ...]] = {
    "random.shuffle": (0,),
    "numpy.random.shuffle": (0,),
    "numpy.put": (0,),
    "numpy.place": (0,),
    "numpy.copyto": (0,),
    "numpy.putmask": (0,),
    "numpy.fill_diagonal": (0,),
    "numpy.put_along_axis": (0,),
    "heapq.heappush": (0,),
    "heapq.heappop": (0,),
    "heapq.heapify": (0,),
    "heapq.heapreplace": (0,),
    "heapq.heappushpop": (0,),
    "bisect.insort": (0,),
    "bisect.insort_left": (0,),
    "bisect.insort_right": (0,),
    "builtins.setattr": (0,),
    "builtins.delattr": (0,),
    "builtins.next": (0,),
    "builtins.anext": (0,),
    "operator.setitem": (0,),
    "operator.delitem": (0,),
    "operator.iadd": (0,),
    "operator.isub": (0,),
    "operator.imul": (0,),
    "operator.iand": (0,),
    "operator.ior": (0,),
    "operator.ixor": (0,),
    "operator.iconcat": (0,),
    "struct.pack_into": (1,),
    **dict.fromkeys(
        _words(
            "cv2.line cv2.rectangle cv2.circle cv2.ellipse cv2.putText cv2.polylines cv2.fillPoly"
            " cv2.drawContours cv2.arrowedLine cv2.drawMarker cv2.floodFill"
        ),
        (0,),
    ),
    "torch.nn.utils.clip_grad_norm_": (0,),
    "torch.nn.utils.clip_grad_value_": (0,),
    "pickle.dump": (1,),
    "json.dump": (1,),
    "csv.writer": (0,),
}
#: NumPy functions -> position of the argument that gets the result, if it is given.
OUT: dict[str, int] = {
    **dict.fromkeys(
        _words(
            "exp exp2 expm1 log log2 log10 log1p sqrt cbrt square abs absolute fabs negative"
            " positive sign sin cos tan arcsin arccos arctan sinh cosh tanh floor ceil trunc rint"
            " reciprocal isnan isfinite isinf logical_not invert conjugate conj degrees radians"
            " deg2rad rad2deg"
        ),
        1,
    ),
    **dict.fromkeys(
        _words(
            "add subtract multiply divide true_divide floor_divide mod remainder fmod power"
            " float_power maximum minimum fmax fmin logical_and logical_or logical_xor bitwise_and"
            " bitwise_or bitwise_xor left_shift right_shift equal not_equal less less_equal greater"
            " greater_equal arctan2 hypot copysign dot matmul outer round around concatenate"
            " argmax argmin"
        ),
        2,
    ),
    **dict.fromkeys(
        _words("clip take compress sum prod mean cumsum cumprod median any all max min amax amin"),
        3,
    ),
}
#: Keywords whose values the call fills.
FILLED = ("callbacks", "evals_result", "inplace_target")
#: Methods that change what they are given rather than their object.
FILLING = _words("add_to readinto recv_into apply_gradients")
#: Functions that change their argument when they are told not to copy it.
IN_PLACE_WITHOUT_COPY = ("numpy.nan_to_num", "sklearn.preprocessing.")
#: Functions that put argument 1 (or later) into argument 0.
STORES_ARGUMENT = _words(
    "heapq.heappush heapq.heapreplace heapq.heappushpop bisect.insort bisect.insort_left"
    " bisect.insort_right builtins.setattr operator.setitem"
)

#: Dotted path -> kind of what the call returns. Nothing of the arguments is in it.
CONTAINERS: frozenset[str] = frozenset({"list", "dict", "set", "tuple"})
TYPES = frozenset(
    {"list", "dict", "set", "tuple", "object", "frozenset", "bytearray", "str", "int", "float"}
)
OBJECTS: frozenset[str] = frozenset({"instance", "object", "unknown"})
FRESH: dict[str, Kind] = {
    "pandas.DataFrame": "frame",
    "pandas.Series": "frame",
    "pandas.concat": "frame",
    "pandas.merge": "frame",
    "pandas.get_dummies": "frame",
    "pandas.to_datetime": "frame",
    "pandas.to_numeric": "frame",
    "pandas.cut": "frame",
    "pandas.qcut": "frame",
    "pandas.crosstab": "frame",
    "pandas.pivot_table": "frame",
    "pandas.date_range": "frame",
    "pandas.json_normalize": "frame",
    "pandas.Categorical": "frame",
    "pandas.Index": "frame",
    "seaborn.load_dataset": "frame",
    "builtins.range": "tuple",
    "builtins.bytearray": "list",
    "collections.Counter": "dict",
    "builtins.input": "str",
}  # fmt: skip
#: Their result holds the elements of their arguments, but is itself new.
SHALLOW: dict[str, Kind] = {
    "builtins.list": "list",
    "builtins.sorted": "list",
    "builtins.tuple": "tuple",
    "builtins.set": "set",
    "builtins.frozenset": "tuple",
    "builtins.dict": "dict",
    "collections.deque": "list",
    "collections.OrderedDict": "dict",
    "collections.defaultdict": "dict",
    "types.SimpleNamespace": "object",
}
#: Lazy: their result is consumed by iterating over it.
ITERATORS = _words(
    "builtins.iter builtins.map builtins.zip builtins.filter builtins.enumerate"
    " builtins.reversed itertools.chain itertools.count itertools.cycle itertools.repeat"
    " itertools.islice itertools.product itertools.permutations itertools.combinations"
    " itertools.groupby itertools.accumulate itertools.starmap itertools.takewhile"
    " itertools.dropwhile itertools.tee itertools.zip_longest itertools.pairwise"
    " itertools.batched itertools.compress itertools.filterfalse itertools.chain.from_iterable"
    " csv.reader csv.DictReader"
)
#: Iterators that hand out tuples, by the last part of their path.
ROWS = _words(
    "zip zip_longest enumerate product permutations combinations pairwise batched groupby"
)
#: Those whose tuples have something of one argument at each place.
COLUMNS = _words("zip zip_longest enumerate groupby")
#: Functions that make a table of what they are given, and how deep its cells are in that.
CELLS = {"pandas.Series": 1, "pandas.DataFrame": 2}
#: Path of an iterator that is not used up: the keys, values or items of a dictionary.
VIEW = "a view of a dictionary"
#: Reading an item that is not there puts it there.
GROWS_WHEN_READ = _words("collections.defaultdict")
#: Functions whose result holds their arguments, as a class's instance would.
HOLDING = _words(
    "functools.partial sklearn.pipeline.make_pipeline sklearn.pipeline.make_union"
    " operator.methodcaller numpy.vectorize numpy.frompyfunc"
    " pandas.api.extensions.register_dataframe_accessor"
    " pandas.api.extensions.register_series_accessor"
    " pandas.api.extensions.register_index_accessor"
)
#: Functions that make a class whose instances hold what they are made of.
FACTORIES = _words("collections.namedtuple typing.NamedTuple dataclasses.make_dataclass")
#: Return the very argument, or a view of its memory.
SAME = _words(
    "numpy.asarray numpy.asanyarray numpy.ravel numpy.reshape numpy.transpose numpy.squeeze"
    " numpy.atleast_1d numpy.atleast_2d numpy.expand_dims numpy.broadcast_to numpy.swapaxes"
    " numpy.ascontiguousarray torch.from_numpy torch.as_tensor builtins.memoryview"
    " numpy.lib.stride_tricks.sliding_window_view numpy.moveaxis numpy.flip numpy.diagonal"
    " weakref.ref weakref.proxy numpy.nditer contextlib.nullcontext"
)
#: Return a list of views of the argument's memory.
SPLITS = _words("numpy.split numpy.hsplit numpy.vsplit numpy.dsplit numpy.array_split")
#: Packages and functions whose results hold nothing of the containers they are given.
COPIES = "__nbprism_copies__"
"""What stands for the items of a list, each one a copy, in the code made of a `foreach`."""

NEW_RESULTS = (
    "torch.", "tensorflow.", "keras.", "jax.", "matplotlib.", "seaborn.", "plotly.", "math.",
    "statistics.", "json.", "pickle.", "os.", "time.", "re.", "subprocess.", "scipy.",
)  # fmt: skip
#: Capitalised, but keep no hold of their arguments, or copy them.
COPYING = _words(
    "sklearn.model_selection.GridSearchCV sklearn.model_selection.RandomizedSearchCV"
    " sklearn.model_selection.HalvingGridSearchCV sklearn.ensemble.VotingClassifier"
    " sklearn.ensemble.VotingRegressor sklearn.ensemble.StackingClassifier"
    " sklearn.ensemble.StackingRegressor sklearn.ensemble.BaggingClassifier"
    " sklearn.multiclass.OneVsRestClassifier sklearn.multioutput.MultiOutputRegressor"
    " sklearn.feature_selection.RFE sklearn.calibration.CalibratedClassifierCV"
    " sklearn.compose.TransformedTargetRegressor sklearn.compose.ColumnTransformer"
    " pathlib.Path fractions.Fraction decimal.Decimal IPython.display.Markdown"
)
#: Builtins whose result is a number, a string or a truth, never something to share.
SCALARS = _words(
    "len sum abs round bool int float complex str repr hash id ord chr hex oct bin format"
    " print any all isinstance issubclass callable hasattr divmod pow bytes ascii display"
    " input"
)
#: Functions that compare their arguments, or the elements of them.
COMPARING = ("builtins.sorted", "builtins.min", "builtins.max", "heapq.", "bisect.")
#: Builtins that hand out an element of their argument.
ELEMENTS = _words("next min max anext")
#: Functions that iterate over their arguments to the end.
PLAIN_BUILTINS_PURE = SCALARS | {"type", "range", "slice", "object"}

#: Dotted path -> what the value is that cannot leave its process.
HANDLES: dict[str, str] = {
    "builtins.open": "an open file",
    "io.open": "an open file",
    "gzip.open": "an open file",
    "bz2.open": "an open file",
    "lzma.open": "an open file",
    "tempfile.NamedTemporaryFile": "an open file",
    "tempfile.TemporaryFile": "an open file",
    "tempfile.TemporaryDirectory": "a temporary folder",
    "zipfile.ZipFile": "an open archive",
    "tarfile.open": "an open archive",
    "sqlite3.connect": "a database connection",
    "psycopg2.connect": "a database connection",
    "psycopg.connect": "a database connection",
    "duckdb.connect": "a database connection",
    "pymysql.connect": "a database connection",
    "sqlalchemy.create_engine": "a database engine",
    "threading.Lock": "a lock",
    "threading.RLock": "a lock",
    "threading.Event": "a lock",
    "threading.Condition": "a lock",
    "threading.Semaphore": "a lock",
    "threading.Thread": "a thread",
    "threading.local": "thread-local data",
    "multiprocessing.Pool": "a process pool",
    "multiprocessing.Process": "a process",
    "multiprocessing.Lock": "a lock",
    "multiprocessing.Queue": "a queue between processes",
    "queue.Queue": "a queue between threads",
    "concurrent.futures.ThreadPoolExecutor": "a thread pool",
    "concurrent.futures.ProcessPoolExecutor": "a process pool",
    "subprocess.Popen": "a running process",
    "socket.socket": "a socket",
    "socket.create_connection": "a socket",
    "requests.sessions.SSLContext": "an SSL context",
    "ssl.create_default_context": "an SSL context",
    "ssl.SSLContext": "an SSL context",
    "contextvars.ContextVar": "a context variable",
    "mmap.mmap": "a memory map",
    "asyncio.Lock": "a lock",
    "asyncio.Queue": "a queue between tasks",
    "asyncio.create_task": "a running task",
    "re.match": "a match",
    "re.search": "a match",
    "re.fullmatch": "a match",
    "re.finditer": "an iterator of matches",
    "os.walk": "a generator",
    "os.scandir": "an open folder",
    "glob.iglob": "a generator",
}

#: Statements that configure a library: replayed in every later unit that uses it.
CONFIGURATION = _words(
    "pandas.set_option pandas.reset_option pandas.option_context numpy.set_printoptions"
    " numpy.seterr numpy.random.seed random.seed torch.manual_seed torch.cuda.manual_seed"
    " torch.cuda.manual_seed_all torch.set_default_dtype torch.set_num_threads"
    " torch.use_deterministic_algorithms torch.set_default_device torch.set_printoptions"
    " tensorflow.random.set_seed tensorflow.keras.utils.set_random_seed"
    " keras.utils.set_random_seed matplotlib.use matplotlib.rc matplotlib.style.use"
    " matplotlib.rcParams.update matplotlib.pyplot.style.use matplotlib.pyplot.rc"
    " matplotlib.pyplot.rcParams.update matplotlib.pyplot.ioff matplotlib.pyplot.ion"
    " matplotlib.pyplot.switch_backend seaborn.set seaborn.set_theme seaborn.set_style"
    " seaborn.set_context seaborn.set_palette sklearn.set_config warnings.filterwarnings"
    " warnings.simplefilter logging.basicConfig logging.disable logging.captureWarnings"
    " os.environ.setdefault os.environ.update os.environ.pop os.putenv sys.path.append"
    " sys.path.insert sys.path.extend sys.setrecursionlimit locale.setlocale"
    " plotly.io.renderers plotly.offline.init_notebook_mode altair.data_transformers.enable"
    " altair.renderers.enable decimal.getcontext faulthandler.enable tqdm.pandas"
    " tqdm.tqdm.pandas tqdm.auto.tqdm.pandas tqdm.notebook.tqdm.pandas nltk.download"
    " polars.Config jax.config.update ipywidgets.widgets matplotlib.set_loglevel"
    " statsmodels.api.set_config gc.disable gc.enable"
    " pandas.plotting.register_matplotlib_converters xgboost.set_config transformers.set_seed"
    " transformers.logging.set_verbosity_error lightning.seed_everything"
    " lightning.pytorch.seed_everything pytorch_lightning.seed_everything"
    " bokeh.io.output_notebook bokeh.plotting.output_notebook holoviews.extension"
    " datasets.disable_progress_bar nest_asyncio.apply os.chdir"
    " matplotlib_inline.backend_inline.set_matplotlib_formats"
    " IPython.display.set_matplotlib_formats"
)
#: Of those, what the generator that is seeded keeps as its state.
SEEDS = _words("numpy.random.seed random.seed torch.manual_seed")
#: Packages whose configuration matters to code that never names them.
GLOBAL_PACKAGES = _words(
    "os sys warnings logging matplotlib seaborn locale gc nest_asyncio decimal"
)
#: Make a random generator of one's own.
GENERATORS = _words(
    "numpy.random.default_rng numpy.random.Generator numpy.random.RandomState"
    " numpy.random.SeedSequence random.Random torch.Generator sklearn.utils.check_random_state"
    " tensorflow.random.Generator.from_seed"
)
#: Methods of such a generator that draw nothing.
UNDRAWN = _words("getstate get_state initial_seed __getstate__ __repr__")
#: Functions that draw from `numpy.random` unless they are given a `random_state`.
DRAWS_FROM_NUMPY = _words(
    "sklearn.model_selection.train_test_split sklearn.utils.shuffle sklearn.utils.resample"
    " sklearn.datasets.make_classification sklearn.datasets.make_regression"
    " sklearn.datasets.make_blobs sklearn.datasets.make_moons sklearn.datasets.make_circles"
    " sklearn.inspection.permutation_importance scipy.stats.bootstrap"
)
#: Classes whose instances draw from `numpy.random` when fitted, unless given a `random_state`.
DRAWING_CLASSES = frozenset(
    f"sklearn.{name}"
    for name in _words(
        "ensemble.RandomForestClassifier ensemble.RandomForestRegressor"
        " ensemble.ExtraTreesClassifier ensemble.ExtraTreesRegressor"
        " ensemble.GradientBoostingClassifier ensemble.GradientBoostingRegressor"
        " ensemble.AdaBoostClassifier ensemble.AdaBoostRegressor ensemble.IsolationForest"
        " ensemble.BaggingClassifier ensemble.BaggingRegressor tree.DecisionTreeClassifier"
        " tree.DecisionTreeRegressor cluster.KMeans cluster.MiniBatchKMeans"
        " mixture.GaussianMixture neural_network.MLPClassifier neural_network.MLPRegressor"
        " linear_model.SGDClassifier linear_model.SGDRegressor linear_model.Perceptron"
        " decomposition.NMF decomposition.TruncatedSVD decomposition.LatentDirichletAllocation"
        " manifold.TSNE model_selection.RandomizedSearchCV"
    )
)
FITTING = _words("fit fit_transform fit_predict partial_fit")

#: Cheap and without side effects: fine to repeat in every unit when written at setup level.
CHEAP_CALLS = _words(
    "builtins.dict builtins.list builtins.set builtins.tuple builtins.frozenset"
    " builtins.range builtins.int builtins.float builtins.str builtins.bool builtins.len"
    " builtins.sorted builtins.max builtins.min builtins.sum builtins.abs builtins.round"
    " builtins.zip builtins.enumerate builtins.object builtins.isinstance builtins.hasattr"
    " builtins.getattr builtins.type builtins.slice builtins.complex builtins.bytes"
    " builtins.map builtins.format builtins.pow pathlib.Path pathlib.PurePath re.compile"
    " os.environ.get os.getenv os.path.join os.path.exists os.path.abspath os.path.dirname"
    " os.path.expanduser os.getcwd os.cpu_count pathlib.Path.cwd pathlib.Path.home"
    " datetime.datetime datetime.date datetime.timedelta logging.getLogger"
    " collections.OrderedDict collections.namedtuple collections.defaultdict"
    " collections.Counter collections.deque types.SimpleNamespace fractions.Fraction"
    " decimal.Decimal torch.device torch.cuda.is_available numpy.array numpy.arange"
    " numpy.linspace numpy.zeros numpy.ones numpy.pi pandas.Timestamp pandas.Timedelta"
    " typing.TypeVar typing.NewType typing.NamedTuple enum.Enum string.Template"
    " functools.partial operator.itemgetter operator.attrgetter dataclasses.field"
    " matplotlib.colors.ListedColormap seaborn.color_palette math.sqrt math.log math.exp"
    " math.floor math.ceil sys.version_info.major platform.system importlib.util.find_spec"
    " tqdm.tqdm contextlib.suppress"
)


def returned_kind(path: str) -> Kind | None:
    """Return the kind of what calling the function returns, if it is known to be all new."""
    if path in FRESH:
        return FRESH[path]
    root, _, rest = path.partition(".")
    if root in ("pandas", "polars") and rest.startswith("read_"):
        return "frame"
    if root == "numpy" and rest[:1].islower() and path not in HOLDING:
        return "array"
    return None


def is_method(path: str) -> bool:
    """Return whether the path is that of a method of a builtin type: `list.append`."""
    root, _, rest = path.partition(".")
    name, _, method = rest.partition(".")
    return root == "builtins" and name in TYPES and method not in ("", "__new__", "__init__")


def is_class(path: str) -> bool:
    """Return whether the last part of a path that is called is written like a class."""
    return path.rpartition(".")[2][:1].isupper()


def is_in_place(name: str) -> bool:
    """Return whether PyTorch would call a method so that changes its tensor: `add_`."""
    return name.endswith("_") and not name.endswith("__")


def changes_receiver(name: str, kind: Kind, *, kept: bool) -> bool:
    """Return whether calling that method changes its object in place.

    Args:
        name: of the method.
        kind: of the object.
        kept: whether the result is bound or used, which a method that returns None is not.
    """
    match kind:
        case "list" | "dict" | "set" | "cell":
            number = kind == "cell" and kept and name not in PARTS
            return name in CONTAINER_MUTATORS and not number
        case "tuple" | "str" | "pattern" | "lib" | "function":
            return False
        case "frame":
            return name in FRAME_MUTATORS or (name in CELL_MUTATORS and not kept)
        case "array":
            return name in ARRAY_MUTATORS | CONTAINER_MUTATORS or is_in_place(name)
        case "iterator" | "generator" | "handle":
            return True
    if name in MUTATORS or is_in_place(name):
        return True
    if name in SILENT_MUTATORS or name in POPPING:
        return not kept or name == "pop"
    return not kept and name not in PURE and not name.startswith(("get_", "is_", "to_", "plot"))
