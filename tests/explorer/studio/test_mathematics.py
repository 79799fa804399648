"""The mathematics in the browser is the mathematics of Python: the same numbers from both."""

from typing import Any

import numpy as np
import pytest


def test_the_radius_percentile_is_the_chi_squared_distribution(javascript: Any) -> None:
    from scipy.stats import chi2

    cases = [(d, r * r) for d in (1, 2, 16, 256, 512) for r in (0.01, 0.5, 1.0, 4.0, 16.0, 22.0, 40.0)]
    ours = javascript("picture/support", "v.map(([d, s]) => m.gammaP(d / 2, s / 2))", cases)
    np.testing.assert_allclose(ours, [chi2.cdf(s, d) for d, s in cases], atol=1e-7)


def test_without_the_normal_prior_the_radius_is_compared_with_the_items(javascript: Any) -> None:
    mean = (np.random.default_rng(3).normal(size=(500, 4)) * 7 + 100).astype(np.float32)
    middle = mean.mean(0)
    far = np.linalg.norm(mean - middle, axis=1)
    z = [middle, mean[17], middle + 1000]
    ours = javascript(
        "picture/support",
        "(() => { const r = new m.Radii(Float32Array.from(v.mean), 4); "
        "return v.z.map((z) => [r.of(z), r.inside(r.of(z))]); })()",
        {"mean": mean.ravel().tolist(), "z": [point.tolist() for point in z]},
    )
    theirs = [[0, 0], [far[17], (far < far[17] - 1e-4).mean()], [2000, 1]]
    np.testing.assert_allclose(ours, theirs, atol=0.003)


def test_the_nearest_are_the_nearest(javascript: Any) -> None:
    rng = np.random.default_rng(0)
    mean, z = rng.normal(size=(300, 5)).astype(np.float32), rng.normal(size=5).astype(np.float32)
    used = [0, 2, 3]
    value = {"mean": mean.ravel().tolist(), "z": z.tolist(), "used": used}
    ours = javascript(
        "neighbours/knn",
        "(({rows, distances}) => ({rows: [...rows], far: [...distances]}))"
        "(m.nearest(Float32Array.from(v.mean), 5, v.used, v.z, 9))",
        value,
    )
    far = np.linalg.norm((mean - z)[:, used], axis=1)
    assert ours["rows"] == np.argsort(far)[:9].tolist()
    np.testing.assert_allclose(ours["far"], np.sort(far)[:9], rtol=1e-5)


@pytest.mark.parametrize("everything", [False, True])
def test_weights_are_those_of_python(everything: bool, javascript: Any) -> None:
    from vae.maps.neighbours import weights

    rng = np.random.default_rng(2)
    cases = [np.sort(rng.exponential(10.0 ** rng.integers(-20, 20), n)) for n in range(1, 17)]
    cases += [np.zeros(4), np.ones(5), np.array([0.0, 0.0, 1.0]), np.array([5e-324, 1.0]), np.array([1.0, 1.0, 2.0])]
    value = {"far": [case.tolist() for case in cases], "everything": everything}
    ours = javascript("neighbours/knn", "v.far.map((d) => [...m.weights(d, v.everything)])", value)
    for far, weight in zip(cases, ours, strict=True):
        np.testing.assert_allclose(weight, weights(far[None], everything)[0], rtol=1e-12)


def test_the_reader_of_latents_reads_what_python_writes(javascript: Any) -> None:
    from safetensors.numpy import save

    rng = np.random.default_rng(1)
    mean, label = rng.normal(size=(4, 3)).astype(np.float32), np.arange(4, dtype=np.int32)
    for padding in range(4):  # headers of any length
        raw = save({"mean": mean, "label": label}, {"classes": '["a"]', "pad": "x" * padding})
        ours = javascript(
            "net/safetensors",
            "(({tensors, metadata}) => ({mean: [...tensors.get('mean').data], shape: tensors.get('mean').shape, "
            "label: [...tensors.get('label').data], classes: metadata.classes}))"
            "(m.readSafetensors(Uint8Array.from(v).buffer))",
            list(raw),
        )
        np.testing.assert_array_equal(np.float32(ours["mean"]), mean.ravel())
        assert ours["shape"] == [4, 3]
        assert ours["label"] == [0, 1, 2, 3]
        assert ours["classes"] == '["a"]'


def test_random_points_are_standard_normal_and_a_seed_decides_them(javascript: Any) -> None:
    draw = "(() => { const f = m.normal(v); return Array.from({length: 20000}, f); })()"
    first, again, other = (np.asarray(javascript("state/random", draw, seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.03
    assert abs(first.mean()) < 0.03
    assert abs(first.std() - 1) < 0.03


def test_a_difference_is_signed_and_its_zero_is_the_paper(javascript: Any) -> None:
    rng = np.random.default_rng(3)
    a, b = rng.random((2, 3, 5, 5)).astype(np.float32)
    b[:, 0] = a[:, 0]  # a row that is the same
    value = {"a": a.ravel().tolist(), "b": b.ravel().tolist()}
    found = javascript(
        "parts/compare/difference",
        "(() => { const [a, b] = [v.a, v.b].map((x) => Float32Array.from(x)); const d = m.difference(a, b, 3);"
        " const out = new Uint8ClampedArray(100); const stops = m.signedStops(false, '#102030');"
        " m.paintSigned(d.signed, m.signedRamp(stops), out);"
        " return {...d, signed: [...d.signed], out: [...out], back: [...m.difference(b, a, 3).signed]}; })()",
        value,
    )
    signed = (b - a).mean(0)
    np.testing.assert_allclose(np.reshape(found["signed"], (5, 5)), signed, atol=1e-6)
    np.testing.assert_allclose(found["back"], np.negative(found["signed"]), atol=1e-7)
    assert found["mean"] == pytest.approx(np.abs(b - a).mean(), abs=1e-6)
    assert found["differing"] == 20
    pixels = np.reshape(found["out"], (5, 5, 4))
    assert (pixels[0] == [0x10, 0x20, 0x30, 255]).all()
    reds, blues = pixels[..., 0].astype(int), pixels[..., 2].astype(int)
    assert (reds > blues)[signed > 0.1].all(), "brighter is vermilion"
    assert (blues > reds)[signed < -0.1].all(), "darker is blue"


def test_matched_numbers_are_carried_over_as_in_python(javascript: Any) -> None:
    rng = np.random.default_rng(4)
    weight, offset, z = rng.normal(size=(3, 5)), rng.normal(size=3), rng.normal(size=5).astype(np.float32)
    value = {"weight": weight.tolist(), "offset": offset.tolist(), "z": z.tolist()}
    carried = javascript("net/matching", "[...m.carry(v, Float32Array.from(v.z))]", value)
    np.testing.assert_allclose(carried, weight @ z + offset, rtol=1e-5)


# --- p(x|z) in the browser --------------------------------------------------------------------------------------------


def test_a_continuous_bernoullis_sigma_and_quantiles_are_torchs(javascript: Any) -> None:
    import torch

    from vae.pixels import ContinuousBernoulliPixels

    l = torch.cat([torch.tensor([0.0, 1e-6, -1e-6, 1e-3]), torch.linspace(-400, 400, 301), torch.linspace(-1, 1, 41)])  # noqa: E741
    u = torch.rand(len(l), generator=torch.Generator().manual_seed(0)).double()
    p = ContinuousBernoulliPixels(l.double().view(-1, 1, 1, 1))
    mean = p.mean.flatten()
    expression = "v.map(([mu, u]) => { const l = m.natural(mu); return [Math.sqrt(m.variance(l)), m.quantile(l, u)]; })"
    ours = np.asarray(javascript("picture/distribution", expression, torch.stack([mean, u], 1).tolist()))
    np.testing.assert_allclose(ours[:, 0], p.stddev.flatten(), atol=1e-6)
    np.testing.assert_allclose(ours[:, 1], p.icdf(u.view(-1, 1, 1, 1)).flatten(), atol=1e-6)
    edge = np.asarray(
        javascript("picture/distribution", expression, [[0, 0], [0, 0.999], [1, 0], [1, 0.999], [0.5, 0.25]])
    )
    assert np.isfinite(edge).all()
    assert edge[4, 1] == 0.25


def test_a_discretised_logistics_sigma_is_torchs_at_any_place_and_scale(javascript: Any) -> None:
    import torch

    from vae.pixels import LogisticPixels

    rng = np.random.default_rng(5)
    m, log_s = torch.tensor(rng.uniform(-2, 3, 500)), torch.tensor(rng.uniform(-7, 2, 500))
    theirs = LogisticPixels(m.view(-1, 1, 1, 1), log_s.view(-1, 1, 1, 1)).stddev.flatten()
    ours = javascript(
        "picture/distribution", "v.map(([m_, s]) => m.logisticSigma(m_, s))", torch.stack([m, log_s.exp()], 1).tolist()
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_the_scale_of_sigma_ends_at_a_round_number(javascript: Any) -> None:
    values = np.random.default_rng(6).uniform(-3, 1.3, 300)
    values = np.concatenate([10**values, [0.001, 0.01, 0.05, 0.5, 1, 2, 10]])
    ends = np.asarray(javascript("picture/sigmascale", "v.map(m.roundUp)", values.tolist()))
    assert (values <= ends * (1 + 2e-6)).all()
    assert (ends <= 2.5 * values * (1 + 1e-9)).all()
    assert {f"{end:e}"[0] for end in ends} == set("125")
