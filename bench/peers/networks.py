"""The project's short form of a network as a Keras model, and the same images that its sides draw."""
import keras
import numpy as np

LAYERS = {
    "conv2d": lambda c: keras.layers.Conv2D(c["filters"], c["kernelSize"], padding=c["padding"], activation=c["activation"]),
    "maxPooling2d": lambda c: keras.layers.MaxPooling2D(c["poolSize"]),
    "flatten": lambda c: keras.layers.Flatten(),
    "dropout": lambda c: keras.layers.Dropout(c["rate"]),
    "dense": lambda c: keras.layers.Dense(c["units"], activation=c["activation"]),
}


def build(network):
    size, channels = network["size"], network["channels"]
    layers = [LAYERS[name](config) for spec in network["architecture"] for name, config in spec.items()]
    return keras.Sequential([keras.Input((size, size, channels)), *layers])


def pixels(network):
    count = network["images"] * network["size"] ** 2 * network["channels"]
    values = np.empty(count, np.uint8)
    state = 1
    for i in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = state >> 24
    return values.reshape(network["images"], network["size"], network["size"], network["channels"])
