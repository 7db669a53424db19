using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using SpectralEarth.Checkpoints.Pickle;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints.PyTorch;

/// <summary>Writes the pickle (protocol 2) of a state dict whose storages are numbered in order.</summary>
internal sealed class PickleWriter
{
    private readonly ArrayBufferWriter<byte> bytes = new();

    /// <summary>An OrderedDict of tensors in C order; tensor k lies in storage "k".</summary>
    /// <exception cref="NotSupportedException">A tensor has a type that PyTorch files lack.</exception>
    internal static byte[] StateDict(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        var writer = new PickleWriter();
        writer.Add(PickleOpcode.Proto, 2);
        writer.EmptyOrderedDict();
        writer.Add(PickleOpcode.Mark);
        foreach (var (k, (name, tensor)) in tensors.Index())
        {
            writer.Text(name);
            writer.Tensor(k, tensor);
        }

        writer.Add(PickleOpcode.SetItems);
        writer.Add(PickleOpcode.Stop);
        return writer.bytes.WrittenSpan.ToArray();
    }

    private void Tensor(int storage, Tensor tensor)
    {
        var type = TorchMeaning.StorageName(tensor.dtype) ?? throw new NotSupportedException($"Tensors of type {tensor.dtype} cannot be written to a PyTorch file.");
        Global("torch._utils", "_rebuild_tensor_v2");
        Add(PickleOpcode.Mark);
        Add(PickleOpcode.Mark);
        Text("storage");
        Global("torch", type);
        Text(storage.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Text("cpu");
        Number(tensor.NumberOfElements);
        Add(PickleOpcode.Tuple);
        Add(PickleOpcode.BinPersId);
        Number(0);
        Sizes(tensor.shape);
        Sizes(Strides(tensor.shape));
        Add(PickleOpcode.NewFalse);
        EmptyOrderedDict();
        Add(PickleOpcode.Tuple);
        Add(PickleOpcode.Reduce);
    }

    private static long[] Strides(long[] shape)
    {
        var strides = new long[shape.Length];
        for (var (i, step) = (shape.Length - 1, 1L); i >= 0; step *= Math.Max(shape[i], 1), i--)
            strides[i] = step;
        return strides;
    }

    private void Sizes(long[] sizes)
    {
        Add(PickleOpcode.Mark);
        foreach (var size in sizes)
            Number(size);
        Add(PickleOpcode.Tuple);
    }

    private void EmptyOrderedDict()
    {
        Global("collections", "OrderedDict");
        Add(PickleOpcode.EmptyTuple);
        Add(PickleOpcode.Reduce);
    }

    private void Global(string module, string name)
    {
        Add(PickleOpcode.Global);
        bytes.Write(Encoding.ASCII.GetBytes($"{module}\n{name}\n"));
    }

    private void Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        Add(PickleOpcode.BinUnicode);
        Integer(utf8.Length, 4);
        bytes.Write(utf8);
    }

    private void Number(long number)
    {
        if (number is >= 0 and <= int.MaxValue)
        {
            Add(PickleOpcode.BinInt);
            Integer(number, 4);
            return;
        }

        Add(PickleOpcode.Long1, 8);
        Integer(number, 8);
    }

    private void Integer(long number, int length)
    {
        Span<byte> eight = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(eight, number);
        bytes.Write(eight[..length]);
    }

    private void Add(PickleOpcode opcode) => bytes.Write([(byte)opcode]);

    private void Add(PickleOpcode opcode, byte argument)
    {
        Add(opcode);
        bytes.Write([argument]);
    }
}
