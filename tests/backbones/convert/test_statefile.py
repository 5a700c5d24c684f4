"""Weights from files: of every kind, wrapped or not, and what is said of those that do not fit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from headway.backbones.convert.architecture import build, find_architecture
from headway.backbones.convert.statefile import fill, read_state
from headway.errors import DataError

NET = find_architecture("test_resnet")


@pytest.fixture(scope="module")
def state() -> dict[str, Any]:
    """Other weights than those that `build` makes."""
    return {
        name: tensor + 1 if tensor.is_floating_point() else tensor for name, tensor in build(NET).state_dict().items()
    }


def same(module: Any, state: dict[str, Any]) -> bool:
    return all(
        torch.equal(tensor, state[name])
        for name, tensor in module.state_dict().items()
        if not name.startswith(NET.heads)
    )


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".bin", ".safetensors"])
def test_reads_every_kind(suffix: str, state: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / f"w{suffix}"
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    assert same(fill(NET, read_state(path)), state)


@pytest.mark.parametrize("wrapper", ["state_dict", "model", "model_ema", "state_dict_ema"])
def test_looks_into_the_checkpoints_of_training_programs(wrapper: str, state: dict[str, Any], tmp_path: Path) -> None:
    wrapped = {f"module._orig_mod.{name}": tensor for name, tensor in state.items()}
    torch.save({"epoch": 3, wrapper: wrapped}, tmp_path / "w.pth")
    assert same(fill(NET, read_state(tmp_path / "w.pth")), state)


def test_the_classifier_may_be_missing_or_another(state: dict[str, Any]) -> None:
    bare = {name: tensor for name, tensor in state.items() if not name.startswith("fc.")}
    assert same(fill(NET, bare), state)
    assert same(fill(NET, {**bare, "fc.weight": torch.zeros(7, 96), "fc.bias": torch.zeros(7)}), state)


def test_the_first_tensor_that_does_not_fit_is_named(state: dict[str, Any]) -> None:
    names = [name for name in state if name.endswith("conv2.weight")]
    with pytest.raises(DataError, match=rf"w.pth is not for test_resnet.*tensor {names[0]} .* is missing"):
        fill(NET, {name: tensor for name, tensor in state.items() if name not in names}, source="w.pth")
    with pytest.raises(DataError, match=rf"tensor {names[0]} must have shape \(.*\), it has \(1, 2\)"):
        fill(NET, {**state, names[0]: torch.zeros(1, 2), names[1]: torch.zeros(3)})
    with pytest.raises(DataError, match=r"it has a tensor extra\.weight \(4,\), which this network lacks"):
        fill(NET, {**state, "extra.weight": torch.zeros(4)})


def test_weights_of_torchvisions_are_known_too() -> None:
    net = find_architecture("torchvision:squeezenet1_1")
    state = {name: tensor * 2 for name, tensor in build(net).state_dict().items() if not name.startswith("classifier")}
    filled = fill(net, state).state_dict()
    assert all(torch.equal(filled[name], tensor) for name, tensor in state.items())
    with pytest.raises(DataError, match=r"tensor features\.0\.weight .* is missing"):
        fill(net, {"x": torch.zeros(1)})


def test_a_transformers_positions_are_resampled_for_another_size() -> None:
    net = find_architecture("test_vit")
    state = build(net).state_dict()
    filled = fill(net, state, 96).state_dict()
    assert filled["pos_embed"].shape != state["pos_embed"].shape
    name = next(name for name in state if name.endswith("qkv.weight"))
    assert torch.equal(filled[name], state[name])


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_truncated_file_is_one_line(suffix: str, state: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / f"w{suffix}"
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(DataError, match=f"w{suffix} holds no weights, is truncated") as caught:
        read_state(path)
    assert "\n" not in str(caught.value)
    path.write_bytes(b"")
    with pytest.raises(DataError, match="is truncated"):
        read_state(path)


def test_no_code_is_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return os.mkdir, (str(tmp_path / "trapped"),)

    torch.save({"x": Trap()}, tmp_path / "w.pth")
    with pytest.raises(DataError, match="holds code, which is not run"):
        read_state(tmp_path / "w.pth")
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize("content", [{"epoch": 3}, [1, 2], torch.zeros(3)])
def test_a_file_without_named_tensors_says_so(content: Any, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(DataError, match="must hold tensors by name"):
        read_state(tmp_path / "w.pth")


def test_what_is_no_file_of_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.pth: No such file"):
        read_state(tmp_path / "gone.pth")
    with pytest.raises(DataError, match="it is a folder"):
        read_state(tmp_path)
    (tmp_path / "w.h5").write_text("x")
    with pytest.raises(DataError, match=r"must be a \.safetensors, .* file"):
        read_state(tmp_path / "w.h5")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1j])
def test_numbers_that_no_network_has_are_named(value: complex, state: dict[str, Any], tmp_path: Path) -> None:
    bad = {**state, "conv1.0.weight": state["conv1.0.weight"] * value}
    torch.save(bad, tmp_path / "w.pth")
    with pytest.raises(DataError, match=r"conv1\.0\.weight that no network has"):
        read_state(tmp_path / "w.pth")


def test_a_file_of_anything_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "w.pth").write_text("weights")
    with pytest.raises(DataError) as caught:
        read_state(tmp_path / "w.pth")
    assert "holds no weights" in str(caught.value) and "\n" not in str(caught.value)
