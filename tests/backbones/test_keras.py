"""Networks of Keras: built by Keras, converted, and compared with what Keras itself computes."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headway.backbones import open_engine
from headway.backbones.convert import keras as ours
from headway.backbones.converted import key
from headway.errors import DataError, UnknownNameError, UserError
from headway.session import Session
from tests.backbones.helpers import obtain_in
from tests.fitting.test_run import Notes

pytestmark = pytest.mark.filterwarnings("ignore")  # Keras and torch warn of each other
SESSION = Session(None, False, 0.1, Notes())  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def keras() -> Any:
    return ours.import_keras()


def pixels(size: int, count: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)


def theirs(keras: Any, network: Any, images: np.ndarray, preprocess: Any = None) -> np.ndarray:
    """What Keras predicts for pictures in its own order of channels, averaged over places."""
    prepared = images.astype(np.float32)
    if preprocess is not None:
        prepared = preprocess(prepared)
    maps = np.asarray(network.predict(prepared, verbose=0))
    return maps.mean(axis=(1, 2)) if maps.ndim == 4 else maps


def of_module(network: Any, size: int) -> Any:
    """What a network that is ready for export computes, averaged over places."""
    import torch

    with torch.inference_mode():
        images = torch.from_numpy(pixels(size)).float().permute(0, 3, 1, 2)
        return network.module(images).mean(dim=(2, 3)).numpy()


@pytest.mark.parametrize(
    ("name", "module", "size"),
    [
        ("MobileNet", "mobilenet", 32),
        pytest.param("VGG16", "vgg16", 32, marks=pytest.mark.slow),
        pytest.param("ResNet50", "resnet50", 32, marks=pytest.mark.slow),
        pytest.param("InceptionV3", "inception_v3", 75, marks=pytest.mark.slow),
    ],
)
def test_features_are_those_of_keras(keras: Any, tmp_path: Path, name: str, module: str, size: int) -> None:
    """Weights are saved by Keras in its usual order of channels, and read back into ours."""
    network = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(size, size, 3))
    network.save_weights(tmp_path / "own.weights.h5")
    info = obtain_in(tmp_path, f"keras:{name}", weights=str(tmp_path / "own.weights.h5"), image_size=size)
    assert info.input_size == size
    assert info.parameters == network.count_params()
    # Keras numbers layers without a name of their own through all networks of a process.
    kept, own = ([re.sub(r"_\d+$", "", one.name) for one in layers[1:]] for layers in (info.layers, network.layers))
    assert kept == own
    assert [layer.shape for layer in info.layers] == [
        tuple(layer.output.shape[1:]) if len(layer.output.shape) > 1 else () for layer in network.layers
    ]
    images = pixels(size)
    got = open_engine(info, ["head.mean"], "fp32").run(images)
    wanted = theirs(keras, network, images, getattr(keras.applications, module).preprocess_input)
    np.testing.assert_allclose(got, wanted, rtol=2e-3, atol=2e-3 * np.abs(wanted).max())
    again = obtain_in(tmp_path, f"keras:{name}", weights=str(tmp_path / "own.weights.h5"), image_size=size)
    assert again.sha256 == info.sha256


def test_a_users_own_model(keras: Any, tmp_path: Path) -> None:
    network = keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
            keras.layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
        ]
    )
    network.save(tmp_path / "mine.keras")
    info = obtain_in(tmp_path, str(tmp_path / "mine.keras"))
    images = pixels(24)
    got = open_engine(info, ["head.mean"], "fp32").run(images)
    np.testing.assert_allclose(got, theirs(keras, network, images), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("order", ["functional", "sequential"])
def test_a_model_whose_size_is_open_takes_the_one_that_is_given(keras: Any, tmp_path: Path, order: str) -> None:
    layers = [
        keras.layers.Rescaling(1 / 255),
        keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.Conv2D(16, 3, strides=2, padding="same"),
    ]
    given = keras.Input((None, None, 3))
    if order == "functional":
        result = given
        for layer in layers:
            result = layer(result)
        network = keras.Model(given, result)
    else:
        network = keras.Sequential([given, *layers])
    network.save(tmp_path / "open.keras")
    for size in (24, 40):
        sized = ours.load_file(tmp_path / "open.keras", image_size=size)
        assert sized.size == size
        np.testing.assert_allclose(of_module(sized, size), theirs(keras, network, pixels(size)), rtol=1e-3, atol=1e-5)
    assert ours.load_file(tmp_path / "open.keras").size == 224


def test_a_size_that_an_open_model_cannot_take(keras: Any, tmp_path: Path) -> None:
    given = keras.Input((None, None, 3))
    keras.Model(given, keras.layers.Conv2D(4, 9)(given)).save(tmp_path / "open.keras")
    with pytest.raises(UserError, match="cannot take pictures of 8 pixels"):
        ours.load_file(tmp_path / "open.keras", image_size=8)


def test_colours_scaled_to_the_unit(keras: Any, tmp_path: Path) -> None:
    network = keras.applications.MobileNet(weights=None, include_top=False, input_shape=(32, 32, 3))
    network.save_weights(weights := tmp_path / "own.weights.h5")
    scaled = ours.load_application("MobileNet", SESSION, weights=str(weights), image_size=32, scaling="unit")
    wanted = theirs(keras, network, pixels(32), lambda x: x / 255)
    np.testing.assert_allclose(of_module(scaled, 32), wanted, rtol=2e-3, atol=2e-3 * np.abs(wanted).max())
    assert key("keras:MobileNet", image_size=32, scaling="unit") == "keras:MobileNet-32px-unit"


@pytest.mark.parametrize("name", ["tiny", "efficientnet_lite0", "colour", "mine.onnx", "mine.keras"])
def test_the_unit_is_for_networks_of_libraries(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="needs a network of timm, torchvision or Keras") as caught:
        obtain_in(tmp_path, name, scaling="unit")
    assert caught.value.field == "scaling"


def test_code_in_a_file_is_not_run(keras: Any, tmp_path: Path) -> None:
    network = keras.Sequential([keras.Input((24, 24, 3)), keras.layers.Lambda(lambda x: x * 2)])
    network.save(tmp_path / "code.keras")
    with pytest.raises(DataError, match="holds code of its own") as caught:
        ours.load_file(tmp_path / "code.keras")
    assert "safe_mode" not in str(caught.value), "no option of Headway"


def test_files_that_are_no_models(keras: Any, tmp_path: Path) -> None:
    (tmp_path / "text.keras").write_text("no model")
    (tmp_path / "nothing.keras").touch()
    with zipfile.ZipFile(tmp_path / "empty.keras", "w") as archive:
        archive.writestr("config.json", json.dumps({}))
    for name, message in (("text", "is not a .keras file"), ("nothing", "it is empty"), ("empty", "Keras cannot read")):
        with pytest.raises(DataError, match=message) as caught:
            ours.load_file(tmp_path / f"{name}.keras")
        assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="no such file"):
        ours.load_file(tmp_path / "absent.keras")
    keras.Sequential([keras.Input((5,)), keras.layers.Dense(2)]).save(tmp_path / "table.keras")
    with pytest.raises(DataError, match="3 channels"):
        ours.load_file(tmp_path / "table.keras")


def test_a_name_that_keras_does_not_know() -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean VGG19 or VGG16\?$"):
        ours.load_application("vgg61", SESSION, weights="random")


def test_weights_of_another_network(keras: Any, tmp_path: Path) -> None:
    other = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3)])
    other.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(DataError, match="not those of MobileNet"):
        ours.load_application("MobileNet", SESSION, weights=str(tmp_path / "other.weights.h5"), image_size=32)


def test_offline_names_the_file_and_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(UserError, match="mobilenet_1_0_128_tf_no_top.h5 is not on this machine"):
        ours.load_application("MobileNet", replace(SESSION, offline=True), image_size=128)


def test_a_download_is_announced_and_its_failure_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from keras.src.utils import file_utils

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(file_utils, "get_file", fail)
    monkeypatch.setattr(ours, "_size_of", lambda origin: " (17 MB)")
    notes = Notes()
    with pytest.raises(UserError, match="pass --weights FILE"):
        ours.load_application("MobileNet", replace(SESSION, progress=notes), image_size=128)
    assert any("downloading mobilenet_1_0_128_tf_no_top.h5 (17 MB)" in note for note in notes.notes)


def test_messages_of_keras_do_not_reach_standard_output(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], keras: Any
) -> None:
    from keras.src.utils import io_utils

    network = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3)])
    network.save(tmp_path / "mine.keras")
    real = keras.saving.load_model

    def load_model(*args: Any, **more: Any) -> Any:
        io_utils.print_msg("loading, and proud of it")
        return real(*args, **more)

    monkeypatch.setattr(keras.saving, "load_model", load_model)
    for was in (False, True):
        (keras.config.enable_interactive_logging if was else keras.config.disable_interactive_logging)()
        ours.load_file(tmp_path / "mine.keras")
        assert capsys.readouterr().out == ""
        assert keras.config.is_interactive_logging_enabled() == was, "as the user had it"
