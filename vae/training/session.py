"""One run in memory: the model, its optimiser, and every counter that `vae.training.resume` restores.

A step never waits for the device: sums, skips and norms stay there until a report reads them. The permutation of an
epoch follows from (seed, epoch) and everything else random from one generator, so a run continues bit for bit. Knows
nothing of checkpoints: `run` calls the `save` that it receives.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import torch
from torch import Tensor, nn

from vae import config, objectives
from vae.data.memmap import Stream
from vae.device import augmented, binarised, floats, has_bfloat16, moments
from vae.model import VAE
from vae.records import Progress

REPORT_SECONDS = 0.5
GIVE_UP = 100  # non-finite steps in a row

Validate = Callable[[], dict[str, float]]  # elbo, rec and kl on validation data, nats
Save = Callable[[], None]


class Diverged(ArithmeticError):
    """The loss stays non-finite; the model holds its last good state."""


def rate(settings: config.Train, step: int, steps: int) -> float:
    """The learning rate of a step: a linear warm-up, then half a cosine to 0, or constant."""
    rising = settings.warmup * steps
    if step < rising:
        return settings.lr * (step + 1) / (rising + 1)
    if settings.schedule == "constant":
        return settings.lr
    return settings.lr * 0.5 * (1 + math.cos(math.pi * (step - rising) / max(steps - rising, 1)))


class Session:
    """A model, its pictures and its settings, step by step; `run` yields reports."""

    def __init__(
        self, model: VAE, images: Tensor | Stream, settings: config.Train, binarise: str, augment: str
    ) -> None:
        self.model, self.images, self.settings = model, images, settings
        self.binarise, self.augment, self.device = binarise, augment, images.device
        self.batch = min(settings.batch, len(images))
        self.per_epoch = len(images) // self.batch
        self.steps = settings.epochs * self.per_epoch
        self.generator = torch.Generator(self.device).manual_seed(settings.seed)
        self.params = [p for p in model.parameters() if p.requires_grad]
        self.optimiser = self._optimiser()
        networks = (model.encoder, model.decoder) if settings.compile else ()
        self.compiled = [cast(nn.Module, torch.compile(network, dynamic=False)) for network in networks]
        self.averaged = [p.detach().clone() for p in self.params] if settings.ema else []
        self.sums = torch.zeros(4, device=self.device)  # elbo, rec, kl, loss of the good steps since the report
        self.counts = torch.zeros(3, device=self.device)  # good since the report, skipped in all, skipped in a row
        self.good, self.best = self.weights(), dict[str, Tensor]()
        self.best_elbo, self.waited = -math.inf, 0
        self.step, self.reported, self.seconds, self.clock = 0, 0, 0.0, time.perf_counter()

    def _optimiser(self) -> torch.optim.Optimizer:
        s, fused = self.settings, self.device.type in ("cpu", "cuda")
        if s.optimiser == "adam":
            return torch.optim.Adam(self.params, s.lr, fused=fused)
        return torch.optim.AdamW(self.params, s.lr, weight_decay=s.weight_decay, fused=fused)

    def start(self) -> None:
        """A fresh run: the output bias at the data's mean picture, pseudo-inputs at pictures."""
        self.model.init_output(*moments(self.images))
        at = torch.randperm(len(self.images), generator=torch.Generator().manual_seed(self.settings.seed))[:5000]
        self.model.prior_module.start(floats(self.images[at.to(self.device)]))
        self.averaged = [p.detach().clone() for p in self.params] if self.settings.ema else []
        self.good = self.weights()

    def confirm(self, resumed: bool) -> bool:
        """Whether this run resumes, on which all processes that share it must agree: here there is one."""
        return resumed

    def run(
        self,
        validate: Validate | None = None,
        save: Save | None = None,
        stop: Callable[[], bool] | None = None,
        every: int = 1,
    ) -> Iterator[Progress]:
        """Steps until the end, a stop, or the end of patience; see `vae.training.fit.train`.

        `save` is called every `every` epochs and at the end, as long as the weights are finite.
        """
        self.model.train()
        self.reported, self.clock = self.step, time.perf_counter()
        order = self._order()
        try:
            while self.step < self.steps and not self._impatient() and not (stop and stop()):
                self._advance(order[self.step % self.per_epoch])
                self.step += 1
                valid = None
                if self.step % self.per_epoch == 0:
                    valid, order = self._end_epoch(validate, save, every), self._order()
                if valid is not None or time.perf_counter() - self.clock > REPORT_SECONDS:
                    report = self._report(valid or {})
                    with self._as_evaluated():
                        yield report
                    self.clock = time.perf_counter()
            self._leave(save)
            if self.step > self.reported:
                yield self._report({})
        except GeneratorExit:
            self._leave(save)
            raise
        finally:
            self._install()

    # --- a step ---

    def _order(self) -> Tensor:
        """The minibatches (steps, batch) of the current epoch."""
        epoch = self.step // self.per_epoch
        generator = torch.Generator(self.device).manual_seed(self.settings.seed * 1_000_003 + epoch)
        rows = torch.randperm(len(self.images), generator=generator, device=self.device)
        return rows[: self.per_epoch * self.batch].view(self.per_epoch, self.batch)

    def _advance(self, rows: Tensor) -> None:
        x = augmented(floats(self.images[rows]), self.augment, self.generator)
        x = binarised(x, self.binarise, self.generator)
        progress = self.step / self.steps
        with self.precision(), self._as_compiled():
            losses = objectives.loss(self.settings.objective, self.model, x, progress, self.generator, len(self.images))
        t, mean = losses.terms, losses.loss.mean()
        self.optimiser.zero_grad()
        mean.backward()  # type: ignore[no-untyped-call]
        sums = self._agreed(torch.stack([t.elbo.mean(), t.rec.mean(), t.kl.mean(), mean]).detach())
        bad = self._update(sums[3])
        self.sums += torch.where(bad, torch.zeros_like(sums), sums)
        self.counts[0] += ~bad
        self.counts[1] += bad
        self.counts[2] = (self.counts[2] + 1) * bad

    def _agreed(self, sums: Tensor) -> Tensor:
        """Means of the step's terms and, in place, of its gradients over all processes: here there is one."""
        return sums

    def _update(self, loss: Tensor) -> Tensor:
        """Clips, steps, averages. A step whose loss or gradient is not finite changes nothing: the result is True."""
        s, grads = self.settings, [p.grad for p in self.params if p.grad is not None]
        norm = nn.utils.get_total_norm(grads, foreach=True)
        bad = ~(norm.isfinite() & loss.isfinite())
        if s.clip:
            torch._foreach_mul_(grads, (s.clip / norm).clamp(max=1))
        for group in self.optimiser.param_groups:
            group["lr"] = rate(s, self.step, self.steps)
        if self.optimiser.defaults.get("fused"):
            self.optimiser.found_inf = bad.float()  # type: ignore[attr-defined]  # as torch.amp.GradScaler does
            self.optimiser.step()
        elif not bad:
            self.optimiser.step()
        if self.averaged:
            decay = min(s.ema, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(self.averaged, [p.detach() for p in self.params], 1 - decay)
        return bad

    def precision(self) -> contextlib.AbstractContextManager[Any]:
        """bfloat16 for the trunks where the settings want it; everything after them is float32 in any case."""
        setting = self.settings.precision
        if setting == "float32" or (setting == "auto" and not has_bfloat16(self.device)):
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    @contextlib.contextmanager
    def _as_compiled(self) -> Iterator[None]:
        """The networks of torch.compile in the model during a step; everybody else sees the plain ones."""
        if not self.compiled:
            yield
            return
        plain = self.model.encoder, self.model.decoder
        self.model.encoder, self.model.decoder = self.compiled
        try:
            yield
        except RuntimeError as error:
            if type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
                raise ValueError(
                    f"compile (=True) failed ({str(error).splitlines()[0][:150]}): it needs a C++ compiler, "
                    "on a GPU Triton. Train without it, or install g++."
                ) from error
            raise
        finally:
            self.model.encoder, self.model.decoder = plain

    # --- reports ---

    def _report(self, valid: dict[str, float]) -> Progress:
        values = torch.cat([self.sums, self.counts]).tolist()  # the one place that waits for the device
        spent = time.perf_counter() - self.clock
        good, skipped, in_a_row = values[4:]
        if in_a_row >= min(GIVE_UP, self.per_epoch):
            self._give_up()
        elbo, rec, kl, loss = (v / good if good else math.nan for v in values[:4])
        steps, self.reported = self.step - self.reported, self.step
        self.seconds += spent
        self.sums.zero_()
        self.counts[0] = 0
        progress = (self.step - 1) / self.steps
        return Progress(
            -(-self.step // self.per_epoch), self.settings.epochs, self.step, self.steps, self.seconds,
            steps * self.batch / max(spent, 1e-9), elbo, rec, kl, loss,
            objectives.beta_at(self.settings.objective, progress), rate(self.settings, self.step - 1, self.steps),
            int(skipped), valid,
        )  # fmt: skip

    def _give_up(self) -> None:
        self.model.load_state_dict(self.good)
        self.averaged, self.best = [], {}
        raise Diverged(
            f"the loss was not finite for {int(self.counts[2])} steps in a row (now {self.step} of {self.steps}): "
            f"the model holds its last good state. Lower lr (={self.settings.lr}), set clip (={self.settings.clip}), "
            "e.g. to 200, or raise warmup."
        )

    def _end_epoch(self, validate: Validate | None, save: Save | None, every: int) -> dict[str, float]:
        valid: dict[str, float] = {}
        if validate:
            self.model.eval()
            with self._as_evaluated(), self.precision():
                valid = validate()
                self._judge(valid["elbo"])
            self.model.train()
        if self.counts[2] == 0:
            self.good = self.weights()
            if save and every and (self.step // self.per_epoch) % every == 0:
                save()
        return valid

    def _judge(self, elbo: float) -> None:
        self.waited = 0 if elbo > self.best_elbo else self.waited + 1
        if self.settings.patience and elbo > self.best_elbo:
            self.best = self.weights()
        self.best_elbo = max(elbo, self.best_elbo)

    def _impatient(self) -> bool:
        return 0 < self.settings.patience <= self.waited

    # --- weights ---

    def weights(self) -> dict[str, Tensor]:
        """The model's weights and buffers as they are now."""
        return {name: t.detach().clone() for name, t in self.model.state_dict().items()}

    @contextlib.contextmanager
    def _as_evaluated(self) -> Iterator[None]:
        """The averaged weights in the model while a caller evaluates it."""
        if not self.averaged:
            yield
            return
        raw = [p.detach().clone() for p in self.params]
        self._copy(self.averaged)
        try:
            yield
        finally:
            self._copy(raw)

    def _copy(self, values: list[Tensor]) -> None:
        with torch.no_grad():
            torch._foreach_copy_(list[Tensor](self.params), values)

    def _install(self) -> None:
        """Gives the model its final weights: the best epoch's, else the averaged ones, else the last."""
        if self.best:
            self.model.load_state_dict(self.best)
        elif self.averaged:
            self._copy(self.averaged)
        self.model.eval()

    def _leave(self, save: Save | None) -> None:
        if save and self.counts[2] == 0:
            save()
