"""The VAE: x -> q(z|x), z -> p(x|z), and p(z); on top of them its files and the model hub. No loss.

Methods return distributions; the caller takes their mean or a sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Normal

from vae import arguments, checkpoints, config, likelihoods, networks, objectives, paths, pixels, priors
from vae.checkpoints import CheckpointError, hub, readme
from vae.device import pick
from vae.settings import nearest

LOGVAR_LIMIT = 12.0  # σ between 0.0025 and 400


class VAE(nn.Module):
    """A variational autoencoder of pictures (C, H, W) in [0, 1] (Kingma and Welling, 2014).

    `arch` is "linear", "mlp", "conv", "resnet", or a pair of your own modules: an encoder from (B, C, H, W) to
    (B, 2D) or to a pair (mean, logvar), a decoder from (B, D) to (B, m·C, H, W) raw numbers: logits of the mean, and
    m = 2 for a likelihood with a spread a pixel. `likelihood` and `prior` are names or vae.specifications.
    Errors: ValueError or TypeError for a setting that is unknown or out of its range.

    >>> model = vae.VAE((1, 8, 8), latent=2, arch="mlp")
    >>> q = model.encode(torch.rand(5, 1, 8, 8))
    >>> q.mean.shape, model.decode(q.mean).mean.shape
    (torch.Size([5, 2]), torch.Size([5, 1, 8, 8]))
    """

    @nearest
    def __init__(
        self,
        shape: Sequence[int] = (1, 28, 28),
        latent: int = 16,
        arch: str | tuple[nn.Module, nn.Module] = "conv",
        likelihood: str | config.Likelihood = "bernoulli",
        prior: str | config.Prior = "normal",
        width: int = 0,
        depth: int = 0,
        activation: str = "silu",
    ) -> None:
        super().__init__()
        size = arguments.picture(shape)
        self.own = not isinstance(arch, str)
        names: Any = ("mlp" if self.own else arch, activation)  # the check below narrows both
        specs = config.spec(likelihood, config.Likelihood), config.spec(prior, config.Prior)
        self.spec = config.check(config.Model(size, latent, names[0], *specs, width, depth, names[1]))
        self.shape, self.latent = size, latent
        self.likelihood = likelihoods.build(self.spec.likelihood, linear=arch == "linear")
        self.prior_module = priors.build(self.spec.prior, latent, size)
        if isinstance(arch, str):
            pair = networks.build(arch, size, latent, self.likelihood.numbers, width, depth, activation)
            self.encoder, self.decoder = pair
        else:
            self.encoder, self.decoder = arguments.networks(arch)

    @property
    def config(self) -> config.Model:
        """The settings that build this model again. Errors: ValueError for a model of your own networks."""
        if self.own:
            raise ValueError("no settings build your own encoder and decoder: keep the state_dict and your code.")
        return self.spec

    # --- the three distributions ---

    def posterior_params(self, x: Float[Tensor, "b c h w"]) -> tuple[Float[Tensor, "b d"], Float[Tensor, "b d"]]:
        """(mean, logvar) of q(z|x), (B, D) each, of pictures (B, C, H, W).

        logvar = 12 tanh(raw / 12): one soft clamp for sample and KL alike. Errors: ValueError where an encoder of your
        own returns another shape.
        """
        mean, logvar = arguments.code(self._through(self.encoder, x, "x"), x.shape[0], self.latent)
        return mean.to(x.dtype), LOGVAR_LIMIT * torch.tanh(logvar.to(x.dtype) / LOGVAR_LIMIT)

    def encode(self, x: Float[Tensor, "b c h w"]) -> Normal:
        """q(z|x) = N(μ(x), σ(x)²), independent dimensions: pictures (B, C, H, W) in [0, 1] -> batch shape (B, D).

        Errors: TypeError where x is no tensor of floats, ValueError where it is of another shape, device, type or
        range.
        """
        arguments.batch(x, self.shape, self._like(self.encoder))
        return self.posterior(arguments.in_range(x))

    def posterior(self, x: Float[Tensor, "b c h w"]) -> Normal:
        """`encode` without the check of x's range, which waits for the device: for loops over data that is checked.

        Pictures (B, C, H, W) -> batch shape (B, D). Errors: those of `encode`, without the range.
        """
        arguments.batch(x, self.shape, self._like(self.encoder))
        mean, logvar = self.posterior_params(x)
        return Normal(mean, (logvar / 2).exp(), validate_args=False)

    def decode(self, z: Float[Tensor, "b d"]) -> pixels.Pixels:
        """p(x|z) of latents (B, D): batch shape (B,), event shape (C, H, W); `.mean` is the picture.

        Errors: TypeError where z is no tensor of floats, ValueError where it is of another shape, device or type, or a
        decoder of your own returns another shape than (B, m·C, H, W).
        """
        return self.likelihood(self._raw(z))  # type: ignore[no-any-return]

    @property
    def prior(self) -> priors.PriorDistribution:
        """p(z), with `.sample(n, generator)` and `.log_prob(z)`."""
        return self.prior_module(self.posterior_params)  # type: ignore[no-any-return]

    # --- means ---

    def embed(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d"]:
        """The mean of q(z|x), (B, D): deterministic. Pictures (B, C, H, W) in [0, 1]. Errors: those of `encode`."""
        return self.encode(x).mean

    def mean_picture(self, z: Float[Tensor, "b d"]) -> Float[Tensor, "b c h w"]:
        """E[x|z], (B, C, H, W) in [0, 1]. Errors: those of `decode`."""
        return self.likelihood.picture(self._raw(z))

    def decode_parts(self, z: Float[Tensor, "b d"]) -> dict[str, Tensor]:
        """z (B, D) -> the mean picture (B, C, H, W) as "x", and the parameters of p(x|z) that it does not determine.

        Those are "loc" and "scale", each (B, C, H, W), as `config.beside_mean` names them; often there are none.
        Errors: those of `decode`.
        """
        raw = self._raw(z)
        return {"x": self.likelihood.picture(raw)} | self.likelihood.beside_mean(raw)

    def reconstruct(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """E[x|z] at the posterior's mean, (B, C, H, W). Errors: those of `encode`."""
        return self.mean_picture(self.embed(x))

    def sample(
        self, n: int, temperature: float = 1.0, generator: torch.Generator | None = None, mean: bool = True
    ) -> Float[Tensor, "n c h w"]:
        """n pictures (n, C, H, W) in three steps: z ~ p(z); θ = f(z); x ~ p(x|θ), or its mean.

        `temperature` scales z: 1 draws from the prior, 0 stays at the origin. Errors: ValueError where n or it is
        negative, or the generator is on another device.
        """
        arguments.whole(0, n=n)
        arguments.not_negative("temperature", temperature, "it scales z, and 1 is the prior's own")
        arguments.same_device(generator, self.prior_module.like.device)
        z = temperature * self.prior.sample(n, generator)
        return self.mean_picture(z) if mean else self.decode(z).sample((), generator).clamp(0, 1)

    def traverse(
        self, start: Tensor, dims: Sequence[int] | None = None, span: tuple[float, float] = (-3.0, 3.0), steps: int = 11
    ) -> Float[Tensor, "dims steps c h w"]:
        """Pictures along latent axes through a picture (C, H, W) or a latent (D,), over the span, both ends included.

        Errors: ValueError for a start of another shape, a dimension that does not exist, a span that is not two
        numbers, fewer than 2 steps; those of `encode`.
        """
        arguments.whole(2, steps=steps)
        ends = arguments.two("span", span, "(-3, 3)")
        dims = range(self.latent) if dims is None else arguments.indices("dims", dims, self.latent)
        z = self._one(start)
        rows = []
        for dim in dims:
            line = z.repeat(steps, 1)
            line[:, dim] = torch.linspace(ends[0], ends[1], steps, device=z.device, dtype=z.dtype)
            rows.append(self.mean_picture(line))
        return torch.stack(rows)

    def interpolate(self, a: Tensor, b: Tensor, steps: int = 11, mode: str = "slerp") -> Float[Tensor, "steps c h w"]:
        """Pictures from a to b, each a picture (C, H, W) or a latent (D,), along "slerp" or "linear".

        Errors: ValueError for an end of another shape, an unknown mode, fewer than 2 steps; those of `encode`.
        """
        arguments.one_of(("slerp", "linear"), mode=mode)
        arguments.whole(2, steps=steps)
        ends = [self._one(end).detach().cpu().float().numpy() for end in (a, b)]
        line = paths.KINDS[mode](ends[0], ends[1], steps)
        return self.mean_picture(torch.tensor(line, device=a.device, dtype=a.dtype))

    # --- evaluation ---

    def elbo(self, x: Float[Tensor, "b c h w"], generator: torch.Generator | None = None) -> objectives.Terms:
        """Terms(elbo, rec, kl, kl_per_dim) of every picture (B, C, H, W): (B,) and (B, D), nats, one sample of z, no β.

        Errors: those of `encode`; ValueError for a generator of another device.
        """
        arguments.batch(x, self.shape, self._like(self.encoder))
        arguments.same_device(generator, x.device)
        return objectives.elbo(self, arguments.in_range(x), generator)

    @torch.no_grad()
    def log_prob(
        self, x: Float[Tensor, "b c h w"], k: int = 500, generator: torch.Generator | None = None, chunk: int = 0
    ) -> Float[Tensor, " b"]:
        """log 1/k Σ p(x|z) p(z) / q(z|x), z ~ q: a lower bound on log p(x) in expectation, tight as k grows, nats.

        Pictures (B, C, H, W) -> (B,). k = 1 is the ELBO. x is encoded once; `chunk` pictures at most pass through
        the networks at a time (0: by memory). (Burda, Grosse and Salakhutdinov, 2016, eq. 8.) Errors: ValueError where
        k < 1 or chunk < 0; those of `elbo`.
        """
        arguments.whole(1, k=k)
        arguments.whole(0, chunk=chunk)
        arguments.batch(x, self.shape, self._like(self.encoder))
        arguments.same_device(generator, x.device)
        return objectives.log_prob(self, arguments.in_range(x), k, generator, chunk)

    # --- start and files ---

    def init_output(self, mean: Float[Tensor, "c h w"], std: Float[Tensor, "c h w"] | None = None) -> None:
        """Sets the output bias so that an untrained decoder returns the data's mean picture (C, H, W), in [0, 1]."""
        bias = self.likelihood.start(mean, torch.full_like(mean, 0.25) if std is None else std)
        if isinstance(self.decoder, networks.Decoder):
            with torch.no_grad():
                self.decoder.bias.copy_(bias)
        if isinstance(self.encoder, networks.Centred):
            self.encoder.center.copy_(mean)

    def save(self, folder: str | Path) -> None:
        """Writes config.json, model.safetensors and README.md; `vae.load(folder)` is the way back.

        Errors: ValueError for a model of your own networks, CheckpointError where `folder` is a file.
        """
        readme.write_if_absent(checkpoints.write_model(folder, self.config, self.state_dict()))

    save_pretrained = save  # its name on the hub

    @classmethod
    def from_pretrained(cls, name: str | Path, device: str = "cpu", **download: Any) -> VAE:
        """The model of a folder, or of a repository "owner/name" of the model hub, in evaluation mode.

        `download`: revision, token, cache_dir, local_files_only, as in `vae.checkpoints.hub.fetch`. Errors:
        FileNotFoundError where neither exists; CheckpointError as `vae.load`.
        """
        return load(hub.fetch(name, **download), device)

    def push_to_hub(self, name: str, **upload: Any) -> str:
        """Writes the files of `save` to the repository "owner/name" of the model hub: its address.

        `upload`: private, token, message, as in `vae.checkpoints.hub.push`. A whole checkpoint goes there by `hf upload
        owner/name FOLDER`. Errors: ConnectionError with the hub's own reason; ValueError as `save`.
        """
        _ = self.config  # raises before anything is created on the hub
        return hub.push(self.save, name, **upload)

    def _like(self, part: nn.Module) -> Tensor | None:
        """A weight of a part, for its device and type; None for networks of your own, which only they know."""
        return None if self.own else next(part.parameters(), None)

    def _raw(self, z: Float[Tensor, "b d"]) -> Float[Tensor, "b mc h w"]:
        """The decoder's raw numbers, in float32 at least: a sum over pixels in half precision is nats off."""
        arguments.latents(z, self.latent, self._like(self.decoder))
        raw = arguments.raw(self._through(self.decoder, z, "z"), z.shape[0], self.likelihood.numbers, self.shape)
        return raw.to(torch.promote_types(z.dtype, torch.float32))

    def _through(self, part: nn.Module, x: Tensor, name: str) -> Any:
        """part(x). Where your own network fails because of type or device, the error names them."""
        try:
            return part(x)
        except RuntimeError:
            if self.own:
                arguments.alike(name, x, next(part.parameters(), None))
            raise

    def _one(self, start: Tensor) -> Float[Tensor, " d"]:
        """A latent (D,) from a picture or a latent."""
        one = arguments.one(start, self.shape, self.latent)
        return self.embed(one[None])[0] if one.ndim == 3 else one


def build(settings: config.Model, seed: int = 0) -> VAE:
    """The model of its settings; its first weights follow from the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return VAE(**{f.name: getattr(settings, f.name) for f in fields(settings)})


def load(folder: Path | str, device: str = "cpu") -> VAE:
    """The model of a checkpoint, in evaluation mode; device as in `vae.Train`. Its weights match the card's digest.

    Errors: CheckpointError, one sentence: missing, damaged or foreign files, weights that belong to another model.

    >>> vae.VAE((1, 8, 8), latent=2, arch="mlp").save("digits-2d")
    >>> vae.load("digits-2d").latent
    2
    """
    card, weights = checkpoints.read_model(folder)
    kinds = {t.dtype for t in weights.values() if t.is_floating_point()}
    try:
        model = VAE(**{f.name: getattr(card.model, f.name) for f in fields(card.model)})
        if len(kinds) == 1:  # weights of float64 make a model of float64
            model.to(kinds.pop())
        model.load_state_dict(weights)
    except (RuntimeError, ValueError) as error:
        brief = " ".join(str(error).split())[:200]
        raise CheckpointError(f"{card.name}: the weights do not fit the model of config.json ({brief}).") from None
    return model.to(pick(device)).eval()
