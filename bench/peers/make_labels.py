"""Out-of-sample probabilities of a model that is right nine times in ten, and labels of which one in ten is wrong."""
import numpy as np

import side

options = side.options()
images, classes, folder = options["images"], options["classes"], options["folder"]


def work():
    chance = np.random.default_rng(7)
    true = chance.integers(0, classes, images)
    labels = np.where(chance.random(images) < 0.1, chance.integers(0, classes, images), true)
    probabilities = np.lib.format.open_memmap(f"{folder}/pred_probs.npy", "w+", np.float64, (images, classes))
    for start in range(0, images, 10_000):
        rows = slice(start, min(images, start + 10_000))
        logits = chance.normal(0, 1, probabilities[rows].shape)
        seen = np.where(chance.random(len(logits)) < 0.9, true[rows], chance.integers(0, classes, len(logits)))
        logits[np.arange(len(logits)), seen] += np.log(classes) + chance.exponential(2, len(logits))
        exponentials = np.exp(logits)
        probabilities[rows] = exponentials / exponentials.sum(axis=1, keepdims=True)
    probabilities.flush()
    np.save(f"{folder}/labels.npy", labels.astype(np.int64))


side.serve(work)
