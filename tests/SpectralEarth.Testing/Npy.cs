using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace SpectralEarth.Testing;

/// <summary>Reads NumPy .npy files of versions 1 and 2, little endian, C order.</summary>
public static partial class Npy
{
    /// <summary>The array as a CPU tensor of its own; the caller disposes it.</summary>
    public static Tensor Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < 12 || bytes[0] != 0x93 || !bytes.AsSpan(1, 5).SequenceEqual("NUMPY"u8))
            throw new InvalidDataException($"{path}: no .npy file.");
        var (start, length) = bytes[6] == 1 ? (10, BitConverter.ToUInt16(bytes, 8)) : (12, BitConverter.ToInt32(bytes, 8));
        var match = Header().Match(Encoding.ASCII.GetString(bytes, start, length));
        if (!match.Success)
            throw new InvalidDataException($"{path}: header not understood.");
        var shape = match.Groups["shape"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(size => long.Parse(size, CultureInfo.InvariantCulture)).ToArray();
        var tensor = empty(shape, TypeOf(match.Groups["type"].Value, path));
        bytes.AsSpan(start + length).CopyTo(tensor.bytes);
        return tensor;
    }

    private static ScalarType TypeOf(string name, string path) => name switch
    {
        "<f8" => ScalarType.Float64,
        "<f4" => ScalarType.Float32,
        "<i8" => ScalarType.Int64,
        "<i4" => ScalarType.Int32,
        "<i2" => ScalarType.Int16,
        "|u1" => ScalarType.Byte,
        _ => throw new InvalidDataException($"{path}: type {name} not understood."),
    };

    [GeneratedRegex(@"'descr': '(?<type>[^']+)', 'fortran_order': False, 'shape': \((?<shape>[^)]*)\)")]
    private static partial Regex Header();
}
