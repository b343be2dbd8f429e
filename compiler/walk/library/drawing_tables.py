"""Which functions and methods of other people's code draw, and give the drawing."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Modules whose functions draw, and give the drawing.
DRAWING_MODULES = _words("seaborn plotly.express")
#: Functions of those modules that give something else.
NOT_DRAWN = _words(
    "load_dataset set set_theme set_style set_context set_palette color_palette despine"
    " get_dataset_names axes_style plotting_context reset_defaults hls_palette husl_palette"
    " light_palette dark_palette diverging_palette cubehelix_palette colors data data_types"
    " move_legend timeline_data"
)
DRAWN_BY = _words(
    "matplotlib.pyplot.subplots matplotlib.pyplot.figure matplotlib.pyplot.gca"
    " matplotlib.pyplot.gcf matplotlib.pyplot.axes matplotlib.pyplot.subplot"
    " matplotlib.pyplot.subplot_mosaic matplotlib.figure.Figure matplotlib.pyplot.twinx"
    " plotly.graph_objects.Figure plotly.graph_objs.Figure plotly.graph_objects.FigureWidget"
    " plotly.subplots.make_subplots bokeh.plotting.figure"
)
#: Methods of a frame that draw and give the drawing.
PLOTTING = _words("plot hist boxplot")
