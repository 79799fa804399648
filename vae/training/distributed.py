"""One run on several GPUs or machines: every process learns from its part of every batch, and all step as one.

torch's own launcher starts it, `torchrun --nproc-per-node 4 script.py`, with the same script that runs alone:
`vae.fit` finds the other processes by itself, and so does `torchrun ... -m vae train`. Gradients are averaged over
equal parts of the batch that the settings name, so the curve is that of one process with the same batch, except for
the random numbers of every picture. Knows nothing of losses; an objective that estimates something from a batch (the
total correlation, MMD) estimates it from the part of its process.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterator

import torch
import torch.distributed as dist
from torch import Tensor

from vae import config
from vae.checkpoints.files import CheckpointError
from vae.device import pick
from vae.records import Progress
from vae.training.session import Save, Session, Validate

ASK_EVERY = 10  # steps between two checks whether any process wants to stop


def join(settings: config.Train) -> bool:
    """Whether this process is one of several; the first call joins their group, one process for every GPU.

    Reads torchrun's variables (WORLD_SIZE, LOCAL_RANK, ...). Errors: ValueError where the batch has no equal parts.
    """
    if not dist.is_available() or int(os.environ.get("WORLD_SIZE", "1")) < 2:
        return False
    if not dist.is_initialized():
        gpu = pick(settings.device).type == "cuda"
        if gpu:
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        dist.init_process_group("nccl" if gpu else "gloo")
        atexit.register(leave)
    if settings.batch % dist.get_world_size():
        raise ValueError(
            f"batch (={settings.batch}) is that of all processes and must be a multiple of their number "
            f"({dist.get_world_size()}): take {settings.batch + -settings.batch % dist.get_world_size()}."
        )
    return True


def meet() -> None:
    """Waits until every process arrives, where there are several: the first one's preparations are complete then."""
    if dist.is_available() and dist.is_initialized():
        dist.barrier()


def leave() -> None:
    """Ends the group, after every process arrives: one that ends early would stop the others with an error."""
    if dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()


def first() -> bool:
    """Whether this process reports, validates and writes files: a single one always does."""
    return not dist.is_available() or not dist.is_initialized() or dist.get_rank() == 0


class Shared(Session):
    """A session that several processes share, step by step; only the first yields reports, validates and saves."""

    def start(self) -> None:
        """As in one process; then all have the first process's weights."""
        super().start()
        for t in self.model.state_dict().values():
            message = t.contiguous()
            dist.broadcast(message, 0)
            t.copy_(message)
        self.averaged = [p.detach().clone() for p in self.params] if self.settings.ema else []
        self.good = self.weights()

    def confirm(self, resumed: bool) -> bool:
        """Whether all processes resume. Errors: CheckpointError where some find a run in `out` and others do not."""
        if self._any(resumed) != resumed:
            raise CheckpointError(
                "some processes find a run in `out` and others do not: name a folder of all machines."
            )
        return resumed

    def run(
        self,
        validate: Validate | None = None,
        save: Save | None = None,
        stop: Callable[[], bool] | None = None,
        every: int = 1,
    ) -> Iterator[Progress]:
        """As in one process; only the first one validates, writes and yields."""
        for progress in super().run(validate, save if first() else None, lambda: self._any_stops(stop), every):
            if first():
                yield progress

    def _order(self) -> Tensor:
        """This process's rows of every minibatch: equal parts, none twice."""
        divisible = super()._order()[:, : self.batch - self.batch % dist.get_world_size()]
        return divisible[:, dist.get_rank() :: dist.get_world_size()]

    def _advance(self, rows: Tensor) -> None:
        """Random numbers follow from (seed, step, process): all differ, and a resumed run has the same."""
        step = self.settings.seed * 1_000_003 + self.step
        self.generator.manual_seed((step * dist.get_world_size() + dist.get_rank()) % 2**63)
        super()._advance(rows)

    def _agreed(self, sums: Tensor) -> Tensor:
        """Means over the processes, of gradients, terms and running statistics, in one message."""
        grads = [p.grad for p in self.params if p.grad is not None]
        shared = [*grads, *(b for b in self.model.buffers() if b.is_floating_point()), sums]
        message = torch.cat([t.flatten().to(sums.dtype) for t in shared])
        dist.all_reduce(message)
        message /= dist.get_world_size()
        parts = torch.split(message, [t.numel() for t in shared])
        for t, mean in zip(shared, parts, strict=True):
            t.copy_(mean.view_as(t))
        return sums

    def _end_epoch(self, validate: Validate | None, save: Save | None, every: int) -> dict[str, float]:
        valid = super()._end_epoch(validate if first() else None, save, every)
        elbo = self._from_first(valid.get("elbo", float("nan")))
        if not first() and elbo == elbo:
            self._judge(elbo)
        return valid

    def _any_stops(self, stop: Callable[[], bool] | None) -> bool:
        return self.step % ASK_EVERY == 0 and self._any(stop is not None and stop())

    def _any(self, flag: bool) -> bool:
        """Whether the flag is set in any process."""
        message = torch.tensor(float(flag), device=self.device)
        dist.all_reduce(message, dist.ReduceOp.MAX)
        return bool(message)

    def _from_first(self, value: float) -> float:
        message = torch.tensor(value, dtype=torch.float32, device=self.device)
        dist.broadcast(message, 0)
        return float(message)
