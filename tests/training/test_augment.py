import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from headway.changes import RANGES
from headway.errors import UnknownNameError, UserError
from headway.training.augment import Augment, warp

SOFT = np.add.outer(np.linspace(60, 160, 48), np.linspace(0, 60, 48))[..., None] + np.array([0, 10, 20])
SOFT = SOFT.clip(0, 255).astype(np.uint8)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def batch(n=6, size=32, seed=0):
    source = np.random.default_rng(seed)
    return torch.from_numpy(source.integers(0, 256, (n, size, size, 3), dtype=np.uint8)), torch.arange(n) % 3


def drawn(generator, n, most):
    return (torch.rand(n, generator=generator) * 2 - 1) * most


class TestParsing:
    def test_a_number_or_the_usual_one(self):
        assert Augment.parse(["rotate=12.5", " zoom = 0.1 ", "mixup", "hflip"]) == Augment(
            rotate=12.5, zoom=0.1, mixup=0.2, hflip=True
        )

    def test_nothing_is_changed_unless_asked(self):
        assert Augment.parse([]) == Augment()
        assert not Augment.parse(["rotate", "hflip"]).vflip

    @pytest.mark.parametrize("name", [name for name, bounds in RANGES.items() if bounds])
    def test_the_usual_number_is_in_its_range(self, name):
        assert Augment.parse([f"{name}={RANGES[name].default}"]) == Augment.parse([name])

    @settings(max_examples=60)
    @given(st.sampled_from([name for name, bounds in RANGES.items() if bounds]), st.floats())
    def test_numbers_in_range_and_no_others(self, name, value):
        bounds = RANGES[name]
        if bounds.low <= value <= bounds.high:
            assert getattr(Augment.parse([f"{name}={value!r}"]), name) == value
        else:
            with pytest.raises(UserError, match=f"{name} takes a number from"):
                Augment.parse([f"{name}={value!r}"])

    @pytest.mark.parametrize("text", ["rotate=", "rotate=much", "rotate=1e999", "rotate=4=4"])
    def test_no_number(self, text):
        with pytest.raises(UserError, match=r"rotate takes a number from 0 to 180 \(largest angle in degrees"):
            Augment.parse([text])

    def test_unknown(self):
        with pytest.raises(UnknownNameError, match="did you mean vflip or hflip"):
            Augment.parse(["flip"])

    def test_twice(self):
        with pytest.raises(UserError, match="rotate is listed twice"):
            Augment.parse(["rotate", "rotate=3"])

    def test_a_flip_takes_no_number(self):
        with pytest.raises(UserError, match="hflip takes no number"):
            Augment.parse(["hflip=0.5"])


@pytest.mark.parametrize("change", RANGES)
class TestEveryChange:
    def test_shape_type_and_input_stay(self, change):
        pictures, labels = batch()
        before = pictures.clone()
        changed, targets = Augment.parse([change])(pictures, labels, seeded(), n_classes=3)
        assert changed.dtype == torch.uint8 and changed.shape == pictures.shape and changed.is_contiguous()
        assert torch.equal(pictures, before)
        assert not torch.equal(changed, before)
        assert targets.shape == ((6, 3) if change in ("mixup", "cutmix") else (6,))

    def test_the_generator_alone_decides(self, change):
        pictures, labels = batch()
        augment = Augment.parse([change])
        state = torch.get_rng_state()
        one, again, other = (augment(pictures, labels, seeded(s), n_classes=3) for s in (1, 1, 2))
        assert torch.equal(torch.get_rng_state(), state)
        assert torch.equal(one[0], again[0]) and torch.equal(one[1], again[1])
        assert not torch.equal(one[0], other[0])

    def test_a_single_picture(self, change):
        pictures, labels = batch(n=1)
        assert Augment.parse([change])(pictures, labels, seeded(), n_classes=3)[0].shape == pictures.shape


def test_nothing_asked_nothing_changed():
    pictures, labels = batch()
    changed, targets = Augment()(pictures, labels, seeded(), n_classes=3)
    assert torch.equal(changed, pictures) and torch.equal(targets, labels)


def test_rotation_is_pillows():
    pictures = torch.from_numpy(np.repeat(SOFT[None], 8, axis=0))
    changed = Augment(rotate=30).change(pictures, seeded(3))
    angles = drawn(seeded(3), 8, 30.0)
    assert angles.abs().max() > 5
    for picture, angle in zip(changed.numpy(), angles.tolist(), strict=True):
        theirs = np.asarray(Image.fromarray(SOFT).rotate(angle, Image.Resampling.BILINEAR)).astype(int)
        assert np.abs(picture.astype(int) - theirs)[12:-12, 12:-12].max() <= 2


def test_shift_moves_and_repeats_the_border():
    size = 40
    picture = np.zeros((size, size, 3), np.uint8)
    picture[18:22, 18:22] = 255
    picture[:, -1] = 90
    changed = Augment(shift=0.25).change(torch.from_numpy(picture[None]), seeded(1)).numpy()[0].astype(float)
    generator = seeded(1)
    for _ in range(3):
        torch.rand(1, generator=generator)  # angle, shear and zoom, which are 0
    across, down = (float(drawn(generator, 1, 0.25)) * size for _ in range(2))
    light = np.where(changed[..., 0] > 100, changed[..., 0], 0)
    rows, columns = np.mgrid[:size, :size]
    assert (rows * light).sum() / light.sum() == pytest.approx(19.5 - down, abs=0.5)
    assert (columns * light).sum() / light.sum() == pytest.approx(19.5 - across, abs=0.5)
    assert across > 2 and np.allclose(changed[:, -2:], 90)  # the right border goes on


def test_zoom_scales_the_area():
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[24:40, 24:40] = 255
    changed = Augment(zoom=0.5).change(torch.from_numpy(np.repeat(picture[None], 6, axis=0)), seeded(2)).numpy()
    generator = seeded(2)
    torch.rand(12, generator=generator)
    factors = 1 + drawn(generator, 6, 0.5).numpy()
    np.testing.assert_allclose(changed[..., 0].astype(float).sum((1, 2)) / 255, 256 * factors**2, rtol=0.06)


def test_shear_keeps_rows_in_place():
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:, 31:33] = 255
    changed = Augment(shear=0.5).change(torch.from_numpy(picture[None]), seeded(4)).numpy()[0, ..., 0].astype(float)
    generator = seeded(4)
    torch.rand(1, generator=generator)
    slope = float(drawn(generator, 1, 0.5))
    centres = (changed * np.arange(64)).sum(1) / changed.sum(1)
    fitted = np.polyfit(np.arange(20, 44), centres[20:44], 1)[0]
    assert fitted == pytest.approx(-slope, abs=0.02) and abs(slope) > 0.05


@pytest.mark.parametrize(("change", "axis"), [("hflip", 1), ("vflip", 0)])
def test_about_half_are_mirrored_exactly(change, axis):
    pictures, _ = batch(n=64, size=8)
    changed = Augment.parse([change]).change(pictures, seeded()).numpy()
    flipped = [np.array_equal(new, np.flip(old, axis)) for new, old in zip(changed, pictures.numpy(), strict=True)]
    kept = [np.array_equal(new, old) for new, old in zip(changed, pictures.numpy(), strict=True)]
    assert sum(flipped) + sum(kept) == 64 and 20 <= sum(flipped) <= 44


def test_colour_is_torchvisions():
    from headway.backbones.convert.network import import_timm

    import_timm()
    from torchvision.transforms.v2 import functional

    source = np.random.default_rng(0)
    pictures = torch.from_numpy(
        source.integers(100, 150, (5, 16, 16, 3), dtype=np.uint8)
    )  # nothing is clipped on the way
    changed = Augment(colour=0.2).change(pictures, seeded(5))
    generator = seeded(5)
    factors = [(1 + drawn(generator, 5, 0.2)).tolist() for _ in range(3)]
    steps = (functional.adjust_brightness, functional.adjust_contrast, functional.adjust_saturation)
    for number, picture in enumerate(pictures):
        theirs = picture.permute(2, 0, 1).float() / 255
        for step, factor in zip(steps, factors, strict=True):
            theirs = step(theirs, factor[number])
        assert (changed[number].permute(2, 0, 1).float() - theirs * 255).abs().max() <= 1


def test_mixup_mixes_pictures_and_labels_alike():
    pictures, labels = batch(n=4, size=8)
    mixed, targets = Augment(mixup=1.0).mix(pictures, labels, seeded(1), n_classes=4)
    other, own = labels.roll(1), targets[torch.arange(4), labels]
    assert torch.allclose(targets.sum(1), torch.ones(4))
    share = float(own[1])  # labels 1 and 0 differ
    assert 0.05 < share < 0.95
    assert targets[1, other[1]] == pytest.approx(1 - share, abs=1e-6)
    expected = pictures.float() * share + pictures.roll(1, 0).float() * (1 - share)
    assert (mixed.float() - expected).abs().max() <= 0.51


def test_cutmix_takes_each_pixel_from_one_picture():
    pictures, labels = batch(n=4, size=16)
    mixed, targets = Augment(cutmix=1.0).mix(pictures, labels, seeded(3), n_classes=4)
    from_other = (mixed == pictures.roll(1, 0)).all(-1)
    assert ((mixed == pictures).all(-1) | from_other).all()
    share = from_other[1].float().mean().item()
    assert 0 < share < 1 and targets[1, labels.roll(1)[1]] == pytest.approx(share, abs=0.01)


def test_each_batch_gets_mixup_or_cutmix():
    pictures, labels = batch(n=4, size=16)
    augment = Augment(mixup=1.0, cutmix=1.0)
    assert augment.mixes
    mixed = [augment.mix(pictures, labels, seeded(seed), n_classes=3)[0] for seed in range(20)]
    cut = [bool(((m == pictures).all(-1) | (m == pictures.roll(1, 0)).all(-1)).all()) for m in mixed]
    assert 0 < sum(cut) < 20


def test_a_half_turn_and_no_zoom_is_exact():
    """What lies on the grid is not blurred: the centre is the centre of the picture."""
    pictures, _ = batch(n=1, size=9)
    half = torch.tensor([[[math.cos(math.pi), -math.sin(math.pi), 0], [math.sin(math.pi), math.cos(math.pi), 0]]])
    assert torch.equal(warp(pictures, half), pictures.flip(1, 2))
