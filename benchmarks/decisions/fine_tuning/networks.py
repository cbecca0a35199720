"""The small networks, and what each learns before it is fine-tuned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import glyphs
import numpy as np
import sentences
import source_lines
import teachers
import torch
from target import Pool
from torch import Tensor, nn
from torch.nn import functional

WIDE = 64


class Classifier(nn.Module):
    """A body that turns an example into ``WIDE`` numbers, and a head that turns these into the classes' scores."""

    def __init__(self, body: nn.Module, classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.body = body
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(WIDE, classes))

    def forward(self, inputs: Tensor) -> Tensor:
        """(n, classes) scores."""
        scores: Tensor = self.head(self.body(inputs))
        return scores


class Reader(nn.Module):
    """A transformer over characters; the mean over a line's characters is what it says of the line."""

    def __init__(self, wide: int = 32) -> None:
        super().__init__()
        self.signs = nn.Embedding(source_lines.CHARACTERS, wide, padding_idx=source_lines.BLANK)
        self.places = nn.Parameter(0.02 * torch.randn(source_lines.LENGTH, wide))
        layer = nn.TransformerEncoderLayer(wide, 4, 64, dropout=0.0, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.last = nn.Linear(wide, WIDE)

    def signs_in_context(self, lines: Tensor) -> Tensor:
        """(n, LENGTH, wide)."""
        read: Tensor = self.layers(self.signs(lines) + self.places, src_key_padding_mask=lines == source_lines.BLANK)
        return read

    def forward(self, lines: Tensor) -> Tensor:
        lines = lines.long()
        there = (lines != source_lines.BLANK).unsqueeze(2).float()
        mean = (self.signs_in_context(lines) * there).sum(1) / there.sum(1)
        return torch.relu(self.last(mean))


def convolutions() -> nn.Module:
    """For 16 × 16 grey images."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * 16, WIDE), nn.ReLU(),
    )  # fmt: skip


def perceptron() -> nn.Module:
    """For tables of numbers."""
    return nn.Sequential(nn.Linear(teachers.FEATURES, 96), nn.ReLU(), nn.Linear(96, WIDE), nn.ReLU())


def over_embeddings() -> nn.Module:
    """For sentences that a transformer has embedded: that one stays as it was shipped."""
    return nn.Sequential(nn.Linear(sentences.WIDTH, WIDE), nn.ReLU())


#: Family → its body.
BODIES: dict[str, Callable[[], nn.Module]] = {
    "cnn": convolutions,
    "mlp": perceptron,
    "transformer": Reader,
    "sentence transformer": over_embeddings,
}


def pretrained(family: str, folder: Path) -> nn.Module:
    """A body with what it has learnt before; learnt once, and kept in ``folder``.

    It sets torch's seed, so that the new heads of one family, all but the first, begin alike; orders and data differ.
    """
    torch.manual_seed(7)
    body = BODIES[family]()
    kept = folder / f"{family}.pt"
    if family == "sentence transformer":
        return body  # what is pre-trained is below it
    if not kept.exists():
        if family == "transformer":
            _learn_language(body)
        else:
            _learn_classes(body, *((glyphs.source(), 5) if family == "cnn" else (teachers.source(), 3)))
        torch.save(body.state_dict(), kept)
    body.load_state_dict(torch.load(kept, weights_only=True))
    return body


def _learn_classes(body: nn.Module, pool: Pool, epochs: int) -> None:
    network = Classifier(body, int(pool.labels.max()) + 1)
    inputs, labels = torch.from_numpy(pool.inputs), torch.from_numpy(pool.labels)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3)
    for chosen in _batches(len(pool), epochs):
        optimizer.zero_grad()
        functional.cross_entropy(network(inputs[chosen]), labels[chosen]).backward()
        optimizer.step()


def _learn_language(reader: nn.Module) -> None:
    """Tells hidden characters from those around them."""
    assert isinstance(reader, Reader)
    lines = torch.from_numpy(source_lines.source()).long()
    guess = nn.Linear(32, source_lines.CHARACTERS)
    optimizer = torch.optim.AdamW([*reader.parameters(), *guess.parameters()], lr=2e-3)
    for chosen in _batches(len(lines), epochs=3):
        whole = lines[chosen]
        hidden = (torch.rand(whole.shape) < 0.15) & (whole != source_lines.BLANK)
        seen = torch.where(hidden, source_lines.HIDDEN, whole)
        optimizer.zero_grad()
        functional.cross_entropy(guess(reader.signs_in_context(seen)[hidden]), whole[hidden]).backward()
        optimizer.step()


def _batches(examples: int, epochs: int) -> list[Tensor]:
    draw = np.random.default_rng(8)
    orders = [torch.from_numpy(draw.permutation(examples)) for _ in range(epochs)]
    return [chosen for order in orders for chosen in order.split(64)]
