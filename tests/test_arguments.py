"""What others fed silently is refused with value, rule and way out, by every public function that takes it.

Run in a process of its own, without the tests' checker of shapes: as a user meets it.
"""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, math, sys, warnings, torch, vae
warnings.simplefilter("ignore")
torch.manual_seed(0)
model = vae.VAE((1, 6, 6), 3, "mlp", width=8, depth=1)
x, z = torch.rand(4, 1, 6, 6), torch.zeros(2, 3)
b = (255 * x).byte().numpy()
fit = lambda data, **s: vae.fit(model, data, vae.Train(**({"epochs": 1} | s)))
N = torch.nn
class Flat(N.Module):
    def forward(self, z): return z.new_zeros(len(z), 1, 6, 1)
class Word(N.Module):
    def forward(self, x): return torch.zeros(len(x), 3), "logvar"
class Trio(N.Module):
    def forward(self, x): return [torch.zeros(len(x), 3)] * 3
def own(decoder=None, D=3, encoder=None):
    encoder = encoder or N.Sequential(N.Flatten(), N.Linear(36, 2 * D))
    decoder = decoder or N.Sequential(N.Linear(3, 36), N.Unflatten(1, (1, 6, 6)))
    return vae.VAE((1, 6, 6), 3, (encoder, decoder))
readers = {name: getattr(model, name) for name in ("encode", "embed", "reconstruct", "elbo", "log_prob")}
bad = {
    "255": x * 255, "-1": 2 * x - 1, "nan": x * math.nan, "small": x[..., :5], "one": x[0], "bytes": (x * 255).byte(),
    "double": x.double(), "meta": x.to("meta"), "numpy": x.numpy(),
}
calls = {f"{r} {b}": lambda r=r, b=b: readers[r](bad[b]) for r in readers for b in bad}
learners = {"fit": fit, "evaluate": lambda data: vae.evaluate(model, data)}
calls |= {f"{n} {b}": lambda n=n, b=b: learners[n](bad[b]) for n in learners for b in ("255", "-1", "nan", "small")}
calls |= {
    "fit empty": lambda: fit(x[:0]), "evaluate empty": lambda: vae.evaluate(model, x[:0]),
    "refine empty": lambda: vae.refine(model, x[:0]),
    "decode wide": lambda: model.decode(torch.zeros(1, 4)), "decode one": lambda: model.decode(z[0]),
    "decode int": lambda: model.decode(z.long()), "mean wide": lambda: model.mean_picture(torch.zeros(1, 4)),
    "k": lambda: model.log_prob(x, k=0), "k half": lambda: model.log_prob(x, k=1.5),
    "evaluate k": lambda: vae.evaluate(model, x, k=-1), "binarise": lambda: vae.evaluate(model, x, binarise="static"),
    "temperature": lambda: model.sample(1, temperature=-1.0), "n": lambda: model.sample(-1),
    "hot": lambda: model.sample(1, temperature=math.nan),
    "generator": lambda: vae.VAE((1, 6, 6), 3).to("meta").sample(1, generator=torch.Generator()),
    "steps": lambda: model.traverse(z[0], steps=1), "strip": lambda: model.interpolate(z[0], z[1], 1),
    "dims": lambda: model.traverse(z[0], dims=[3]), "no dims": lambda: model.traverse(z[0], dims=[]),
    "span": lambda: model.traverse(z[0], span=(3,)), "start": lambda: model.traverse(x),
    "nowhere": lambda: model.traverse(z[0] * math.nan), "ends": lambda: model.interpolate(x, x),
    "mode": lambda: model.interpolate(z[0], z[1], 3, "x"),
    "warmup": lambda: fit(x, objective=vae.Beta(1, warmup=1.5)), "lr warmup": lambda: fit(x, warmup=2.0),
    "objective": lambda: fit(x, objective="elbo"), "settings": lambda: vae.fit(model, x, {"epochs": 1}),
    "key": lambda: vae.Train(epoch=3), "keyword": lambda: vae.VAE(latents=3), "spec key": lambda: vae.Beta(warm_up=0.1),
    "latent": lambda: vae.VAE(latent=2.5), "shape": lambda: vae.VAE(shape=(1, 2.5, 6)),
    "mse": lambda: vae.VAE(likelihood="mse"), "bce": lambda: vae.VAE(likelihood="bce"),
    "own double": lambda: own().embed(x.double()), "own meta": lambda: own().decode(z.to("meta")),
    "own wide": lambda: own(D=4).encode(x), "own flat": lambda: own(Flat()).decode(z),
    "own word": lambda: own(encoder=Word()).encode(x), "own trio": lambda: own(encoder=Trio()).encode(x),
    "spread of one": lambda: vae.VAE((1, 6, 6), 3, (torch.nn.Flatten(), torch.nn.Flatten()), "logistic").elbo(x),
    "arch of one": lambda: vae.VAE(arch=(torch.nn.Flatten(),)), "arch none": lambda: vae.VAE(arch=None),
    "arch functions": lambda: vae.VAE(arch=(abs, abs)), "shape int": lambda: vae.VAE(28),
    "shape word": lambda: vae.VAE("abc"), "shape nan": lambda: vae.VAE((1, math.nan, 6)),
    "k yes": lambda: model.log_prob(x, k=True), "chunk": lambda: model.log_prob(x, chunk=-1),
    "number as generator": lambda: model.elbo(x, generator=3), "hot word": lambda: model.sample(1, temperature="a"),
    "dim": lambda: model.traverse(z[0], dims=1.5), "dims half": lambda: model.traverse(z[0], dims=[1.5]),
    "span one": lambda: model.traverse(z[0], span=3), "flat": lambda: model.encode(x.flatten(1)),
    "fit word": lambda: fit("mnist"), "fit none": lambda: fit(None), "evaluate word": lambda: vae.evaluate(model, "x"),
    "fit bool": lambda: fit(x > 0.5), "fit sizes": lambda: fit([x[0].numpy(), x[0, :, 1:].numpy()]),
    "fit double": lambda: vae.fit(vae.VAE((1, 6, 6), 3).double(), x, vae.Train()),
    "fit frozen": lambda: vae.fit(vae.VAE((1, 6, 6), 3).requires_grad_(False), x, vae.Train()),
    "fit compiled": lambda: vae.fit(torch.compile(model), x), "fit out": lambda: vae.fit(model, x, out=sys.executable),
    "export": lambda: vae.export(model, sys.executable), "save": lambda: model.save(sys.executable),
    "evaluate wrapped": lambda: vae.evaluate(vae.wrap(model), x), "fit wrapped": lambda: vae.fit(vae.wrap(model), x),
    "export double": lambda: vae.export(vae.VAE((1, 6, 6), 3).double(), "nowhere"),
    "export word": lambda: vae.export("x", "nowhere"), "refine word": lambda: vae.refine("x", x),
    "refine steps": lambda: vae.refine(model, x, steps=2.5), "no data set": lambda: vae.dataset(3),
    "float pictures": lambda: vae.Dataset("x", x.numpy()), "few labels": lambda: vae.Dataset("x", b, b[:3, 0, 0, 0]),
    "few sigmas": lambda: vae.Latents(z.numpy(), z[:1].numpy(), z[:, 0].numpy()),
    "device": lambda: fit(x, device="tpu"), "sigma": lambda: vae.VAE(likelihood=vae.Gaussian(0)),
}
messages = {}
for name, call in calls.items():
    try:
        call()
        messages[name] = "silence"
    except Exception as error:
        messages[name] = f"{type(error).__name__}: {error}"
print(json.dumps(messages))
"""

PICTURES: dict[str, tuple[str, ...]] = {  # the message about pictures: value, rule, way out
    "255": ("to 25", "[0, 1]", "divide bytes by 255"), "-1": ("from -0.9", "[0, 1]", "(x + 1) / 2"),
    "nan": ("nan", "[0, 1]", "isfinite"), "small": ("(4, 1, 6, 5)", "(1, 6, 6)", "resize"),
    "one": ("one picture (1, 6, 6)", "batch", "x[None]"), "bytes": ("torch.uint8", "floats", "divide bytes by 255"),
    "double": ("torch.float64", "torch.float32", "x.to("), "meta": ("meta", "cpu", "x.to('cpu')"),
    "numpy": ("ndarray", "torch tensor", "as_tensor"),
}  # fmt: skip
READERS = ("encode", "embed", "reconstruct", "elbo", "log_prob")
SAYS: dict[str, tuple[str, ...]] = {f"{reader} {name}": words for reader in READERS for name, words in PICTURES.items()}
SAYS |= {f"{f} {name}": PICTURES[name] for f in ("fit", "evaluate") for name in ("255", "-1", "nan")}
SAYS |= {
    "fit small": ("(1, 6, 5)", "(1, 6, 6)", "resize"), "evaluate small": PICTURES["small"],
    "fit empty": ("(0, 1, 6, 6)", "at least 1"), "evaluate empty": ("(0, 1, 6, 6)", "at least 1"),
    "refine empty": ("(0, 1, 6, 6)", "at least one"),
    "decode wide": ("4 numbers", "3 latents"), "mean wide": ("4 numbers", "3 latents"),
    "decode one": ("(3,)", "batch", "z[None]"), "decode int": ("int64", "floats", "z.float()"),
    "k": ("(=0)", "at least 1"), "k half": ("(=1.5)", "at least 1"), "evaluate k": ("(=-1)", "at least 0"),
    "binarise": ("'static'", "'none', 'dynamic'"), "temperature": ("(=-1.0)", "0 or more"), "hot": ("(=nan)", "0 or"),
    "n": ("n (=-1)", "at least 0"), "generator": ("on cpu", "on meta", "torch.Generator('meta')"),
    "steps": ("steps (=1)", "at least 2"), "strip": ("steps (=1)", "at least 2"), "dims": ("(=3)", "0 and 2"),
    "no dims": ("dims", "leave it out"), "span": ("(3,)", "two numbers", "(-3, 3)"),
    "start": ("(4, 1, 6, 6)", "one picture (1, 6, 6)"), "ends": ("(4, 1, 6, 6)", "one picture"),
    "nowhere": ("NaN",), "mode": ("'x'", "one of 'slerp', 'linear'"),
    "warmup": ("objective.warmup (=1.5)", "between 0 and 0.9", "fraction of all steps"),
    "lr warmup": ("warmup (=2.0)", "fraction of all steps"), "objective": ("objective (='elbo')", "Beta(), IWAE()"),
    "settings": ("{'epochs': 1}", "vae.Train(epochs=10)"), "key": ("epoch is not", "Train", "'epochs'"),
    "keyword": ("latents is not", "VAE", "'latent'"), "spec key": ("warm_up", "Beta", "'warmup'"),
    "latent": ("(=2.5)", "whole number"), "shape": ("2.5", "(channels, height, width)"),
    "mse": ("'mse'", "bernoulli", "Did you mean gaussian (squared error)"), "bce": ("'bce'", "mean bernoulli"),
    "own double": ("torch.float64", "torch.float32", "x.to("), "own meta": ("meta", "cpu", "z.to('cpu')"),
    "own wide": ("encoder", "(4, 8)", "(B, 6)", "3 latents"), "own word": ("mean and logvar", "a str"),
    "own flat": ("decoder", "(B, 1, 6, 6)", "(2, 1, 6, 1)"), "own trio": ("(B, 6)", "(4, 3), (4, 3), (4, 3)"),
    "spread of one": ("(4, 36)", "(B, 6)", "3 latents"), "arch of one": ("1 of Flatten", "(encoder, decoder)"),
    "arch none": ("None", "'conv'", "(encoder, decoder)"), "arch functions": ("builtin", "torch modules"),
    "shape int": ("28", "(channels, height, width)"), "shape word": ("'abc'", "(channels, height, width)"),
    "shape nan": ("nan", "at least 1"), "k yes": ("(=True)", "at least 1"), "chunk": ("(=-1)", "at least 0"),
    "number as generator": ("(=3)", "torch.Generator()"), "hot word": ("'a'", "0 or more"),
    "dim": ("(=1.5)", "between 0 and 2"), "dims half": ("(=1.5)", "between 0 and 2"), "span one": ("(=3)", "(-3, 3)"),
    "flat": ("(4, 36)", "(1, 6, 6)", "(B, C, H, W)"),
    "evaluate wrapped": ("Wrapped", "vae.VAE"), "fit wrapped": ("Wrapped", "vae.VAE"),
    "export word": ("str", "vae.VAE"),
    "export double": ("torch.float64", "float32", "model.float()"), "refine word": ("str", "vae.VAE"),
    "refine steps": ("(=2.5)", "at least 1"), "no data set": ("int", "vae.Data"),
    "float pictures": ("float32", "uint8", "astype"), "few labels": ("labels are 3", "4 pictures"),
    "few sigmas": ("(2, 3) and std (1, 3)", "(N, D)"),
    "fit word": ("is str", "(N, C, H, W)", "vae.dataset"), "fit none": ("NoneType", "(N, C, H, W)", "vae.dataset"),
    "evaluate word": ("is str", "(N, C, H, W)", "vae.dataset"), "fit bool": ("torch.bool", "floats", "x * 1.0"),
    "fit sizes": ("is list", "(N, C, H, W)"), "fit double": ("torch.float64", "float32", "model.float()"),
    "fit frozen": ("frozen", "requires_grad_(True)"), "fit compiled": ("OptimizedModule", "vae.VAE", "compile=True"),
    "fit out": ("is a file", "another"), "export": ("is a file", "another"), "save": ("is a file", "another"),
    "device": ("'tpu'", "'auto'"), "sigma": ("(=0)", "between 0.001 and 10"),
}  # fmt: skip


@pytest.fixture(scope="module")
def messages() -> dict[str, str]:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("name", SAYS)
def test_a_bad_input_is_told_with_value_rule_and_way_out(messages: dict[str, str], name: str) -> None:
    kind, _, text = messages[name].partition(": ")
    assert kind in ("ValueError", "TypeError", "CheckpointError", "ExportError"), messages[name]
    assert not [words for words in SAYS[name] if words not in text], text


def test_no_bad_input_is_left_out(messages: dict[str, str]) -> None:
    assert set(messages) == set(SAYS)
