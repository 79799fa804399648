"""Explore: the studio, where map, picture and sliders move together. Python hears of z when the hand rests."""

from __future__ import annotations

import streamlit as st

from explorer.views import parts

card = parts.guard()
st.write(card.title)
