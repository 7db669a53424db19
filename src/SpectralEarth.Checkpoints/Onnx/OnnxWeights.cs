using System.Globalization;
using Google.Protobuf;
using SpectralEarth.Checkpoints.SafeTensors;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints.Onnx;

/// <summary>Puts the numbers of weights into a graph's initializers, or into a file beside it.</summary>
internal static class OnnxWeights
{
    private const int Alignment = 64;

    /// <summary>ONNX's number type of a weight.</summary>
    internal static TensorProto.Types.DataType TypeOf(Tensor weight) => weight.dtype switch
    {
        ScalarType.Float32 => TensorProto.Types.DataType.Float,
        ScalarType.Float16 => TensorProto.Types.DataType.Float16,
        ScalarType.BFloat16 => TensorProto.Types.DataType.Bfloat16,
        _ => throw new ArgumentException($"A weight is {weight.dtype}; graphs take floating-point weights of 32 or 16 bits.", nameof(weight)),
    };

    /// <summary>Bytes of all numbers.</summary>
    internal static long Bytes(IEnumerable<Tensor> weights) => weights.Sum(weight => weight.NumberOfElements * NumberType.Bytes(weight.dtype));

    /// <summary>Copies the numbers into the initializers; fewer than 2 GB, the limit of a protobuf message.</summary>
    internal static void Embed(GraphProto graph, IReadOnlyDictionary<string, Tensor> weights)
    {
        foreach (var initializer in Weights(graph))
        {
            var bytes = new byte[Bytes([weights[initializer.Name]])];
            var position = 0;
            TensorBytes.ForEachPart(weights[initializer.Name], part =>
            {
                part.CopyTo(bytes.AsSpan(position));
                position += part.Length;
            });
            initializer.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
        }
    }

    /// <summary>Writes the numbers to a file of their own, each tensor aligned, and notes in the initializers where they lie.</summary>
    /// <param name="graph">Graph with the initializers.</param>
    /// <param name="weights">Weights by name.</param>
    /// <param name="data">Stream to write to.</param>
    /// <param name="location">Name of the file, as seen from the model's folder.</param>
    internal static void Separate(GraphProto graph, IReadOnlyDictionary<string, Tensor> weights, Stream data, string location)
    {
        foreach (var initializer in Weights(graph))
        {
            data.Write(new byte[(Alignment - (data.Position % Alignment)) % Alignment]);
            var offset = data.Position;
            TensorBytes.ForEachPart(weights[initializer.Name], part => data.Write(part));
            initializer.DataLocation = TensorProto.Types.DataLocation.External;
            initializer.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
            initializer.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = offset.ToString(CultureInfo.InvariantCulture) });
            initializer.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = (data.Position - offset).ToString(CultureInfo.InvariantCulture) });
        }
    }

    private static IEnumerable<TensorProto> Weights(GraphProto graph) => graph.Initializer.Where(initializer => !initializer.HasRawData);
}
