"""One run in memory: the model, its optimiser, and every counter that a resume must restore.

A step never waits for the device: sums, skips and norms stay there until a report reads them. The permutation of an
epoch follows from (seed, epoch) and everything else random from one generator, so a run continues bit for bit.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from vae import config, objectives
from vae.data.memmap import Stream
from vae.device import augmented, binarised, floats, has_bfloat16, moments
from vae.model import VAE
from vae.records import Progress
from vae.training import snapshot

REPORT_SECONDS = 0.5
GIVE_UP = 100  # non-finite steps in a row


class Diverged(ArithmeticError):
    """The loss stayed non-finite; the model holds its last good state."""


def rate(settings: config.Train, step: int, steps: int) -> float:
    """The learning rate of a step: a linear warm-up, then half a cosine to 0, or constant."""
    rising = settings.warmup * steps
    if step < rising:
        return settings.lr * (step + 1) / (rising + 1)
    if settings.schedule == "constant":
        return settings.lr
    return settings.lr * 0.5 * (1 + math.cos(math.pi * (step - rising) / max(steps - rising, 1)))


class Session:
    """`run` yields reports; `save` and `load` are exact."""

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
        self.compiled = [cast(nn.Module, torch.compile(each, dynamic=False)) for each in networks]
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

    def run(
        self,
        validate: Callable[[], dict[str, float]] | None = None,
        folder: Path | None = None,
        stop: Callable[[], bool] | None = None,
        every: int = 1,
    ) -> Iterator[Progress]:
        """Steps until the end, a stop, or patience lost; see `vae.training.fit.train`."""
        self.model.train()
        self.reported, self.clock = self.step, time.perf_counter()
        order = self._order()
        try:
            while self.step < self.steps and not self._impatient() and not (stop and stop()):
                self._advance(order[self.step % self.per_epoch])
                self.step += 1
                valid = None
                if self.step % self.per_epoch == 0:
                    valid, order = self._end_epoch(validate, folder, every), self._order()
                if valid is not None or time.perf_counter() - self.clock > REPORT_SECONDS:
                    report = self._report(valid or {})
                    with self._as_evaluated():
                        yield report
                    self.clock = time.perf_counter()
            self._leave(folder)
            if self.step > self.reported:
                yield self._report({})
        except GeneratorExit:
            self._leave(folder)
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
        """The step's terms and, in place, its gradients, over all processes that share it: here there is one."""
        return sums

    def _update(self, loss: Tensor) -> Tensor:
        """Clips, steps, averages; a step whose loss or gradient is not finite changes nothing. Says whether it was."""
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
        """bfloat16 for the trunks where asked; everything after them is float32 in any case."""
        asked = self.settings.precision
        if asked == "float32" or (asked == "auto" and not has_bfloat16(self.device)):
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    @contextlib.contextmanager
    def _as_compiled(self) -> Iterator[None]:
        """A step meets the networks as torch.compile has them; whoever else looks at the model, as they are."""
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
                    f"compile (=True) came to nothing ({str(error).splitlines()[0][:150]}): it needs a C++ compiler, "
                    "on a GPU Triton. Learn without it, or install g++."
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

    def _end_epoch(
        self, validate: Callable[[], dict[str, float]] | None, folder: Path | None, every: int
    ) -> dict[str, float]:
        valid: dict[str, float] = {}
        if validate:
            self.model.eval()
            with self._as_evaluated(), self.precision():
                valid = validate()
                self._judge(valid["elbo"])
            self.model.train()
        if self.counts[2] == 0:
            self.good = self.weights()
            if folder is not None and every and (self.step // self.per_epoch) % every == 0:
                self.save(folder)
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
        """The averaged weights in the model, for as long as somebody looks at it."""
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
        """Leaves the model as it is to be used: the best epoch's weights, else the averaged ones, else the last."""
        if self.best:
            self.model.load_state_dict(self.best)
        elif self.averaged:
            self._copy(self.averaged)
        self.model.eval()

    # --- resume ---

    def _leave(self, folder: Path | None) -> None:
        if folder is not None and self.counts[2] == 0:
            self.save(folder)

    def save(self, folder: Path) -> None:
        """Everything that the next step depends on, into `folder`."""
        snapshot.save(self, folder)

    def load(self, folder: Path) -> bool:
        """Takes up the state in `folder`; False where there is none. Errors: CheckpointError, as `snapshot.load`."""
        return snapshot.load(self, folder)
