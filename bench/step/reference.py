"""The same networks and training steps in PyTorch: one process, commands on stdin, one JSON line an answer.

Commands: {"network": name, "layout": "nchw" | "channels_last", "mode": "train" | "eval", "pairs": n, "steps": k}
answers {"ms": [milliseconds a step]}; {"threads": n} sets the number of threads; {"memory": true} answers the peak
resident memory in MB.
"""

import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))
        y += x if self.downsample is None else self.downsample(x)
        return F.relu(y, inplace=True)


class Residual(nn.Module):
    def __init__(self, widths, blocks):
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        layers, last = [], widths[0]
        for stage, width in enumerate(widths):
            for block in range(blocks):
                layers.append(Block(last, width, 2 if stage > 0 and block == 0 else 1))
                last = width
        self.layers = nn.Sequential(*layers)
        self.fc = nn.Linear(last, 128, bias=False)

    def forward(self, x):
        y = self.layers(F.relu(self.bn1(self.conv1(x)), inplace=True))
        return self.fc(y.mean((2, 3)))


def convnet():
    layers, last = [], 1
    for i, width in enumerate([32, 64, 128, 128]):
        layers += [nn.Conv2d(last, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
        if i < 2:
            layers.append(nn.MaxPool2d(2))
        last = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(2048, 256, bias=False))


def mlp():
    return nn.Sequential(
        nn.Linear(784, 512), nn.BatchNorm1d(512), nn.ReLU(inplace=True),
        nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(inplace=True),
        nn.Linear(512, 128),
    )  # fmt: skip


networks = {
    "ResNet-18": (lambda: Residual([64, 128, 256, 512], 2), (3, 32, 32)),
    "ResNet-20": (lambda: Residual([16, 32, 64], 3), (3, 32, 32)),
    "convnet": (convnet, (1, 16, 16)),
    "MLP": (mlp, (784,)),
}


def spectral_loss(a, b):
    n = a.shape[0]
    products = a @ b.T
    diagonal = (a * b).sum(1)
    return -2 * diagonal.mean() + (products.square().sum() - diagonal.square().sum()) / (n * (n - 1))


made = {}


def prepare(network, layout, mode, pairs):
    key = (network, layout, mode, pairs)
    if key not in made:
        torch.manual_seed(0)
        make, image = networks[network]
        form = torch.channels_last if layout == "channels_last" else torch.contiguous_format
        convolutional = len(image) == 3
        model = make()
        x = torch.randn(2 * pairs, *image)
        if convolutional:
            model, x = model.to(memory_format=form), x.to(memory_format=form)
        if mode == "train":
            optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)

            def step():
                optimizer.zero_grad(set_to_none=True)
                a, b = (model(x) * 0.05).chunk(2)
                loss = spectral_loss(a, b)
                loss.backward()
                optimizer.step()
                return loss.item()

        else:
            model.eval()

            def step():
                with torch.inference_mode():
                    return float(model(x).sum())

        made[key] = step
    return made[key]


def answer(command):
    if "threads" in command:
        torch.set_num_threads(command["threads"])
        return {"version": torch.__version__}
    if "memory" in command:
        return {"mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    step = prepare(command["network"], command["layout"], command["mode"], command["pairs"])
    times = []
    for _ in range(command["steps"]):
        begin = time.perf_counter()
        step()
        times.append((time.perf_counter() - begin) * 1e3)
    return {"ms": times}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
