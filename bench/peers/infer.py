"""The plain loop that one writes: Pillow opens each JPEG, batches of 128 go to Keras or to ONNX Runtime, a table comes out."""
import csv
import os

import numpy as np
from PIL import Image

import networks
import side

options = side.options()
network, folder = options["network"], options["folder"]
size = (network["size"], network["size"])
files = [os.path.join(folder, kind, file) for kind in sorted(os.listdir(folder)) for file in sorted(os.listdir(os.path.join(folder, kind)))]
model = networks.build(network)
if options["what"] == "onnxruntime":
    import onnxruntime

    import onnx_model

    session = onnxruntime.InferenceSession(onnx_model.from_keras(model))
    predict = lambda batch: session.run(None, {"images": batch})[0]
    # The same network, not something like it.
    probe = np.random.default_rng(1).random((4, *size, network["channels"]), np.float32)
    assert np.abs(predict(probe) - model.predict_on_batch(probe)).max() < 1e-4
else:
    predict = model.predict_on_batch


def opened(file):
    image = Image.open(file)
    return np.asarray(image if image.size == size else image.resize(size, Image.LANCZOS), np.float32) / 255


def work():
    with open(options["out"], "w", newline="") as table:
        rows = csv.writer(table)
        for start in range(0, len(files), 128):
            names = files[start : start + 128]
            found = predict(np.stack([opened(file) for file in names]))
            rows.writerows([file, int(np.argmax(p)), *p.tolist()] for file, p in zip(names, np.asarray(found)))
    return {"images": len(files)}


side.serve(work)
