"""The protocols that reproduce published figures: functions from pictures to (name, value) pairs.

The networks are the publications' own (vae.papers.networks); training, bounds and estimates are the package's. The
published figures and their tolerances stand in vae.papers.rows. All figures are nats an image on the test set unless
their name states otherwise, -ELBO with one sample of z.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from torch import nn

from vae import config, latents
from vae.data.load import rows
from vae.device import pick, pictures
from vae.measures import disentanglement, evaluate
from vae.model import VAE
from vae.networks import spread
from vae.papers import pca
from vae.papers.networks import Gated, burgess, glorot, pair
from vae.records import Bytes, Dataset
from vae.training.fit import train
from vae.training.session import Session

Figures = Iterator[tuple[str, float]]
Device = Literal["auto", "cpu", "cuda", "mps"]
ADAM = config.Train(schedule="constant", warmup=0.0, optimiser="adam")  # the textbook's, at 1e-3


# --- the parts of a protocol ------------------------------------------------------------------------------------------


def static(data: Dataset, seed: int = 0) -> Dataset:
    """Static binarisation, by random numbers of our own: every pixel is 0 or 255 once and for all."""
    rng = np.random.default_rng(seed)
    parts = [255 * (rng.random(part.shape, np.float32) < part / np.float32(255)) for part in _parts(data.images)]
    return replace(data, images=np.concatenate(parts).astype(np.uint8))


def held_out(data: Dataset) -> tuple[Dataset, Dataset]:
    """The first five sixths for training and the last sixth for validation: 50,000 and 10,000 of MNIST."""
    first, last = np.split(np.arange(len(data)), [len(data) - len(data) // 6])
    return rows(data, first), rows(data, last)


def bound(model: VAE, test: Dataset, binarise: str = "none") -> float:
    """-ELBO."""
    device = next(model.parameters()).device
    return -float(evaluate.terms(model, pictures(test, device), binarise).elbo.mean())


def nll(model: VAE, test: Dataset, k: int, binarise: str = "none") -> float:
    """-log p(x), by k importance samples."""
    value = evaluate.evaluate(model, test, binarise=binarise, k=k).nll
    assert value is not None
    return value


def learn(
    model: VAE,
    data: Dataset,
    settings: config.Train,
    optimiser: torch.optim.Optimizer,
    binarise: str = "none",
) -> None:
    """Trains with an optimiser of the protocol's own, from its present weights and moments."""
    device = next(model.parameters()).device
    session = Session(model, pictures(data, device), settings, binarise, "none")
    session.optimiser = optimiser
    for _ in session.run():
        pass


def _parts(images: Bytes) -> list[Bytes]:
    return np.array_split(images, max(1, len(images) // 5000))


# --- from the data alone ----------------------------------------------------------------------------------------------


def from_data(data: Dataset, test: Dataset, ks: Sequence[int] = (2, 10, 20, 50), device: Device = "auto") -> Figures:  # noqa: ARG001
    """The figures of the data alone: bounds of the grey Bernoulli loss, and those of PCA."""
    train, x = pca.pixels(data.images), pca.pixels(test.images)
    mean = train.mean(0).clip(1e-3, 1 - 1e-3)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.nan_to_num(x * np.log(x)) - np.nan_to_num((1 - x) * np.log1p(-x))
    yield "floor: the pixels' own entropy", float(entropy.sum(1).mean())
    yield "zero latents: the mean picture", -float((x @ np.log(mean) + (1 - x) @ np.log1p(-mean)).mean())
    for k in ks:
        model = pca.fit(train, k)
        yield f"PCA, k = {k}: test MSE a pixel", pca.squared_error(model, x)
        yield f"probabilistic PCA, k = {k}: log p", float(model.score_samples(x).mean())


def linear(
    data: Dataset,
    test: Dataset,
    k: int = 2,
    epochs: int = 30,
    batch: int = 256,
    lr: float = 1e-2,
    device: Device = "auto",
) -> Figures:
    """A linear VAE with one learned σ: its optimum is probabilistic PCA, where the bound is tight."""
    torch.manual_seed(0)
    model = VAE(data.shape, k, "linear", config.Gaussian("learned"))
    for _ in train(model, data, config.Train(epochs, batch, lr, optimiser="adam", device=device)):
        pass
    ppca = pca.fit(pca.pixels(data.images), k)
    exact, elbo = float(ppca.score_samples(pca.pixels(test.images)).mean()), -bound(model, test)
    yield "ELBO", elbo
    yield "below probabilistic PCA", exact - elbo
    yield "log_prob(k = 1) above the ELBO", -nll(model, test, 1) - elbo


# --- networks of dense layers -----------------------------------------------------------------------------------------


def grey(
    data: Dataset,
    test: Dataset,
    hidden: Sequence[int] = (400,),
    latent: int = 20,
    epochs: int = 10,
    device: Device = "auto",
    seeds: Sequence[int] = (0,),
    begin: Callable[[nn.Module], None] = lambda _: None,
) -> Figures:
    """Grey levels as Bernoulli means, ReLU, Adam at 1e-3, batches of 128; the mean over seeds.

    `begin` sets the initial weights where they are not PyTorch's own.
    """
    bounds: dict[int, list[float]] = {}
    for seed in seeds:
        torch.manual_seed(seed)
        model = VAE(data.shape, latent, pair(data.shape, hidden, latent))
        begin(model)
        for p in train(model, data, replace(ADAM, epochs=epochs, batch=128, seed=seed, device=device)):
            if p.step % (p.steps // p.epochs) == 0:
                bounds.setdefault(p.epoch, []).append(bound(model, test))
                if seed == seeds[-1]:
                    yield f"-ELBO, epoch {p.epoch}", float(np.mean(bounds[p.epoch]))


def flax(data: Dataset, test: Dataset, epochs: int = 10, device: Device = "auto") -> Figures:
    """The protocol of `grey`, 784-500-20, 50,000 pictures binarised once, LeCun's initial weights."""
    first, _ = held_out(static(data))
    return grey(first, static(test, 1), (500,), 20, epochs, device, begin=spread)


def altosaar(
    data: Dataset, test: Dataset, every: int = 5000, steps: int = 65_000, patience: int = 5, device: Device = "auto"
) -> Figures:
    """Static, 784-256-256-128, RMSprop at 1e-3, batches of 128, the KL by the sampled z too; NLL with 128 samples.

    Validates on the 10,000 held-out pictures every 5,000 steps, stops after six validations without a better bound,
    and tests the best weights.
    """
    first, valid = held_out(static(data))
    torch.manual_seed(0)
    model = VAE(data.shape, 128, pair(data.shape, (256, 256), 128)).to(pick(device))
    optimiser = torch.optim.RMSprop(model.parameters(), centered=True)
    epochs, best, worse, state = max(1, round(every * 128 / len(first))), math.inf, 0, {}
    for check in range(1, steps // every + 1):
        learn(model, first, replace(ADAM, epochs=epochs, batch=128, seed=check, objective=config.IWAE(1)), optimiser)
        now = bound(model, valid)
        if check == 2:
            yield "held out: -ELBO, step 10,000", now
            yield "held out: NLL, step 10,000", nll(model, valid, 128)
        if now < best:
            best, state = now, {name: t.clone() for name, t in model.state_dict().items()}
        else:
            worse += 1
        if worse > patience:
            break
    model.load_state_dict(state)
    yield "test: -ELBO", bound(model, static(test, 1))
    yield "test: NLL", nll(model, static(test, 1), 128)


def pythae(data: Dataset, test: Dataset, epochs: int = 500, samples: int = 200, device: Device = "auto") -> Figures:
    """Static, 784-400-40, Adam at 1e-4, batches of 100."""
    data, test = static(data), static(test, 1)
    torch.manual_seed(0)
    model = VAE(data.shape, 40, pair(data.shape, (400,), 40))
    for _ in train(model, data, replace(ADAM, epochs=epochs, batch=100, lr=1e-4, device=device)):
        pass
    yield "NLL", nll(model, test, samples)


def iwae(
    data: Dataset,
    test: Dataset,
    ks: Sequence[int] = (1, 5, 50),
    stages: int = 8,
    samples: int = 5000,
    objective: type[config.IWAE | config.Beta] = config.IWAE,
    device: Device = "auto",
) -> Figures:
    """Dynamic, 784-200-200-50 tanh, Adam(0.99, 0.999, ε 1e-4), batches of 20, 3^i epochs at 10^(-3 - i/7)."""
    kind, nlls = "IWAE" if objective is config.IWAE else "VAE", dict[int, float]()
    for before, k in zip([0, *ks], ks, strict=False):
        torch.manual_seed(0)
        model = VAE(data.shape, 50, pair(data.shape, (200, 200), 50, nn.Tanh)).to(pick(device))
        glorot(model, data)
        optimiser = torch.optim.Adam(model.parameters(), betas=(0.99, 0.999), eps=1e-4, fused=True)
        for i in range(stages):
            stage = replace(ADAM, epochs=3**i, batch=20, lr=1e-3 * 10 ** (-i / 7), seed=i)
            goal = config.IWAE(k) if objective is config.IWAE else config.Beta(samples=k)
            learn(model, data, replace(stage, objective=goal), optimiser, "dynamic")
        nlls[k] = nll(model, test, samples, "dynamic")
        yield f"NLL, {kind} k = {k}", nlls[k]
        if before:
            yield f"{kind} k = {k}, below k = {before}", nlls[before] - nlls[k]


def vamp(
    data: Dataset,
    test: Dataset,
    k: int = 500,
    epochs: int = 2000,
    patience: int = 50,
    samples: int = 5000,
    device: Device = "auto",
) -> Figures:
    """Static, gated 300-300, 40 latents, VampPrior of k pseudo-inputs, Adam at 5e-4, β grows over 100 epochs.

    The last tenth of the training pictures is for validation and decides when to stop.
    """
    data, test = static(data), static(test, 1)
    torch.manual_seed(0)
    pixels, n = math.prod(data.shape), len(data) - max(1, len(data) // 10)
    encoder = nn.Sequential(nn.Flatten(), Gated(pixels, 300), Gated(300, 300), nn.Linear(300, 80))
    decoder = nn.Sequential(Gated(40, 300), Gated(300, 300), nn.Linear(300, pixels), nn.Unflatten(1, data.shape))
    model = VAE(data.shape, 40, (encoder, decoder), prior=config.Vamp(k))
    beta = config.Beta(1.0, min(0.9, 100 / epochs))
    settings = replace(ADAM, epochs=epochs, batch=100, lr=5e-4, patience=patience, objective=beta, device=device)
    for _ in train(model, data.images[:n], settings, valid=data.images[n:]):
        pass
    yield "NLL", nll(model, test, samples)


# --- convolutions -----------------------------------------------------------------------------------------------------


def conv_res(data: Dataset, test: Dataset, epochs: int = 400, width: int = 64, device: Device = "auto") -> Figures:
    """Dynamic, our resnet trunk, 16 latents, AdamW with a cosine, averaged weights."""
    torch.manual_seed(0)
    model = VAE(data.shape, 16, "resnet", width=width, depth=2)
    settings = config.Train(epochs, 256, 2e-3, ema=0.999, clip=200.0, weight_decay=1e-3, device=device)
    for _ in train(model, data, settings, binarise="dynamic", augment="shift"):
        pass
    yield "-ELBO", bound(model, test, "dynamic")


def tcvae(data: Dataset, test: Dataset, epochs: int = 30, device: Device = "auto") -> Figures:
    """β-TCVAE, β = 6, Burgess's convolutions, 10 latents, Adam at 1e-3, on our sprites in place of dSprites."""
    torch.manual_seed(0)
    model = VAE(data.shape, 10, burgess(data.shape, 10))
    for _ in train(model, data, replace(ADAM, epochs=epochs, batch=256, objective=config.TC(6.0), device=device)):
        pass
    q = latents.encode_all(model, test)
    assert q.factors is not None
    yield "MIG", disentanglement.mig(q.mean, q.factors, q.std)
    yield "active latents", float(evaluate.evaluate(model, test).active_units)
