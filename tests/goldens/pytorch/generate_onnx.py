"""Models that PyTorch 1.13 exports to ONNX, and what it computes with them in float64. Run in this folder."""

import copy
import json
import warnings

import torch
from torch import nn

warnings.filterwarnings("ignore")
torch.manual_seed(1)


class NoiseSuppressor(nn.Module):
    """Two GRUs over the logarithm of a spectrum give a gain for each frequency."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(9, 8)
        self.rnn1 = nn.GRU(8, 6, batch_first=True)
        self.rnn2 = nn.GRU(6, 6, batch_first=True)
        self.last = nn.Linear(6, 9)

    def forward(self, x):
        y = torch.clamp(torch.log(torch.pow(x, 2) + 1e-8) / 2.3, -3, 5)
        y, _ = self.rnn1(torch.relu(self.first(y)))
        y, _ = self.rnn2(y)
        return torch.sigmoid(self.last(y)) * x.abs().sqrt()


class Streaming(nn.Module):
    """The state is an input and an output."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(4, 5, 2, batch_first=True)
        self.last = nn.Linear(5, 2)

    def forward(self, x, state):
        y, state = self.rnn(x, state)
        return torch.softmax(self.last(y), -1), state


class KeywordSpotter(nn.Module):
    """A convolution, bidirectional GRUs, attention over the steps."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv1d(4, 6, 3, stride=2, padding=1)
        self.normal = nn.BatchNorm1d(6)
        self.slope = nn.PReLU(6)
        self.rnn = nn.GRU(6, 5, 2, batch_first=True, bidirectional=True)
        self.attention = nn.Linear(10, 1)
        self.last = nn.Linear(10, 3)

    def forward(self, x):
        y = self.slope(self.normal(self.convolution(x))).transpose(1, 2)
        y, _ = self.rnn(y)
        y = (torch.softmax(self.attention(y), 1) * y).sum(1)
        return torch.log_softmax(self.last(nn.functional.dropout(y, 0.1, self.training)), -1)


class SpectrumFilter(nn.Module):
    """Convolutions over two dimensions around a GRU, matrices of groups, and a transposed convolution."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 4, (3, 3), padding=(0, 1), bias=False)
        self.depth = nn.Conv2d(4, 4, 3, stride=(1, 2), padding=(1, 1), groups=4)
        self.point = nn.Conv2d(4, 4, 1)
        self.normal = nn.BatchNorm2d(4)
        self.rnn = nn.GRU(12, 8, batch_first=True)
        self.groups = nn.Parameter(torch.randn(2, 4, 6))
        self.last = nn.ConvTranspose2d(4, 1, (1, 3), stride=(1, 2), padding=(0, 1))

    def forward(self, x):
        x = nn.functional.pad(x, (0, 0, 2, 0))
        e = torch.relu(self.normal(self.point(self.depth(self.first(x)))))
        b, c, t, f = e.shape
        y, _ = self.rnn(e.permute(0, 2, 3, 1).reshape(b, t, f * c))
        y = torch.einsum("btgi,gih->btgh", y.view(b, t, 2, 4), self.groups).flatten(2, 3)
        y = torch.tanh(y).reshape(b, t, 3, 4).permute(0, 3, 1, 2)
        m, k = y.chunk(2, 1)
        return self.last(torch.cat([m * torch.sigmoid(k), m], 1) + e)


class Tagger(nn.Module):
    """Embeddings, normalizations and other activations."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.rnn = nn.GRU(6, 7, bidirectional=True)
        self.normal = nn.LayerNorm(14)
        self.last = nn.Linear(14, 4)

    def forward(self, x):
        y, state = self.rnn(self.embedding(x))
        y = nn.functional.gelu(self.normal(y))
        y = torch.where(y > 0, y, y * 0.1)
        state = nn.functional.hardswish(state.transpose(0, 1).flatten(1))
        return self.last(y.mean(0)) + self.last(state)


MODELS = [
    ("noise_suppressor", NoiseSuppressor(), [torch.randn(2, 6, 9)], {0: "batch", 1: "steps"}, 9),
    ("streaming", Streaming(), [torch.randn(2, 1, 4), torch.randn(2, 2, 5)], None, 11),
    ("keyword_spotter", KeywordSpotter(), [torch.randn(2, 4, 9)], {0: "batch"}, 13),
    ("spectrum_filter", SpectrumFilter(), [torch.randn(2, 1, 5, 6)], {0: "batch"}, 16),
    ("tagger", Tagger(), [torch.randint(0, 11, (5, 2))], {0: "steps", 1: "batch"}, 15),
]
expected = {}
for name, model, inputs, sizes, opset in MODELS:
    model.eval()
    names = [f"input_{i}" for i in range(len(inputs))]
    torch.onnx.export(
        model, tuple(inputs), f"{name}.onnx", opset_version=opset, input_names=names, dynamic_axes={names[0]: sizes} if sizes else None
    )
    outputs = copy.deepcopy(model).double()(*[x.double() if x.is_floating_point() else x for x in inputs])
    expected[name] = {
        "inputs": [x.tolist() for x in inputs],
        "outputs": [y.tolist() for y in (outputs if isinstance(outputs, tuple) else [outputs])],
    }
with open("expected_onnx.json", "w") as file:
    json.dump(expected, file, separators=(",", ":"))
