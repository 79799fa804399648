"""The seam: whatever goes through torch comes back as plain numpy, the same every time, in nats that add up."""

import numpy as np
import pytest
import torch

from vae import VAE, latents
from vae.open_model import OpenModel
from vae.records import Dataset

SHAPE = (1, 8, 8)


@pytest.fixture(scope="module")
def model() -> VAE:
    torch.manual_seed(0)
    return VAE(SHAPE, 3, "mlp", width=16).eval()


@pytest.fixture(scope="module")
def data() -> Dataset:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (1100, *SHAPE), dtype=np.uint8)
    factors = rng.uniform(size=(1100, 2)).astype(np.float32)
    return Dataset("made", images, rng.integers(0, 4, 1100), tuple("abcd"), factors, ("u", "v"), "test")


def test_every_item_is_encoded_as_the_model_encodes_it(model: VAE, data: Dataset) -> None:
    codes = latents.encode_all(model, data)
    x = torch.from_numpy(data.images.copy()).float() / 255
    with torch.no_grad():
        q = model.encode(x)
    assert np.abs(codes.mean - q.mean.numpy()).max() < 1e-6
    assert np.abs(codes.std - q.stddev.numpy()).max() < 1e-6
    assert (codes.total, codes.data, codes.split, codes.classes, codes.factor_names) == (
        1100, "made", "test", tuple("abcd"), ("u", "v"),
    )  # fmt: skip
    assert np.array_equal(codes.labels, data.labels)  # type: ignore[arg-type]


def test_kl_is_the_closed_form_and_sums_over_its_dimensions(model: VAE, data: Dataset) -> None:
    codes = latents.encode_all(model, data)
    kl = -np.log(codes.std) + (codes.std**2 + codes.mean**2) / 2 - 0.5
    assert codes.kl is not None
    assert codes.kl_per_dim is not None
    assert np.allclose(codes.kl, kl.sum(1), atol=1e-5)
    assert np.allclose(codes.kl_per_dim, kl.mean(0), atol=1e-5)


def test_a_random_part_keeps_rows_and_columns_together(model: VAE, data: Dataset) -> None:
    whole, part = latents.encode_all(model, data), latents.encode_all(model, data, limit=100, seed=1)
    assert len(part) == 100
    assert len(set(part.index.tolist())) == 100
    assert part.total == 1100
    assert part.index.max() > 500  # drawn from all, not the first hundred
    for name in ("mean", "labels", "factors"):
        assert np.allclose(getattr(part, name), getattr(whole, name)[part.index], atol=1e-6), name


def test_the_items_of_a_map_are_drawn_at_random(model: VAE) -> None:
    """Of a set that is sorted by class: every class near its share, places spread evenly, a seed draws the same."""
    shares = np.array([0.5, 0.3, 0.15, 0.05])
    labels = np.repeat(np.arange(4), (4000 * shares).astype(int))
    data = Dataset("sorted", np.zeros((4000, *SHAPE), np.uint8), labels, tuple("abcd"))
    first, same, other = (latents.encode_all(model, data, limit=1000, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(first.index, same.index)
    assert not np.array_equal(first.index, other.index)
    for part in (first, other):
        assert part.labels is not None
        drawn = np.bincount(part.labels, minlength=4) / len(part)
        spread = np.sqrt(shares * (1 - shares) / 1000)
        assert (np.abs(drawn - shares) < 4 * spread).all(), drawn
        apart = np.abs(np.sort(part.index) / 4000 - (np.arange(1000) + 0.5) / 1000).max()
        assert apart < 1.95 / np.sqrt(1000), "Kolmogorov and Smirnov, one in a thousand"
    alike = len(np.intersect1d(first.index, other.index))
    assert 150 < alike < 350, "two seeds share a quarter, as chance has it"


def test_the_same_call_gives_the_same_bits(model: VAE, data: Dataset) -> None:
    one, two = (latents.encode_all(model, data, limit=50) for _ in range(2))
    for name in ("mean", "std", "rec", "kl", "index"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name
    first, second = (latents.posterior(model, data.images[3]) for _ in range(2))
    assert first.rec == second.rec
    assert np.array_equal(first.recon, second.recon)


def test_large_pictures_pass_a_few_at_a_time(model: VAE, data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = latents.encode_all(model, data, 100), latents.decode(model, np.zeros((9, 3)))
    monkeypatch.setattr(latents, "PIXELS", 4 * 64)
    sizes: list[int] = []
    hooks = [p.register_forward_hook(lambda _, x, __: sizes.append(len(x[0]))) for p in (model.encoder, model.decoder)]
    small = latents.encode_all(model, data, 100), latents.decode(model, np.zeros((9, 3)))
    for hook in hooks:
        hook.remove()
    assert max(sizes) <= 4
    assert np.allclose(small[0].mean, whole[0].mean, atol=1e-6)
    assert np.allclose(small[1], whole[1], atol=1e-6)


def test_a_float64_model_is_asked_in_its_own_type(data: Dataset) -> None:
    torch.manual_seed(0)
    single, double = VAE(SHAPE, 3, "mlp", width=16), VAE(SHAPE, 3, "mlp", width=16).double()
    double.load_state_dict(single.state_dict())
    one, two = (latents.encode_all(model, data, 50) for model in (single, double))
    assert np.allclose(one.mean, two.mean, atol=1e-6)
    assert np.allclose(latents.decode(single, one.mean), latents.decode(double, one.mean), atol=1e-6)


@pytest.mark.parametrize("n", [0, 1, 513])
def test_decoding_is_the_mean_picture_at_any_length(model: VAE, n: int) -> None:
    z = np.random.default_rng(0).normal(size=(n, 3))  # float64 on purpose
    pictures = latents.decode(model, z)
    with torch.no_grad():
        expected = model.mean_picture(torch.tensor(z, dtype=torch.float32))
    assert pictures.dtype == np.float32
    assert pictures.shape == (n, *SHAPE)
    assert np.allclose(pictures, expected.numpy(), atol=1e-6)


def test_one_picture_and_its_elbo(model: VAE, data: Dataset) -> None:
    landing, whole = latents.posterior(model, data.images[5]), latents.encode_all(model, data)
    assert whole.kl is not None
    assert np.allclose(landing.mean, whole.mean[5], atol=1e-6)
    assert landing.kl == pytest.approx(whole.kl[5], abs=1e-4)
    assert landing.kl_per_dim.sum() == pytest.approx(landing.kl, abs=1e-4)
    assert landing.elbo == landing.rec - landing.kl
    assert np.array_equal(landing.recon, latents.decode(model, landing.mean[None])[0])
    assert not landing.mean.flags.writeable


def test_wrong_shapes_are_told(model: VAE) -> None:
    with pytest.raises(ValueError, match=r"\(2, 4\) must be \(N, 3\)"):
        latents.decode(model, np.zeros((2, 4), np.float32))
    with pytest.raises(ValueError, match=r"\(3,\) must be \(N, 3\)"):
        latents.decode(model, np.zeros(3, np.float32))
    with pytest.raises(ValueError, match=r"do not fit a model of \(1, 8, 8\)"):
        latents.posterior(model, np.zeros((1, 9, 8), np.uint8))
    with pytest.raises(ValueError, match="do not fit"):
        latents.encode_all(model, Dataset("x", np.zeros((2, 3, 8, 8), np.uint8)))


def test_an_open_model_answers_as_these_functions_do(model: VAE, data: Dataset) -> None:
    opened: OpenModel = latents.OpenVAE(model)
    picture, z = data.images[0], np.zeros((2, 3), np.float32)
    assert opened.posterior(picture).elbo == latents.posterior(model, picture).elbo
    assert np.array_equal(opened.decode(z), latents.decode(model, z))
    assert list(opened.decode_parts(z)) == list(latents.decode_parts(model, z))
    x = data.images[:2] / np.float32(255)
    assert np.array_equal(opened.means(x), latents.means(model, x))
    assert np.array_equal(
        opened.encode_pictures(data.images[:2]).mean, latents.encode_pictures(model, data.images[:2]).mean
    )
    assert np.array_equal(opened.refine(picture, 3).curve, latents.refine(model, picture, 3).curve)
