"""Explore: map, picture and sliders that move together.

page       the script: the studio, and what it reports
compare    a second model that follows the z of the first
space3d    the items in three dimensions
fallback   Streamlit's own sliders, where the studio is not built
"""
