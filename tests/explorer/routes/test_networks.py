"""A decode over HTTP is the model's own, to the bit; a body that is none gets a sentence."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette

from explorer.routes import networks
from tests.asgi import Answer, request

APP = Starlette(routes=networks.ROUTES)


def get(path: str, **more: Any) -> Answer:
    return request(APP, path, **more)


def test_a_decode_is_the_models_own(base: str, tiny_model: Any) -> None:
    from vae.latents import decode

    z = np.random.default_rng(0).standard_normal((5, 2), np.float32)
    answer = get(base + "decode", method="POST", body=z.astype("<f4").tobytes())
    pictures = np.frombuffer(answer.body, "<f4").reshape(5, 1, 8, 8)
    assert answer.status == 200
    assert np.array_equal(pictures, decode(tiny_model, z))


def test_with_beside_there_follows_what_the_mean_does_not_tell(folder: Path, base: str) -> None:
    import torch

    from vae import checkpoints, config, model

    loud = model.build(config.Model((1, 8, 8), 2, "mlp", config.Logistic(), width=8), seed=1)
    base = base.replace(base.split("/")[3], checkpoints.write_model(folder, loud.config, loud.state_dict()).digest[:12])
    z = np.random.default_rng(0).standard_normal((5, 2), np.float32)
    plain = get(base + "decode", method="POST", body=z.astype("<f4").tobytes())
    whole = get(base + "decode", method="POST", query="beside=1", body=z.astype("<f4").tobytes())
    assert whole.body.startswith(plain.body)
    x, loc, scale = np.frombuffer(whole.body, "<f4").reshape(3, 5, 1, 8, 8)
    with torch.no_grad():
        parts = loud.eval().decode_parts(torch.from_numpy(z))
    for ours, theirs in ((x, parts["x"]), (loc, parts["loc"]), (scale, parts["scale"])):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_beside_a_bernoullis_mean_there_is_nothing(base: str) -> None:
    z = np.ones((3, 2), "<f4").tobytes()
    answers = [get(base + "decode", method="POST", query=query, body=z).body for query in ("", "beside=1", "beside=x")]
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"123", 400),
        (np.zeros(3, "<f4").tobytes(), 400),
        (np.array([0, np.nan], "<f4").tobytes(), 400),
        (np.zeros(2 * 257, "<f4").tobytes(), 413),
    ],
)
def test_a_body_that_is_no_z_gets_a_sentence(base: str, body: bytes, status: int) -> None:
    answer = get(base + "decode", method="POST", body=body)
    assert answer.status == status
    assert answer.text.endswith(".")


def test_the_most_points_at_once_are_decoded(base: str) -> None:
    answer = get(base + "decode", method="POST", body=np.zeros(2 * networks.MOST, "<f4").tobytes())
    assert len(answer.body) == networks.MOST * 64 * 4
