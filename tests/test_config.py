"""Settings survive JSON unchanged, and a wrong one says which, why and what instead."""

import json
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae import config

SPECS = [cls() for cls in config.NAMES]
EVERY = [config.Recipe, config.Model, config.Data, config.Train, *config.NAMES]


@pytest.mark.parametrize("cls", EVERY, ids=lambda c: c.__name__)
def test_defaults_survive_json_and_lie_in_their_range(cls: Any) -> None:
    value = config.check(cls())
    if cls in config.NAMES:  # a specification alone carries its name, which its reader takes off
        assert config.to_json(value)["name"] == config.NAMES[cls]
    else:
        assert config.from_json(cls, json.loads(json.dumps(config.to_json(value)))) == value


@pytest.mark.parametrize("cls", EVERY, ids=lambda c: c.__name__)
def test_every_field_explains_itself(cls: Any) -> None:
    assert cls.__doc__
    for f in fields(cls):
        assert f.metadata.get("help"), f"{cls.__name__}.{f.name}"


@given(
    st.sampled_from([config.Bernoulli(), config.Gaussian(0.1), config.Gaussian("pixelwise"), config.Logistic()]),
    st.sampled_from([config.Normal(), config.Mixture(3), config.Vamp(7)]),
    st.sampled_from([config.Beta(4.0, 0.1), config.IWAE(5), config.TC(2.0), config.FreeBits(0.5), config.MMD()]),
    st.integers(1, 512),
)
def test_any_recipe_survives_json(likelihood: Any, prior: Any, objective: Any, latent: int) -> None:
    recipe = config.Recipe(
        model=config.Model(latent=latent, likelihood=likelihood, prior=prior), train=config.Train(objective=objective)
    )
    assert config.from_json(config.Recipe, json.loads(json.dumps(config.to_json(recipe)))) == recipe


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({"train": {"epoch": 3}}, "train.epoch is not a setting of Train. Did you mean 'epochs'"),
        ({"train": {"epochs": "ten"}}, "train.epochs (='ten') must be a whole number"),
        ({"train": {"epochs": True}}, "must be a whole number"),
        ({"model": {"likelihood": "gausian"}}, "Did you mean 'gaussian'"),
        ({"model": {"likelihood": {"name": "gaussian", "sigmas": 2}}}, "Did you mean 'sigma'"),
        ({"model": {"likelihood": {"name": "beta"}}}, "'beta' is none of bernoulli"),
        ({"data": 3}, "must be an object with the fields of Data"),
        ({"model": {"likelihood": 3}}, "is none of"),
    ],
)
def test_a_wrong_setting_is_named(given_: dict[str, Any], says: str) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        config.from_json(config.Recipe, given_)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (config.Train(epochs=0), "epochs (=0) must lie between 1 and"),
        (config.Train(lr=float("nan")), "lr (=nan) must lie between"),
        (config.Recipe(train=config.Train(objective=config.Beta(-1.0))), "train.objective.beta (=-1.0)"),
        (config.Model(arch="cnn"), "arch (='cnn') must be one of 'linear'"),  # type: ignore[arg-type]
        (config.Recipe(maps=("pca", "map")), "maps (=('pca', 'map')) must be of 'pca', 'umap'"),  # type: ignore[arg-type]
        (config.Model(latent=0), "latent (=0) must lie between 1 and 512"),
    ],
)
def test_a_value_out_of_range_is_named(value: Any, says: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        config.check(value)
    assert says in str(caught.value)


def test_specifications_are_frozen() -> None:
    for spec_class in SPECS:
        assert is_dataclass(spec_class)
        with pytest.raises(AttributeError):
            spec_class.anything = 1  # type: ignore[union-attr]
