"""Label issues by cleanlab: its default and its batched form from files, or confident learning's mask of arrays in memory."""
import hashlib
import time

import numpy as np
from cleanlab.experimental.label_issues_batched import find_label_issues_batched
from cleanlab.filter import find_label_issues

import side

options = side.options()
labels_file, probabilities_file = f"{options['folder']}/labels.npy", f"{options['folder']}/pred_probs.npy"


def default():
    found = find_label_issues(np.load(labels_file), np.load(probabilities_file), return_indices_ranked_by="self_confidence")
    return {"flagged": len(found)}


def batched():
    found = find_label_issues_batched(labels_file=labels_file, pred_probs_file=probabilities_file, verbose=False)
    return {"flagged": len(found)}


def mask():
    labels, probabilities = np.load(labels_file), np.load(probabilities_file)
    begun = time.perf_counter()
    found = find_label_issues(labels, probabilities, filter_by="confident_learning")
    seconds = time.perf_counter() - begun
    digest = hashlib.sha256(found.astype(np.uint8).tobytes()).hexdigest()
    return {"seconds": seconds, "digest": digest, "flagged": int(found.sum())}


side.serve({"default": default, "batched": batched, "mask": mask}[options["what"]])
