"""One run on several GPUs or machines: every process learns from its part of each batch, and all step as one.

Started by torch's own launcher, `torchrun --nproc-per-node 4 script.py`, the script being the one that runs alone:
`vae.fit` finds the other processes by itself, and so does `torchrun ... -m vae train`. Gradients are
averaged over equal parts of the batch that the settings name, so the curve is that of one process with the same batch,
but for which random numbers each picture gets. Knows nothing of losses; what an objective estimates from a batch (the
total correlation, MMD) it sees in its own part.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor

from vae import config
from vae.checkpoints.files import CheckpointError
from vae.device import pick
from vae.records import Progress
from vae.training.session import Session

ASK_EVERY = 10  # steps between two questions whether anybody wants to stop


def join(settings: config.Train) -> bool:
    """Whether this process is one of several; the first time, it meets the others, each GPU with a process of its own.

    Reads what torchrun sets (WORLD_SIZE, LOCAL_RANK, ...). Errors: ValueError where the batch cannot be shared out.
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
    """Waits until every process is here, where there are several: what the first has prepared is there for all then."""
    if dist.is_available() and dist.is_initialized():
        dist.barrier()


def leave() -> None:
    """The end of the group, which every process reaches together: one that left early would pull the others down."""
    if dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()


def first() -> bool:
    """Whether this is the process that reports, validates and writes files: always so where there is only one."""
    return not dist.is_available() or not dist.is_initialized() or dist.get_rank() == 0


class Shared(Session):
    """A session that several processes step through together; only the first yields reports, validates and saves."""

    def start(self) -> None:
        """As alone, then with the first process's weights in all."""
        super().start()
        for t in self.model.state_dict().values():
            whole = t.contiguous()
            dist.broadcast(whole, 0)
            t.copy_(whole)
        self.averaged = [p.detach().clone() for p in self.params] if self.settings.ema else []
        self.good = self.weights()

    def load(self, folder: Path) -> bool:
        """Every process reads the folder. Errors: CheckpointError where some see a run in it and others do not."""
        found = super().load(folder)
        if self._any(found) != found:
            raise CheckpointError(f"{folder} holds a run for some processes only: give a folder that all machines see.")
        return found

    def run(
        self,
        validate: Callable[[], dict[str, float]] | None = None,
        folder: Path | None = None,
        stop: Callable[[], bool] | None = None,
        every: int = 1,
    ) -> Iterator[Progress]:
        """As alone; only the first process validates, writes and yields."""
        mine = folder if first() else None
        for progress in super().run(validate, mine, lambda: self._anybody(stop), every):
            if first():
                yield progress

    def _order(self) -> Tensor:
        """This process's rows of every minibatch: equal parts, none twice."""
        whole = super()._order()[:, : self.batch - self.batch % dist.get_world_size()]
        return whole[:, dist.get_rank() :: dist.get_world_size()]

    def _advance(self, rows: Tensor) -> None:
        """Random numbers follow from (seed, step, process): no two share them, and a resumed run has the same."""
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

    def _end_epoch(
        self, validate: Callable[[], dict[str, float]] | None, folder: Path | None, every: int
    ) -> dict[str, float]:
        valid = super()._end_epoch(validate if first() else None, folder, every)
        elbo = self._from_first(valid.get("elbo", float("nan")))
        if not first() and elbo == elbo:
            self._judge(elbo)
        return valid

    def _anybody(self, stop: Callable[[], bool] | None) -> bool:
        return self.step % ASK_EVERY == 0 and self._any(stop is not None and stop())

    def _any(self, said: bool) -> bool:
        """Whether any process says so."""
        message = torch.tensor(float(said), device=self.device)
        dist.all_reduce(message, dist.ReduceOp.MAX)
        return bool(message)

    def _from_first(self, value: float) -> float:
        message = torch.tensor(value, dtype=torch.float32, device=self.device)
        dist.broadcast(message, 0)
        return float(message)
