"""Models of other programs: read by their conventions, explored like ours, published as checkpoints.

conventions   where a foreign model's encoder and decoder are, and what their outputs mean
wrapped       the record of a model that was read, and `Delta`, the posterior without variance
probe         one trial on noise: shapes, the rules that fit, the range of values
graphs        ONNX, TorchScript and .pt2 files as functions of one tensor
trust         which models may run their code, a pickle or a class, on this machine
sources       from a path, or a name in Python code, to an object
refine        one picture's latent, improved for its reconstruction
latents       sliders, and the seam to numpy
reopen        a source, or an imported checkpoint, opened again
wrap          `vae.wrap`
codes         the data set through the model: codes, sliders, metrics
export        the model as ONNX graphs on its sliders
publish       a foreign model becomes a checkpoint
"""
