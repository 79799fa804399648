"""The peer: the same model behind plain `st.slider` widgets and `st.image`, decoded with torch on the server.

streamlit run benchmarks/peers/slider.py -- checkpoints/mnist-16d
"""

import sys

import numpy as np
import streamlit as st
import torch

import vae


@st.cache_resource
def model(folder: str) -> vae.VAE:
    """The checkpoint, loaded once."""
    return vae.load(folder).eval()


@st.fragment
def explore() -> None:
    """One slider a latent; the picture follows."""
    decoder = model(sys.argv[1])
    z = [st.slider(f"z{i}", -3.0, 3.0, 0.0, 0.01) for i in range(min(decoder.latent, 4))]
    z += [0.0] * (decoder.latent - len(z))
    with torch.no_grad():
        x = decoder.mean_picture(torch.tensor([z]))[0].permute(1, 2, 0).numpy()
    st.image((255 * x).round().astype(np.uint8).squeeze(), width=280)


explore()
