"""A data set arrives on a device unchanged, and what is random about a batch has the right probabilities."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vae import config
from vae.device import augmented, binarised, floats, has_bfloat16, moments, pick, pictures
from vae.model import VAE
from vae.training.session import Session


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_auto_is_a_device_that_works() -> None:
    assert torch.ones(2, device=pick("auto")).sum() == 2
    assert pick("cpu") == torch.device("cpu")
    with pytest.raises(ValueError, match=r"device \(='tpu'\) is not available"):
        pick("tpu")


@given(st.integers(1, 40), st.integers(1, 3), st.integers(1, 6), st.integers(1, 6), st.integers(1, 50))
def test_moments_are_numpys(n: int, c: int, h: int, w: int, chunk: int) -> None:
    images = np.random.default_rng(n).integers(0, 256, (n, c, h, w)).astype(np.uint8)
    mean, std = moments(pictures(images, torch.device("cpu")), chunk)
    assert np.allclose(mean, (images / 255).mean(0), atol=1e-5)
    assert np.allclose(std, (images / 255).std(0), atol=2e-3)


def test_read_only_bytes_are_copied_and_kept() -> None:
    images = np.arange(16, dtype=np.uint8).reshape(4, 1, 2, 2)
    images.flags.writeable = False
    tensor = pictures(images, torch.device("cpu"))
    assert isinstance(tensor, torch.Tensor)
    assert tensor.dtype == torch.uint8
    assert np.array_equal(tensor.numpy(), images)
    assert torch.equal(floats(tensor), torch.tensor(images / 255.0).float())


def test_a_binarised_pixel_is_on_with_its_own_probability() -> None:
    x = torch.tensor([0.0, 0.1, 0.5, 1.0]).view(1, 1, 1, 4).expand(40_000, 1, 1, 4)
    drawn = binarised(x, "dynamic", seeded())
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    share = drawn.mean((0, 1, 2))
    assert torch.allclose(share, torch.tensor([0.0, 0.1, 0.5, 1.0]), atol=0.01)
    assert share[0] == 0
    assert share[3] == 1
    assert torch.equal(drawn, binarised(x, "dynamic", seeded()))
    assert binarised(x, "none") is x


def test_a_flip_is_left_to_right_half_of_the_time() -> None:
    x = torch.arange(6.0).view(1, 1, 2, 3).repeat(4000, 1, 1, 1)
    output = augmented(x, "flip", seeded())
    turned = (output == x.flip(3)).flatten(1).all(1)
    same = (output == x).flatten(1).all(1)
    assert bool((turned ^ same).all())
    assert float(turned.float().mean()) == pytest.approx(0.5, abs=0.04)


def test_a_shift_moves_by_at_most_a_pixel_each_way() -> None:
    x = torch.zeros(4500, 2, 5, 6)
    x[:, :, 2, 3] = 1
    output = augmented(x, "shift", seeded())
    where = output[:, 0].nonzero()[:, 1:]
    assert len(where) == 4500
    counts = torch.stack(
        [((where == torch.tensor([2 + dy, 3 + dx])).all(1)).sum() for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    )
    assert int(counts.sum()) == 4500
    assert bool(((counts - 500).abs() < 120).all())
    assert torch.equal(output[:, 0], output[:, 1])  # all channels together


def test_edges_are_repeated_and_nothing_else_is_changed() -> None:
    x = torch.rand(50, 3, 4, 4)
    output = augmented(torch.ones_like(x), "shift", seeded())
    assert torch.equal(output, torch.ones_like(x))
    assert augmented(x, "none", seeded()) is x


def test_bfloat16_is_taken_where_the_processor_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = torch.device("cpu")
    for has, name in ((True, "avx512_bf16"), (True, "amx_bf16"), (False, "avx512_f")):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda name=name: {name: True, "sse": True}, raising=False)
        assert has_bfloat16(cpu) is has
        session = Session(VAE((1, 8, 8), 2, "mlp", width=8), torch.zeros(4, 1, 8, 8), config.Train(precision="auto"),
                          "none", "none")  # fmt: skip
        with session.precision():
            assert torch.is_autocast_enabled("cpu") is has
    assert not has_bfloat16(torch.device("meta"))
