import { execFileSync } from 'node:child_process';

const python = process.env['PYTHON'] ?? '/usr/bin/python3';

function run(script: string, ...args: string[]): string {
  return execFileSync(python, ['-c', script, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

let found: boolean | undefined;

/** True where the system's Python has PyTorch (Debian: python3-torch). */
export function hasTorch(): boolean {
  if (found === undefined) {
    try {
      run('import torch');
      found = true;
    } catch {
      found = false;
    }
  }
  return found;
}

/** Networks by torchvision's names, without torchvision. */
const networks = `
import sys, json, struct, warnings
import numpy as np
import torch, torch.nn as nn, torch.nn.functional as F
warnings.filterwarnings('ignore')
torch.manual_seed(0)
torch.set_num_threads(2)
class Basic(nn.Module):
    expansion = 1
    def __init__(self, inputs, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False); self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False); self.bn2 = nn.BatchNorm2d(width)
        self.downsample = down(inputs, width, stride)
    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))
class Bottleneck(nn.Module):
    expansion = 4
    def __init__(self, inputs, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False); self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False); self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False); self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = down(inputs, 4 * width, stride)
    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(F.relu(self.bn2(self.conv2(y)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))
def down(inputs, outputs, stride):
    if stride == 1 and inputs == outputs: return None
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
class ResNet(nn.Module):
    def __init__(self, block, counts, width=64, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False); self.bn1 = nn.BatchNorm2d(width)
        inputs = width
        for i, count in enumerate(counts):
            blocks = []
            for j in range(count):
                blocks.append(block(inputs, width << i, 2 if i > 0 and j == 0 else 1))
                inputs = (width << i) * block.expansion
            setattr(self, f'layer{i + 1}', nn.Sequential(*blocks))
        self.stages = len(counts)
        self.fc = nn.Linear(inputs, classes)
    def features(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for i in range(self.stages): x = getattr(self, f'layer{i + 1}')(x)
        return torch.flatten(F.adaptive_avg_pool2d(x, 1), 1)
    def forward(self, x):
        return self.fc(self.features(x))
class Attention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(d, 3 * d); self.proj = nn.Linear(d, d)
    def forward(self, x):
        B, N, C = x.shape
        q, k, v = self.qkv(x).reshape(B, N, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        a = (q @ k.transpose(-2, -1) * (C // self.heads) ** -0.5).softmax(-1)
        return self.proj((a @ v).transpose(1, 2).reshape(B, N, C))
class Layer(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(d, eps=1e-6); self.attn = Attention(d, heads); self.norm2 = nn.LayerNorm(d, eps=1e-6)
        self.fc1 = nn.Linear(d, 4 * d); self.fc2 = nn.Linear(4 * d, d)
    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))
class ViT(nn.Module):
    def __init__(self, side=32, patch=8, d=48, heads=4, depth=3, classes=10):
        super().__init__()
        self.patch_embed = nn.Conv2d(3, d, patch, patch)
        self.cls_token = nn.Parameter(torch.randn(1, 1, d) * .1)
        self.pos_embed = nn.Parameter(torch.randn(1, (side // patch) ** 2 + 1, d) * .1)
        self.blocks = nn.Sequential(*[Layer(d, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(d, eps=1e-6); self.head = nn.Linear(d, classes)
    def features(self, x):
        x = self.patch_embed(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), 1) + self.pos_embed
        return self.norm(self.blocks(x))[:, 0]
    def forward(self, x):
        return self.head(self.features(x))
def unsettle(model):
    """Batch norms that do something: as if trained."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.uniform_(.5, 1.5); module.bias.data.normal_(0, .1)
            module.running_mean.normal_(0, .1); module.running_var.uniform_(.5, 1.5)
    return model.eval()
def save(path, tensors):
    header, blobs, at = {}, [], 0
    for name, tensor in tensors.items():
        blob = np.ascontiguousarray(tensor.numpy())
        kind = {'float32': 'F32', 'int64': 'I64'}[str(blob.dtype)]
        header[name] = dict(dtype=kind, shape=list(blob.shape), data_offsets=[at, at + blob.nbytes])
        blobs.append(blob.tobytes()); at += blob.nbytes
    text = json.dumps(header).encode()
    with open(path, 'wb') as f: f.write(struct.pack('<Q', len(text)) + text + b''.join(blobs))
def images(n, side):
    return torch.rand(n, 3, side, side)
`;

/** Runs a script with PyTorch, the networks and helpers above; returns what it printed. */
export function torch(script: string, ...args: string[]): string {
  return run(networks + script, ...args).trim();
}
