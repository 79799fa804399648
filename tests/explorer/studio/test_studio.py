"""The live components: what they send, what they make of what comes back, and the mathematics in the browser."""

import base64
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from explorer import studio
from explorer.drawing import palette
from explorer.studio import Mark, StudioModel, incoming

SRC = studio.HERE / "src"
MODEL = StudioModel("my model/é", "ab" * 32, "MNIST, 3 latents", (1, 28, 28), 3, kl=(2.0, 1.0, 0.0), names={1: "slant"})

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
)
finite = st.floats(-1e6, 1e6, width=32)


# --- out --------------------------------------------------------------------------------------------------------------


def test_a_model_travels_as_json_with_a_safe_address() -> None:
    sent = json.loads(json.dumps(MODEL.to_json(), allow_nan=False))
    assert sent["base"] == "models/my%20model%2F%C3%A9/abababababab/"
    assert sent["names"] == {"1": "slant"}
    assert sent["shape"] == [1, 28, 28]


@given(st.lists(finite, min_size=3, max_size=3))
def test_numbers_travel_unchanged(z: list[float]) -> None:
    assert studio.numbers(np.asarray(z, np.float32), "z", 3) == [float(np.float32(v)) for v in z]


@pytest.mark.parametrize("z", [[], [1.0, 2.0], [1.0, math.nan, 2.0], [1.0, 2.0, math.inf]])
def test_a_z_that_does_not_fit_is_named(z: list[float]) -> None:
    with pytest.raises(ValueError, match="z must be 3 finite numbers"):
        studio.numbers(z, "z", 3)


def test_a_path_has_two_ends() -> None:
    with pytest.raises(ValueError, match=r"frames \(=1\) must be at least 2"):
        studio.path(MODEL, frames=[[0.0, 0.0, 0.0]])


# --- back -------------------------------------------------------------------------------------------------------------


@given(anything)
def test_whatever_a_browser_sends_is_a_value_or_nothing(state: Any) -> None:
    model = replace(MODEL, digest="d")
    for report in (state, {"digest": "d", "z": state, "seq": 0}, {"digest": "d", "view": state, "names": state}):
        z = incoming.committed(report, model, 0)
        assert z is None or (len(z) == 3 and all(map(math.isfinite, z)))
        assert set(incoming.view_of(report, model)) <= {"map", "x", "y", "colour", "mode", "beside"}
        names = incoming.names_of(report, model)
        assert names is None or all(0 <= k < 3 and len(v) <= 40 for k, v in names.items())
        assert incoming.pick_of(report, model) is None
    at = incoming.at_of({"digest": "d", "at": state}, model)
    assert at is None or math.isfinite(at)
    assert incoming.png_of(state) is None


@given(st.lists(finite, min_size=3, max_size=3), st.integers(0, 5), st.integers(0, 5))
def test_a_commit_counts_only_if_python_has_not_moved_z_since(z: list[float], sent: int, now: int) -> None:
    report = {"digest": MODEL.digest, "seq": sent, "z": z}
    assert incoming.committed(report, MODEL, now) == (tuple(z) if sent == now else None)
    assert incoming.committed(report | {"digest": "another"}, MODEL, now) is None


def test_a_pick_is_an_item_or_a_point() -> None:
    sent = {"digest": MODEL.digest, "which": "a", "z": [1, 2, 3], "item": 7, "number": 4}
    assert incoming.pick_of(sent, MODEL) == studio.Pick("a", (1.0, 2.0, 3.0), 7, 4)
    between = incoming.pick_of(sent | {"item": None}, MODEL)
    assert between is not None
    assert between.item is None


def test_a_drawing_is_png_bytes() -> None:
    assert incoming.png_of("data:image/png;base64,iVBORw==") == b"\x89PNG"
    assert incoming.png_of("data:image/png;base64,???") is None


# --- on a page --------------------------------------------------------------------------------------------------------


def page() -> None:
    from explorer.studio import Mark, StudioModel, pad, path, studio

    model = StudioModel("m", "ab" * 32, "M", (1, 8, 8), 2)
    assert studio(model, z=(0.5, 1.0), marks=[Mark((0.0, 1.0), "here", "encoded")]).z is None
    assert path(model, frames=[(0.0, 0.0), (1.0, 1.0)]).at is None
    assert pad(model) is None


def test_the_components_mount() -> None:
    app = AppTest.from_function(page).run()
    assert not app.exception


def test_each_component_has_a_skeleton_in_the_boxes_of_the_real_thing() -> None:
    css = "".join(p.read_text(encoding="utf-8") for p in (SRC / "css").glob("*.css"))
    for kind in ("studio", "path", "pad"):
        html = (SRC / "skeleton" / f"{kind}.html").read_text(encoding="utf-8")
        assert 'class="studio skeleton' in html
        assert 'aria-hidden="true"' in html
        for name in set(re.findall(r'class="([\w -]+)"', html)):
            for word in name.split():
                assert f".{word}" in css, f"{kind}: .{word} has no style"


def test_without_a_bundle_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studio, "DIST", tmp_path)
    assert not studio.bundle_available()
    (tmp_path / "manifest.json").write_text(json.dumps({"source": "", "files": {"studio": "studio-A.js"}}))
    assert studio.bundle_available()


# --- one truth in two languages ---------------------------------------------------------------------------------------


def constant(name: str) -> list[str]:
    text = (SRC / "palette.ts").read_text(encoding="utf-8")
    found = re.search(rf"export const {name} = \[(.*?)\];", text, re.S)
    assert found is not None
    return re.findall(r'"([^"]+)"', found.group(1))


@pytest.mark.parametrize("name", ["SHAPES", "VIRIDIS", "DIVERGING", "DIVERGING_DARK"])
def test_both_palettes_are_one(name: str) -> None:
    assert tuple(constant(name)) == getattr(palette, name)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_classes_have_one_colour_in_charts_and_studio(theme: palette.Theme) -> None:
    line = re.search(rf"  {theme}: \[(.*?)\]", (SRC / "palette.ts").read_text(encoding="utf-8"), re.S)
    assert line is not None
    assert tuple(re.findall(r'"(#\w+)"', line.group(1))) == palette.CLASSES[theme]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_symbols_have_one_colour_in_charts_and_studio(theme: palette.Theme) -> None:
    text = (SRC / "palette.ts").read_text(encoding="utf-8")
    line = re.search(rf"  {theme}: \{{(.*?)\}}", text, re.S)
    assert line is not None
    ours = dict(re.findall(r'(\w+): "(#\w+)"', line.group(1)))
    assert ours == {name: symbol.ink(theme) for name, symbol in palette.SYMBOLS.items()}


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


def test_constants_of_places_are_those_of_python(javascript: Any) -> None:
    from vae.maps.neighbours import ACTIVE, K

    assert javascript("neighbours/knn", "[m.K, m.ACTIVE]", None) == [K, ACTIVE]


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


def test_a_mark_travels_with_its_z() -> None:
    assert Mark((1, 2, 3), "x", "encoded").to_json(3) == {"z": [1.0, 2.0, 3.0], "label": "x", "kind": "encoded"}


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


def test_what_was_pasted_is_files_and_nothing_else() -> None:
    good = {"name": "a.png", "data": base64.b64encode(b"bytes").decode()}
    bad = [{"name": "b"}, {"data": "AAAA"}, {"name": "c", "data": "no base64!"}, {"name": "d", "data": None}, 7, None]
    assert incoming.pasted({"pasted": [good, *bad]}) == [("a.png", b"bytes")]
    assert len(incoming.pasted({"pasted": [good | {"name": "x" * 999}]})[0][0]) == 200
    for state in (None, {}, {"pasted": None}, {"pasted": "text"}, []):
        assert incoming.pasted(state) == []


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
