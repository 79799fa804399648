"""What is written is read back equal, whole or not at all; what is damaged says so in a sentence."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.checkpoints import files
from vae.checkpoints.files import CheckpointError
from vae.records import Latents, Progress, Projection

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)


def codes(n: int = 40, d: int = 3, labels: bool = True, factors: bool = True) -> Latents:
    rng = np.random.default_rng(0)
    return Latents(
        rng.normal(size=(n, d)).astype(np.float32),
        rng.uniform(size=(n, d)).astype(np.float32),
        np.arange(n) * 2,
        labels=np.arange(n) % 3 if labels else None,
        classes=("α", "b", "c") if labels else (),
        factors=rng.uniform(size=(n, 2)).astype(np.float32) if factors else None,
        factor_names=("x", "y") if factors else (),
        kl_per_dim=np.ones(d, np.float32),
        rec=-np.ones(n, np.float32),
        kl=np.ones(n, np.float32),
        data="made",
        total=100,
    )


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("factors", [True, False])
def test_latents_come_back_as_they_were(tmp_path: Path, labels: bool, factors: bool) -> None:
    latents = codes(labels=labels, factors=factors)
    maps = (
        Projection("umap", latents.mean[:, :2].copy()),
        Projection("pca", latents.mean[:, 1:].T.copy().T, np.eye(3, dtype=np.float32)[1:], np.zeros(3, np.float32)),
    )
    files.write_latents(tmp_path, latents, maps)
    again, maps_again, histograms = files.read_latents(tmp_path)
    for name in ("mean", "std", "index", "labels", "factors", "kl_per_dim", "rec", "kl"):
        assert np.array_equal(getattr(again, name), getattr(latents, name)), name
    assert replace(again, **{k: getattr(latents, k) for k in ("mean", "std")}).classes == latents.classes
    assert (again.factor_names, again.split, again.data, again.total) == (latents.factor_names, "test", "made", 100)
    for new, old in zip(maps_again, maps, strict=True):
        assert new.name == old.name
        assert np.array_equal(new.xy, old.xy)
        assert (new.components is None) == (old.components is None)
    assert histograms.counts.shape == (3, files.BINS)


def test_optional_columns_may_be_absent(tmp_path: Path) -> None:
    bare = replace(codes(labels=False, factors=False), kl_per_dim=None, rec=None, kl=None, total=0)
    files.write_latents(tmp_path, bare, ())
    again, maps, _ = files.read_latents(tmp_path)
    assert (again.labels, again.factors, again.rec, again.kl, again.kl_per_dim, maps) == (None,) * 5 + ((),)
    assert again.total == len(bare)


@given(st.integers(0, 2**31), st.integers(1, 60), st.integers(1, 4), st.floats(0.01, 1e4))
def test_a_histogram_counts_every_item_once(seed: int, n: int, d: int, scale: float) -> None:
    mean = (np.random.default_rng(seed).standard_t(2, (n, d)) * scale).astype(np.float32)
    hist = files.histograms(mean)
    assert (hist.counts.sum(1) == n).all()
    assert (np.diff(hist.edges, axis=1) > 0).all()
    assert np.allclose(hist.edges[:, 0], -hist.edges[:, -1])
    assert (hist.edges[:, -1] >= 3).all()  # a slider always spans the prior


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_damaged_latents_are_told(tmp_path: Path, kept: int) -> None:
    files.write_latents(tmp_path, codes(), ())
    path = tmp_path / files.LATENTS
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match=r"latents\.safetensors is damaged"):
        files.read_latents(tmp_path)


def test_missing_latents_say_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="`vae project"):
        files.read_latents(tmp_path)


def test_foreign_tensors_are_told(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"weight": np.ones(3, np.float32)}, tmp_path / files.LATENTS)
    with pytest.raises(CheckpointError, match="damaged"):
        files.read_latents(tmp_path)


@given(
    st.lists(
        st.builds(
            Progress,
            st.integers(0, 999), st.integers(1, 999), st.integers(0, 10**6), st.integers(1, 10**6), NUMBERS, NUMBERS,
            elbo=NUMBERS, rec=NUMBERS, kl=NUMBERS, loss=NUMBERS, beta=NUMBERS, lr=NUMBERS, skipped=st.integers(0, 9),
            valid=st.one_of(st.just({}), st.fixed_dictionaries({"elbo": NUMBERS, "rec": NUMBERS, "kl": NUMBERS})),
        ),
        max_size=5,
    )
)  # fmt: skip
def test_history_comes_back(tmp_path_factory: pytest.TempPathFactory, reports: list[Progress]) -> None:
    folder = tmp_path_factory.mktemp("history")
    whole = files.history_row() + "".join(map(files.history_row, reports))
    (folder / files.HISTORY).write_text(whole + "7,20,1")  # the worker is in the middle of a line
    again = files.read_history(folder)
    assert len(again) == len(reports)
    for new, old in zip(again, reports, strict=True):
        assert (new.epoch, new.step, new.skipped) == (old.epoch, old.step, old.skipped)
        assert new.elbo == pytest.approx(old.elbo, rel=1e-4)
        assert new.valid == pytest.approx(dict(old.valid), rel=1e-4)


def test_history_absent_or_foreign(tmp_path: Path) -> None:
    assert files.read_history(tmp_path) == ()
    (tmp_path / files.HISTORY).write_text("a,b\n1,2\n")
    with pytest.raises(CheckpointError, match=r"history\.csv is damaged"):
        files.read_history(tmp_path)


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    files.write_json(path, {"a": 1})

    def fail(*_: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        files.write_json(path, {"a": 2})
    assert files.read_json(path) == {"a": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]  # no draft is left


def test_json_of_numbers_that_json_lacks(tmp_path: Path) -> None:
    files.write_json(tmp_path / "a.json", {"a": float("nan"), "b": (1.5, float("inf")), "c": {3: "ä"}})
    assert files.read_json(tmp_path / "a.json") == {"a": None, "b": [1.5, None], "c": {"3": "ä"}}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"3", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_object_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"^a\.json "):
        files.read_json(tmp_path / "a.json")


def test_metrics_absent(tmp_path: Path) -> None:
    assert files.read_metrics(tmp_path) == {}
