"""The only doorway to `vae`, besides its records and configuration: plain values in, records out, answers remembered.

models            which models there are, and what each answers: encode, decode, posterior, items
maps              every map of a model's items
uploads           pictures that people bring: from bytes to places, percentiles and gaps
training_choices  data sets, devices and settings to train with
browser           what the browser computes with as the library does
warmup            torch and the open model, loaded in the background
"""
