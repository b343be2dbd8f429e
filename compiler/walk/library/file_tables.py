"""Which functions and methods of other people's code read and write files."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Functions whose result is a connection to the database in the file that they are given.
DATABASES = _words("sqlite3.connect duckdb.connect sqlalchemy.create_engine")
CONNECTIONS = frozenset({"a database connection", "a database engine"})

#: Functions that open a file -> position of the mode they open it with, and the mode without one.
OPENS: dict[str, tuple[int, str]] = {
    "builtins.open": (1, "r"),
    "io.open": (1, "r"),
    "gzip.open": (1, "r"),
    "bz2.open": (1, "r"),
    "lzma.open": (1, "r"),
    "zipfile.ZipFile": (1, "r"),
    "tarfile.open": (1, "r"),
    "h5py.File": (1, "r"),
    "shelve.open": (1, "a"),
    "pandas.HDFStore": (1, "a"),
    "pandas.ExcelWriter": (2, "w"),
    "numpy.memmap": (2, "r+"),
}
#: Functions that look at what is in a folder, and those that are given a pattern.
READS_FOLDER = _words("os.listdir os.scandir os.walk shutil.copytree shutil.make_archive")
MATCHES_FILES = _words("glob.glob glob.iglob")
#: Methods of a path that do either.
PATH_FOLDERS = _words("iterdir walk")
PATH_MATCHES = _words("glob rglob")

#: Functions that write, replace or remove the file that their first argument names.
WRITES_FILE = _words(
    "numpy.save numpy.savez numpy.savetxt numpy.savez_compressed matplotlib.pyplot.savefig"
    " matplotlib.image.imsave os.remove os.unlink os.rename os.replace shutil.move cv2.imwrite"
    " imageio.imwrite imageio.imsave skimage.io.imsave scipy.io.savemat soundfile.write"
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
    " PIL.Image.open cv2.imread imageio.imread skimage.io.imread scipy.io.loadmat soundfile.read"
    " librosa.load geopandas.read_file polars.read_csv polars.read_parquet polars.read_json"
    " polars.scan_csv polars.scan_parquet keras.models.load_model"
    " tensorflow.keras.models.load_model xarray.open_dataset pyarrow.parquet.read_table"
)
WRITING_METHODS = _words(
    "to_csv to_parquet to_json to_excel to_pickle to_feather to_hdf savefig to_html to_markdown"
    " to_stata to_file to_netcdf write_csv write_parquet write_html write_image sink_parquet save"
    " save_model save_weights"
)
READING_METHODS = _words("load_model load_weights")
PATH_WRITES = _words("write_text write_bytes touch unlink rename replace")
PATH_READS = _words("read_text read_bytes exists is_file stat")
#: Keywords that name the file.
FILE_KEYWORDS = ("file", "path", "path_or_buf", "filepath_or_buffer", "fname", "filename")
