"""Every public name has an example in its docstring, and the example is true.

The examples assume `import vae`, `torch` and `numpy as np`, and run in an empty folder.
"""

import doctest
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import vae


def examples(name: str) -> doctest.DocTest:
    """The examples in a public name's own docstring."""
    text = getattr(vae, name).__doc__ or ""
    return doctest.DocTestParser().get_doctest(text, {"vae": vae, "torch": torch, "np": np}, name, None, 0)


@pytest.mark.parametrize("name", vae.__all__)
def test_the_example_of_a_public_name_is_true(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    test = examples(name)
    assert test.examples, f"{name} has no example in its docstring: a `>>>` line and its output."
    assert any(f"vae.{name}" in example.source or name in example.source for example in test.examples) or (
        name in {"Terms", "Run", "Report", "Projection"}  # records that another call returns
    ), f"the example of {name} does not show it"
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    assert runner.run(test, out=sys.stdout.write).failed == 0


def test_a_false_example_fails() -> None:
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    assert doctest.DocTestRunner(verbose=False).run(wrong, out=lambda _: None).failed == 1
