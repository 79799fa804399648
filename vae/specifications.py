"""Specifications of the distributions and objectives: the settings that have a name of their own.

A specification names *what* to build or minimise; vae.likelihoods, vae.priors and vae.objectives know *how*. Knows
nothing of torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from vae.settings import named, nearest, setting

# --- p(x|z) -----------------------------------------------------------------------------------------------------------


@named("bernoulli")
@dataclass(frozen=True)
class Bernoulli:
    """Every pixel is a coin: log p = x log θ + (1 - x) log(1 - θ), from logits (binary cross-entropy).

    >>> vae.VAE(likelihood=vae.Bernoulli()).spec == vae.VAE(likelihood="bernoulli").spec
    True
    """


@named("cbernoulli")
@dataclass(frozen=True)
class ContinuousBernoulli:
    """The Bernoulli normalised on [0, 1] (Loaiza-Ganem and Cunningham, 2019).

    >>> model = vae.VAE((1, 8, 8), 2, "mlp", likelihood=vae.ContinuousBernoulli())
    >>> model.decode(torch.zeros(1, 2)).log_prob(torch.rand(1, 1, 8, 8)).shape
    torch.Size([1])
    """


@named("gaussian")
@dataclass(frozen=True)
class Gaussian:
    """N(x | f_μ(z), σ²). σ = 1 with the constant dropped is the simplified loss: squared error / 2 + KL.

    >>> model = vae.VAE((1, 8, 8), 2, "mlp", likelihood=vae.Gaussian(sigma=0.1))
    >>> round(float(model.decode(torch.zeros(1, 2)).stddev.mean()), 3)
    0.1
    """

    sigma: float | Literal["learned", "optimal", "pixelwise"] = setting(
        1.0, "a number, one learned value, the optimal one of each batch, or f_σ(z) for every pixel", low=1e-3, high=10
    )


@named("logistic")
@dataclass(frozen=True)
class Logistic:
    """Discretised logistic on 256 levels: a probability of the byte itself (Salimans et al., 2017).

    >>> model = vae.VAE((1, 8, 8), 2, "mlp", likelihood=vae.Logistic())
    >>> x = model.decode(torch.zeros(1, 2)).sample()
    >>> torch.allclose(255 * x, (255 * x).round(), atol=1e-3)
    True
    """


Likelihood = Bernoulli | ContinuousBernoulli | Gaussian | Logistic
LOG_SIGMA_MIN = -6.0  # σ of a density must not shrink for ever: 0.0025 is under one grey level (0.0039)


# --- p(z) -------------------------------------------------------------------------------------------------------------


@named("normal")
@dataclass(frozen=True)
class Normal:
    """The standard normal N(0, 1).

    >>> p = vae.VAE((1, 8, 8), 2, "mlp", prior=vae.Normal()).prior
    >>> p.log_prob(torch.zeros(1, 2))
    tensor([-1.8379])
    """


@named("mixture")
@dataclass(frozen=True)
class Mixture:
    """k learned normal components.

    >>> p = vae.VAE((1, 8, 8), 2, "mlp", prior=vae.Mixture(k=5)).prior
    >>> p.mean.shape, p.sample(3).shape
    (torch.Size([5, 2]), torch.Size([3, 2]))
    """

    k: int = setting(10, "components", low=1, high=1000)


@named("vamp")
@dataclass(frozen=True)
class Vamp:
    """VampPrior: the mixture of the posteriors of k learned pseudo-inputs (Tomczak and Welling, 2018).

    >>> model = vae.VAE((1, 8, 8), 2, "mlp", prior=vae.Vamp(k=20))
    >>> model.prior_module.pseudo.shape
    torch.Size([20, 1, 8, 8])
    """

    k: int = setting(100, "pseudo-inputs", low=1, high=5000)


Prior = Normal | Mixture | Vamp


# --- objectives -------------------------------------------------------------------------------------------------------


@named("beta")
@dataclass(frozen=True)
class Beta:
    """rec + β KL, minimised. β = 1 is the ELBO itself.

    >>> vae.Train(objective=vae.Beta(4, warmup=0.1)).objective
    Beta(beta=4, warmup=0.1, samples=1)
    """

    beta: float = setting(1.0, "weight of the KL term; 1 is the ELBO itself", low=0, high=100)
    warmup: float = setting(0.0, "fraction of all steps over which β grows from 0", low=0, high=0.9)
    samples: int = setting(1, "draws of z for each picture and step, whose ELBOs are averaged", low=1, high=500)


@named("iwae")
@dataclass(frozen=True)
class IWAE:
    """The k-sample bound L_k (Burda, Grosse and Salakhutdinov, 2016).

    >>> vae.Train(batch=20, objective=vae.IWAE(k=50)).objective.k
    50
    """

    k: int = setting(5, "importance samples for each picture", low=1, high=500)


@named("tc")
@dataclass(frozen=True)
class TC:
    """β-TCVAE: MI + β TC + dimension-wise KL, minibatch stratified weights (Chen et al., 2018).

    >>> model, data = vae.VAE((1, 8, 8), 4, "mlp"), vae.dataset("digits")
    >>> run = vae.fit(model, data, vae.Train(epochs=1, objective=vae.TC(beta=6)))
    >>> run.history[-1].beta
    6.0
    """

    beta: float = setting(6.0, "weight of the total correlation", low=0, high=100)
    alpha: float = setting(1.0, "weight of the index-code mutual information", low=0, high=100)
    gamma: float = setting(1.0, "weight of the dimension-wise KL", low=0, high=100)
    warmup: float = setting(0.0, "fraction of all steps over which the penalty grows from 0", low=0, high=0.9)


@named("capacity")
@dataclass(frozen=True)
class Capacity:
    """rec + γ |KL - C|, C growing from 0 to its end (Burgess et al., 2018).

    >>> vae.Train(objective=vae.Capacity(capacity=10)).objective
    Capacity(gamma=30.0, capacity=10, growth=0.5)
    """

    gamma: float = setting(30.0, "weight of the distance to the capacity", low=0, high=10_000)
    capacity: float = setting(25.0, "nats at the end", low=0, high=1000)
    growth: float = setting(0.5, "fraction of all steps over which C grows", low=0, high=1)


@named("freebits")
@dataclass(frozen=True)
class FreeBits:
    """rec + Σ_j max(λ, KL_j), the KL averaged over the batch (Kingma et al., 2016).

    >>> vae.Train(objective=vae.FreeBits(nats=0.5)).objective
    FreeBits(nats=0.5)
    """

    nats: float = setting(0.1, "nats each dimension may spend for nothing", low=0, high=10)


@named("mmd")
@dataclass(frozen=True)
class MMD:
    """InfoVAE: rec + (1 - α) KL + (α + λ - 1) MMD(q(z), p(z)) (Zhao, Song and Ermon, 2019).

    >>> vae.MMD()  # the KL has no weight: alpha = 1
    MMD(alpha=1.0, scale=100.0)
    """

    alpha: float = setting(1.0, "1 drops the KL", low=0, high=1)
    scale: float = setting(100.0, "λ, the weight of the MMD", low=0, high=100_000)


Objective = Beta | IWAE | TC | Capacity | FreeBits | MMD


for _cls in (*get_args(Likelihood), *get_args(Prior), *get_args(Objective)):
    _cls.__init__ = nearest(_cls.__init__)
