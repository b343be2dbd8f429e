"""Which functions and methods of other people's code read and write files."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Functions whose result is a connection to the database in the file that they are given.
DATABASES = _words("sqlite3.connect duckdb.connect sqlalchemy.create_engine")
CONNECTIONS = frozenset({"a database connection", "a database engine"})

#: Functions that write, replace or remove the file that their first argument names.
WRITES_FILE = _words(
    "numpy.save numpy.savez numpy.savetxt numpy.savez_compressed matplotlib.pyplot.savefig"
    " matplotlib.image.imsave os.remove os.unlink os.rename os.replace shutil.move"
)
WRITES_FILE_SECOND = _words(
    "joblib.dump torch.save shutil.copy shutil.copyfile shutil.copy2 shutil.move os.rename"
    " os.replace"
)
READS_FILE = _words(
    "pandas.read_csv pandas.read_parquet pandas.read_json pandas.read_excel"
    " pandas.read_pickle pandas.read_feather pandas.read_table pandas.read_hdf pandas.read_html"
    " numpy.load numpy.loadtxt numpy.genfromtxt joblib.load torch.load matplotlib.pyplot.imread"
    " shutil.copy shutil.copyfile shutil.copy2 os.path.exists os.path.isfile os.path.getsize"
)
WRITING_METHODS = _words(
    "to_csv to_parquet to_json to_excel to_pickle to_feather to_hdf savefig to_html to_markdown"
)
PATH_WRITES = _words("write_text write_bytes touch unlink rename replace")
PATH_READS = _words("read_text read_bytes exists is_file stat")
#: Keywords that name the file.
FILE_KEYWORDS = ("file", "path", "path_or_buf", "filepath_or_buffer", "fname", "filename")
