"""The peer: the same points in `st.plotly_chart`, a Scattergl trace a class, as wide and as high as the studio's map.

streamlit run benchmarks/peers/scatter.py -- FOLDER WIDTH HEIGHT SIZE OPACITY
"""

import sys
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from explorer.drawing import palette
from vae.checkpoints.files import read_latents


@st.cache_resource
def figure(folder: Path, width: int, height: int, size: float, opacity: float) -> go.Figure:
    """The map of a checkpoint, made once."""
    latents, (points, *_), _ = read_latents(folder)
    made = go.Figure()
    for k, name in enumerate(latents.classes):
        xy = points.xy[latents.labels == k]
        colour, symbol = palette.class_style(k, "light")
        marker = {"color": colour, "symbol": symbol, "size": size, "opacity": opacity}
        made.add_scattergl(x=xy[:, 0], y=xy[:, 1], mode="markers", name=name, marker=marker, hoverinfo="name")
    made.update_xaxes(visible=False)
    made.update_yaxes(visible=False, scaleanchor="x")
    made.update_layout(width=width, height=height, dragmode="pan", showlegend=False, margin=dict.fromkeys("lrtb", 0))
    return made


folder, width, height, size, opacity = sys.argv[1:]
st.plotly_chart(figure(Path(folder), int(width), int(height), float(size), float(opacity)), width="content")
