"""The only doorway to `vae`: plain values in, records out, every answer remembered by what it depends on.

models            which models there are, and what each answers: encode, decode, posterior, items
uploads           pictures that people bring: from bytes to places, percentiles and gaps
maps              every map of a model's items
training_choices  what a model can be trained from and on
browser           what the browser computes with as the library does
warmup            torch and the open model, loaded while nobody waits
"""
