import numpy as np
import pytest

from headway.errors import DataError
from headway.heads import DenseHead
from headway.heads.dense import fold_in


def test_two_layers_have_relu_between_and_none_after():
    head = DenseHead(
        "mlp",
        (np.array([[1.0, -1.0]], "float32"), np.array([[1.0], [-2.0]], "float32")),
        (np.zeros(2, "float32"), np.array([-1.0], "float32")),
    )
    # -3: hidden (0, 3) -> -6 - 1; 2: hidden (2, 0) -> 2 - 1
    assert head.logits(np.array([[-3.0], [2.0]], "float32")).tolist() == [[-7.0], [1.0]]


def test_folding_in_reads_standardised_features():
    random = np.random.default_rng(0)
    features = random.normal(5, 3, (20, 4)).astype("float32")
    weight, bias = random.standard_normal((4, 3)).astype("float32"), random.standard_normal(3).astype("float32")
    mean, scale = features.mean(axis=0), features.std(axis=0)
    head = fold_in("logistic", [(weight, bias)], (mean, scale))
    np.testing.assert_allclose(head.logits(features), (features - mean) / scale @ weight + bias, atol=1e-4)
    assert head.weights[0].dtype == head.biases[0].dtype == np.float32


@pytest.mark.parametrize("biases", [(np.zeros(2, "float32"),), (np.zeros(3, "float32"), np.zeros(1, "float32"))])
def test_layers_that_do_not_chain_are_refused(biases):
    with pytest.raises(DataError, match="must chain"):
        DenseHead("mlp", (np.ones((4, 2), "float32"), np.ones((2, 1), "float32")), biases)
