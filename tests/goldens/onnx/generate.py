"""Picks small tests of operators from those that ONNX 1.12 publishes (onnx/backend/test/data/node). Argument: that folder."""

import base64
import json
import pathlib
import sys

import onnx
from onnx import numpy_helper

OPERATORS = """Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization Cast CastLike Ceil Celu Clip Concat
ConstantOfShape Conv ConvTranspose Cos Cosh CumSum DequantizeLinear Div Dropout Einsum Elu Equal Erf Exp Expand Flatten Floor Gather GatherElements GatherND
Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual HardSigmoid HardSwish Identity InstanceNormalization IsInf IsNaN LeakyRelu Less LessOrEqual Log LogSoftmax
MatMul Max MaxPool Mean Min Mod Mul Neg Not OneHot Or PRelu Pad Pow Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax
ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Round Selu Shape Shrink Sigmoid Sign Sin Sinh Size Slice Softmax Softplus
Softsign Split Sqrt Squeeze Sub Sum Tan Tanh ThresholdedRelu Tile Transpose Trilu Unsqueeze Where Xor GRU""".split()
# Training; the places of the greatest; padding by a stated shape.
LEFT_OUT = "training_mode training_dropout with_argmax autopad output_shape kernel_shape with_kernel batchwise".split()
TYPES = {"float32": "float32", "float64": "float64", "bool": "bool"}
MOST = 130
EACH = 4


def tensors(folder, kind):
    result = []
    for path in sorted(folder.glob(f"{kind}_*.pb"), key=lambda path: int(path.stem.split("_")[-1])):
        array = numpy_helper.to_array(onnx.load_tensor(str(path)))
        if str(array.dtype) in ("object", "float16"):
            return None
        values = [None if value != value else value for value in array.astype("float64").flatten().tolist()]
        values = [str(value).replace("inf", "Infinity") if value in (float("inf"), float("-inf")) else value for value in values]
        result.append({"shape": list(array.shape), "dtype": TYPES.get(str(array.dtype), "int32"), "data": values})
    return result


picked = []
counts = {}
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    name = folder.name.replace("test_", "")
    model = onnx.load(str(folder / "model.onnx"))
    nodes = model.graph.node
    if len(nodes) != 1 or nodes[0].op_type not in OPERATORS or any(text in name for text in LEFT_OUT):
        continue
    if any(not value.type.HasField("tensor_type") for value in [*model.graph.input, *model.graph.output]):
        continue
    data = folder / "test_data_set_0"
    parts = [tensors(data, "input"), tensors(data, "output")]
    if None in parts or "BFLOAT16" in name or "STRING" in name or "FLOAT16" in name:
        continue
    if sum(len(tensor["data"]) for part in parts for tensor in part) > MOST:
        continue
    counts[nodes[0].op_type] = counts.get(nodes[0].op_type, 0) + 1
    if counts[nodes[0].op_type] > EACH:
        continue
    bytes_of_model = base64.b64encode(model.SerializeToString()).decode()
    picked.append({"name": name, "operator": nodes[0].op_type, "model": bytes_of_model, "inputs": parts[0], "outputs": parts[1]})

print("without a small test:", [name for name in OPERATORS if name not in counts])
with open("node_tests.json", "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(test, separators=(",", ":")) for test in picked) + "\n]\n")
