"""ONNX files of models for ONNX Runtime: attention and the like fused by its own optimizer, and with weights in 8 bits."""
import os


def export(model, names, stem, heads, width, level=0):
    """model: of torch, takes the arguments in names: ids, mask, types. Makes stem.f32.onnx and stem.int8.onnx.
    level: of what the session itself simplifies before the optimizer looks for attention."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer

    raw, fused, int8 = (f"{stem}.{k}.onnx" for k in ("raw", "f32", "int8"))
    ids = torch.randint(5, 1000, (2, 16))
    arguments = (ids, torch.ones_like(ids), torch.zeros_like(ids))[:len(names)]
    with torch.no_grad():
        torch.onnx.export(model, arguments, raw, input_names=names, output_names=["out"], opset_version=17,
                          dynamo=False, dynamic_axes={k: {0: "b", 1: "s"} for k in names})
    graph = optimizer.optimize_model(raw, model_type="bert", num_heads=heads, hidden_size=width, opt_level=level)
    print(stem, "fused:", graph.get_fused_operator_statistics())
    graph.save_model_to_file(fused)
    quantize_dynamic(fused, int8, per_channel=True, weight_type=QuantType.QInt8,
                     op_types_to_quantize=["MatMul", "Attention"],
                     extra_options=dict(MatMulConstBOnly=True, DefaultTensorType=1))
    os.remove(raw)


def session(path, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
