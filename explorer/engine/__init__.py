"""The one doorway to `vae`, besides its records and configuration: plain values in, records out, answers remembered.

models             the models there are, and what can be asked of one
maps               every map of a model's items
uploads            pictures that people bring
training_choices   data sets, devices and settings to train with
browser            what the browser computes with, as the library does
warmup             torch and the open model, loaded in the background
"""
