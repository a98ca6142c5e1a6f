//! What to use instead of operators that a pxc model may not use.

/// What to use instead of an operator that exporters often write.
pub(crate) fn advice(operator: &str) -> &'static str {
    match operator {
        "Gemm" | "MatMul" | "Einsum" | "ConvTranspose" => {
            "use a Conv of kernel 1, in PyTorch torch.nn.Conv1d(inputs, outputs, 1)"
        }
        "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Transpose" | "Expand" | "Shape" => {
            "keep all tensors of shape [1, channels, N]"
        }
        "Slice" | "Split" | "GatherElements" | "ScatterND" => {
            "use a Conv whose weights select channels"
        }
        "Sigmoid" | "Tanh" | "Exp" | "Log" | "Softmax" | "LogSoftmax" | "Erf" | "Gelu" | "Elu"
        | "HardSigmoid" | "HardSwish" | "Pow" | "Sqrt" => {
            "use a table: clip, round, Cast to int32, Gather"
        }
        "LeakyRelu" | "PRelu" | "Max" | "Min" | "Abs" | "Where" => "use Clip",
        "Floor" | "Ceil" => "use Round after a Clip",
        "BatchNormalization" => "fold it into the convolution before it",
        "LayerNormalization" | "InstanceNormalization" | "GroupNormalization" => {
            "leave it out: its results are not exact"
        }
        "QuantizeLinear" | "DequantizeLinear" | "DynamicQuantizeLinear" => {
            "use QLinearConv, or Round and Cast"
        }
        "LSTM" | "GRU" | "RNN" | "Loop" | "Scan" | "If" => {
            "keep states as maps: docs/model.md, Maps"
        }
        _ => "docs/model.md, Operators, lists those that it may use",
    }
}
