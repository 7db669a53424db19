using Google.Protobuf;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints.Onnx;

/// <summary>
/// Builds an ONNX graph (operator set 17) node by node. Values go by their names; weights keep theirs and their numbers bit for
/// bit, so that they can be read back.
/// </summary>
/// <param name="weights">Weights by name.</param>
internal sealed class OnnxGraph(IReadOnlyDictionary<string, Tensor> weights)
{
    /// <summary>Version of the operators: the oldest with LayerNormalization.</summary>
    internal const int OperatorSet = 17;

    private readonly Dictionary<string, string> known = new(StringComparer.Ordinal);

    /// <summary>The graph so far; of its initializers only the constants hold their numbers.</summary>
    internal GraphProto Proto { get; } = new() { Name = "spectralearth" };

    /// <summary>Declares an input [batch, <paramref name="shape"/>].</summary>
    internal string Input(string name, TensorProto.Types.DataType type, long[] shape, string meaning)
    {
        Proto.Input.Add(Value(name, type, shape, meaning));
        return name;
    }

    /// <summary>Declares a value as an output [batch, <paramref name="shape"/>] under a name of its own.</summary>
    internal void Output(string value, string name, long[] shape, string meaning)
    {
        Proto.Node.Add(new NodeProto { OpType = "Identity", Name = name + "/Identity", Input = { value }, Output = { name } });
        Proto.Output.Add(Value(name, TensorProto.Types.DataType.Float, shape, meaning));
    }

    /// <summary>A weight as float32; one of 16 bits is stored so and converted when the model is loaded.</summary>
    internal string Weight(string name)
    {
        if (known.TryGetValue(name, out var value))
            return value;
        var type = OnnxWeights.TypeOf(weights[name]);
        var proto = new TensorProto { Name = name, DataType = (int)type };
        proto.Dims.AddRange(weights[name].shape);
        Proto.Initializer.Add(proto);
        return known[name] = type == TensorProto.Types.DataType.Float ? name : Cast(name);
    }

    /// <summary>Float32 numbers that are no weights; a shape of no sizes is a scalar.</summary>
    internal string Constant(ReadOnlySpan<float> values, params long[] shape) =>
        Constant(TensorProto.Types.DataType.Float, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values), shape);

    /// <summary>A list of whole numbers: sizes, axes.</summary>
    internal string Integers(params ReadOnlySpan<long> values) =>
        Constant(TensorProto.Types.DataType.Int64, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values), [values.Length]);

    /// <summary>Any number type to float32.</summary>
    internal string Cast(string value) => Node("Cast", [value], ("to", (long)TensorProto.Types.DataType.Float));

    /// <summary>Adds a node with one result.</summary>
    /// <param name="operation">Operator of the default domain.</param>
    /// <param name="inputs">Values; an empty name is an optional input left out.</param>
    /// <param name="attributes">Whole numbers, lists of them, floats and texts.</param>
    /// <returns>The result's name.</returns>
    internal string Node(string operation, IEnumerable<string> inputs, params (string Name, object Value)[] attributes)
    {
        var name = FormattableString.Invariant($"{operation}_{Proto.Node.Count}");
        var node = new NodeProto { OpType = operation, Name = name, Output = { name } };
        node.Input.AddRange(inputs);
        node.Attribute.AddRange(attributes.Select(attribute => Attribute(attribute.Name, attribute.Value)));
        Proto.Node.Add(node);
        return name;
    }

    private static AttributeProto Attribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case long number:
                (attribute.Type, attribute.I) = (AttributeProto.Types.AttributeType.Int, number);
                break;
            case long[] numbers:
                attribute.Type = AttributeProto.Types.AttributeType.Ints;
                attribute.Ints.AddRange(numbers);
                break;
            case float number:
                (attribute.Type, attribute.F) = (AttributeProto.Types.AttributeType.Float, number);
                break;
            case string text:
                (attribute.Type, attribute.S) = (AttributeProto.Types.AttributeType.String, ByteString.CopyFromUtf8(text));
                break;
            default:
                throw new ArgumentException($"Attribute \"{name}\" is a {value.GetType().Name}; whole numbers are long.", nameof(value));
        }

        return attribute;
    }

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, long[] shape, string meaning)
    {
        var sizes = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "batch" } } };
        sizes.Dim.AddRange(shape.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto
        {
            Name = name,
            DocString = meaning,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = sizes } },
        };
    }

    private string Constant(TensorProto.Types.DataType type, ReadOnlySpan<byte> bytes, long[] shape)
    {
        var key = $"{type} [{string.Join(',', shape)}] {Convert.ToHexString(bytes)}";
        if (known.TryGetValue(key, out var name))
            return name;
        name = FormattableString.Invariant($"constant_{Proto.Initializer.Count}");
        var proto = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        proto.Dims.AddRange(shape);
        Proto.Initializer.Add(proto);
        return known[key] = name;
    }
}
