"""Files that PyTorch 1.13 writes, and what it computes with their weights in float64. Run in this folder."""

import argparse
import collections
import copy
import datetime
import decimal
import enum
import io
import json
import pathlib
import zipfile

import numpy
import torch
from torch import nn


class Mode(enum.Enum):
    FAST = 1


class Config(dict):
    """A dictionary with attributes, as several libraries have one for settings."""


class Denoiser(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.features = nn.Linear(2, 3)
        self.encoder = nn.GRU(3, 2, batch_first=True, **options)
        width = 4 if options.get("bidirectional") else 2
        self.lstm = nn.LSTM(width, 2, batch_first=True)
        self.register_buffer("window", torch.hann_window(4, dtype=torch.float32))
        self.register_buffer("spectrum", torch.ones(2, dtype=torch.complex64))
        self.register_buffer("stamp", torch.tensor(1700000000000))

    def forward(self, x):
        y, _ = self.encoder(self.features(x))
        return self.lstm(y)[0]


torch.manual_seed(5)
expected = {}


def record(name, gru, dtype=torch.float32):
    """The outputs of a GRU whose weights are rounded to a dtype."""
    gru = copy.deepcopy(gru).to(dtype).double()
    x = torch.sin(torch.arange(2 * 4 * gru.input_size, dtype=torch.float64)).reshape(2, 4, gru.input_size)
    expected[name] = {"x": x.tolist(), "y": gru(x)[0].tolist()}


def save(name, content, gru, dtype=torch.float32, **options):
    record(name, gru, dtype)
    torch.save(content, f"{name}.pt", **options)


net = Denoiser()
optimizer = torch.optim.Adam(net.parameters())
net(torch.randn(1, 3, 2)).sum().backward()
optimizer.step()

settings = {
    "args": argparse.Namespace(rate=1e-3, path=pathlib.Path("data")),
    "config": Config(units=2),
    "mode": Mode.FAST,
    "numpy": [numpy.float64(1.5), numpy.int64(3), numpy.arange(6).reshape(2, 3), numpy.random.RandomState(1).get_state()],
    "torch": [torch.Size([1, 2]), torch.device("cpu"), torch.float32],
    "python": [1 + 2j, {1}, frozenset([2]), slice(1, 2), range(3), b"ab", bytearray(b"cd"), ..., 2**100, -5, decimal.Decimal("1.5")],
    "collections": [collections.deque([1]), collections.Counter("aab"), collections.defaultdict(list, {"a": [1]})],
    "time": [datetime.datetime(2024, 1, 2), datetime.timedelta(1)],
}
checkpoint = {
    "epoch": 3,
    "pytorch-lightning_version": "2.1.0",
    "state_dict": collections.OrderedDict(("model." + name, value) for name, value in net.state_dict().items()),
    "callbacks": {"ModelCheckpoint": {"best_model_score": torch.tensor(0.5)}},
    "optimizer_states": [optimizer.state_dict()],
    "hyper_parameters": settings,
    "rng": torch.get_rng_state()[:8].clone(),
}
save("checkpoint", checkpoint, net.encoder)
save("checkpoint_protocol_4", checkpoint, net.encoder, pickle_protocol=4)
save("checkpoint_protocol_5", checkpoint, net.encoder, pickle_protocol=5)
save("checkpoint_legacy", checkpoint, net.encoder, _use_new_zipfile_serialization=False)
save("module", {"model": net, "epoch": 4}, net.encoder)

deep = Denoiser(num_layers=3, bidirectional=True)
save("bfloat16", deep.bfloat16().state_dict(), deep.encoder, torch.bfloat16)


def save_script(name, script):
    """An archive of TorchScript, without the files that say in which folders its source was."""
    buffer = io.BytesIO()
    torch.jit.save(script, buffer)
    with zipfile.ZipFile(buffer) as archive, zipfile.ZipFile(f"{name}.pt", "w") as copied:
        for entry in archive.namelist():
            if not entry.endswith(".debug_pkl"):
                copied.writestr(entry.replace("archive/", f"{name}/"), archive.read(entry))


record("script", net.encoder)
save_script("script", torch.jit.script(net))
save_script("frozen", torch.jit.freeze(torch.jit.script(copy.deepcopy(net).eval())))

quantized = torch.quantization.quantize_dynamic(copy.deepcopy(net), {nn.GRU, nn.LSTM}, dtype=torch.qint8)
torch.save(quantized.state_dict(), "quantized.pt")

normal = nn.utils.weight_norm(nn.GRU(3, 2), "weight_hh_l0")
torch.save(normal.state_dict(), "weight_norm.pt")

with open("expected.json", "w") as file:
    json.dump(expected, file, separators=(",", ":"))
