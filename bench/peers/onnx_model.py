"""A Keras model of the networks of this bench as ONNX, layer by layer, for ONNX Runtime: [images, height, width, channels] in."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def from_keras(model):
    nodes, weights, count = [], [], iter(range(1000))

    def add(operation, inputs, **attributes):
        name = f"{operation}{next(count)}"
        nodes.append(helper.make_node(operation, inputs, [name], **attributes))
        return name

    def held(values):
        name = f"weights{next(count)}"
        weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def activated(at, layer):
        kind = layer.activation.__name__
        return at if kind == "linear" else add({"relu": "Relu", "softmax": "Softmax", "sigmoid": "Sigmoid"}[kind], [at])

    at = add("Transpose", ["images"], perm=[0, 3, 1, 2])
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "Conv2D":
            kernel, bias = layer.get_weights()
            padding = "SAME_UPPER" if layer.padding == "same" else "VALID"
            at = activated(add("Conv", [at, held(kernel.transpose(3, 2, 0, 1)), held(bias)], auto_pad=padding), layer)
        elif kind == "MaxPooling2D":
            at = add("MaxPool", [at], kernel_shape=list(layer.pool_size), strides=list(layer.strides))
        elif kind == "Flatten":
            # Keras flattens with the channels last.
            at = add("Flatten", [add("Transpose", [at], perm=[0, 2, 3, 1])])
        elif kind == "Dense":
            kernel, bias = layer.get_weights()
            at = activated(add("Gemm", [at, held(kernel), held(bias)]), layer)
        elif kind != "Dropout":
            raise ValueError(f"no ONNX for the layer {kind}")
    shape = ["batch", *model.input_shape[1:]]
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)
    found = helper.make_tensor_value_info(at, TensorProto.FLOAT, ["batch", *model.output_shape[1:]])
    graph = helper.make_graph(nodes, "network", [images], [found], weights)
    # Versions that every runtime of the last years reads.
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
